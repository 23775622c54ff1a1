"""Gradient steps through the generator: content, motion, phase and tempo of a path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from vidgen.engine import in_turn
from vidgen.inverse.distance import multi_scale_distance
from vidgen.inverse.observe import Observed
from vidgen.inverse.start import at
from vidgen.types import Generator, LatentPath

FRAMES = 4  # of the clip that a step looks at: they are independent of each other
PACE = 0.05  # of a step, in deviations of the latents
TEMPO_PACE = 0.002  # of a step, as a share of the tempo
PRIOR = 1e-3  # how much it costs to be a deviation away from where latents usually are


def refined(
    generator: Generator,
    observed: Observed,
    path: LatentPath,
    steps: int,
    rng: torch.Generator,
    side: int | None = None,
) -> Iterator[LatentPath]:
    """Yields a path after every step, each nearer to what was seen; stop whenever you like.

    Adam with a cosine schedule. `side` is how large frames are drawn meanwhile (the model's own
    size if None): half the size is a third of the time.
    """
    side = side or generator.spec.resolution
    small = observed.smaller(side)
    content = path.content[:, :1].clone().requires_grad_()
    motion = path.motion.clone().requires_grad_()
    tempo = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam(
        [{"params": [content, motion], "lr": PACE}, {"params": [tempo], "lr": TEMPO_PACE}],
        betas=(0.8, 0.99),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 0.55 + 0.45 * math.cos(math.pi * min(1, step / max(1, steps)))
    )

    def current(detached: bool) -> LatentPath:
        parts = [part.detach() if detached else part for part in (content, motion, tempo)]
        return replace(
            path,
            content=parts[0].expand_as(path.content),
            motion=parts[1],
            times=path.times * parts[2].exp(),
        )

    inputs = [content, motion, tempo]

    def gradients(chosen: Tensor) -> tuple[Tensor | None, ...]:
        with _frozen(generator), torch.enable_grad():
            loss = _loss(generator, small, at(current(False), chosen), chosen, side)
            loss = loss + PRIOR * motion[:, 1:].square().mean()
            return torch.autograd.grad(loss, inputs, allow_unused=True)

    moments = observed.moments
    for _ in range(steps):
        chosen = moments[torch.randperm(len(moments), generator=rng)[:FRAMES]]
        for each, gradient in zip(inputs, in_turn(gradients, chosen), strict=True):
            each.grad = gradient
        optimizer.step()
        schedule.step()
        yield current(True)


def _loss(
    generator: Generator, small: Observed, path: LatentPath, chosen: Tensor, side: int
) -> Tensor:
    device = next(generator.parameters()).device
    frames = generator(path.to(device), side)[0].float().cpu()
    seen = small.seen(small.laid(frames))
    return multi_scale_distance(seen, small.values[chosen], small.kept[chosen], levels=3).mean()


@contextmanager
def _frozen(generator: Generator) -> Iterator[None]:
    """No gradients of the weights meanwhile: a third of the work of a step."""
    learning = [each for each in generator.parameters() if each.requires_grad]
    for each in learning:
        each.requires_grad_(False)
    try:
        yield
    finally:
        for each in learning:
            each.requires_grad_(True)
