"""How a model learnt: pictures of the same seeds as it went on, and its losses.

`learning.webp` and `learning.json` lie beside the weights, as train/pictures/learning.py writes
them; the losses stand in `history.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidgen.store.record import HISTORY, number_in, read_json, rows_in

PICTURE, ABOUT = "learning.webp", "learning.json"
MOST = 4 << 20  # bytes of the picture
# What a run reports is called so by its family; at most two are shown, the first that are there.
LOSSES = ("critic", "generator", "anchor", "reconstruction", "prediction", "l1")
SHOWN = 2


@dataclass(frozen=True)
class Learning:
    """picture: WebP, a row of frames of `side` pixels for every seed at every moment.

    clips: how many had been seen at each moment. losses: by name, (clips seen, value).
    """

    picture: bytes
    side: int
    seeds: tuple[int, ...]
    clips: tuple[int, ...]
    losses: dict[str, list[tuple[float, float]]]


def shows_learning(weights: Path) -> bool:
    """Whether there is something to see beside a weights file."""
    return weights.with_name(PICTURE).is_file() and weights.with_name(ABOUT).is_file()


def read_learning(weights: Path) -> Learning:
    """What lies beside a weights file. Raises ValueError with one sentence if it is not whole."""
    about = read_json(weights.with_name(ABOUT))
    try:
        side = int(about["side"])
        seeds, clips = (tuple(int(v) for v in about[name]) for name in ("seeds", "clips"))
        if weights.with_name(PICTURE).stat().st_size > MOST or min(len(seeds), len(clips)) < 1:
            raise ValueError
        picture = weights.with_name(PICTURE).read_bytes()
    except (OSError, KeyError, TypeError, ValueError):
        raise ValueError("How this model learnt was not kept.") from None
    return Learning(picture, side, seeds, clips, _losses(weights.with_name(HISTORY)))


def _losses(history: Path) -> dict[str, list[tuple[float, float]]]:
    rows = list(rows_in(read_json(history)))
    found: dict[str, list[tuple[float, float]]] = {}
    for name in LOSSES:
        pairs = ((number_in(row.get("clips")), number_in(row.get(name))) for row in rows)
        values = [(at, value) for at, value in pairs if at is not None and value is not None]
        if len(values) > 1 and len(found) < SHOWN:
            found[name] = values
    return found
