"""The Generate tab: a clip from a seed."""

from __future__ import annotations

import gradio as gr

from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.ui.characters import background_controls, clean_up_controls
from vidgen.ui.controls import follow_model, model_choice, motion_controls, save_controls
from vidgen.ui.controls import seed_slider as seed_control
from vidgen.ui.player import player, redraw_on_change
from vidgen.ui.words import Labels

TAB = "generate"


def build(studio: Studio, labels: Labels) -> dict[str, gr.Component]:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    with gr.Row(elem_classes="vg-tab"):
        stage = gr.Column(scale=6, min_width=320, elem_classes="vg-stage-column")
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": "generate_hint"})
            controls = {"model": model_choice(studio, labels)}
            controls["seed"] = seed_control(labels, "seed", 7)
            controls |= motion_controls(labels, TAB)
            with gr.Column(visible=False) as art:
                controls |= clean_up_controls(labels, TAB)
                backdrop = background_controls(labels, TAB)
            save_controls(labels, studio, ClipRequest, controls, backdrop, TAB)
    with stage:
        player(TAB, studio, ClipRequest, controls)
    redraw = redraw_on_change(TAB, controls)
    follow_model(studio, controls, backdrop["background"], art, redraw)
    return controls
