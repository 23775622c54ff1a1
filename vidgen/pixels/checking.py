"""Whether a file was made by vidgen, by the mark in its pixels and by its metadata, in words."""

from __future__ import annotations

from pathlib import Path

from vidgen.pixels.mark import MOST_FRAMES, Finding, find_mark
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.apart import first_pictures, mark_apart
from vidgen.pixels.reading.timing import Bounds, Unreadable

PATIENCE = 60.0  # seconds of decoding
STRANGERS = Bounds(MOST_FRAMES, 4096 * 2304, 20.0)  # of a file that a visitor sent


def verdict_on(path: Path) -> str:
    """What is known of a file, in a sentence or two. Raises ValueError with one, OSError."""
    try:
        pictures = first_pictures(path, Bounds(frames=MOST_FRAMES, seconds=PATIENCE))
    except Unreadable as error:
        raise ValueError(f"{path.name} can't be looked at: {error}.") from error
    return _verdict(path.name, find_mark(pictures), read_note(path))


def verdict_on_strangers(path: Path) -> str:
    """The same of a file that a visitor sent, decoded apart: see vidgen/pixels/reading/apart.py."""
    try:
        return _verdict("This", *mark_apart(path, STRANGERS))
    except Unreadable as error:
        raise ValueError(f"This can't be looked at: {error}.") from error


def _verdict(name: str, finding: Finding, note: str | None) -> str:
    if finding.marked:
        chance = f"{finding.chance:.0e}" if finding.chance > 1e-99 else "less than 1e-99"
        mark = f"Its pixels carry the mark (by chance: {chance})"
        if note:
            return f"{name}: made by vidgen. {mark}. Its metadata say so too."
        return f"{name}: made by vidgen. {mark}. Its metadata say nothing of that."
    if note:
        return f"{name}: made by vidgen, by its metadata. Its pixels carry no mark."
    return f"{name}: nothing says that vidgen made it, neither its pixels nor its metadata."
