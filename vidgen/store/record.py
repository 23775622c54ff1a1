"""What is known of how a model came about: its size, its training, its scores.

The size stands in the header of its weights; `history.json` and `scores.json` lie beside them, as
training and the scoreboard write them. Whatever is missing or is not what it should be is unknown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

HISTORY, SCORES = "history.json", "scores.json"
MOST_READ = 4 << 20  # bytes of each
# Of batch normalisation: what it has seen, which no gradient changes.
SEEN = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class Record:
    """parameters: how many numbers were learnt. clips: real ones seen. hours: of training.

    kind: the family, or which core it has if there are several. scores: by the
    scoreboard's names, the value of generated clips and that of real ones, or None.
    """

    kind: str = ""
    parameters: int = 0
    clips: int | None = None
    hours: float | None = None
    scores: dict[str, tuple[float, float | None]] = field(default_factory=dict)


def read_record(weights: Path) -> Record:
    """The record of a weights file. Never raises."""
    try:
        with safe_open(weights, "pt") as file:
            kind = _kind(file.metadata() or {})
            learnt = [name for name in tuple(file.keys()) if not name.endswith(SEEN)]
            parameters = sum(math.prod(file.get_slice(name).get_shape()) for name in learnt)
    except (OSError, SafetensorError):
        return Record()
    history = list(rows_in(read_json(weights.with_name(HISTORY))))
    clips, hours = (_in_all(history, name) for name in ("clips", "hours"))
    scores = dict(_scores(read_json(weights.with_name(SCORES))))
    return Record(kind, parameters, None if clips is None else int(clips), hours, scores)


def _kind(metadata: dict[str, str]) -> str:
    family = metadata.get("family", "")
    try:
        config = json.loads(metadata.get("config", ""))
    except (ValueError, RecursionError):
        return family
    core = config.get("core") if isinstance(config, dict) else None
    return core if isinstance(core, str) else family


def read_json(path: Path) -> Any:
    """What a file holds; None if it is missing, no JSON or unreasonably large."""
    try:
        if path.stat().st_size > MOST_READ:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def rows_in(document: Any) -> Iterator[dict]:
    """The objects in a list; none if it is no list."""
    rows = document if isinstance(document, list) else []
    yield from (row for row in rows if isinstance(row, dict))


def _in_all(history: list[dict], name: str) -> float | None:
    """The last value of what only grows, summed over the parts of a training that began anew."""
    values = [v for row in history if (v := number_in(row.get(name))) is not None]
    if not values:
        return None
    ends = [a for a, b in zip(values, values[1:], strict=False) if b < a]
    return sum(ends) + values[-1]


def _scores(document: Any) -> Iterator[tuple[str, tuple[float, float | None]]]:
    for row in rows_in(document.get("scores") if isinstance(document, dict) else None):
        value, real = (number_in(_mean(row.get(of))) for of in ("generated", "real"))
        if isinstance(row.get("name"), str) and value is not None:
            yield row["name"], (value, real)


def _mean(value: Any) -> Any:
    return value.get("mean") if isinstance(value, dict) else value


def number_in(value: Any) -> float | None:
    """A finite number, or None."""
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if whole and math.isfinite(value) else None
