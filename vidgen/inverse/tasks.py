"""What finding a clip is good for: a file goes in, frames come out. Used by the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from vidgen import limits
from vidgen.inverse.find import STEPS, Found, drawn, find, restored
from vidgen.inverse.footage import Footage, observed_of, read_footage, read_mask
from vidgen.latents import mix, seeded_path
from vidgen.types import Generator, LatentPath

SHRUNK = (2, 4, 8)  # times that a clip may have been shrunk
GIVEN = limits.Limit("The number of given frames", 1, 96, whole=True)
AHEAD = limits.Limit("The number of frames to predict", 1, 96, whole=True)
EVERY = limits.Limit("Every", 2, 4, whole=True)  # 4 x 25 frames a second are within limits.FPS
REFINING = limits.Limit("The number of steps", 0, 2000, whole=True)
Told = Callable[[int, int], object]


@dataclass(frozen=True)
class Answer:
    """Frames (T, C, H, H) in [-1, 1] at `fps`, and what is to be said about them."""

    frames: Tensor
    fps: float
    found: Found
    notes: tuple[str, ...]


def restore(
    generator: Generator, clip: str | Path, shrunk: int | None = None,
    mask: str | Path | None = None, steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """The clip as large as the model draws, or with its hole filled; neither: only as it is drawn.

    Raises ValueError with one sentence if that can't be done.
    """
    spec, by = generator.spec, 1
    if shrunk is not None:
        if shrunk not in SHRUNK:
            raise ValueError(f"A clip may have been shrunk 2, 4 or 8 times, not {shrunk}.")
        by = shrunk
    footage = read_footage(clip, spec, by)
    observed, notes = observed_of(footage, spec)
    if mask is not None:
        kept = (1 - read_mask(mask, observed.side)).expand_as(observed.kept)
        observed = replace(observed, values=observed.values * kept, kept=kept)
    found = find(generator, observed, footage.fps, None, _checked(steps), told)
    as_it_is = shrunk is None and mask is None
    frames = observed.laid(found.frames) if as_it_is else restored(observed, found)
    return Answer(frames, footage.fps, found, (*footage.notes, *notes))


def predict(
    generator: Generator, clip: str | Path, given: int | None = None, frames: int = 8,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """The first `given` frames of a clip, or all of it, and so many more; ValueError."""
    footage = read_footage(clip, generator.spec)
    observed, notes = observed_of(footage, generator.spec)
    count = observed.frames if given is None else GIVEN.check(given)
    if count > observed.frames:
        raise ValueError(f"The clip has {observed.frames} frames: {count} can't be taken of it.")
    ahead = AHEAD.check(frames)
    room = (0, 0, 0, 0, 0, 0, 0, ahead)  # frames of which nothing is known
    observed = replace(
        observed, values=F.pad(observed.values[:count], room),
        kept=F.pad(observed.kept[:count], room),
    )  # fmt: skip
    found = find(generator, observed, footage.fps, None, _checked(steps), told)
    return Answer(restored(observed, found), footage.fps, found, (*footage.notes, *notes))


def slow(
    generator: Generator, clip: str | Path, every: int = 2,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """A clip that takes `every` times as long, with the frames between its own; ValueError."""
    every = EVERY.check(every)
    footage = read_footage(clip, generator.spec)
    observed, notes = observed_of(footage, generator.spec)
    count = (observed.frames - 1) * every + 1
    values = observed.values.new_zeros(count, *observed.values.shape[1:])
    kept = observed.kept.new_zeros(count, *observed.kept.shape[1:])
    values[::every], kept[::every] = observed.values, observed.kept
    observed = replace(observed, values=values, kept=kept)
    found = find(generator, observed, footage.fps * every, None, _checked(steps), told)
    return Answer(restored(observed, found), footage.fps, found, (*footage.notes, *notes))


def translate(
    generator: Generator, clip: str | Path, content_seed: int | None = None,
    motion_of: str | Path | None = None, action: str | None = None,
    steps: int = STEPS, told: Told | None = None,
) -> Answer:  # fmt: skip
    """A clip with another seed's content, another clip's motion, or in another action; ValueError.

    Nothing of the clip's own pixels is in it: what is drawn is what the model knows.
    """
    spec = generator.spec
    if content_seed is None and motion_of is None and action is None:
        raise ValueError("Say what to change: a content seed, another clip's motion or an action.")
    footage = read_footage(clip, spec)
    other = None if motion_of is None else read_footage(motion_of, spec)
    if action is not None:
        seeded_path(spec, 0, 1, action=action)  # refuses what the model does not have
    found, notes = _found(generator, footage, steps, told)
    path = found.path
    if other is not None:
        moving, more = _found(generator, other, steps, told)
        path = mix(content_of=_lasting(path, moving.path.frames), motion_of=moving.path)
        notes = [*notes, *more]
    if content_seed is not None:
        path = mix(content_of=seeded_path(spec, content_seed, path.frames), motion_of=path)
    if action is not None:
        weights = torch.zeros(len(spec.actions))
        weights[spec.actions.index(action)] = 1
        path = replace(path, action=weights.expand(1, path.frames, -1))
    fps = footage.fps if other is None else other.fps
    return Answer(drawn(generator, path), fps, found, (*footage.notes, *notes))


def _found(
    generator: Generator, footage: Footage, steps: int, told: Told | None
) -> tuple[Found, list[str]]:
    observed, notes = observed_of(footage, generator.spec)
    return find(generator, observed, footage.fps, None, _checked(steps), told), notes


def _lasting(path: LatentPath, frames: int) -> LatentPath:
    """A path whose content, which does not change, lasts so many frames."""
    content = path.content[:, :1].expand(-1, frames, -1)
    return replace(path, content=content, truncation=path.truncation[:, :1].expand(-1, frames))


def _checked(steps: int) -> int:
    return REFINING.check(steps)
