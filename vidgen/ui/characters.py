"""The controls that only characters have: direction, background, clean-up; and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import gradio as gr

from vidgen import limits
from vidgen.directions import direction_groups
from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.types import GeneratorSpec
from vidgen.ui import offsets
from vidgen.ui.labels import QUIET, Labels

ARROWS = {"up": "↑", "left": "←", "down": "↓", "right": "→"}
ALL = "all"  # directions side by side
FACING = "down"  # towards whoever looks at it
COLOUR = "colour"
BACKGROUNDS = (limits.TRANSPARENT, limits.CHECKERBOARD, COLOUR)
PALETTES = (8, 12, 16, 24, 32, 48, 64, 128, 256)  # numbers of colours to choose from


def direction_control(labels: Labels, tab: str) -> gr.Radio:
    """Which way a character looks, or all ways at once."""
    return labels.make(
        gr.Radio, {"label": "direction"}, choices=arrows(ARROWS), value=FACING, visible=False,
        elem_id=f"{tab}-direction",
    )  # fmt: skip


def arrows(directions: Iterable[str]) -> list[tuple[str, str]]:
    """What can be chosen among directions: each of them, and all."""
    shown = {ARROWS[name]: name for name in ARROWS if name in directions}
    return [*shown.items(), ("".join(shown), ALL)]


def clean_up_controls(labels: Labels, tab: str) -> dict[str, gr.components.Component]:
    """Hard edges and few colours, named like the fields of a request."""
    with gr.Row():
        snap = labels.make(
            gr.Checkbox, {"label": "snap", "info": "snap_info"}, value=False,
            elem_id=f"{tab}-snap", min_width=160,
        )  # fmt: skip
        colors = labels.make(
            gr.Dropdown, {"label": "colors", "info": "colors_info"}, value=0,
            choices=[("–", 0), *PALETTES], elem_id=f"{tab}-colors", min_width=160,
        )  # fmt: skip
    return {"snap": snap, "colors": colors}


def background_controls(labels: Labels, tab: str) -> dict[str, gr.components.Component]:
    """What a transparent clip is laid over; the player shows it without asking the server."""
    with gr.Row():
        background = labels.make(
            gr.Radio, {"label": "background", "info": "background_info"},
            choices={key: key for key in BACKGROUNDS},
            value=limits.TRANSPARENT, elem_id=f"{tab}-background", scale=4,
        )  # fmt: skip
        colour = labels.make(
            gr.ColorPicker, {"label": "colour"}, value="#33557a", visible=False,
            elem_id=f"{tab}-colour", min_width=110,
        )  # fmt: skip
    paint = f"""(kind, colour) => {{
        const stage = document.querySelector("#player-{tab} .vg-stage");
        stage.style.background = kind === "{COLOUR}" ? colour : "";
    }}"""
    gr.on([background.change, colour.change], None, [background, colour], None, js=paint, **QUIET)
    background.change(lambda kind: gr.update(visible=kind == COLOUR), background, colour, **QUIET)
    return {"background": background, "colour": colour}


def background_of(background: str, colour: str) -> str:
    """The background that the two controls stand for."""
    if background != COLOUR:
        return background
    numbers = re.fullmatch(r"rgba?\(([\d.]+), *([\d.]+), *([\d.]+).*\)", str(colour))
    if numbers is None:
        return colour
    return "#" + "".join(f"{min(255, round(float(number))):02x}" for number in numbers.groups())


def action_choices(spec: GeneratorSpec) -> list[str]:
    """What a model's characters can do, whichever way they look."""
    groups = direction_groups(spec.actions)
    grouped = {action for group in groups.values() for action in group.values()}
    return [*groups, *(action for action in spec.actions if action not in grouped)]


def first_action(spec: GeneratorSpec) -> str:
    """What a character does before anybody chose: something that goes on for ever, if it can."""
    groups = direction_groups(spec.actions)
    for name, group in groups.items():
        if spec.timing and spec.timing[spec.actions.index(next(iter(group.values())))].loops:
            return name
    return next(iter(groups))


def request_of(
    studio: Studio, kind: type[ClipRequest], action: str, direction: str, **values: Any
) -> ClipRequest:
    """The request that a tab's controls stand for; what they do not show is left to the model."""
    spec = studio.spec(values["model"])
    groups = direction_groups(spec.actions)
    if groups and not action:
        action = first_action(spec)
    if isinstance(action, str) and action in groups and direction != ALL:
        group = groups[action]
        action = group.get(direction, next(iter(group.values()))) if direction else action
    if spec.timing:
        values["frames"] = None
    values["colors"] = values.get("colors") or None
    values |= offsets.read(values.pop("pad", None))
    if not values.pop("own_motion", True):
        values["motion_seed"] = None
    return kind(action=action, **values)
