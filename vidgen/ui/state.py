"""What the controls of a tab are set to: what a model brings, and what a visitor had set before.

All of it is plain functions from a studio and values to properties of controls, by their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from vidgen import limits
from vidgen.directions import direction_groups
from vidgen.place import MARK
from vidgen.requests import FRAMES as FRAMES_OF_A_CLIP
from vidgen.requests import MorphRequest, fit_request, read_request, write_request
from vidgen.studio import FORMATS, Studio
from vidgen.types import GeneratorSpec
from vidgen.ui import offsets
from vidgen.ui.characters import (
    ALL,
    BACKGROUNDS,
    FACING,
    PALETTES,
    action_choices,
    arrows,
    first_action,
)  # fmt: skip
from vidgen.ui.characters import COLOUR as COLOUR_CHOSEN
from vidgen.ui.words import action_text

SEEDS = 999  # as far as a slider reaches; the API takes any seed
FRAMES = (8, 128)  # of the slider
RATES = (limits.FPS.low, 60)
SIZES = [64, 128, 256, 512]
DIE = "⚄"  # drawn by every font, as the emoji is not
ANY_ACTION = (DIE, "")  # the seed decides
COLOUR = re.compile(r"#[0-9a-fA-F]{6}|rgba?\([\d., ]{5,60}\)")

# What changes with a model; "art" is the column of what only pixel art has.
BROUGHT = (
    "action", "direction", "frames", "fps", "truncation", "snap", "colors", "background", "art",
)  # fmt: skip
Properties = dict[str, dict[str, Any]]  # of controls, by their names


def for_model(
    spec: GeneratorSpec, language: str, kept: Mapping[str, object] | None = None
) -> Properties:
    """What the controls show for a model: its actions, its rate, what only pixel art has.

    A value of `kept` stands wherever the model allows it; the model's own one does elsewhere.
    """
    kept = kept or {}
    groups, alpha = direction_groups(spec.actions), spec.channels == 4
    actions = choices_of(spec, language)
    ways = arrows({way for group in groups.values() for way in group})
    facing = next((name for _, name in ways if name == FACING), ALL)

    def value(name: str, usual: object, allowed: bool = True) -> object:
        return kept[name] if allowed and name in kept and _fits(name, kept[name]) else usual

    def choice(name: str, usual: object, choices: list[tuple[str, str]]) -> object:
        return kept[name] if kept.get(name) in [value for _, value in choices] else usual

    return {
        "action": {
            "choices": actions,
            "value": choice("action", first_action(spec) if groups else "", actions),
            "visible": bool(spec.actions),
        },
        "direction": {
            "choices": ways,
            "value": choice("direction", facing, ways),
            "visible": bool(groups),
            "interactive": True,
        },
        "frames": {"visible": not spec.timing},
        "fps": {"value": value("fps", min(round(spec.fps), RATES[1]))},
        "truncation": {"value": value("truncation", spec.truncation)},
        "snap": {"value": value("snap", False, alpha)},
        "colors": {"value": value("colors", 0, alpha)},
        "background": {"value": value("background", limits.TRANSPARENT, alpha)},
        "art": {"visible": alpha},
    }


def choices_of(spec: GeneratorSpec, language: str) -> list[tuple[str, str]]:
    """What can be chosen of a model's actions, in the words of a language."""
    listed = [(action_text(name, language), name) for name in action_choices(spec)]
    return listed if direction_groups(spec.actions) else [ANY_ACTION, *listed]


def on_arrival(studio: Studio, language: str, kept: Mapping[str, object]) -> Properties:
    """What the controls show when a page opens: what its visitor had set before, if it can be.

    `kept` comes from a browser, so from anyone: what is not allowed is left out.
    """
    found = only_allowed(kept)
    model = kept.get("model")
    if model not in studio.names():
        model = next(iter(studio.names()), None)
        found["model"] = {"value": model}
    try:
        described = for_model(studio.spec(model), language, kept)
    except ValueError:  # the player shows its sentence
        described = without_model()
    # The number of frames is kept, and the model says whether it is seen.
    return found | {name: found.get(name, {}) | told for name, told in described.items()}


def settings_of(document: str, studio: Studio) -> tuple[dict[str, object], list[str]]:
    """What the controls show for the JSON of a place, and sentences about what they can't show.

    Raises ValueError if it is no place at all.
    """
    request, file, remarks = read_request(document)
    if request.model not in studio.names():
        request = replace(request, model=next(iter(studio.names()), None))
        remarks.append("The model of this place is not at hand: another one is shown.")
    spec = studio.spec(request.model)
    request, more = fit_request(request, spec)
    values = {"frames": FRAMES_OF_A_CLIP, "action": "", "colors": 0} | {
        name: value for name, value in write_request(request, **file).items() if name != MARK
    }
    values |= {name: getattr(request, name) for name in ("seed", "loop", "snap")}
    values["own_motion"] = request.motion_seed is not None
    if not isinstance(request, MorphRequest):  # its tab has no pads
        for name in ("content", "motion", "plane"):
            values.pop(name, None)
        values["pad"] = offsets.write(request)
    if isinstance(request, MorphRequest):
        values |= {"mix": request.mix, "travel": request.travel}
    for group, ways in direction_groups(spec.actions).items():
        if request.action == group:
            values["direction"] = ALL
        for way, action in ways.items():
            if request.action == action:
                values |= {"action": group, "direction": way}
    if "background" in values and values["background"] not in BACKGROUNDS:
        values |= {"background": COLOUR_CHOSEN, "colour": values["background"]}
    kept = {name: value for name, value in values.items() if _fits(name, value)}
    for name in ("action", "direction"):  # the model knows them, and has been asked
        if isinstance(values.get(name), str):
            kept[name] = values[name]
    left_out = ", ".join(sorted(set(values) - set(kept)))
    if left_out:
        remarks.append(f"The page has no control for this and leaves it out: {left_out}.")
    return kept, remarks + more


def parsed(kept: str) -> dict[str, object]:
    """What a browser kept, as it sends it: a JSON object, or nothing."""
    try:
        values = json.loads(kept)
    except (ValueError, TypeError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def only_allowed(kept: Mapping[str, object]) -> Properties:
    """Of values that were kept those that controls could have been set to."""
    return {name: {"value": value} for name, value in kept.items() if _fits(name, value)}


def without_model() -> Properties:
    """What the controls show for a model that cannot be loaded."""
    return {"action": {"choices": [ANY_ACTION], "value": ""}}


def looks_around(studio: Studio, model: str | None, action: object) -> bool:
    """Whether an action has several directions; some have but one."""
    try:
        return action in direction_groups(studio.spec(model).actions)
    except ValueError:
        return True


def _fits(name: str, value: object) -> bool:
    """Whether a control could have been set to this. Choices that models bring are not known."""
    return name in _allowed() and _allowed()[name](value)


def _between(low: float, high: float, whole: bool = False) -> Callable[[object], bool]:
    def allowed(value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return low <= value <= high and (not whole or value == int(value))

    return allowed


def _one_of(*choices: object) -> Callable[[object], bool]:
    return lambda value: any(type(value) is type(c) and value == c for c in choices)


@cache
def _allowed() -> dict[str, Callable[[object], bool]]:
    """What each control can be set to."""
    switch, seed = _one_of(True, False), _between(0, SEEDS, whole=True)
    return {
        "model": lambda value: isinstance(value, str),
        "seed": seed,
        "seed_b": seed,
        "own_motion": switch,
        "motion_seed": seed,
        "pad": offsets.fits,
        "mix": _between(limits.MIX.low, limits.MIX.high),
        "travel": switch,
        "loop": switch,
        "frames": _between(*FRAMES, whole=True),
        "fps": _between(*RATES),
        "truncation": _between(limits.TRUNCATION.low, limits.TRUNCATION.high),
        "snap": switch,
        "colors": _one_of(0, *PALETTES),
        "background": _one_of(*BACKGROUNDS),
        "colour": lambda value: isinstance(value, str) and bool(COLOUR.fullmatch(value)),
        "size": _one_of(*SIZES),
        "format": _one_of(*FORMATS),
        "scale": _between(limits.SCALE.low, limits.SCALE.high, whole=True),
    }
