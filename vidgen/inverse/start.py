"""A first answer: which action, at which phase, with which content, by trying some of each.

Gradients lead to the nearest good path, so a search has to come near it first. Frames of the
generators here are independent of each other and can be drawn small: a few hundred little pictures
say which action it is and where in its cycle, then a few hundred whose.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vidgen import engine
from vidgen.inverse.distance import multi_scale_distance
from vidgen.inverse.guessed import guessed, phase_of
from vidgen.inverse.observe import Observed
from vidgen.latents import seeded_path, together
from vidgen.models.anchored import AnchoredMapping
from vidgen.types import Generator, GeneratorSpec, LatentPath

PHASES = 12  # of a cycle, tried for every action
SMALL, LARGER = 16, 32  # pixels of what is tried first and then
BEST = 6  # actions and phases that go on
SEEDS = 48  # contents tried, if there are no anchors
FINER = (-0.5, -0.25, 0.0, 0.25, 0.5)  # phases around the best, in steps of the first search
TOGETHER = 64  # pictures drawn at a time
GUESSES = 3  # actions, and contents, that an encoder's guess is taken to mean


@dataclass(frozen=True)
class Try:
    """One path to try: a content, an action (None if the model has none) and a phase in cycles."""

    content: Tensor  # (Zc,)
    action: int | None
    phase: float
    seed: int = 0  # of the rest of its motion


def first_answer(
    generator: Generator, observed: Observed, fps: float, action: str | None = None
) -> LatentPath:
    """The path (batch of one) of what is nearest among some hundred that are tried.

    With an encoder beside the model these are what it takes for likely, and a third as many.
    `action` names the one to look for, if it is known. Raises ValueError as `seeded_path` does.
    """
    spec = generator.spec
    actions: list[int | None] = [None]
    if spec.actions:
        seeded_path(spec, 0, 1, action=action)  # refuses what the model does not have
        actions = list(range(len(spec.actions))) if action is None else [spec.actions.index(action)]
    wide = generator.clip_encoder is None
    tries = (_wide_tries if wide else _guessed_tries)(generator, observed, fps, actions)
    tries = _best(generator, observed, fps, tries, LARGER, moments=3)[:2]
    tries = [replace(each, phase=each.phase + finer / PHASES) for each in tries for finer in FINER]
    return path_of(spec, _best(generator, observed, fps, tries, LARGER, 6)[0], observed.frames, fps)


def path_of(spec: GeneratorSpec, each: Try, frames: int, fps: float) -> LatentPath:
    """The path of a try, batch of one."""
    path = seeded_path(spec, each.seed, frames, fps, each.action, truncation=1.0)
    path = replace(path, content=each.content.expand(1, frames, -1))
    return turned(spec, path, each.phase)


def turned(spec: GeneratorSpec, path: LatentPath, phase: float) -> LatentPath:
    """The same path, at that phase of its cycle when it starts, in cycles."""
    if spec.timing and path.action is not None:
        cycle = spec.timing[int(path.action[0, 0].argmax())].frames / spec.fps
        return replace(path, times=path.times + (phase % 1) * cycle)
    # The angle of the first two numbers is where a cycle starts (vidgen/models/motion.py).
    motion, angle = path.motion.clone(), 2 * math.pi * phase
    motion[:, 0, 0], motion[:, 0, 1] = math.cos(angle), math.sin(angle)
    return replace(path, motion=motion)


def _wide_tries(
    generator: Generator, observed: Observed, fps: float, actions: list[int | None]
) -> list[Try]:
    """Every action at some phases, and of the best of them every content."""
    contents = contents_of(generator)
    some = contents[:: max(1, len(contents) // 2)][:2]
    tries = [
        Try(content, each, step / PHASES) for content in some for each in actions
        for step in range(PHASES)
    ]  # fmt: skip
    tries = _best(generator, observed, fps, tries, SMALL, moments=2)[:BEST]
    return [
        replace(each, content=content, seed=seed)
        for each in tries
        for seed, content in enumerate(contents)
    ]


def _guessed_tries(
    generator: Generator, observed: Observed, fps: float, actions: list[int | None]
) -> list[Try]:
    """What the encoder beside the model takes for the likeliest, and what is near it."""
    guess, first = guessed(generator.clip_encoder, observed, fps)
    order = guess.action[0].argsort(descending=True).tolist()
    likely = [each for each in order if each in actions] or actions
    contents = contents_of(generator)
    near = (contents @ guess.content[0]).argsort(descending=True)[:GUESSES].tolist()
    wanted = [(contents[index], index) for index in near]
    wanted += [(guess.content[0] * generator.spec.content_dim**0.5, 0)]
    tries = []
    for action in likely[:GUESSES]:
        path = path_of(generator.spec, Try(contents[0], action, 0), 1, fps)
        cycle = generator.cycle_seconds(path)
        gone = first / fps / cycle if cycle else 0.0  # cycles before the first frame looked at
        phase = phase_of(guess, action or 0) - gone
        tries += [
            Try(content, action, (phase + step / PHASES) % 1, seed)
            for content, seed in wanted
            for step in (-1, 0, 1)
        ]
    return tries


def contents_of(generator: Generator) -> Tensor:
    """Contents worth trying, (N, Zc): the anchors of a model that has some, or else of seeds."""
    mapping = getattr(generator, "mapping", None)
    if isinstance(mapping, AnchoredMapping):
        size = generator.spec.content_dim**0.5  # as long as those of seeds
        return mapping.keys.cpu() * size
    paths = [seeded_path(generator.spec, seed, 1) for seed in range(SEEDS)]
    return torch.stack([path.content[0, 0] for path in paths])


def _best(
    generator: Generator,
    observed: Observed,
    fps: float,
    tries: list[Try],
    side: int,
    moments: int,
) -> list[Try]:
    """The tries, the nearest first, compared at a few moments at that many pixels."""
    side = min(side, generator.spec.resolution)
    some = observed.moments
    some = some[torch.linspace(0, len(some) - 1, min(moments, len(some))).round().long()]
    small = observed.smaller(side)
    wanted, kept = small.values[some], small.kept[some]
    distances = []
    for paths in _batches(generator.spec, observed.frames, fps, tries, some):
        frames = next(engine.draw(generator, paths, paths.frames, side))  # (B, M, C, side, side)
        seen = small.seen(small.laid(frames.flatten(0, 1)))
        batch = len(frames)
        each = multi_scale_distance(
            seen, wanted.repeat(batch, 1, 1, 1), kept.repeat(batch, 1, 1, 1), levels=3
        )
        distances.append(each.unflatten(0, (batch, -1)).mean(1))
    order = torch.cat(distances).argsort(stable=True)
    return [tries[index] for index in order.tolist()]


def _batches(
    spec: GeneratorSpec, frames: int, fps: float, tries: list[Try], moments: Tensor
) -> Iterator[LatentPath]:
    """The tries as paths of those moments only, as many at a time as can be drawn together."""
    count = max(1, TOGETHER // len(moments))
    for start in range(0, len(tries), count):
        paths = [
            at(path_of(spec, each, frames, fps), moments) for each in tries[start : start + count]
        ]
        times = torch.stack([path.times.expand(path.frames) for path in paths])
        yield replace(together(paths), times=times)


def at(path: LatentPath, moments: Tensor) -> LatentPath:
    """The frames of a path at these indices (M,), alone."""
    return replace(
        path,
        content=path.content[:, moments],
        times=path.times[..., moments],
        action=None if path.action is None else path.action[:, moments],
        truncation=path.truncation[:, moments],
    )
