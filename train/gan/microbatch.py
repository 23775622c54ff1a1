"""What a training step draws, and the rows of it that go through the networks together.

Everything is drawn for the whole batch, so that processes which take different rows of it draw the
same, and a batch is the same however it is divided.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from train.data.batches import Batch
from train.gan.augment import Augmentation, Transforms
from vidgen.latents import knot_count
from vidgen.types import GeneratorSpec, LatentPath


@dataclass(frozen=True)
class Microbatch:
    """Some rows of a batch of real clips, and the latents of as many generated ones.

    transforms: augmentation of real and of generated clips, for the critic's update and then for
    the generator's; drawn: what else the losses take, tensors of one row per clip, by name.
    """

    real: Batch
    path: LatentPath
    transforms: tuple[Transforms, ...]
    drawn: Mapping[str, Tensor] = field(default_factory=dict)

    def with_drawn(self, drawn: Mapping[str, Tensor]) -> Microbatch:
        return dataclasses.replace(self, drawn=drawn)

    def rows(self, rows: slice) -> Microbatch:
        parts: dict[str, Any] = {
            n: None if x is None else x[rows] for n, x in vars(self.real).items()
        }
        real = dataclasses.replace(self.real, **parts)
        path = dataclasses.replace(
            self.path,
            content=self.path.content[rows],
            motion=self.path.motion[rows],
            times=self.path.times[rows],
            action=None if self.path.action is None else self.path.action[rows],
            truncation=self.path.truncation[rows],
        )
        transforms = tuple(t.rows(rows) for t in self.transforms)
        return Microbatch(real, path, transforms, {n: x[rows] for n, x in self.drawn.items()})


def draw_microbatch(
    real: Batch,
    resolution: int,
    spec: GeneratorSpec,
    augmentation: Augmentation,
    rng: torch.Generator,
    updates: int = 2,
) -> Microbatch:
    """Latents and transforms for a whole batch, shrunk to `resolution`, and for `updates`."""
    path = random_path(spec, real.times, real.action, rng)
    transforms = tuple(augmentation.draw(len(real.times), rng) for _ in range(2 * updates))
    frames = shrink(real.frames, resolution)
    return Microbatch(dataclasses.replace(real, frames=frames), path, transforms)


def random_path(
    spec: GeneratorSpec, times: Tensor, action: Tensor | None, rng: torch.Generator
) -> LatentPath:
    """Fresh latents for times (B, T) and actions (B, T, A)."""
    batch, frames = times.shape
    rows = 1 + knot_count(float(times.max()), spec.knot_seconds)
    content = torch.randn(batch, 1, spec.content_dim, generator=rng)
    motion = torch.randn(batch, rows, spec.motion_dim, generator=rng)
    path = LatentPath(
        content=content.expand(-1, frames, -1),
        motion=motion,
        times=times,
        action=action,
        truncation=torch.ones(batch, frames),
    )
    return path.to(times.device)


def shrink(frames: Tensor, resolution: int) -> Tensor:
    """Frames averaged down to `resolution`, a whole fraction of their own."""
    factor = frames.shape[-1] // resolution
    if factor == 1:
        return frames
    return F.avg_pool2d(frames.flatten(0, 1), factor).unflatten(0, frames.shape[:2])
