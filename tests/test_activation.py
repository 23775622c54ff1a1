"""Leaky ReLU and halving: derivatives are PyTorch's own, first and second; no pass is wasted."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from tests.tiny import tiny_generator
from train.families.style import Critic, CriticConfig
from train.gan.activation import activate, activate_, activate_and_halve
from train.gan.losses import zero_centred_penalty
from vidgen.types import GeneratorSpec


def in_place(x):
    return (activate_(x * 3),)  # of what nobody else needs


WAYS = {
    "activate": (lambda x: (activate(x),), lambda x: (F.leaky_relu(x, 0.2),)),
    "activate_": (in_place, lambda x: (F.leaky_relu(x * 3, 0.2),)),
    "activate_and_halve": (
        activate_and_halve,
        lambda x: (F.leaky_relu(x, 0.2), F.avg_pool2d(x, 2)),
    ),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_penalty_has_the_gradients_of_pytorchs_own(name, layout):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(3, 5, 6, 4, generator=rng, dtype=torch.float64)
    weights = [torch.randn(5, 1, 1, generator=rng, dtype=torch.float64) for _ in range(3)]

    def gradients(way):
        leaves = [t.clone(memory_format=torch.preserve_format).requires_grad_() for t in weights]
        pixels = x.to(memory_format=layout).requires_grad_()
        drawn = way(pixels * leaves[0])
        loss = sum((y * w).square().sum() for y, w in zip(drawn, leaves[1:], strict=False))
        (gradient,) = torch.autograd.grad(loss, pixels, create_graph=True)
        (loss + gradient.square().sum()).backward()
        return drawn, gradient, *(leaf.grad for leaf in leaves if leaf.grad is not None)

    found, wanted = (gradients(way) for way in WAYS[name])
    torch.testing.assert_close(found, wanted)


def small_critic() -> Critic:
    torch.manual_seed(0)
    config = CriticConfig(stem_width=4, widths=(6,), frame_width=8, clip_width=8)
    return Critic(GeneratorSpec("style", 32, 3, 25, 8, 4), config)


class Calls(TorchDispatchMode):
    """Counts the gradients of pixels that convolutions work out."""

    def __init__(self) -> None:
        super().__init__()
        self.of_pixels = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        if function is torch.ops.aten.convolution_backward.default:
            image, wanted = arguments[1], arguments[-1]
            self.of_pixels += image.shape[1] == 3 and wanted[0]
        return function(*arguments, **(named or {}))


def test_a_loss_works_out_no_gradient_of_the_pixels_beside_the_penaltys():
    critic = small_critic()
    frames = torch.randn(2, 4, 3, 32, 32, requires_grad=True)
    logits = critic(frames, torch.arange(4).expand(2, 4) / 25, None)
    with Calls() as penalty:
        squared = zero_centred_penalty(logits, frames)
    with Calls() as loss:
        (logits.sum() + squared.sum()).backward(inputs=list(critic.parameters()))
    assert penalty.of_pixels == 2 and loss.of_pixels == 0  # the stem's and those of half its size
    assert frames.grad is None
    assert all(p.grad is not None for p in critic.parameters())


def test_who_asks_for_the_gradient_of_the_pixels_gets_it():
    critic = small_critic()
    frames = torch.randn(2, 4, 3, 32, 32, requires_grad=True)
    times = torch.arange(4).expand(2, 4) / 25
    (asked,) = torch.autograd.grad(critic(frames, times, None).sum(), frames)
    critic(frames, times, None).sum().backward()
    torch.testing.assert_close(frames.grad, asked)
    assert (asked.abs().amax((1, 2, 3, 4)) > 0).all()


def test_colours_drawn_while_learning_are_those_drawn_after():
    generator = tiny_generator()
    torch.manual_seed(0)
    with torch.no_grad():
        for layer in generator.to_image:
            layer.weight.normal_()
    style = torch.randn(3, generator.config.style_dim)
    learning = generator.draw(style, style)
    assert learning.requires_grad
    with torch.no_grad():
        torch.testing.assert_close(generator.draw(style, style), learning.detach())
