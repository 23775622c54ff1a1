"""`check`: whether a file was made by vidgen, by its metadata and by the mark in its pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vidgen.pixels.mark import MOST_FRAMES, find_mark
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.decode import decode
from vidgen.pixels.reading.picture import read_picture
from vidgen.pixels.reading.timing import Bounds, Unreadable

PATIENCE = 60.0  # seconds of decoding


def add(commands: Any) -> None:
    """Its option, beside those of the other commands."""
    check = commands.add_parser("check", help="whether a file was made by vidgen")
    check.add_argument("file", help="video, animation or picture")


def said(file: str) -> str:
    """What is known of a file, in a sentence or two. Raises ValueError with one, OSError."""
    path = Path(file)
    pictures = _pictures(path)
    note = read_note(path)
    inside = "Its metadata say so too." if note else "Its metadata say nothing of that."
    finding = find_mark(pictures)
    if finding.marked:
        chance = f"{finding.chance:.0e}" if finding.chance > 1e-99 else "less than 1e-99"
        mark = f"Its pixels carry the mark (by chance: {chance})."
        return f"{path.name}: made by vidgen. {mark} {inside}"
    if note:
        return f"{path.name}: made by vidgen, by its metadata. Its pixels carry no mark."
    return f"{path.name}: nothing says that vidgen made it, neither its pixels nor its metadata."


def _pictures(path: Path) -> list[np.ndarray]:
    """The first pictures of a clip, or the one that a file is; ValueError."""
    pictures: list[np.ndarray] = []
    try:
        decode(path, pictures.append, Bounds(frames=MOST_FRAMES, seconds=PATIENCE))
    except Unreadable as error:
        try:
            return [read_picture(path)]
        except Unreadable:
            raise ValueError(f"{path.name} can't be looked at: {error}.") from error
    return pictures
