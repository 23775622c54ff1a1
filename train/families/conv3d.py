"""VGAN as it is trained: its critic is convolutions in space and time over the whole clip.

Vondrick et al., NIPS 2016, section 2.3: the generator's foreground stream backwards. Beside
deceiving it, the generator keeps its mask small, so that what stands still is left to the
background (section 2.2, lambda = 0.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from train.gan.adversarial import Adversarial
from train.gan.microbatch import Microbatch
from train.gan.plain import BETAS, PlainConfig, PlainGame, Verdict, lower
from train.objective import Family
from train.runtime.optimizer import Losses
from train.runtime.processes import Processes
from vidgen.models.conv3d import Conv3dGenerator, latent_sizes
from vidgen.models.native import start_as_dcgan
from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec


@dataclass(frozen=True)
class Conv3dSettings(PlainConfig):
    """`widths` are the critic's channels at a half, a quarter, ... of a clip's size."""

    widths: tuple[int, ...] = (32, 64, 128)
    mask_weight: float = setting(
        0.1, "of the mean mask in what the generator minimises", limit=(0, 100), may_change=True
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        super().__post_init__()

    @classmethod
    def for_resolution(cls, resolution: int) -> Conv3dSettings:
        widths = list(cls.widths)
        while 4 << len(widths) < resolution:
            widths.insert(0, max(16, widths[0] // 2))
        return cls(widths=tuple(widths))


class Conv3dCritic(nn.Module):
    """Frames (B, T, C, H, W) and actions (B, A) or None -> logits (B,)."""

    def __init__(self, spec: GeneratorSpec, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.compute_dtype = torch.float32
        layers: list[nn.Module] = [nn.Conv3d(spec.channels, widths[0], 4, 2, 1)]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.LeakyReLU(0.2), nn.Conv3d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm3d(after)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Flatten())
        start_as_dcgan(self.layers)
        side = spec.resolution >> len(widths)
        self.verdict = Verdict(widths[-1] * side**2 * (side // 2), spec, dropout)

    def forward(self, frames: Tensor, action: Tensor | None) -> Tensor:
        with lower(frames, self.compute_dtype):
            x = self.layers(frames.transpose(1, 2))
        return self.verdict(x, action)


@dataclass(frozen=True)
class SmallMask:
    """The mean of the mask of what was drawn last, (Vondrick et al. 2016, section 2.2)."""

    weight: float

    def __call__(self, generator: Generator, part: Microbatch, generated: Tensor) -> Losses:
        assert isinstance(generator, Conv3dGenerator) and generator.mask is not None
        mean = generator.mask.mean()
        return self.weight * mean, {"mask": mean.detach()}


def conv3d_objective(
    generator: Conv3dGenerator, settings: Conv3dSettings, processes: Processes, accumulate: int
) -> Adversarial:
    """The generator against its critic, on its device and in its number format."""
    device = next(generator.parameters()).device
    critic = Conv3dCritic(generator.spec, settings.widths, settings.dropout).to(device)
    critic.compute_dtype = generator.compute_dtype
    game = PlainGame(critic, settings, generator.clip_frames)
    terms = [SmallMask(settings.mask_weight)]
    return Adversarial(generator, game, settings, BETAS, processes, accumulate, terms=terms)


def default_settings(resolution: int) -> dict[str, Any]:
    """It sees whole clips, one frame after the other."""
    return {"grow": ((resolution, 0),), "span": resolution // 2, "learning_rate_decay": 0}


FAMILY = Family(
    settings=Conv3dSettings,
    objective=conv3d_objective,
    defaults=default_settings,
    latents=latent_sizes,
)
