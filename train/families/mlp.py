"""The fully connected GAN as it is trained: its critic reads a clip as one long row of numbers.

Goodfellow et al. 2014. The critic's layers are the generator's, backwards: 16 frames of all their
pixels -> 512 -> 256 -> one logit, whose sigmoid is "this is real".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.gan.adversarial import Adversarial
from train.gan.plain import BETAS, PlainConfig, PlainGame, Verdict, lower
from train.objective import Family
from train.runtime.processes import Processes
from vidgen.models.mlp import CLIP_FRAMES, MLPGenerator, latent_sizes
from vidgen.models.native import WIDTHS
from vidgen.settings import setting
from vidgen.types import GeneratorSpec


@dataclass(frozen=True)
class MLPSettings(PlainConfig):
    """`widths` are the critic's layers, from the pixels on."""

    widths: tuple[int, ...] = setting(
        (512, 256), "widths of the critic's layers", option="critic_hidden", **WIDTHS
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        super().__post_init__()

    @classmethod
    def for_resolution(cls, resolution: int) -> MLPSettings:
        return cls()


class MLPCritic(nn.Module):
    """Frames (B, 16, C, H, W) and actions (B, A) or None -> logits (B,)."""

    def __init__(self, spec: GeneratorSpec, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.dropout, self.compute_dtype = dropout, torch.float32
        inputs = CLIP_FRAMES * spec.channels * spec.resolution**2
        sizes = zip([inputs, *widths[:-1]], widths, strict=True)
        self.layers = nn.ModuleList(nn.Linear(wide, narrow) for wide, narrow in sizes)
        self.verdict = Verdict(widths[-1], spec, dropout)

    def forward(self, frames: Tensor, action: Tensor | None) -> Tensor:
        with lower(frames, self.compute_dtype):
            x = frames.flatten(1)
            for layer in self.layers:
                x = F.leaky_relu(layer(x), 0.2)
                x = F.dropout(x, self.dropout, self.training)
        return self.verdict(x, action)


def mlp_objective(
    generator: MLPGenerator, settings: MLPSettings, processes: Processes, accumulate: int
) -> Adversarial:
    """The generator against its critic, on its device and in its number format."""
    device = next(generator.parameters()).device
    critic = MLPCritic(generator.spec, settings.widths, settings.dropout).to(device)
    critic.compute_dtype = generator.compute_dtype
    game = PlainGame(critic, settings, CLIP_FRAMES)
    return Adversarial(generator, game, settings, BETAS, processes, accumulate)


def default_settings(resolution: int) -> dict[str, Any]:
    return {"grow": ((resolution, 0),), "span": CLIP_FRAMES, "learning_rate_decay": 0}


FAMILY = Family(
    settings=MLPSettings,
    objective=mlp_objective,
    defaults=default_settings,
    latents=latent_sizes,
)
