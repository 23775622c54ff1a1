"""The convolution whose gradients are taken by hand is the formula that it stands for."""

import pytest
import torch
import torch.nn.functional as F

from vidgen.models import modulated as module
from vidgen.models.modulated import modulated, upsample

every_way = pytest.mark.parametrize("up", [False, True])


def inputs(images: int = 5, side: int = 6, dtype: torch.dtype = torch.float64) -> list:
    """x, weight, bias, scale and gain, all of which learn."""
    rng = torch.Generator().manual_seed(0)
    shapes = (images, 3, side, side), (4, 3, 3, 3), (4,), (images, 3), (images, 4)
    tensors = [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes]
    tensors[4] = tensors[4].abs() + 0.1
    layouts = [torch.channels_last] * 2 + [torch.contiguous_format] * 3
    return [
        tensor.to(dtype, memory_format=layout).requires_grad_()
        for tensor, layout in zip(tensors, layouts, strict=True)
    ]


def formula(x, weight, bias, scale, gain, up):
    """As Karras et al. 2020, section 2.2, have it, one operation after another."""
    y = F.conv2d(x * scale[:, :, None, None], weight, padding=1)
    y = upsample(y) if up else y
    return F.leaky_relu(y * gain[:, :, None, None] + bias[:, None, None], 0.2)


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


@pytest.mark.parametrize("learning", [{0}, {1}, {2}, {3, 4}, {0, 2}])
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
