"""Networks of a few numbers, on which a training step takes a millisecond."""

from __future__ import annotations

import torch
from torch import nn

from train.data.batches import Batch
from train.gan.adversarial import Adversarial
from train.gan.augment import AugmentConfig
from train.gan.penalised import PenalisedConfig, PenalisedGame
from vidgen.types import GeneratorSpec

SIDE = 4
NO_AUGMENT = AugmentConfig(policy="none")


class ToyGenerator(nn.Module):
    """One picture for every content, the same in all frames."""

    def __init__(self) -> None:
        super().__init__()
        self.spec = GeneratorSpec("style", SIDE, 3, 25, content_dim=4, motion_dim=4)
        self.draw = nn.Linear(4, 3 * SIDE * SIDE)

    def forward(self, path, resolution=None) -> torch.Tensor:
        return self.draw(path.content).unflatten(-1, (3, SIDE, SIDE))


class ToyCritic(nn.Module):
    """Two layers over each frame; the clip's logit is their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * SIDE * SIDE, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1)
        )

    def forward(self, frames, times, action) -> torch.Tensor:
        each = self.layers(frames.flatten(2))[..., 0]  # (B, T)
        return torch.cat([each.mean(1, keepdim=True), each], 1)


def toy_objective(
    augment: AugmentConfig = NO_AUGMENT, accumulate: int = 1, **settings: object
) -> Adversarial:
    """It wants clips of two frames."""
    torch.manual_seed(0)
    config = PenalisedConfig(**{"learning_rate": 1e-2, "augment": augment} | settings)
    generator, game = ToyGenerator(), PenalisedGame(ToyCritic(), config, frames_per_clip=2)
    return Adversarial(generator, game, config, (0.0, config.beta2), accumulate=accumulate)


def toy_batch(frames: torch.Tensor) -> Batch:
    """Frames (B, T, 3, 4, 4) at 25 frames a second."""
    return Batch(frames, torch.arange(frames.shape[1]).expand(frames.shape[:2]) / 25, None)


def train_toy(objective, clips: torch.Tensor, steps: int) -> torch.Tensor:
    """Trains on clips (N, T, 3, 4, 4), 16 a step; returns the last pictures drawn, (M, 3, 4, 4)."""
    rng = torch.Generator().manual_seed(0)
    seen = []
    for step in range(steps):
        chosen = clips[torch.randint(len(clips), (16,), generator=rng)]
        objective.step(toy_batch(chosen), SIDE, rng)
        if step >= steps * 2 // 3:
            content = torch.randn(64, 1, 4, generator=rng)
            with torch.no_grad():
                seen.append(objective.generator.draw(content[:, 0]).unflatten(-1, (3, SIDE, SIDE)))
    return torch.cat(seen)
