"""The EMA: a generator whose weights are the exponential moving average of the trained one's.

It is what is kept of training (Karras et al. 2018, section 4.1).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

RAMP = 0.1  # early on, the half-life is this share of the clips seen so far


@torch.no_grad()
def update_ema(
    ema: nn.Module, generator: nn.Module, batch: int, clips: int, half_life: float
) -> None:
    """Moves `ema` towards `generator`; what is `half_life` clips old counts half."""
    decay = 0.5 ** (batch / max(min(half_life, clips * RAMP), 1e-8))
    averages: list[Tensor] = list(ema.parameters())
    newest: list[Tensor] = list(generator.parameters())
    torch._foreach_lerp_(averages, newest, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
    for kept, buffer in zip(ema.buffers(), generator.buffers(), strict=True):
        kept.copy_(buffer)
