"""The Matrix tab: rows are contents, columns are motions or actions, and every cell plays."""

from __future__ import annotations

import gradio as gr

from vidgen.studio import Studio
from vidgen.ui.board import board
from vidgen.ui.controls import model_choice, seed_slider
from vidgen.ui.labels import Controls, Labels
from vidgen.ui.scripts import ask_on_change

TAB = "matrix"
ACTIONS, MOTIONS, WALL = "actions", "motions", "wall"
SEED = 7


def build(studio: Studio, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    labels.make(gr.Markdown, {"value": "matrix_hint"})
    with gr.Row(elem_classes="vg-matrix-controls"):
        model = model_choice(studio, labels)
        columns = labels.make(
            gr.Radio, {"label": "matrix_columns"},
            choices={ACTIONS: "matrix_actions", MOTIONS: "matrix_motions", WALL: "matrix_wall"},
            value=ACTIONS, elem_id="matrix-columns", scale=2, min_width=320,
        )  # fmt: skip
        with gr.Column(min_width=240):
            seed = seed_slider(labels, "matrix_seed", SEED, "matrix-seed")
    controls: Controls = {"model": model, "columns": columns, "seed": seed}
    board(TAB, studio, {name: control.value for name, control in controls.items()})
    ask_on_change(TAB, controls)
    return controls
