"""The judge of clips: what they show, and the features that Frechet distances are taken in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 64  # pixels that a judge looks at
# What a judge learns beside its attributes, from clips that were corrupted on purpose: so that its
# features hold how a clip moves and how sharp it is, and not only what the attributes need.
PLAYED = ("forward", "frozen", "backward", "shuffled")
SPEEDS = ("half", "native", "double")
LOOKS = ("clean", "blurred", "noisy", "blended", "changed")
CORRUPTED = {"played": PLAYED, "speed": SPEEDS, "look": LOOKS}


@dataclass(frozen=True)
class JudgeConfig:
    """What a judge looks at, and its sizes.

    data: the name of its data set; frames: of a clip, at `fps`; fold: frames seen as one moment, so
    that long clips cost no more; attributes: name -> its classes; widths: channels at 16, 8 and 4
    pixels; features: numbers that describe a clip.
    """

    data: str
    architecture: str
    channels: int
    frames: int
    fps: float
    attributes: dict[str, tuple[str, ...]]
    fold: int = 2
    widths: tuple[int, ...] = (32, 64, 96)
    features: int = 96


@dataclass(frozen=True)
class JudgeCard:
    """How a judge came about: clips seen in training, seconds it took, accuracy by attribute on
    held-out clips, and the groups (people, characters) that it never saw, if they have names."""

    seed: int = 0
    clips: int = 0
    seconds: float = 0.0
    accuracy: dict[str, float] = field(default_factory=dict)
    never_saw: tuple[str, ...] = ()


class Judge(nn.Module):
    """Frames (N, T, C, H, W) in [-1, 1] -> features and logits; made for `frames` frames at `fps`.

    C is 3, or 4 with premultiplied colour. Other sizes of picture are resampled to 64x64; another
    number of frames is judged too, but as no clip that the judge learnt from.
    """

    def __init__(self, config: JudgeConfig, card: JudgeCard | None = None) -> None:
        super().__init__()
        self.config, self.card = config, card or JudgeCard()
        # Four pixels become one of four times the channels: half the side, and nothing lost.
        seen = config.channels * config.fold * 4
        self.trunk: Any = ARCHITECTURES[config.architecture](seen, config.widths, config.features)
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(config.features, len(classes))
                for name, classes in (CORRUPTED | config.attributes).items()
            }
        )

    @property
    def name(self) -> str:
        return self.config.architecture

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        return self.config.attributes

    @property
    def frames(self) -> int:
        return self.config.frames

    @property
    def fps(self) -> float:
        return self.config.fps

    def features(self, frames: Tensor) -> Tensor:
        """What a clip shows and how it moves: (N, F)."""
        return self.trunk(self._moments(frames))

    def frame_features(self, frames: Tensor) -> Tensor:
        """What each frame shows, whatever is before and after it: (N, T, F2)."""
        alone = frames.flatten(0, 1)[:, None]
        return self.trunk.still(self._moments(alone)).unflatten(0, frames.shape[:2])

    def logits(self, frames: Tensor) -> dict[str, Tensor]:
        """(N, classes) by attribute."""
        every = self.every_logit(self.features(frames))
        return {name: every[name] for name in self.attributes}

    def every_logit(self, features: Tensor) -> dict[str, Tensor]:
        """(N, classes) of features (N, F): by attribute, and how the clip was corrupted."""
        known = F.gelu(F.layer_norm(features, features.shape[-1:]))
        return {name: head(known) for name, head in self.heads.items()}

    def _moments(self, frames: Tensor) -> Tensor:
        """(N, T, C, H, W) -> (N, moments, fold * C * 4, 32, 32)."""
        if frames.ndim != 5 or frames.shape[2] != self.config.channels:
            raise ValueError(
                f"This judge takes frames (N, T, {self.config.channels}, H, W), "
                f"not {tuple(frames.shape)}."
            )
        if frames.shape[-2:] != (SIDE, SIDE):
            images = F.interpolate(
                frames.flatten(0, 1), (SIDE, SIDE), mode="bilinear", antialias=True
            )
            frames = images.unflatten(0, frames.shape[:2])
        if missing := -frames.shape[1] % self.config.fold:
            frames = torch.cat([frames, frames[:, -1:].expand(-1, missing, -1, -1, -1)], 1)
        moments = frames.unflatten(1, (-1, self.config.fold)).flatten(2, 3)
        return F.pixel_unshuffle(moments, 2)


class SpaceTimeConvolutions(nn.Module):
    """Convolutions over space and time in turns, (2+1)-D (Tran et al. 2018), pooled over time."""

    def __init__(self, channels: int, widths: tuple[int, ...], features: int) -> None:
        super().__init__()
        befores = (channels, *widths[:-1])
        self.space = nn.ModuleList(map(_halving, befores, widths))
        # Not at the largest size, where it would cost most and see no further than a few pixels.
        self.time = nn.ModuleList(nn.Conv2d(width, width, (3, 1)) for width in widths[1:])
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.out = _described(widths[-1], features)

    def forward(self, moments: Tensor) -> Tensor:
        """(N, T, C, 32, 32) -> (N, F)."""
        count = len(moments)
        x = self.space[0](moments.flatten(0, 1))
        for space, time, norm in zip(self.space[1:], self.time, self.norms, strict=True):
            x = space(x)
            size = x.shape[-2:]
            x = x.unflatten(0, (count, -1)).transpose(1, 2).flatten(3)  # (N, C, T, H * W)
            # Repeated at the ends, so that a frozen clip is what its frame is alone.
            x = x + F.gelu(norm(time(F.pad(x, (0, 0, 1, 1), mode="replicate"))))
            x = F.avg_pool2d(x, (2, 1), ceil_mode=True)
            x = x.transpose(1, 2).flatten(0, 1).unflatten(2, size)  # (N * T, C, H, W)
        return self.out(x.unflatten(0, (count, -1)).mean(1))

    def still(self, moments: Tensor) -> Tensor:
        """(N, 1, C, 32, 32) -> (N, F): of a clip that shows one picture."""
        return self(moments)


class FramesInARow(nn.Module):
    """A convolutional network frame by frame, read by a recurrent one in both directions."""

    def __init__(self, channels: int, widths: tuple[int, ...], features: int) -> None:
        super().__init__()
        befores = (channels, *widths[:-1])
        self.space = nn.Sequential(*map(_halving, befores, widths))
        self.picture = _described(widths[-1], features)
        self.memory = nn.GRU(features, 64, batch_first=True, bidirectional=True)
        self.out = nn.Linear(features + 128, features)

    def forward(self, moments: Tensor) -> Tensor:
        """(N, T, C, 32, 32) -> (N, F)."""
        pictures = self.still(moments).unflatten(0, moments.shape[:2])  # (N, T, F)
        memory, _ = self.memory(F.gelu(pictures))
        return self.out(torch.cat([pictures.mean(1), memory.mean(1)], 1))

    def still(self, moments: Tensor) -> Tensor:
        """(N, T, C, 32, 32) -> (N * T, F): of every picture by itself."""
        return self.picture(self.space(moments.flatten(0, 1)))


def _halving(before: int, width: int) -> nn.Sequential:
    """Half the side of a picture, with `width` channels."""
    return nn.Sequential(
        nn.Conv2d(before, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.GELU()
    )


def _described(width: int, features: int) -> nn.Sequential:
    """4x4 pixels of `width` channels as one row of features."""
    # Few channels first: with thousands of inputs to a sum, Adam's steps would be far too large.
    return nn.Sequential(
        nn.Conv2d(width, width // 4, 1), nn.Flatten(), nn.Linear(width // 4 * 16, features)
    )


ARCHITECTURES: dict[str, Callable[[int, tuple[int, ...], int], nn.Module]] = {
    "conv3d": SpaceTimeConvolutions,
    "recurrent": FramesInARow,
}
