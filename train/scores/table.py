"""Scores as a table for people and as JSON for programs, beside their floors and aims."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.runtime.checkpoint import write_whole


@dataclass(frozen=True)
class Aim:
    """From `low` to `high`, of the value itself or, with `of_floor`, of value over floor."""

    low: float = -math.inf
    high: float = math.inf
    of_floor: bool = False

    def met(self, value: float, floor: float | None) -> bool | None:
        """Whether a value is as wanted; None if there is no floor to compare with."""
        if self.of_floor:
            if not floor:
                return None
            value = value / floor
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if math.isinf(self.high):
            text = f">= {self.low:g}"
        elif math.isinf(self.low):
            text = f"<= {self.high:g}"
        else:
            text = f"{self.low:g} to {self.high:g}"
        return f"{text} x floor" if self.of_floor else text


@dataclass(frozen=True)
class Score:
    """One row: a value a seed for generated clips, and the same for real ones (the floor).

    `missing` says why there is none; `beside` are numbers of the literature, quoted, not measured.
    A score of `detail` is in the JSON only.
    """

    name: str
    values: tuple[float, ...] = ()
    floors: tuple[float, ...] = ()
    aim: Aim | None = None
    missing: str | None = None
    beside: tuple[str, ...] = ()
    detail: bool = False

    @property
    def mean(self) -> float | None:
        return _mean(self.values)

    @property
    def floor(self) -> float | None:
        return _mean(self.floors)

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached by the mean; None without an aim or a value."""
        if self.aim is None or self.mean is None:
            return None
        return self.aim.met(self.mean, self.floor)


def _mean(values: Sequence[float]) -> float | None:
    finite = [value for value in values if math.isfinite(value)]
    return float(np.mean(finite)) if finite and len(finite) == len(values) else None


def spread(values: Sequence[float]) -> float | None:
    """The standard deviation over seeds, unbiased; None of fewer than two, or without a mean."""
    return float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else None


HEADINGS = ("score", "generated", "real", "aim", "")


def table(scores: Sequence[Score]) -> str:
    """The scores as aligned text: mean +- spread over seeds, floor, aim and whether it is met."""
    rows, notes = [HEADINGS], []
    for score in scores:
        if score.detail:
            continue
        if score.missing:
            rows.append((score.name, "-", "", "", ""))
            notes.append(f"{score.name}: not computed, {score.missing}")
            continue
        met = {True: "met", False: "missed", None: ""}[score.met]
        rows.append(
            (score.name, _shown(score.values), _shown(score.floors), str(score.aim or ""), met)
        )
        notes += [f"{score.name}: {text}" for text in score.beside]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:3], widths[1:3], strict=True)]
        cells += [cell.ljust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines + ([""] + notes if notes else []))


def _shown(values: Sequence[float]) -> str:
    mean = _mean(values)
    if mean is None:
        return ""
    off = spread(values)
    return f"{mean:.4g}" if off is None else f"{mean:.4g} ± {off:.2g}"


def as_json(scores: Sequence[Score], **header: object) -> str:
    """The same as JSON: `header`, then every score with its values by seed, mean and spread."""
    rows = []
    for score in scores:
        row: dict[str, object] = {"name": score.name}
        if score.missing:
            row["missing"] = score.missing
        else:
            row |= _described("generated", score.values) | _described("real", score.floors)
        if score.aim:
            row |= {"aim": str(score.aim), "met": score.met}
        if score.beside:
            row["beside"] = list(score.beside)
        rows.append(row)
    return json.dumps(header | {"scores": rows}, indent=1, ensure_ascii=False)


def _described(name: str, values: Sequence[float]) -> dict[str, object]:
    if not values:
        return {}
    each = [float(value) if math.isfinite(value) else None for value in values]
    return {name: {"mean": _mean(values), "spread": spread(values), "seeds": each}}


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    write_whole(path, (text + "\n").encode())
