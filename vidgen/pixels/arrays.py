"""Frames in [-1, 1] to pixels in 0..255 and back, and pixels with alpha over a background."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

HALF = 127.5  # half of the levels that a byte has


def as_frames(pixels: Tensor | np.ndarray) -> Tensor:
    """uint8 (..., H, W, C) -> frames (..., C, H, W) in [-1, 1], float32, on the same device."""
    channels_first = torch.as_tensor(pixels).movedim(-1, -3)
    return channels_first.to(torch.float32, copy=True).div_(HALF).sub_(1)


def as_levels(frames: Tensor) -> Tensor:
    """Values in [-1, 1] -> float32 values in 0..255, neither rounded nor clamped; any shape."""
    return frames.detach().to(torch.float32, copy=True).add_(1).mul_(HALF)


def as_pixels(frames: Tensor) -> np.ndarray:
    """Frames (..., C, H, W) in [-1, 1] -> uint8 (..., H, W, C), on the CPU.

    Alpha stays as it is: premultiplied colour remains premultiplied.
    """
    levels = as_levels(frames).round_().clamp_(0, 255).byte()
    return np.ascontiguousarray(levels.movedim(-3, -1).cpu().numpy())


def laid_over(
    pixels: np.ndarray, background: float | np.ndarray, premultiplied: bool = False
) -> np.ndarray:
    """RGBA uint8 (..., 4) over a background -> RGB uint8 (..., 3).

    `background` is in 0..255 and broadcasts: a grey, a colour (3,) or a picture (H, W, 3).
    """
    colour, alpha = pixels[..., :3].astype(np.float32), pixels[..., 3:].astype(np.float32) / 255
    if not premultiplied:
        colour *= alpha
    mixed = colour + (1 - alpha) * np.asarray(background, np.float32)
    return mixed.round().clip(0, 255).astype(np.uint8)
