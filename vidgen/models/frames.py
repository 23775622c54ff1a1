"""A frame to a code and back: the two stacks of convolutions of families that have an encoder."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.models.layers import linear

LEAST, MOST = -5.0, 2.0  # logarithms of the deviations that a network may state
HIDDEN = 96  # between a code and 4x4 pixels: where something is, is no linear function of a code


def gaussian(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (..., n) of a diagonal Gaussian, stated in (..., 2 n)."""
    mean, log_deviation = numbers.chunk(2, -1)
    # Bounds with a slope: behind a clamp what has once gone too far has no gradient to come back.
    bounded = LEAST + F.softplus(MOST - F.softplus(MOST - log_deviation) - LEAST)
    return mean, bounded.exp()


def widths_for(resolution: int, widths: tuple[int, ...]) -> tuple[int, ...]:
    """Channels at 4, 8, 16, ... pixels up to half of `resolution`: those given, halved beyond."""
    found = list(widths[: max(1, resolution.bit_length() - 3)])
    while 4 << len(found) < resolution:
        found.append(max(8, found[-1] // 2))
    return tuple(found)


class FrameEncoder(nn.Module):
    """Frames (..., C, H, W) in [-1, 1] -> features (..., n).

    `widths` are its channels at 4, 8, 16, ... pixels: every convolution halves the size.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], features: int) -> None:
        super().__init__()
        self.compute_dtype = torch.float32
        layers: list[nn.Module] = []
        for before, after in pairwise((channels, *reversed(widths))):
            layers += [_started(nn.Conv2d(before, after, 4, 2, 1), 16 * before), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.features = nn.Sequential(
            linear(16 * widths[0], HIDDEN, gain=2**0.5), nn.LeakyReLU(0.2), linear(HIDDEN, features)
        )

    def forward(self, frames: Tensor) -> Tensor:
        x = frames.flatten(0, -4).contiguous(memory_format=torch.channels_last)
        lower = self.compute_dtype != torch.float32
        with torch.autocast(x.device.type, self.compute_dtype, enabled=lower):
            x = self.layers(x)  # (N, widths[0], 4, 4)
        return self.features(x.float().flatten(1)).unflatten(0, frames.shape[:-3])


class FrameDecoder(nn.Module):
    """Codes (N, n) -> images (N, C, H, W), about in [-1, 1]: the mean of a Gaussian, so unbounded.

    Behind a tanh, the black of a background would drive it to where no gradient is left. The code
    also weighs the last features (as FiLM, Perez et al. 2018): a colour times a shape is a product,
    and without one the colours of `shapes` were not learnt in 60,000 clips.
    """

    def __init__(self, code: int, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.compute_dtype, self.widest = torch.float32, widths[0]
        self.begin = nn.Sequential(
            linear(code, HIDDEN, gain=2**0.5),
            nn.LeakyReLU(0.2),
            linear(HIDDEN, 16 * widths[0], gain=2**0.5),
        )
        layers: list[nn.Module] = [nn.LeakyReLU(0.2)]
        for before, after in pairwise(widths):
            up = _started(nn.ConvTranspose2d(before, after, 4, 2, 1), 4 * before)
            layers += [up, nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.scale = linear(code, widths[-1])
        self.to_frame = nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1)
        _started(self.to_frame, 4 * widths[-1])
        # It begins with nearly grey.
        nn.init.normal_(self.to_frame.weight, std=0.3 / (4 * widths[-1]) ** 0.5)

    def forward(self, code: Tensor) -> Tensor:
        x = self.begin(code).unflatten(1, (self.widest, 4, 4))
        x = x.contiguous(memory_format=torch.channels_last)
        lower = self.compute_dtype != torch.float32
        with torch.autocast(x.device.type, self.compute_dtype, enabled=lower):
            x = self.layers(x) * (1 + self.scale(code).tanh())[..., None, None]
            x = self.to_frame(x)
        return x.float()


def _started(layer: nn.Conv2d | nn.ConvTranspose2d, inputs: int) -> nn.Module:
    """The layer with weights that keep the size of what passes (He et al. 2015)."""
    nn.init.normal_(layer.weight, std=(2 / inputs) ** 0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
