"""A modulated convolution with bias and leaky ReLU, in as few passes over the pixels as can be.

The convolutions of a generator run at the rate of the machine; what is beside them is memory read
and written. Written with one operation after another, a training step spends a third of its time
so. Here the gradients are those of the same formula, taken together by hand.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SLOPE = 0.2  # of the leaky ReLU, below zero
CACHED_BYTES = 1 << 20  # of an image read again right away: half of a core's second-level cache


def modulated(x: Tensor, weight: Tensor, shift: Tensor, scale: Tensor, up: bool = False) -> Tensor:
    """leaky_relu(conv(scale * x) + shift), or of twice the size with `up`.

    x (N, Cin, H, W), weight (Cout, Cin, 3, 3), shift (N, Cout), scale (N, Cin), all of one dtype ->
    (N, Cout, H, W) or (N, Cout, 2H, 2W). The size is doubled between shift and leaky ReLU, which
    is the same as right after the convolution: what enlarges an image bilinearly keeps constants,
    and the small image has a quarter of the pixels. Can be differentiated once.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():  # those fuse passes themselves
        y = F.conv2d(x * _map(scale), weight, padding=1) + _map(shift)
        return F.leaky_relu(upsample(y) if up else y, SLOPE)
    if torch.is_grad_enabled():
        return _Modulated.apply(x, weight, shift, scale, up)
    return _forward(x, weight, shift, scale, up)


def modulated_colours(x: Tensor, weight: Tensor, bias: Tensor, scale: Tensor) -> Tensor:
    """conv(scale * x) + bias for 1x1 convolutions to few channels, in the dtype of x.

    x (N, Cin, H, W), weight (Cout, Cin, 1, 1), bias (Cout,), scale (N, Cin) -> (N, Cout, H, W).
    """
    if torch.jit.is_tracing():  # a graph gets the plain formula
        return F.conv2d(x * _map(scale), weight, bias)
    # Scales the few weights of every image rather than its many pixels.
    scaled = (weight[:, :, 0, 0] * scale[:, None]).to(x.dtype)  # (N, Cout, Cin)
    if not torch.is_grad_enabled():
        return torch.baddbmm(bias.to(x.dtype)[:, None], scaled, x.flatten(2)).unflatten(
            2, x.shape[2:]
        )
    # A little slower there, much quicker back: the gradient comes channels last, as x is.
    pixels = x.permute(0, 2, 3, 1).flatten(1, 2)  # (N, H W, Cin)
    image = torch.baddbmm(bias.to(x.dtype), pixels, scaled.transpose(1, 2))
    return image.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


def upsample(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W), low-pass: bilinear is the [1, 3, 3, 1] filter."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class _Modulated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, shift, scale, up):
        y = _forward(x, weight, shift, scale, up)
        ctx.save_for_backward(x, weight, scale, y)
        ctx.up = up
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        x, weight, scale, y = ctx.saved_tensors
        grad = grad.contiguous(memory_format=torch.channels_last)
        size = [len(x), len(weight), *x.shape[2:]]
        grad_z = torch.empty(size, dtype=x.dtype, device=x.device)
        grad_z = grad_z.contiguous(memory_format=torch.channels_last)
        grad_shift = torch.empty(size[:2], dtype=x.dtype, device=x.device)
        # What follows goes image by image, so that what was just written is still in the cache.
        for part in _parts(y):
            g = grad_z[part]
            if ctx.up:
                small = [len(g), *size[1:]]
                large = torch.ops.aten.leaky_relu_backward(grad[part], y[part], SLOPE, True)
                torch.ops.aten.upsample_bilinear2d_backward.grad_input(
                    large, list(y.shape[2:]), small, False, 2.0, 2.0, grad_input=g
                )
            else:
                torch.ops.aten.leaky_relu_backward.grad_input(
                    grad[part], y[part], SLOPE, True, grad_input=g
                )
            grad_shift[part] = g.sum((2, 3))

        wanted = [ctx.needs_input_grad[0] or ctx.needs_input_grad[3], ctx.needs_input_grad[1]]
        scaled = x * _map(scale) if wanted[1] else x
        grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(
            grad_z, scaled, weight, [0], [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [*wanted, False]
        )
        grad_scale = None
        if wanted[0]:
            grad_scale = torch.empty_like(scale)
            for part in _parts(x):
                grad_scale[part] = (grad_x[part] * x[part]).sum((2, 3))
                grad_x[part].mul_(_map(scale[part]))
        return grad_x, grad_weight, grad_shift, grad_scale, None


def _forward(x, weight, shift, scale, up) -> Tensor:
    z = F.conv2d(x * _map(scale), weight, padding=1)
    for part in _parts(z):
        now = z[part].add_(_map(shift[part]))
        if not up:
            F.leaky_relu(now, SLOPE, inplace=True)
    return F.leaky_relu(upsample(z), SLOPE, inplace=True) if up else z


def _parts(x: Tensor) -> list[slice]:
    """Images of a batch to look at together: as many as fit into the cache, on a GPU all."""
    count = max(1, CACHED_BYTES // (x[0].numel() * x.element_size()))
    count = len(x) if x.device.type != "cpu" else count
    return [slice(start, start + count) for start in range(0, len(x), count)]


def _map(vector: Tensor) -> Tensor:
    return vector[:, :, None, None]
