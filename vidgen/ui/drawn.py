"""Drawn clips as scripts of the page get them, and sentences where nothing could be drawn."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable

from vidgen.pixels.clip import Grid
from vidgen.previews import Preview
from vidgen.ui.line import Busy
from vidgen.ui.sentences import in_all_languages

log = logging.getLogger(__name__)

BROKEN = "Something broke while drawing; the server's log says what."


def drawn_for_page(make: Callable[[], Preview]) -> dict:
    """What `make` draws as a page gets it: a grid, or {"error": a sentence}; never an exception."""
    return answered(lambda: _for_page(make()), BROKEN)


def _for_page(clip: Preview) -> dict:
    return grid_for_page(clip.grid, clip.fps) | {
        "start": clip.start,
        "total": clip.total,
        "origin": in_all_languages(clip.origin),
        "engine": clip.engine,
        "pixelArt": clip.pixel_art,
    }


def grid_for_page(grid: Grid, fps: float) -> dict:
    """A clip's frames as scripts draw them."""
    return {
        "grid": base64.b64encode(grid.image).decode(),
        "mime": grid.mime,
        "columns": grid.columns,
        "frames": grid.frames,
        "width": grid.width,
        "height": grid.height,
        "fps": fps,
    }


def answered(make: Callable[[], dict], broken: str) -> dict:
    """What `make` returns, or {"error": a sentence}; never an exception.

    `broken` is the sentence if it fails for a reason that is none of whoever asked.
    """
    try:
        return make()
    except ValueError as error:
        return refusal(error)
    except Exception:
        log.exception("A request of the page failed.")
        return refusal(ValueError(broken))


def refusal(error: ValueError) -> dict:
    """What a script in the page gets instead of an answer: the sentence, in both languages."""
    sentence = str(error)
    busy = isinstance(error, Busy)
    return {"error": sentence, "words": in_all_languages(sentence), "busy": busy}
