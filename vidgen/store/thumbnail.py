"""A small moving picture of what a model draws, by which it is chosen: `thumbnail.webp`.

It lies beside the weights, as train/pictures/thumbnail.py draws it.
"""

from __future__ import annotations

from pathlib import Path

PICTURE = "thumbnail.webp"
MOST = 25_000  # bytes: thirteen of them come to a page at once


def read_thumbnail(weights: Path) -> bytes | None:
    """The picture beside a weights file; None if there is none, or one that is too large."""
    try:
        with weights.with_name(PICTURE).open("rb") as file:
            data = file.read(MOST + 1)
    except OSError:
        return None
    return data if len(data) <= MOST and data[8:12] == b"WEBP" else None
