"""Leaky ReLU and halving the size, with first and second derivatives in few passes over pixels.

Both are linear as long as no sign changes, so that a gradient's own derivative is the same again.
PyTorch's own adds a gradient of zeros to every one of them, and keeps what went in, too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SLOPE = 0.2  # of the leaky ReLU, below zero


def activate(x: Tensor) -> Tensor:
    """leaky_relu(x)."""
    return _Leaky.apply(x, False)


def activate_(x: Tensor) -> Tensor:
    """leaky_relu(x) in the place of x, which nobody else may need any more."""
    return _Leaky.apply(x, True)


def activate_and_halve(x: Tensor) -> tuple[Tensor, Tensor]:
    """leaky_relu(x), and x averaged down: (N, C, 2H, 2W) -> the same, and (N, C, H, W)."""
    return _LeakyAndHalf.apply(x)


def _slope(grad: Tensor, activated: Tensor) -> Tensor:
    """A gradient times the slope, which what came out tells as well as what went in."""
    return torch.ops.aten.leaky_relu_backward(grad, activated, SLOPE, True)


class _Leaky(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, in_place: bool) -> Tensor:
        y = F.leaky_relu(x, SLOPE, in_place)
        if in_place:
            ctx.mark_dirty(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, *grads: Tensor):
        return _Slope.apply(*grads, *ctx.saved_tensors), None


class _Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grad: Tensor, activated: Tensor) -> Tensor:
        ctx.save_for_backward(activated)
        return _slope(grad, activated)

    @staticmethod
    def backward(ctx, *grads: Tensor):
        return _Slope.apply(*grads, *ctx.saved_tensors), None


class _LeakyAndHalf(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> tuple[Tensor, Tensor]:
        y = F.leaky_relu(x, SLOPE)
        ctx.save_for_backward(y)
        return y, F.avg_pool2d(x, 2)

    @staticmethod
    def backward(ctx, *grads: Tensor):
        return _SlopeAndDouble.apply(*grads, *ctx.saved_tensors)


class _SlopeAndDouble(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grad: Tensor, grad_half: Tensor, activated: Tensor) -> Tensor:
        ctx.save_for_backward(activated)
        total = _slope(grad, activated)
        quarters = total.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # (N, C, H, 2, W, 2)
        quarters.add_(grad_half[:, :, :, None, :, None], alpha=0.25)
        return total

    @staticmethod
    def backward(ctx, *grads: Tensor):
        (grad,) = grads
        return _Slope.apply(grad, *ctx.saved_tensors), F.avg_pool2d(grad, 2), None
