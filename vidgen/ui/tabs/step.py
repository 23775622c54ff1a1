"""A step of the guided path in which one chooses a model, and a stage shows something of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gradio as gr

from vidgen.ui.labels import Labels
from vidgen.ui.scripts import ask_on_change
from vidgen.ui.words import texts


def model_step(
    labels: Labels, name: str, models: Sequence[str], stage: str, script: str,
    answers: Sequence[Callable[[object], dict]], words: Sequence[str],
) -> None:  # fmt: skip
    """Such a step, inside the `gr.Blocks` that is being made.

    `answers` are what the stage's script calls, by their names; `words` are keys of what it says.
    """
    first = models[0] if models else None
    model = labels.make(
        gr.Dropdown, {"label": "model"}, choices=list(models), value=first,
        elem_id=f"{name}-model",
    )  # fmt: skip
    gr.HTML(
        html_template=stage,
        js_on_load=script,
        server_functions=list(answers),
        apply_default_css=False,
        elem_id=f"stage-{name}",
        tab=name,
        first={"model": first},
        words=texts("offline", *words),
    )
    ask_on_change(name, {"model": model})
