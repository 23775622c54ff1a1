"""The game as it was first written down: one critic, one logit for what it sees, one loss.

Goodfellow et al. 2014, with the means that courses name against a critic that wins too soon, all
off unless asked for: dropout, noise on what it sees, smoothed labels, weight decay, a penalty on
its gradient. The families of the textbooks play it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.gan.adversarial import AdversarialConfig
from train.gan.augment import AugmentConfig
from train.gan.losses import LOSSES, Loss, zero_centred_penalty
from train.gan.microbatch import Microbatch
from train.runtime.optimizer import Losses
from vidgen.settings import setting
from vidgen.types import GeneratorSpec

BETAS = (0.5, 0.999)  # of AdamW (Radford et al. 2016, section 4)


@dataclass(frozen=True)
class PlainConfig(AdversarialConfig):
    """As published: binary cross-entropy, 2e-4, and nothing that helps the generator."""

    loss: str = "non-saturating"
    learning_rate: float = 2e-4
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(policy="none"))
    dropout: float = setting(0.0, "in the critic's heads", limit=(0, 0.9))
    noise: float = setting(
        0.0,
        "deviation of the noise on what the critic sees (pixels go from -1 to 1)",
        limit=(0, 2),
        may_change=True,
    )
    smoothing: float = setting(
        0.0, "share of 'generated' in the label of real clips", limit=(0, 0.5), may_change=True
    )
    r1: float = setting(
        0.0,
        "weight of the R1 penalty on real clips",
        limit=(0, 1e4),
        may_change=True,
    )


class PlainCritic(Protocol):
    """Frames (B, T, C, H, W) and actions (B, A) or None -> logits (B,)."""

    def __call__(self, frames: Tensor, action: Tensor | None) -> Tensor: ...


class PlainGame:
    """Critic against generator, with a loss of `losses.py` on one logit for each clip.

    Real and generated clips go through the critic apart: together, batch normalisation would show
    it the one in the other. One-sided label smoothing: Salimans et al. 2016, section 3.4; noise:
    Arjovsky and Bottou 2017, section 3; R1: Mescheder et al. 2018.
    """

    def __init__(self, critic: nn.Module, config: PlainConfig, frames_per_clip: int) -> None:
        self.critic, self.config, self.frames_per_clip = critic, config, frames_per_clip
        self.loss = LOSSES[config.loss]
        self.noisy = config.noise > 0 or config.dropout > 0
        self.relative = config.loss == "relativistic"

    def draw(self, clips: int, rng: torch.Generator) -> dict[str, Tensor]:
        return {}

    def judge(self, frames: Tensor, part: Microbatch) -> Tensor:
        """Logits (B,) of clips that come beside a part's actions."""
        if self.config.noise:
            frames = frames + self.config.noise * torch.randn_like(frames)
        action = part.real.action
        return self.critic(frames, None if action is None else action.mean(1))

    def critic_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        times = part.real.times
        frames = part.transforms[0].apply(part.real.frames, times)[0]
        frames = frames.detach().requires_grad_(self.config.r1 > 0)
        real = self.judge(frames, part)
        drawn = self.judge(part.transforms[1].apply(generated, times)[0], part)
        loss = smoothed(self.loss, self.config.smoothing, real, drawn).mean()
        values = {
            "critic": loss.detach(),
            "gap": (real - drawn).mean().detach(),
            "overfitting": (real.detach() - (self.loss.level or 0.0)).sign().mean(),
        }
        if self.config.r1:
            penalty = zero_centred_penalty(real[:, None], frames).mean()
            loss = loss + self.config.r1 / 2 * penalty
            values["penalty"] = penalty.detach()
        return loss, values

    def generator_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        times = part.real.times
        drawn = self.judge(part.transforms[3].apply(generated, times)[0], part)
        real = drawn
        if self.relative:  # what the critic makes of real clips does not matter otherwise
            real = self.judge(part.transforms[2].apply(part.real.frames, times)[0], part)
        loss = self.loss.generator(real, drawn).mean()
        return loss, {"generator": loss.detach()}

    def adjust(self, values: dict[str, float], clips: int) -> dict[str, float]:
        return {}

    def state(self) -> dict:
        return {}

    def load_state(self, state: dict) -> None:
        """It keeps nothing from step to step."""


class Verdict(nn.Module):
    """Features (N, F) -> logits (N,); actions (N, A) by projection (Miyato and Koyama 2018)."""

    def __init__(self, features: int, spec: GeneratorSpec, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.real = nn.Linear(features, 1)
        self.of_action = (
            nn.Linear(len(spec.actions), features, bias=False) if spec.actions else None
        )

    def forward(self, x: Tensor, action: Tensor | None) -> Tensor:
        x = F.dropout(x.float(), self.dropout, self.training)
        logit = self.real(x)[:, 0]
        if self.of_action is not None and action is not None:
            # As large as the other part, however many features there are.
            logit = logit + (x * self.of_action(action)).sum(1) / x.shape[1] ** 0.5
        return logit


def smoothed(loss: type[Loss], share: float, real: Tensor, drawn: Tensor) -> Tensor:
    """The critic's loss on logits of real and drawn clips, if a share of the real were drawn."""
    losses = loss.critic(real, drawn)
    if share:
        losses = (1 - share) * losses + share * loss.critic(-real, drawn)
    return losses


def lower(x: Tensor, dtype: torch.dtype) -> torch.autocast:
    """Computes in a shorter number format, if it is one."""
    return torch.autocast(x.device.type, dtype, enabled=dtype != torch.float32)
