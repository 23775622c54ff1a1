"""What scores need of a network that looks at clips; the one of last resort, of random weights."""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 32


class Encoder(Protocol):
    """A network that looks at clips: a judge, which also says what they show, or a fixed one.

    Clips are frames (N, T, C, H, W) in [-1, 1].
    """

    @property
    def name(self) -> str: ...

    def features(self, frames: Tensor) -> Tensor:
        """Of clips: (N, F)."""
        ...

    def frame_features(self, frames: Tensor) -> Tensor:
        """Of each of their frames: (N, T, F2)."""
        ...

    def logits(self, frames: Tensor) -> dict[str, Tensor]:
        """What they show, by attribute, (N, classes); nothing of an encoder that only encodes."""
        ...


class FixedRandomEncoder(nn.Module):
    """Features from random weights, the same ones everywhere, if no judge was trained.

    Random filters keep distances between clips well enough to tell broken ones from real ones, but
    know nothing of what matters to people. It is an `Encoder` without attributes.
    """

    name = "fixed random"
    attributes: dict[str, tuple[str, ...]] = {}

    def __init__(self, channels: int, frames: int, width: int = 16, seed: int = 0) -> None:
        super().__init__()
        self.frames = frames
        rng = torch.Generator().manual_seed(seed)

        def filters(*shape: int) -> nn.Parameter:
            fan_in = torch.Size(shape[1:]).numel()
            weight = torch.randn(shape, generator=rng) * (2 / fan_in) ** 0.5
            return nn.Parameter(weight, requires_grad=False)

        self.picture = filters(width, channels, 5, 5)
        # Over space and time at once: over time alone, left to right is right to left.
        self.movement = filters(2 * width, width, 3, 3, 3)
        self.still = filters(2 * width, width, 3, 3)

    def features(self, frames: Tensor) -> Tensor:
        """Of a clip: frames (N, T, C, H, W) in [-1, 1] -> (N, 64), what moves and what is there."""
        x = self._pictures(frames).unflatten(0, frames.shape[:2]).transpose(1, 2)
        # What stays is taken off and has features of its own, or it would drown what moves; scaled,
        # so that a dark thing moves as much as a bright one.
        moving = x - x.mean(2, keepdim=True)
        moving = moving / (moving.square().mean((1, 2, 3, 4), keepdim=True).sqrt() + 0.05)
        moving = F.relu(F.conv3d(moving, self.movement, padding=1))
        return torch.cat([moving.mean((2, 3, 4)), self._still(x.mean(2)).mean((2, 3))], 1)

    def frame_features(self, frames: Tensor) -> Tensor:
        """Of each frame: (N, T, 128), in four quarters of the picture."""
        x = F.adaptive_avg_pool2d(self._still(self._pictures(frames)), 2)
        return x.flatten(1).unflatten(0, frames.shape[:2])

    def logits(self, frames: Tensor) -> dict[str, Tensor]:
        """None: nothing was learnt."""
        return {}

    def _pictures(self, frames: Tensor) -> Tensor:
        """(N, T, C, H, W) -> (N * T, width, 16, 16)."""
        x = frames.flatten(0, 1)
        if x.shape[-1] != SIDE:
            x = F.interpolate(x, (SIDE, SIDE), mode="area")
        return F.relu(F.conv2d(x, self.picture, stride=2, padding=2))

    def _still(self, pictures: Tensor) -> Tensor:
        return F.relu(F.conv2d(pictures, self.still, stride=2, padding=1))
