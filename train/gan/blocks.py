"""What critics are made of: layers whose gradients can be differentiated again quickly."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from train.gan.activation import activate, activate_, activate_and_halve
from train.gan.convolution import convolve


class Conv(nn.Module):
    """Convolution with bias, He initialised; its gradient can be differentiated again quickly."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.stride = stride
        std = (2 / (channels_in * kernel**2)) ** 0.5
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, kernel, kernel) * std)
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.to(x.dtype, memory_format=torch.channels_last)
        return convolve(x, weight, self.bias.to(x.dtype), self.stride)


class Stem(nn.Module):
    """The largest size, read at half of it: most of a critic's time would go into full size."""

    def __init__(self, channels_in: int, width: int, channels_out: int) -> None:
        super().__init__()
        self.first = Conv(channels_in, width, kernel=4, stride=2)
        self.second = Conv(width, channels_out)
        nn.init.zeros_(self.second.weight)

    def forward(self, image: Tensor) -> Tensor:
        return self.second(activate_(self.first(image)))


class Down(nn.Module):
    """Half the size: a residual block whose branch is initialised to zero (as in R3GAN)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.first = Conv(channels_in, channels_in, stride=2)
        self.second = Conv(channels_in, channels_out)
        nn.init.zeros_(self.second.weight)
        self.skip = Conv(channels_in, channels_out, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        active, half = activate_and_halve(x)
        branch = self.second(activate_(self.first(active)))
        return branch.add_(self.skip(half))


class Head(nn.Module):
    """(N, C, 4, 4) -> logits (N, 1); with labels, by projection (Miyato and Koyama 2018)."""

    def __init__(self, channels: int, labels: int, dropout: float, width: int = 192) -> None:
        super().__init__()
        self.dropout = dropout
        self.reduce = Conv(channels, 64, 1)
        self.hidden = nn.Linear(64 * 16, width)
        self.judge = nn.Linear(width, 1)
        self.per_label = nn.Parameter(torch.zeros(labels, width)) if labels else None

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        x = activate_(self.reduce(activate(x))).flatten(1).float()
        x = F.dropout(x, self.dropout, self.training)
        x = F.dropout(activate_(self.hidden(x)), self.dropout, self.training)
        logit = self.judge(x)
        if self.per_label is not None and label is not None:
            logit = logit + (x * (label @ self.per_label)).sum(1, keepdim=True)
        return logit


def normalise_spectrally(critic: nn.Module) -> None:
    """Divides every weight of a critic by its largest singular value, estimated step by step.

    A layer that is initialised to zero has none: it is initialised at random instead.
    """
    for layer in list(critic.modules()):
        for name, weight in list(layer.named_parameters(recurse=False)):
            if weight.ndim > 1:
                if not weight.detach().any():
                    nn.init.normal_(weight)
                parametrizations.spectral_norm(layer, name)
