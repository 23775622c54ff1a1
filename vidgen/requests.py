"""What may be asked of the studio, whoever asks: a clip of a seed, one between two, a sheet."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vidgen import limits
from vidgen.directions import actions_of
from vidgen.latents import morph, seeded_path, together, whole_cycles
from vidgen.pixels.cleanup import CleanUp
from vidgen.types import GeneratorSpec, LatentPath

FRAMES = 64  # of a clip, if nothing else is asked for: time for a slow action
TRAVEL_CYCLES = 4  # of a scripted action while one seed becomes another


@dataclass(frozen=True)
class ClipRequest:
    """The clip of a seed. What is None is left to the model; values are checked when it is made.

    `action` may be a group of directions ("walk" of "walk_up", "walk_left", ...): all of them are
    then drawn side by side. `snap` and `colors` clean up its pixels (see `CleanUp`).
    """

    model: str | None = None
    seed: int = 0
    frames: int | None = None
    fps: float | None = None
    action: str | None = None
    truncation: float | None = None
    loop: bool = False
    snap: bool = False
    colors: int | None = None

    @property
    def name(self) -> str:
        """What its file is called: what was asked for, and nothing that is left to the model."""
        return _joined(f"seed-{int(self.seed)}", *self._asked_for())

    def _asked_for(self) -> list[object]:
        return [
            self.action,
            None if self.truncation is None else f"truncation-{self.truncation:g}",
            None if self.fps is None else f"{self.fps:g}fps",
        ]

    def path(self, spec: GeneratorSpec) -> LatentPath:
        """Its path, a batch of as many as there are directions to draw; ValueError."""
        return self._path(spec, self.seed, self._length(spec))

    def rate(self, spec: GeneratorSpec) -> float:
        """Its frames a second."""
        return limits.FPS.check(spec.fps if self.fps is None else self.fps)

    def clean_up(self, spec: GeneratorSpec) -> CleanUp:
        """What is done to its pixels; ValueError."""
        return CleanUp(self.snap, self.colors).check(spec.channels)

    def _actions(self, spec: GeneratorSpec) -> tuple[str | None, ...]:
        """The actions to draw side by side; None leaves one to the seed."""
        if self.action is None or self.action == "":  # a cleared field of a form
            return (None,)
        return actions_of(spec, self.action) if spec.actions else (self.action,)

    def _length(self, spec: GeneratorSpec, cycles: int = 1) -> int:
        """Its number of frames: whole cycles of a scripted action, if nothing else is asked for."""
        if self.frames is not None or not spec.timing:
            return FRAMES if self.frames is None else self.frames
        action = seeded_path(spec, self.seed, 1, action=self._actions(spec)[0]).action
        return whole_cycles(spec, int(action[0, 0].argmax()), self.fps, cycles)

    def _path(self, spec: GeneratorSpec, seed: int, frames: int) -> LatentPath:
        return together(
            [
                seeded_path(spec, seed, frames, self.fps, action, self.truncation, self.loop)
                for action in self._actions(spec)
            ]
        )


@dataclass(frozen=True)
class MorphRequest(ClipRequest):
    """A clip between two seeds, A being `seed`.

    `mix` 0 is A and 1 is B. With `travel` the clip goes from A to B instead, and back again if it
    loops.
    """

    seed_b: int = 1
    mix: float = 0.5
    travel: bool = False

    @property
    def name(self) -> str:
        """What its file is called."""
        between = "travel" if self.travel else f"mix-{self.mix:g}"
        seeds = f"seeds-{int(self.seed)}-{int(self.seed_b)}"
        return _joined(seeds, between, *self._asked_for())

    def path(self, spec: GeneratorSpec) -> LatentPath:
        """Its path, a batch of as many as there are directions to draw; ValueError."""
        mix, travel = limits.MIX.check(self.mix), limits.check_switch("Travel", self.travel)
        frames = self._length(spec, TRAVEL_CYCLES if travel else 1)
        a, b = (self._path(spec, seed, frames) for seed in (self.seed, self.seed_b))
        return morph(a, b, travel_curve(a.frames, self.loop) if travel else mix)


@dataclass(frozen=True)
class SheetRequest:
    """The sprite sheet of a seed: all its actions, or the one that `action` names.

    `scale` is the side of a pixel; `format` is how its JSON lists the frames.
    """

    model: str | None = None
    seed: int = 0
    action: str | None = None
    truncation: float | None = None
    scale: int = 1
    snap: bool = False
    colors: int | None = None
    format: str = "json-array"

    @property
    def name(self) -> str:
        """What its files are called."""
        truncation = None if self.truncation is None else f"truncation-{self.truncation:g}"
        return _joined(f"seed-{int(self.seed)}", self.action or "sheet", truncation)


def _joined(*parts: object) -> str:
    return "-".join(str(part) for part in parts if part)


def travel_curve(frames: int, loop: bool) -> Tensor:
    """How far from A to B each frame is, (T,) from 0 to 1; there and back if the clip loops."""
    if loop:
        # A loop's last frame is one step before its first, hence over `frames` and not one fewer.
        return (1 - torch.cos(torch.arange(frames) * (2 * torch.pi / frames))) / 2
    return torch.linspace(0, 1, frames)
