"""The Generate tab: a clip from a seed."""

from __future__ import annotations

import gradio as gr

from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.ui.controls import seed_slider
from vidgen.ui.labels import Controls, Labels
from vidgen.ui.tabs.shell import clip_tab

TAB = "generate"


def build(studio: Studio, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    return clip_tab(TAB, ClipRequest, studio, labels, own_controls)


def own_controls(labels: Labels) -> Controls:
    """The seed; and one for how it moves, for those who want another."""
    seed = seed_slider(labels, "seed", 7)
    with gr.Column(elem_classes="vg-motion"):  # style.css hides the slider while it has no effect
        own = labels.make(
            gr.Checkbox, {"label": "own_motion", "info": "own_motion_info"}, value=False,
            elem_id="own-motion",
        )  # fmt: skip
        motion_seed = seed_slider(labels, "motion_seed", 21)
    return {"seed": seed, "own_motion": own, "motion_seed": motion_seed}
