"""Convolutions whose gradients are taken by hand are the formulas that they stand for."""

import pytest
import torch
import torch.nn.functional as F

from vidgen.models import modulated as module
from vidgen.models.modulated import modulated, upsample
from vidgen.models.style import Block, StyleConv, ToImage

every_way = pytest.mark.parametrize("up", [False, True])


def inputs(images: int = 5, side: int = 6, dtype: torch.dtype = torch.float64) -> list:
    """x, weight, shift and scale, all of which learn."""
    rng = torch.Generator().manual_seed(0)
    shapes = (images, 3, side, side), (4, 3, 3, 3), (images, 4), (images, 3)
    tensors = [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes]
    layouts = [torch.channels_last] * 2 + [torch.contiguous_format] * 2
    return [
        tensor.to(dtype, memory_format=layout).requires_grad_()
        for tensor, layout in zip(tensors, layouts, strict=True)
    ]


def formula(x, weight, shift, scale, up):
    """One operation after another."""
    y = F.conv2d(x * scale[:, :, None, None], weight, padding=1)
    y = upsample(y) if up else y
    return F.leaky_relu(y + shift[:, :, None, None], 0.2)


@every_way
@pytest.mark.parametrize("cached", [1, 2000, 1 << 20])
def test_it_is_the_formula_and_so_are_all_gradients(up, cached, monkeypatch):
    monkeypatch.setattr(module, "CACHED_BYTES", cached)  # one image at a time, a few, or all
    given = inputs()
    wanted, found = formula(*given, up), modulated(*given, up)
    torch.testing.assert_close(found, wanted)
    weights = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1)).double()
    wanted = torch.autograd.grad(wanted, given, weights)
    for one, other in zip(torch.autograd.grad(found, given, weights), wanted, strict=True):
        torch.testing.assert_close(one, other)


@every_way
def test_without_gradients_it_draws_the_same(up):
    given = inputs()
    with torch.no_grad():
        plain = modulated(*given, up)
    assert torch.equal(plain, modulated(*given, up))


@pytest.mark.parametrize("learning", [{0}, {1}, {2}, {3}, {0, 2}])
def test_only_what_learns_gets_a_gradient(learning):
    given = [tensor.detach().requires_grad_(i in learning) for i, tensor in enumerate(inputs())]
    modulated(*given).square().sum().backward()
    assert {i for i, tensor in enumerate(given) if tensor.grad is not None} == learning
    found = [given[i].grad for i in sorted(learning)]
    again = [tensor.detach().requires_grad_(i in learning) for i, tensor in enumerate(given)]
    formula(*again, False).square().sum().backward()
    for one, i in zip(found, sorted(learning), strict=True):
        torch.testing.assert_close(one, again[i].grad)


@every_way
def test_in_bfloat16_it_is_the_formula_to_within_rounding(up):
    given, exact = inputs(dtype=torch.bfloat16), inputs()
    error = (modulated(*given, up).double() - formula(*exact, up)).abs()
    assert error.mean() < 0.02 * formula(*exact, up).abs().mean()
    modulated(*given, up).sum().backward()
    assert all(tensor.grad.dtype == torch.bfloat16 for tensor in given)


def as_published(layer: StyleConv, x, style, up: bool = False):
    """Karras et al. 2020, equations 1 to 3: of every image, its weights are scaled and divided."""
    weight = layer.weight * layer.affine(style)[:, None, :, None, None]  # (N, Cout, Cin, 3, 3)
    weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    images = [F.conv2d(one[None], each, padding=1) for one, each in zip(x, weight, strict=True)]
    y = torch.cat([upsample(image) if up else image for image in images])
    return 2**0.5 * F.leaky_relu(y + layer.bias[:, None, None] / 2**0.5, 0.2)


def test_what_a_layer_leaves_to_the_next_makes_the_published_formula():
    torch.manual_seed(0)
    block, colours = Block(4, 6, 5).double(), ToImage(6, 3, 5).double()
    x, style = torch.randn(3, 4, 8, 8).double(), torch.randn(3, 5).double()
    for parameter in (*block.parameters(), *colours.parameters()):
        torch.nn.init.normal_(parameter)
    learning = [*block.parameters(), *colours.parameters()]
    x = x.contiguous(memory_format=torch.channels_last)

    found = colours(*block(x, None, style), style)
    wanted = as_published(block.same, as_published(block.up, x, style, up=True), style)
    scaled = wanted * colours.affine(style)[:, :, None, None]
    wanted = F.conv2d(scaled, colours.weight, colours.bias)
    torch.testing.assert_close(found, wanted)
    gradients = [torch.autograd.grad(y.square().sum(), learning) for y in (found, wanted)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)
