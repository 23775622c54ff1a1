"""Drawn clips as scripts of the page get them, and sentences where nothing could be drawn."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable

from vidgen.previews import Preview
from vidgen.ui.line import Busy
from vidgen.ui.sentences import in_all_languages

log = logging.getLogger(__name__)

BROKEN = "Something broke while drawing; the server's log says what."


def drawn_for_page(make: Callable[[], Preview]) -> dict:
    """What `make` draws as a page gets it: a grid, or {"error": a sentence}; never an exception."""
    try:
        clip = make()
    except ValueError as error:
        return refusal(error)
    except Exception:
        log.exception("The player's request failed.")
        return refusal(ValueError(BROKEN))
    grid = clip.grid
    return {
        "grid": base64.b64encode(grid.image).decode(),
        "mime": grid.mime,
        "columns": grid.columns,
        "frames": grid.frames,
        "start": clip.start,
        "total": clip.total,
        "width": grid.width,
        "height": grid.height,
        "fps": clip.fps,
        "origin": in_all_languages(clip.origin),
        "engine": clip.engine,
        "pixelArt": clip.pixel_art,
    }


def refusal(error: ValueError) -> dict:
    """What a script in the page gets instead of an answer: the sentence, in both languages."""
    sentence = str(error)
    busy = isinstance(error, Busy)
    return {"error": sentence, "words": in_all_languages(sentence), "busy": busy}
