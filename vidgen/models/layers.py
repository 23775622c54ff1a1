"""What families or their parts share: linear layers that start well, and premultiplied colour."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def linear(features_in: int, features_out: int, gain: float = 1.0) -> nn.Linear:
    # PyTorch's own initialisation is a third of that a layer, and styles that hardly differ make
    # every clip the same one for thousands of steps.
    layer = nn.Linear(features_in, features_out)
    nn.init.normal_(layer.weight, std=gain / features_in**0.5)
    nn.init.zeros_(layer.bias)
    return layer


def perceptron(features_in: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        linear(features_in, width), nn.LeakyReLU(0.2), linear(width, width, gain=2**0.5)
    )


def premultiply(image: Tensor) -> Tensor:
    """Straight colour and unbounded alpha (N, 4, H, W) -> premultiplied RGBA in about [-1, 1].

    What is transparent comes out black and what is clearly opaque solid, without being learnt.
    """
    colour, alpha = image[:, :3], (1 + torch.tanh(2 * image[:, 3:])) / 2
    return torch.cat([(colour + 1) * alpha, 2 * alpha], 1) - 1
