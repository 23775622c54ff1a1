"""Discriminators: they judge a few frames of a clip, knowing when each was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.convolution import convolve

MERGE_RESOLUTION = 16  # where the frames of a clip are put side by side


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic. `widths` are the channels at 32 and 16 pixels: from the top down."""

    stem_width: int = 48
    widths: tuple[int, ...] = (64, 128)
    frame_width: int = 128
    clip_width: int = 160
    seen_frames: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> CriticConfig:
        """The default sizes for 32, 64, 128, ... pixels."""
        widths = list(cls.widths)
        while MERGE_RESOLUTION << len(widths) < resolution:
            widths.insert(0, max(32, widths[0] // 2))
        if MERGE_RESOLUTION << len(widths) > resolution:
            widths = widths[-1:]
        return cls(widths=tuple(widths))


class Critic(nn.Module):
    """One 2-D trunk over every frame, then a head that sees a frame and one that sees the clip.

    Frames (B, T, C, H, W) at `resolution` or a half, a quarter, ... of it; times (B, T) in seconds;
    action (B, A) weights or None. Returns logits (B, 1 + T): the clip's, then each frame's.
    """

    def __init__(
        self, resolution: int, channels: int, actions: int, config: CriticConfig | None = None
    ) -> None:
        super().__init__()
        config = config or CriticConfig()
        if resolution != MERGE_RESOLUTION << len(config.widths):
            raise ValueError(f"{len(config.widths)} widths do not fit {resolution} pixels.")
        self.config, self.resolution = config, resolution
        self.compute_dtype = torch.float32
        widths = config.widths
        self.stem = Stem(channels, config.stem_width, widths[0])
        self.from_image = nn.ModuleList(Conv(channels, c, 1) for c in widths)
        self.trunk = nn.ModuleList(
            Down(wide, narrow) for wide, narrow in zip(widths[:-1], widths[1:], strict=True)
        )
        self.frame = nn.Sequential(
            Down(widths[-1], config.frame_width), Down(config.frame_width, config.frame_width)
        )
        self.frame_head = Head(config.frame_width, actions)

        per_frame = config.clip_width // config.seen_frames
        self.reduce = Conv(widths[-1], per_frame, 1)
        self.when = nn.Sequential(
            nn.Linear(6 * (config.seen_frames - 1), 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, per_frame * config.seen_frames),
        )
        self.clip = nn.Sequential(
            Down(per_frame * config.seen_frames, config.clip_width),
            Down(config.clip_width, config.clip_width),
        )
        self.clip_head = Head(config.clip_width, actions)

    def forward(self, frames: Tensor, times: Tensor, action: Tensor | None) -> Tensor:
        seen = frames.shape[1]
        image = frames.flatten(0, 1).to(self.compute_dtype, memory_format=torch.channels_last)
        stem = None
        if image.shape[-1] == self.resolution:
            stem, image = self.stem(image), F.avg_pool2d(image, 2)
        start = int(math.log2(self.resolution // 2 // image.shape[-1]))
        # Every size also reads the image itself, so that a size on top can be added late.
        x = self.from_image[start](image)
        if stem is not None:
            x = x + stem
        for block, from_image in zip(self.trunk[start:], self.from_image[start + 1 :], strict=True):
            image = F.avg_pool2d(image, 2)
            x = block(x) + from_image(image)
        per_frame_action = None if action is None else action.repeat_interleave(seen, 0)
        frame_logits = self.frame_head(self.frame(x), per_frame_action).view(-1, seen)

        together = self.reduce(x).unflatten(0, (-1, seen)).flatten(1, 2)  # (B, T c, 16, 16)
        together = together.contiguous(memory_format=torch.channels_last)
        scale = 1 + self.when(_time_features(times[:, 1:] - times[:, :1]))
        together = together * scale[:, :, None, None].to(together.dtype)
        return torch.cat([self.clip_head(self.clip(together), action), frame_logits], 1)


def _time_features(gaps: Tensor) -> Tensor:
    # (B, T - 1) seconds -> (B, 6 (T - 1)): periods of 4, 1 and a quarter seconds tell gaps apart
    angles = gaps[..., None] * (2 * math.pi * torch.tensor([0.25, 1, 4], device=gaps.device))
    return torch.cat([angles.sin(), angles.cos()], -1).flatten(1)


class Conv(nn.Module):
    """Convolution with bias, He initialised; its gradient can be differentiated again quickly."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.stride = stride
        std = (2 / (channels_in * kernel**2)) ** 0.5
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, kernel, kernel) * std)
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.to(x.dtype, memory_format=torch.channels_last)
        return convolve(x, weight, self.bias.to(x.dtype), self.stride)


class Stem(nn.Module):
    """The largest size, read at half of it: most of a critic's time would go into full size."""

    def __init__(self, channels_in: int, width: int, channels_out: int) -> None:
        super().__init__()
        self.first = Conv(channels_in, width, kernel=4, stride=2)
        self.second = Conv(width, channels_out)
        nn.init.zeros_(self.second.weight)

    def forward(self, image: Tensor) -> Tensor:
        return self.second(_activate(self.first(image)))


class Down(nn.Module):
    """Half the size: a residual block whose branch starts at nothing (as in R3GAN)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.first = Conv(channels_in, channels_in, stride=2)
        self.second = Conv(channels_in, channels_out)
        nn.init.zeros_(self.second.weight)
        self.skip = Conv(channels_in, channels_out, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.second(_activate(self.first(_activate(x))))
        return self.skip(F.avg_pool2d(x, 2)) + branch


class Head(nn.Module):
    """(N, C, 4, 4) -> logits (N, 1); with actions, by projection (Miyato and Koyama 2018)."""

    def __init__(self, channels: int, actions: int, width: int = 192) -> None:
        super().__init__()
        self.reduce = Conv(channels, 64, 1)
        self.hidden = nn.Linear(64 * 16, width)
        self.judge = nn.Linear(width, 1)
        self.per_action = nn.Parameter(torch.zeros(actions, width)) if actions else None

    def forward(self, x: Tensor, action: Tensor | None) -> Tensor:
        x = _activate(self.reduce(_activate(x))).flatten(1).float()
        x = F.leaky_relu(self.hidden(x), 0.2)
        logit = self.judge(x)
        if self.per_action is not None:
            logit = logit + (x * (action @ self.per_action)).sum(1, keepdim=True)
        return logit


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)
