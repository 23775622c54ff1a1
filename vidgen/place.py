"""A place: a point that can be drawn, as a small JSON; links, files, command lines hold one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from vidgen import limits
from vidgen.directions import actions_of
from vidgen.latents import Moments, morph, motion_rows, path_at, seeded_content, together
from vidgen.limits import Limit, shown
from vidgen.types import GeneratorSpec, LatentPath

MARK, VERSION = "vidgen", 1  # the key that says what a JSON is, and the version that writes it
MAX_CHARACTERS = 8_000  # of a JSON
MAX_NAME = 300  # characters of a model's or an action's name
# What a file says besides: nothing of it is an instruction.
SAID_BESIDES = ("generated", "weights", "license", "attribution")
PAD = Limit("Pad", -2, 2)  # 0 is the seed itself, 1 the seed at the pad's edge
ORIGIN = (0.0, 0.0)  # of a pad

Weights = tuple[tuple[str, float], ...]  # of actions, by name
Kind = Callable[[str, object], tuple[object, str | None]]  # a value, and what is to be said of it


@dataclass(frozen=True)
class Place:
    """What is drawn and how it moves; what is None is left to the model.

    seed: who. motion_seed: how; the seed if None. action: a name, a group of directions ("walk"),
    or weights of several. speed: seconds of motion in one. content, motion: how far (x, y) from the
    seed on their pads, whose axes are the seeds of `axis_seeds(plane)`. seed_b: a second seed, of
    which there is as much as `mix` says.
    """

    model: str | None = None
    seed: int = 0
    motion_seed: int | None = None
    action: str | Weights | None = None
    truncation: float | None = None
    speed: float = 1.0
    content: tuple[float, float] = ORIGIN
    motion: tuple[float, float] = ORIGIN
    plane: int = 0
    seed_b: int | None = None
    mix: float = 0.5

    @property
    def how(self) -> int:
        """The seed of its motion."""
        return self.seed if self.motion_seed is None else self.motion_seed

    def path(
        self,
        spec: GeneratorSpec,
        frames: int,
        fps: float | None = None,
        loop: bool = False,
        curve: Tensor | None = None,
    ) -> LatentPath:
        """Its path from the beginning, see `path_at`."""
        return self.path_at(spec, Moments.steady(spec, frames, fps, self.speed, loop), curve)

    def path_at(
        self, spec: GeneratorSpec, moments: Moments, curve: Tensor | None = None
    ) -> LatentPath:
        """Its path at given moments, a batch of as many as there are directions to draw.

        `curve` (T,) stands in for `mix`. Raises ValueError for what the model can't draw.
        """

        def of(seed: int) -> LatentPath:
            # Where two seeds are mixed, each chooses its own action, if nobody else does.
            ways = [
                path_at(spec, seed, moments, action, self.truncation, self.motion_seed)
                for action in self._actions(spec)
            ]
            return together(ways)

        path = of(self.seed)
        if self.seed_b is not None:
            path = morph(path, of(self.seed_b), self.mix if curve is None else curve)
        return self._moved(path, spec, moments)

    def first_action(self, spec: GeneratorSpec) -> int:
        """The number of what is done, or the first of it; ValueError."""
        moments, action = Moments.steady(spec, 1), self._actions(spec)[0]
        path = path_at(spec, self.seed, moments, action, motion_seed=self.motion_seed)
        if path.action is None:
            raise ValueError("This model has no actions to choose from, not 1.")
        return int(path.action[0, 0].argmax())

    def _actions(self, spec: GeneratorSpec) -> tuple[str | Tensor | None, ...]:
        """The actions to draw side by side; None leaves one to the seed."""
        if self.action is None or self.action == "":  # a cleared field of a form
            return (None,)
        if isinstance(self.action, tuple):
            return (action_weights(spec, self.action),)
        return actions_of(spec, self.action) if spec.actions else (self.action,)

    def _moved(self, path: LatentPath, spec: GeneratorSpec, moments: Moments) -> LatentPath:
        content, motion = path.content, path.motion
        if self.content != ORIGIN:
            right, up = (seeded_content(spec, seed)[0] for seed in axis_seeds(self.plane))
            content = around(content, right, up, self.content)
        if self.motion != ORIGIN:
            right, up = (motion_rows(spec, seed, moments) for seed in axis_seeds(self.plane))
            motion = around(motion, right, up, self.motion)
        return replace(path, content=content, motion=motion)


def axis_seeds(plane: int) -> tuple[int, int]:
    """The seeds at the right and the upper edge of the pads of a plane."""
    plane = limits.PLANE.check(plane)
    return (2 * plane + 1) * 2_654_435_761 % 2**32, (2 * plane + 2) * 2_654_435_761 % 2**32


def around(start: Tensor, right: Tensor, up: Tensor, offset: tuple[float, float]) -> Tensor:
    """Noise (..., Z) at an offset on the plane from `start` through `right` and `up`.

    On a great circle, so that it stays noise of the same spread: (0, 0) is `start` and (1, 0) is
    `right`, a quarter of a turn away.
    """
    if not isinstance(offset, tuple) or len(offset) != 2:
        raise ValueError(f"Pad must be two numbers, not {shown(offset)}.")
    x, y = (PAD.check(value) for value in offset)
    far = math.hypot(x, y)
    if not far:
        return start
    turn = far * math.pi / 2
    return math.cos(turn) * start + math.sin(turn) * (x / far * right + y / far * up)


def action_weights(spec: GeneratorSpec, weights: Weights) -> Tensor:
    """Weights of actions, by name, as (A,); ValueError for a name that is not there."""
    found = torch.zeros(len(spec.actions))
    for name, weight in weights:
        found[spec.actions.index(limits.check_choice("Action", name, spec.actions))] = weight
    return found


def read_place(document: object) -> tuple[Place, list[str]]:
    """The place that a JSON describes, as text or parsed, and a sentence for all that is left out.

    Values out of bounds are brought inside. Raises ValueError if it is no place at all.
    """
    values, remarks = checked(document, FIELDS)
    return Place(**values), remarks  # type: ignore[arg-type]


def fitted(action: str | Weights | None, spec: GeneratorSpec) -> tuple[str | Weights | None, bool]:
    """An action as far as a model has it, and whether that is all of it."""
    try:
        if isinstance(action, str) and action:
            actions_of(spec, action)
    except ValueError:
        return None, False
    if not isinstance(action, tuple):
        return action, True
    kept = tuple((name, weight) for name, weight in action if name in spec.actions and weight)
    return kept or None, len(kept) == len(action)


def written(values: object, fields_of: Mapping[str, Kind]) -> dict[str, object]:
    """The fields of a dataclass that differ from their defaults, as JSON has them."""
    document: dict[str, object] = {MARK: VERSION}
    for field in fields(values):  # type: ignore[arg-type]
        value = getattr(values, field.name)
        if field.name in fields_of and value != field.default and value != "":
            weights = field.name == "action" and isinstance(value, tuple)
            pair = isinstance(value, tuple)
            document[field.name] = dict(value) if weights else list(value) if pair else value
    return document


def checked(document: object, known: Mapping[str, Kind]) -> tuple[dict[str, object], list[str]]:
    """The values of a JSON that make sense, and sentences about the rest; ValueError."""
    if isinstance(document, str):
        document = parsed(document)
    if not isinstance(document, dict) or MARK not in document:
        raise ValueError(f"This is no place of vidgen's: a JSON object with {MARK} in it.")
    values, remarks = {}, []
    version = document[MARK]
    if version != VERSION:
        remarks.append(f"This was written by another version ({shown(version)}).")
    for name, value in document.items():
        if name == MARK or name in SAID_BESIDES:
            continue
        if name not in known:
            remarks.append(f"{shown(name)} is not known here: left out.")
            continue
        try:
            values[name], remark = known[name](name, value)
        except ValueError:
            values.pop(name, None)
            remark = f"{shown(name)} can't be {shown(value)}: left out."
        if remark:
            remarks.append(remark)
    return values, remarks


def parsed(text: str) -> object:
    """A JSON of bounded length; ValueError."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"A place has at most {MAX_CHARACTERS:,} characters, not {len(text):,}.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("This is no place of vidgen's: it is no JSON.") from None


def within(limit: Limit, empty: bool = False) -> Kind:
    """A number, brought inside of a limit; or null if it may be left to the model."""

    def check(name: str, value: object) -> tuple[object, str | None]:
        if value is None and empty:
            return None, None
        number = Limit(name, -math.inf, math.inf, limit.whole).check(value)
        inside = min(max(number, limit.low), limit.high)
        return inside, None if inside == number else f"{name} {shown(value)} became {inside:,}."

    return check


def either(name: str, value: object) -> tuple[object, str | None]:
    """True or false."""
    return limits.check_switch(name, value), None


def named(name: str, value: object) -> tuple[object, str | None]:
    """A name, or null."""
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= MAX_NAME):
        raise ValueError
    return value, None


def _offset(name: str, value: object) -> tuple[object, str | None]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError
    pairs = [within(PAD)(name, each) for each in value]
    return tuple(each for each, _ in pairs), next((remark for _, remark in pairs if remark), None)


def _action(name: str, value: object) -> tuple[object, str | None]:
    if not isinstance(value, dict):
        return named(name, value)
    if not 0 < len(value) <= limits.MAX_ACTIONS or any(len(key) > MAX_NAME for key in value):
        raise ValueError
    weights = tuple((key, limits.MIX.check(weight)) for key, weight in value.items())
    return tuple((key, weight) for key, weight in weights if weight) or None, None


FIELDS: dict[str, Kind] = {
    "model": named,
    "seed": within(limits.SEED),
    "motion_seed": within(limits.MOTION_SEED, empty=True),
    "action": _action,
    "truncation": within(limits.TRUNCATION, empty=True),
    "speed": within(limits.SPEED),
    "content": _offset,
    "motion": _offset,
    "plane": within(limits.PLANE),
    "seed_b": within(limits.SEED, empty=True),
    "mix": within(limits.MIX),
}
