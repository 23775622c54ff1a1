"""The scripts of the page's stages, as one text each, and how controls speak to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import gradio as gr

from vidgen.ui.labels import QUIET, Controls

FOLDER = Path(__file__).with_name("js")


def script(*names: str) -> str:
    """Files of js/ one after another, named without their suffix: they share what they name.

    A stage's own comes after those it builds on.
    """
    files = [FOLDER / f"{name}.js" for name in names]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def asking(tab: str, names: Iterable[str]) -> str:
    """What passes the values of controls, by name, to the stage of a tab: in the browser alone."""
    return f"(...values) => window.vidgen.ask({json.dumps(tab)}, {json.dumps(list(names))}, values)"


def ask_on_change(tab: str, controls: Controls) -> None:
    """Whenever one of the controls changes, the stage of the tab is told all of them."""
    made = list(controls.values())
    gr.on([control.change for control in made], None, made, None, js=asking(tab, controls), **QUIET)
