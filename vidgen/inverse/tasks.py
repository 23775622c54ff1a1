"""What finding a clip is good for: a plan for each task, and the frames that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from vidgen import limits
from vidgen.inverse.find import STEPS, Found, drawn, find, restored
from vidgen.inverse.footage import Footage, observed_of, read_footage, read_mask
from vidgen.inverse.observe import Observed
from vidgen.latents import mix, seeded_path
from vidgen.place import action_weights
from vidgen.types import Generator, GeneratorSpec, LatentPath

SHRUNK = (2, 4, 8)  # times that a clip may have been shrunk
GIVEN = limits.Limit("The number of given frames", 1, 96, whole=True)
AHEAD = limits.Limit("The number of frames to predict", 1, 96, whole=True)
EVERY = limits.Limit("Every", 2, 4, whole=True)  # 4 x 25 frames a second are within limits.FPS
REFINING = limits.Limit("The number of steps", 0, 2000, whole=True)
Told = Callable[[int, int], object]
Read = Callable[[int], Footage]  # a clip, so many times smaller than the model draws


@dataclass(frozen=True)
class Plan:
    """What is looked for, and what is made of what is found.

    fps: of the frames that are looked for; shown_fps: of those that come out. `finish` makes these,
    (T, C, H, H) in [-1, 1], of what was found. `notes` say in words what was left out or guessed.
    """

    observed: Observed
    fps: float
    shown_fps: float
    notes: tuple[str, ...]
    finish: Callable[[Found], Tensor]


@dataclass(frozen=True)
class Answer:
    """Frames (T, C, H, H) in [-1, 1] at `fps`, and what is to be said about them."""

    frames: Tensor
    fps: float
    found: Found
    notes: tuple[str, ...]


def answer(
    generator: Generator, plan: Plan, steps: int = STEPS, told: Told | None = None
) -> Answer:
    """Looks for what a plan wants, and finishes it. Raises ValueError as `find` does."""
    found = find(generator, plan.observed, plan.fps, None, REFINING.check(steps), told)
    return Answer(plan.finish(found), plan.shown_fps, found, plan.notes)


def plan_restore(
    generator: Generator, read: Read, shrunk: int | None = None,
    hole: Callable[[int], Tensor] | None = None,
) -> Plan:  # fmt: skip
    """The clip as large as the model draws, or with its hole filled; neither: only as it is drawn.

    `hole` says for a side in pixels where it is, (1, 1, side, side) of 0 and 1. Raises ValueError
    with one sentence if that can't be done, as all of these do.
    """
    if shrunk is not None and shrunk not in SHRUNK:
        raise ValueError(
            f"A clip may have been shrunk 2, 4 or 8 times, not {limits.shown(shrunk)}."
        )
    footage, observed, notes = _seen(generator.spec, read, shrunk or 1)
    if hole is not None:
        kept = (1 - hole(observed.side)).expand_as(observed.kept)
        observed = replace(observed, values=observed.values * kept, kept=kept)
    as_it_is = shrunk is None and hole is None

    def finish(found: Found) -> Tensor:
        return observed.laid(found.frames) if as_it_is else restored(observed, found)

    return Plan(observed, footage.fps, footage.fps, notes, finish)


def plan_predict(
    generator: Generator, read: Read, given: int | None = None, frames: int = 8
) -> Plan:
    """The first `given` frames of a clip, or all of it, and so many more; ValueError."""
    given = None if given is None else GIVEN.check(given)
    ahead = AHEAD.check(frames)
    footage, observed, notes = _seen(generator.spec, read)
    count = observed.frames if given is None else given
    if count > observed.frames:
        raise ValueError(f"The clip has {observed.frames} frames: {count} can't be taken of it.")
    room = (0, 0, 0, 0, 0, 0, 0, ahead)  # frames of which nothing is known
    observed = replace(
        observed, values=F.pad(observed.values[:count], room),
        kept=F.pad(observed.kept[:count], room),
    )  # fmt: skip
    return Plan(observed, footage.fps, footage.fps, notes, lambda found: restored(observed, found))


def plan_slow(generator: Generator, read: Read, every: int = 2) -> Plan:
    """A clip that takes `every` times as long, with the frames between its own; ValueError."""
    every = EVERY.check(every)
    footage, observed, notes = _seen(generator.spec, read)
    count = (observed.frames - 1) * every + 1
    values = observed.values.new_zeros(count, *observed.values.shape[1:])
    kept = observed.kept.new_zeros(count, *observed.kept.shape[1:])
    values[::every], kept[::every] = observed.values, observed.kept
    observed = replace(observed, values=values, kept=kept)
    return Plan(
        observed, footage.fps * every, footage.fps, notes, lambda found: restored(observed, found)
    )


def plan_translate(
    generator: Generator, read: Read, content_seed: int | None = None, action: str | None = None
) -> Plan:
    """A clip with another seed's content, or in another action; ValueError.

    Nothing of the clip's own pixels is in it: what is drawn is what the model knows.
    """
    spec = generator.spec
    if content_seed is None and action is None:
        raise ValueError("Say what to change: a content seed, another clip's motion or an action.")
    seeded_path(spec, content_seed or 0, 1, action=action)  # refuses what the model does not have
    footage, observed, notes = _seen(spec, read)

    def finish(found: Found) -> Tensor:
        return drawn(generator, translated(spec, found.path, content_seed, action))

    return Plan(observed, footage.fps, footage.fps, notes, finish)


def translated(
    spec: GeneratorSpec, path: LatentPath, content_seed: int | None, action: str | None
) -> LatentPath:
    """A path with another seed's content, in another action."""
    if content_seed is not None:
        path = mix(content_of=seeded_path(spec, content_seed, path.frames), motion_of=path)
    if action is not None:
        weights = action_weights(spec, ((action, 1.0),))
        path = replace(path, action=weights.expand(1, path.frames, -1))
    return path


# Of files, for the command line and from Python. Each raises ValueError with one sentence.


def restore(
    generator: Generator, clip: str | Path, shrunk: int | None = None,
    mask: str | Path | None = None, steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """See `plan_restore`; `mask` is a picture, white where the clip has a hole."""
    hole = None if mask is None else lambda side: read_mask(mask, side)
    plan = plan_restore(generator, _reader(clip, generator), shrunk, hole)
    return answer(generator, plan, steps, told)


def predict(
    generator: Generator, clip: str | Path, given: int | None = None, frames: int = 8,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """See `plan_predict`."""
    plan = plan_predict(generator, _reader(clip, generator), given, frames)
    return answer(generator, plan, steps, told)


def slow(
    generator: Generator, clip: str | Path, every: int = 2,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """See `plan_slow`."""
    return answer(generator, plan_slow(generator, _reader(clip, generator), every), steps, told)


def translate(
    generator: Generator, clip: str | Path, content_seed: int | None = None,
    motion_of: str | Path | None = None, action: str | None = None,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """See `plan_translate`; it may also move as another clip does."""
    spec, read = generator.spec, _reader(clip, generator)
    if motion_of is None:
        plan = plan_translate(generator, read, content_seed, action)
        return answer(generator, plan, steps, told)
    seeded_path(spec, content_seed or 0, 1, action=action)
    plans = [plan_restore(generator, each) for each in (read, _reader(motion_of, generator))]
    of, by = (answer(generator, plan, steps, told) for plan in plans)
    path = mix(content_of=_lasting(of.found.path, by.found.path.frames), motion_of=by.found.path)
    frames = drawn(generator, translated(spec, path, content_seed, action))
    return Answer(frames, by.fps, of.found, (*of.notes, *by.notes))


def _reader(clip: str | Path, generator: Generator) -> Read:
    return lambda by: read_footage(clip, generator.spec, by)


def _seen(
    spec: GeneratorSpec, read: Read, by: int = 1
) -> tuple[Footage, Observed, tuple[str, ...]]:
    footage = read(by)
    observed, notes = observed_of(footage, spec)
    return footage, observed, (*footage.notes, *notes)


def _lasting(path: LatentPath, frames: int) -> LatentPath:
    """A path whose content, which does not change, lasts so many frames."""
    content = path.content[:, :1].expand(-1, frames, -1)
    return replace(path, content=content, truncation=path.truncation[:, :1].expand(-1, frames))
