"""DCGAN as it is trained: its critic sees single pictures, so nothing that it says is about time.

Radford et al., ICLR 2016: strided convolutions instead of pooling, batch normalisation but at the
picture, LeakyReLU. It learns from plain pictures as well as from clips, of which it sees a random
frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from train.gan.adversarial import Adversarial
from train.gan.plain import BETAS, PlainConfig, PlainGame, Verdict, lower
from train.objective import Family
from train.runtime.processes import Processes
from vidgen.models.dcgan import DCGANGenerator, latent_sizes
from vidgen.models.native import start_as_dcgan
from vidgen.types import GeneratorSpec


@dataclass(frozen=True)
class DCGANSettings(PlainConfig):
    """`widths` are the critic's channels at 16, 8 and 4 pixels, and so on from the largest."""

    widths: tuple[int, ...] = (32, 64, 128)

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        super().__post_init__()

    @classmethod
    def for_resolution(cls, resolution: int) -> DCGANSettings:
        widths = list(cls.widths)
        while 4 << len(widths) < resolution:
            widths.insert(0, max(16, widths[0] // 2))
        return cls(widths=tuple(widths))


class DCGANCritic(nn.Module):
    """Frames (B, 1, C, H, W) and actions (B, A) or None -> logits (B,)."""

    def __init__(self, spec: GeneratorSpec, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.compute_dtype = torch.float32
        layers: list[nn.Module] = [nn.Conv2d(spec.channels, widths[0], 4, 2, 1)]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.LeakyReLU(0.2), nn.Conv2d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(after)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Flatten())
        start_as_dcgan(self.layers)
        side = spec.resolution >> len(widths)
        self.verdict = Verdict(widths[-1] * side**2, spec, dropout)

    def forward(self, frames: Tensor, action: Tensor | None) -> Tensor:
        images = frames[:, 0].contiguous(memory_format=torch.channels_last)
        with lower(frames, self.compute_dtype):
            x = self.layers(images)
        return self.verdict(x, action)


def dcgan_objective(
    generator: DCGANGenerator, settings: DCGANSettings, processes: Processes, accumulate: int
) -> Adversarial:
    """The generator against its critic, on its device and in its number format."""
    device = next(generator.parameters()).device
    critic = DCGANCritic(generator.spec, settings.widths, settings.dropout).to(device)
    critic.compute_dtype = generator.compute_dtype
    game = PlainGame(critic, settings, frames_per_clip=1)
    return Adversarial(generator, game, settings, BETAS, processes, accumulate)


def default_settings(resolution: int) -> dict[str, Any]:
    return {"grow": ((resolution, 0),), "span": 2, "learning_rate_decay": 0}


FAMILY = Family(
    settings=DCGANSettings,
    objective=dcgan_objective,
    defaults=default_settings,
    latents=latent_sizes,
)
