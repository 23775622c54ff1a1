"""Differentiable augmentation against overfitting: the same draw for all frames of a clip.

Real and generated clips are augmented alike before the critic sees them (Zhao et al. 2020; Karras
et al. 2020a). Each change is made with probability `strength` < 1, so that the unchanged clip stays
the most common one and no change can pass into what the generator makes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class AugmentConfig:
    """How likely each change is, and how large: fractions of the range, the frame, the time."""

    strength: float = 0.6
    flip: bool = True
    shift: float = 0.125
    zoom: float = 0.15
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.5
    speed: float = 0.2


def augment(
    frames: Tensor, times: Tensor, config: AugmentConfig, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Frames (B, T, C, H, W) in [-1, 1] and times (B, T) -> the same, changed clip by clip."""
    if config.strength <= 0:
        return frames, times
    batch, device = frames.shape[0], frames.device

    def amount(limit: float, columns: int = 1) -> Tensor:
        """(B, columns): uniform in +-limit for the clips that are changed, 0 for the others."""
        drawn = (torch.rand(batch, columns, generator=rng) * 2 - 1) * limit
        changed = torch.rand(batch, 1, generator=rng) < config.strength
        return (drawn * changed).to(device)

    mirrored = torch.rand(batch, 1, generator=rng) < config.strength / 2 * config.flip
    zoom = torch.exp(amount(config.zoom))
    frames = _place(frames, mirrored.to(device), zoom, amount(config.shift, 2))
    frames = _recolour(
        frames,
        amount(config.brightness),
        torch.exp(amount(config.contrast)),
        torch.exp(amount(config.saturation)),
    )
    return frames, times * torch.exp(amount(config.speed))


def _place(frames: Tensor, mirrored: Tensor, zoom: Tensor, shift: Tensor) -> Tensor:
    batch = len(frames)
    theta = frames.new_zeros(batch, 2, 3)
    theta[:, 0, 0] = torch.where(mirrored[:, 0], -1, 1) / zoom[:, 0]
    theta[:, 1, 1] = 1 / zoom[:, 0]
    theta[:, :, 2] = 2 * shift
    images = frames.flatten(1, 2)  # one grid moves all frames of a clip
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return moved.unflatten(1, frames.shape[1:3])


def _recolour(frames: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    def column(x: Tensor) -> Tensor:
        return x[:, :, None, None, None]

    before, alpha = frames[:, :, :3], frames[:, :, 3:]
    grey = before.mean(2, keepdim=True)
    colour = grey + (before - grey) * column(saturation)
    mean = colour.mean((1, 2, 3, 4), keepdim=True)
    colour = mean + (colour - mean) * column(contrast) + column(brightness)
    if alpha.shape[2]:
        # Premultiplied: what can't be seen stays black.
        colour = torch.lerp(before, colour, (alpha + 1) / 2)
    return torch.cat([colour, alpha], 2)
