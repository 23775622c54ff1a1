"""How far what is drawn lies from what was seen, at several sizes, edges as much as areas."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

LEAST = 1e-6  # of what was seen, so that nothing is divided by nothing


def multi_scale_distance(
    a: Tensor, b: Tensor, kept: Tensor | None = None, levels: int = 2
) -> Tensor:
    """Between images (N, C, H, W), (N,): L1 at full, half, ... size, and of their gradients.

    `kept` (N, 1, H, W), 1 where there is something to compare and 0 where not; the mean is taken
    over what there is.
    """
    total = a.new_zeros(len(a))
    difference = a - b
    if kept is not None:
        difference = difference * kept
    for level in range(levels):
        if level and min(difference.shape[-2:]) >= 2:
            difference = F.avg_pool2d(difference, 2)
        across, down = difference.diff(dim=-1), difference.diff(dim=-2)
        for part in (difference, across, down):
            total = total + part.abs().mean((1, 2, 3))
    return total if kept is None else total / kept.mean((1, 2, 3)).clamp(min=LEAST)


def psnr(a: Tensor, b: Tensor, kept: Tensor | None = None) -> float:
    """Peak signal-to-noise ratio of frames (..., C, H, W) in [-1, 1], in dB; of what is kept."""
    squares = (a.clamp(-1, 1) - b.clamp(-1, 1)).square().mean(-3, keepdim=True)
    if kept is not None:
        squares = (squares * kept).sum() / kept.expand_as(squares).sum().clamp(min=LEAST)
    error = float(squares.mean())
    return 10 * math.log10(4 / max(error, 1e-10))
