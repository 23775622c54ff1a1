"""A convolution whose second derivatives are convolutions again.

Gradient penalties differentiate a gradient. PyTorch's own double backward of a convolution sums its
weight gradient by way of a convolution with an image-sized kernel; asking the library for a weight
gradient instead is the same number, up to 2.3 times faster (64 pixels, 32 channels, two CPU cores).
The idea is conv2d_gradfix of Karras et al. 2020.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def convolve(x: Tensor, weight: Tensor, bias: Tensor, stride: int = 1) -> Tensor:
    """`F.conv2d` padded by (k - 1) // 2: (N, Cin, H, W), (Cout, Cin, k, k), (Cout,)."""
    return _Convolution.apply(x, weight, bias, stride)


def _forward(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    return F.conv2d(x, weight, bias, stride, padding=(weight.shape[-1] - 1) // 2)


def _gradients(
    grad: Tensor, x: Tensor, weight: Tensor, stride: int, wanted: list[bool]
) -> list[Any]:
    pad = [(weight.shape[-1] - 1) // 2] * 2
    return torch.ops.aten.convolution_backward(
        grad, x, weight, [len(weight)], [stride] * 2, pad, [1, 1], False, [0, 0], 1, wanted
    )


def _wanted(node: Any) -> bool:
    """Whether the backward pass under way goes on to a node: a loss's needs none of the pixels."""
    # Private, so that its absence in another version only costs the speed.
    ask = getattr(torch._C, "_will_engine_execute_node", None)
    leaf = hasattr(node, "variable")  # about those it does not say
    return ask is None or leaf or ask(node)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return _forward(x, weight, bias, stride)

    @staticmethod
    def backward(ctx, *grads: Tensor):
        (grad,) = grads
        x, weight = ctx.saved_tensors
        grad_x = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0] and _wanted(ctx.next_functions[0][0]):
            grad_x = _InputGradient.apply(grad, weight, x, ctx.stride)
        # With create_graph only the input's gradient is asked for: the penalty needs no other.
        if ctx.needs_input_grad[1] and not torch.is_grad_enabled():
            wanted = [False, True, True]
            _, grad_weight, grad_bias = _gradients(grad, x, weight, ctx.stride, wanted)
        return grad_x, grad_weight, grad_bias, None


class _InputGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grad: Tensor, weight: Tensor, x: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(grad, weight)
        ctx.stride = stride
        return _gradients(grad, x, weight, stride, [True, False, False])[0]

    @staticmethod
    def backward(ctx, *grads: Tensor):
        (grad_grad,) = grads
        grad, weight = ctx.saved_tensors
        grad_out = _forward(grad_grad, weight, None, ctx.stride)
        wanted = [False, True, False]
        grad_weight = _gradients(grad, grad_grad, weight, ctx.stride, wanted)[1]
        return grad_out, grad_weight, None, None
