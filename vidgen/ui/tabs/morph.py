"""The Morph tab: a clip between two seeds, or on the way from one to the other."""

from __future__ import annotations

import gradio as gr

from vidgen import limits
from vidgen.requests import MorphRequest
from vidgen.studio import Studio
from vidgen.ui.controls import seed_slider
from vidgen.ui.labels import QUIET, Controls, Labels
from vidgen.ui.tabs.shell import clip_tab

TAB = "morph"
SEEDS = (7, 12)  # of bundled models' seeds two that one can tell apart at a glance


def build(studio: Studio, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    return clip_tab(TAB, MorphRequest, studio, labels, own_controls)


def own_controls(labels: Labels) -> Controls:
    """Two seeds, and where between them."""
    controls: Controls = {
        "seed": seed_slider(labels, "seed_a", SEEDS[0]),
        "seed_b": seed_slider(labels, "seed_b", SEEDS[1]),
    }
    controls["mix"] = labels.make(
        gr.Slider, {"label": "mix", "info": "mix_info"}, minimum=limits.MIX.low,
        maximum=limits.MIX.high, step=0.01, value=0.5, buttons=[], elem_id="mix-slider",
    )  # fmt: skip
    controls["travel"] = labels.make(gr.Checkbox, {"label": "travel"}, value=False)
    # A clip that travels passes through every mix: the slider would do nothing.
    controls["travel"].change(
        lambda travel: gr.update(interactive=not travel), controls["travel"], controls["mix"],
        **QUIET,
    )  # fmt: skip
    return controls
