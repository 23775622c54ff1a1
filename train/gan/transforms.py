"""Changes to the pixels of clips: differentiable, and the same for all frames of a clip.

Frames are (B, T, C, H, W) in [-1, 1]; what changes them has one row a clip. Colour with alpha is
premultiplied, so what can't be seen is -1 in every channel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def place(frames: Tensor, mirrored: Tensor, zoom: Tensor, shift: Tensor) -> Tensor:
    """Mirrors (B, 1), enlarges by (B, 1), shifts by (B, 2) halves of a frame; edges reflect."""
    theta = frames.new_zeros(len(frames), 2, 3)
    mirrored, zoom, shift = (x.to(frames.device) for x in (mirrored, zoom, shift))
    theta[:, 0, 0] = torch.where(mirrored[:, 0], -1, 1) / zoom[:, 0]
    theta[:, 1, 1] = 1 / zoom[:, 0]
    theta[:, :, 2] = 2 * shift
    images = frames.flatten(1, 2)  # one grid moves all frames of a clip
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return moved.unflatten(1, frames.shape[1:3])


def recolour(frames: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    """Adds brightness (B, 1), multiplies contrast and saturation by factors (B, 1)."""

    def column(x: Tensor) -> Tensor:
        return x.to(frames.device)[:, :, None, None, None]

    before, alpha = frames[:, :, :3], frames[:, :, 3:]
    grey = before.mean(2, keepdim=True)
    colour = grey + (before - grey) * column(saturation)
    mean = colour.mean((1, 2, 3, 4), keepdim=True)
    colour = mean + (colour - mean) * column(contrast) + column(brightness)
    if alpha.shape[2]:
        # Premultiplied: what can't be seen stays black.
        colour = torch.lerp(before, colour, (alpha + 1) / 2)
    return torch.cat([colour, alpha], 2)


def shift_pixels(frames: Tensor, shift: Tensor) -> Tensor:
    """Shifts by the whole pixels next to (B, 2) fractions of the frame, across and down.

    What comes in from outside is empty: transparent if there is alpha, else grey.
    """
    height, width = frames.shape[-2:]
    size = torch.tensor([width, height])
    across, down = (shift * size).round().long().to(frames.device).T  # (B,) each
    x = torch.arange(width, device=frames.device) - across[:, None]  # (B, W), where it comes from
    y = torch.arange(height, device=frames.device) - down[:, None]
    inside = _outer((y >= 0) & (y < height), (x >= 0) & (x < width))
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    moved = frames.gather(-1, x[:, None, None, None].expand_as(frames))
    moved = moved.gather(-2, y[:, None, None, :, None].expand_as(frames))
    return torch.where(inside, moved, _empty(frames))


def cut_out(frames: Tensor, centre: Tensor) -> Tensor:
    """Empties a square, half the frame wide, whose centre (B, 2) in [0, 1] lies in the frame."""
    height, width = frames.shape[-2:]
    x, y = (centre.to(frames.device) * torch.tensor([width, height], device=frames.device)).T
    across = torch.arange(width, device=frames.device) - x.floor()[:, None]  # (B, W)
    down = torch.arange(height, device=frames.device) - y.floor()[:, None]
    half = width // 4
    hole = _outer((down >= -half) & (down < half), (across >= -half) & (across < half))
    return torch.where(hole, _empty(frames), frames)


def _outer(down: Tensor, across: Tensor) -> Tensor:
    # (B, H), (B, W) -> (B, 1, 1, H, W)
    return (down[:, :, None] & across[:, None, :])[:, None, None]


def _empty(frames: Tensor) -> Tensor:
    return frames.new_tensor(-1.0 if frames.shape[2] == 4 else 0.0)
