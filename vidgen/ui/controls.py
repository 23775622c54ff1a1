"""The controls that the tabs have in common: model, seed, how it moves."""

from __future__ import annotations

import gradio as gr

from vidgen import limits
from vidgen.requests import FRAMES
from vidgen.studio import Studio
from vidgen.ui.characters import direction_control
from vidgen.ui.labels import QUIET, Controls, Labels
from vidgen.ui.state import ANY_ACTION, RATES, SEEDS
from vidgen.ui.state import FRAMES as FRAMES_SHOWN

# The same noise generator as everywhere in the browser: no round trip for a die.
DICE = f"() => Math.floor(Math.random() * {SEEDS + 1})"


def model_choice(studio: Studio, labels: Labels) -> gr.Dropdown:
    """The models at hand; more may come from the Hub."""
    names = studio.names()
    return labels.make(
        gr.Dropdown, {"label": "model"}, choices=names, value=names[0] if names else None
    )


def seed_slider(labels: Labels, key: str, value: int, name: str | None = None) -> gr.Slider:
    """A seed with its dice button, called by `key` and known to scripts as `name`-slider."""
    with gr.Row(elem_classes="vg-seed"):
        seed = labels.make(
            gr.Slider, {"label": key}, minimum=0, maximum=SEEDS, step=1, value=value,
            elem_id=f"{name or key.replace('_', '-')}-slider", scale=8, buttons=[],
        )  # fmt: skip
        # Shown as a die by style.css; its words are for those who listen to the page.
        dice = labels.make(
            gr.Button, {"value": "dice"}, scale=0, min_width=52, elem_classes="vg-dice"
        )
    dice.click(None, None, seed, js=DICE, **QUIET)
    return seed


def motion_controls(labels: Labels, tab: str) -> Controls:
    """What is shown and how it moves, named like what `characters.request_of` takes."""
    action = labels.make(
        gr.Radio, {"label": "action", "info": "action_info"}, choices=[ANY_ACTION], value="",
        elem_id=f"{tab}-action",
    )  # fmt: skip
    direction = direction_control(labels, tab)
    with gr.Row():
        frames = labels.make(
            gr.Slider, {"label": "frames"}, minimum=FRAMES_SHOWN[0], maximum=FRAMES_SHOWN[1],
            step=1, value=FRAMES, min_width=160, buttons=[], elem_id=f"{tab}-frames",
        )  # fmt: skip
        fps = labels.make(
            gr.Slider, {"label": "fps"}, minimum=RATES[0], maximum=RATES[1], step=1, value=25,
            min_width=160, buttons=[],
        )  # fmt: skip
    truncation = labels.make(
        gr.Slider, {"label": "truncation", "info": "truncation_info"},
        elem_id=f"{tab}-truncation",
        minimum=limits.TRUNCATION.low, maximum=limits.TRUNCATION.high, step=0.01, value=1,
        buttons=[],
    )  # fmt: skip
    loop = labels.make(gr.Checkbox, {"label": "loop"}, value=True)
    return {
        "frames": frames,
        "fps": fps,
        "action": action,
        "direction": direction,
        "truncation": truncation,
        "loop": loop,
    }
