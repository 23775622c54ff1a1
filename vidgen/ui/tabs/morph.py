"""The Morph tab: a clip between two seeds, or on the way from one to the other."""

from __future__ import annotations

import gradio as gr

from vidgen import limits
from vidgen.requests import MorphRequest
from vidgen.studio import Studio
from vidgen.ui.characters import background_controls, clean_up_controls
from vidgen.ui.controls import QUIET, follow_model, model_choice, motion_controls, save_controls
from vidgen.ui.controls import seed_slider as seed_control
from vidgen.ui.player import player, redraw_on_change
from vidgen.ui.words import Labels

TAB = "morph"


def build(studio: Studio, labels: Labels) -> dict[str, gr.Component]:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    with gr.Row(elem_classes="vg-tab"):
        stage = gr.Column(scale=6, min_width=320, elem_classes="vg-stage-column")
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": "morph_hint"})
            controls = {"model": model_choice(studio, labels)}
            controls["seed"] = seed_control(labels, "seed_a", 7)
            controls["seed_b"] = seed_control(labels, "seed_b", 21)
            controls["mix"] = labels.make(
                gr.Slider, {"label": "mix", "info": "mix_info"}, minimum=limits.MIX.low,
                maximum=limits.MIX.high, step=0.01, value=0.5, buttons=[], elem_id="mix-slider",
            )  # fmt: skip
            controls["travel"] = labels.make(gr.Checkbox, {"label": "travel"}, value=False)
            controls |= motion_controls(labels, TAB)
            with gr.Column(visible=False) as art:
                controls |= clean_up_controls(labels, TAB)
                backdrop = background_controls(labels, TAB)
            save_controls(labels, studio, MorphRequest, controls, backdrop, TAB)
    with stage:
        player(TAB, studio, MorphRequest, controls)
    # A clip that travels passes through every mix: the slider would do nothing.
    controls["travel"].change(
        lambda travel: gr.update(interactive=not travel), controls["travel"], controls["mix"],
        **QUIET,
    )  # fmt: skip
    redraw = redraw_on_change(TAB, controls)
    follow_model(studio, controls, backdrop["background"], art, redraw)
    return controls
