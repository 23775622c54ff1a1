"""The Generate tab: a clip from a seed."""

from __future__ import annotations

import gradio as gr

from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.ui.controls import seed_slider
from vidgen.ui.labels import Controls, Labels
from vidgen.ui.pads import pads
from vidgen.ui.tabs.shell import clip_tab

TAB = "generate"
SEEN_ON_PADS = (
    "model", "seed", "own_motion", "motion_seed", "pad", "action", "direction", "truncation",
)  # fmt: skip


def build(studio: Studio, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""

    def own(labels: Labels) -> Controls:
        return own_controls(studio, labels)

    return clip_tab(TAB, ClipRequest, studio, labels, own, pictured=True)


def own_controls(studio: Studio, labels: Labels) -> Controls:
    """The seed; one for how it moves, for those who want another; and the pads around them."""
    seed = seed_slider(labels, "seed", 7)
    with gr.Column(elem_classes="vg-motion"):  # style.css hides the slider while it has no effect
        own = labels.make(
            gr.Checkbox, {"label": "own_motion", "info": "own_motion_info"}, value=False,
            elem_id="own-motion",
        )  # fmt: skip
        motion_seed = seed_slider(labels, "motion_seed", 21)
    held = pads(TAB, studio, labels, SEEN_ON_PADS)
    return {"seed": seed, "own_motion": own, "motion_seed": motion_seed, "pad": held}
