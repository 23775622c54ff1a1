"""The guided path above the stage of the Learn tab: what to do and what to see, step by step."""

from __future__ import annotations

import json

import gradio as gr

from vidgen.lessons import as_values
from vidgen.studio import Studio
from vidgen.ui.formulas import as_html, formulas, lesson_for
from vidgen.ui.labels import QUIET, Controls, Labels
from vidgen.ui.tabs import quiz, watch

STEPS = ("game", "trouble", "clips", "watch", "quiz", "space", "maths", "use")
GAME = "plays"  # that formulas change


def build(studio: Studio, labels: Labels) -> tuple[gr.Radio, gr.Button]:
    """The path, inside the `gr.Blocks` that is being made.

    Returns the choice of a formula, and the button that plays with it.
    """
    with gr.Walkthrough(selected=0, elem_id="guide") as path:
        for number, name in enumerate(STEPS):
            with labels.make(gr.Step, {"label": f"step_{name}"}, id=number):
                labels.make(gr.Markdown, {"value": f"step_{name}_text"})
                if name == "watch":
                    watch.build(studio, labels)
                if name == "quiz":
                    quiz.build(studio, labels)
                if name == "maths":
                    formula, play = maths(labels)
                if number + 1 < len(STEPS):
                    onward = labels.make(
                        gr.Button, {"value": "step_next"}, size="sm", scale=0, min_width=110
                    )
                    onward.click(
                        lambda after=number + 1: gr.Walkthrough(selected=after), None, path, **QUIET
                    )
    return formula, play


def maths(labels: Labels) -> tuple[gr.Radio, gr.Button]:
    """Formulas to choose from, each beside its code."""
    names = {name: f"formula_{name}" for name in formulas()}
    first = next(iter(formulas()))
    formula = labels.make(
        gr.Radio, {"label": "formula"}, choices=names, value=first, elem_id="learn-formula"
    )
    shown = gr.HTML(as_html(first, labels.language.value), elem_id="formula", padding=True)
    gr.on(
        [formula.change, labels.language.change], as_html, [formula, labels.language], shown,
        **QUIET,
    )  # fmt: skip
    play = labels.make(
        gr.Button, {"value": "formula_try"}, variant="primary", size="sm", scale=0, min_width=160,
        elem_id="formula-try",
    )  # fmt: skip
    return formula, play


def try_formulas(
    formula: gr.Radio,
    play: gr.Button,
    controls: Controls,
    settings: Controls,
) -> None:
    """The button sets the good game with what the formula says, in the browser alone."""
    table = {
        name: [GAME, False, *(as_values(lesson_for(name))[key] for key in settings)]
        for name in formulas()
    }
    outputs = [controls["preset"], controls["remedy"], *settings.values()]
    play.click(None, formula, outputs, js=f"(name) => ({json.dumps(table)})[name]", **QUIET)
