"""An error as the page and the API say it: one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr

from vidgen.ui.sentences import translated
from vidgen.ui.words import LANGUAGES

Failure = (ValueError, OSError)  # what is not allowed, and what the machine refuses


def said(error: ValueError | OSError) -> str:
    """The sentence. Of a file of this machine only the name is told."""
    if not isinstance(error, OSError):
        return str(error)
    name = Path(error.filename).name if error.filename else "The file"
    return f"{name} could not be written: {error.strerror or type(error).__name__}."


@contextmanager
def errors_shown(language: str = LANGUAGES[0]) -> Iterator[None]:
    """Has Gradio tell a Failure as its sentence, in a language; the API speaks the first."""
    try:
        yield
    except Failure as error:
        raise gr.Error(translated(said(error), language), print_exception=False) from error
