"""Discriminators: they judge a few frames of a clip, knowing when each was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from train.gan.convolution import convolve
from vidgen.limits import Limit
from vidgen.models.script import ScriptWeights
from vidgen.types import GeneratorSpec

MERGE_RESOLUTION = 16  # where the frames of a clip are put side by side
DROPOUT = Limit("dropout", 0, 0.9)
MOMENT_WIDTH = 24  # of what the clip head learns about a native frame of a script


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic. `widths` are the channels at 32 and 16 pixels: from the top down.

    `dropout` is the share of its heads' features that a step leaves out (Srivastava et al. 2014),
    `spectral_norm` holds every layer's largest singular value at 1 (Miyato et al. 2018).
    """

    stem_width: int = 48
    widths: tuple[int, ...] = (64, 128)
    frame_width: int = 128
    clip_width: int = 160
    seen_frames: int = 4
    dropout: float = 0.0
    spectral_norm: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        DROPOUT.check(self.dropout)

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

    Frames (B, T, C, H, W) at the spec's resolution or a half, a quarter, ... of it; times (B, T) in
    seconds; action (B, T, A) weights or None. Where motion follows a script, every frame is judged
    as the native frame that it should be, and the frames of a clip may be of several actions.
    Returns logits (B, 1 + T): the clip's, then each frame's.
    """

    def __init__(self, spec: GeneratorSpec, config: CriticConfig | None = None) -> None:
        super().__init__()
        config = config or CriticConfig()
        resolution, channels = spec.resolution, spec.channels
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
        self.script = ScriptWeights(spec) if spec.timing else None
        labels = self.script.count if self.script else len(spec.actions)
        self.frame_head = Head(config.frame_width, labels, config.dropout)

        per_frame = config.clip_width // config.seen_frames
        self.reduce = Conv(widths[-1], per_frame, 1)
        self.moment = nn.Linear(labels, MOMENT_WIDTH, bias=False) if self.script else None
        about = MOMENT_WIDTH * config.seen_frames if self.script else 6 * (config.seen_frames - 1)
        self.when = nn.Sequential(
            nn.Linear(about, 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, per_frame * config.seen_frames),
        )
        self.clip = nn.Sequential(
            Down(per_frame * config.seen_frames, config.clip_width),
            Down(config.clip_width, config.clip_width),
        )
        whole = 0 if self.script else len(spec.actions)
        self.clip_head = Head(config.clip_width, whole, config.dropout)
        if config.spectral_norm:
            normalise_spectrally(self)

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
        label = self.script(times, action) if self.script else action
        per_frame = None if label is None else label.flatten(0, 1)
        frame_logits = self.frame_head(self.frame(x), per_frame).view(-1, seen)

        together = self.reduce(x).unflatten(0, (-1, seen)).flatten(1, 2)  # (B, T c, 16, 16)
        together = together.contiguous(memory_format=torch.channels_last)
        if self.script:
            about = self.moment(label).flatten(1)
        else:
            about = _time_features(times[:, 1:] - times[:, :1])
        scale = 1 + self.when(about)
        together = together * scale[:, :, None, None].to(together.dtype)
        whole = None if action is None else action.mean(1)
        return torch.cat([self.clip_head(self.clip(together), whole), frame_logits], 1)


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
    """(N, C, 4, 4) -> logits (N, 1); with labels, by projection (Miyato and Koyama 2018)."""

    def __init__(self, channels: int, labels: int, dropout: float, width: int = 192) -> None:
        super().__init__()
        self.dropout = dropout
        self.reduce = Conv(channels, 64, 1)
        self.hidden = nn.Linear(64 * 16, width)
        self.judge = nn.Linear(width, 1)
        self.per_label = nn.Parameter(torch.zeros(labels, width)) if labels else None

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        x = _activate(self.reduce(_activate(x))).flatten(1).float()
        x = F.dropout(x, self.dropout, self.training)
        x = F.dropout(F.leaky_relu(self.hidden(x), 0.2), self.dropout, self.training)
        logit = self.judge(x)
        if self.per_label is not None:
            logit = logit + (x * (label @ self.per_label)).sum(1, keepdim=True)
        return logit


def normalise_spectrally(critic: nn.Module) -> None:
    """Divides every weight of a critic by its largest singular value, estimated step by step.

    A layer that starts at nothing has none: it starts at random instead.
    """
    for layer in list(critic.modules()):
        for name, weight in list(layer.named_parameters(recurse=False)):
            if weight.ndim > 1:
                if not weight.detach().any():
                    nn.init.normal_(weight)
                parametrizations.spectral_norm(layer, name)


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)
