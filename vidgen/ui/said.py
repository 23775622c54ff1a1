"""An error as the page and the API say it: one sentence."""

from __future__ import annotations

from pathlib import Path

Failure = (ValueError, OSError)  # what is not allowed, and what the machine refuses


def said(error: ValueError | OSError) -> str:
    """The sentence. Of a file of this machine only the name is told."""
    if not isinstance(error, OSError):
        return str(error)
    name = Path(error.filename).name if error.filename else "The file"
    return f"{name} could not be written: {error.strerror or type(error).__name__}."
