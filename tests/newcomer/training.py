"""A small VAE, which has no critic: what `train/families/newcomer.py` would be.

Kingma and Welling 2014: an encoder says which content a clip has, the generator is the decoder.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.newcomer.model import NewcomerGenerator
from train.data.batches import Batch
from train.gan.microbatch import random_path, shrink
from train.objective import Family
from train.runtime.optimizer import Losses, Optimizer
from train.runtime.processes import Processes
from vidgen.settings import check_settings, setting


@dataclass(frozen=True)
class NewcomerSettings:
    beta: float = setting(0.1, "weight of the divergence from the prior", limit=(0, 100))
    learning_rate: float = setting(1e-2, "of both networks", limit=(1e-8, 1), may_change=True)
    annealing: int = setting(4, "clips until beta has its full weight", limit=(0, 10**9))

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def for_resolution(cls, resolution: int) -> NewcomerSettings:
        return cls()


class NewcomerObjective:
    def __init__(
        self,
        generator: NewcomerGenerator,
        settings: NewcomerSettings,
        processes: Processes,
        accumulate: int,
    ) -> None:
        self.generator, self.settings = generator, settings
        self.processes = processes
        encoder = nn.Linear(generator.spec.channels * 64, 2 * generator.spec.content_dim)
        self.networks = {
            "generator": generator,
            "encoder": encoder.to(next(generator.parameters()).device),
        }
        self.optimizer = Optimizer(
            [p for network in self.networks.values() for p in network.parameters()],
            settings.learning_rate,
            (0.9, 0.99),
            processes=processes,
        )

    def frames_at(self, clips: int) -> int:
        return 2

    def step(
        self,
        batch: Batch,
        resolution: int,
        rng: torch.Generator,
        rate: float = 1.0,
        clips: int = 0,
    ) -> dict[str, float]:
        beta = self.settings.beta * min(1.0, clips / max(1, self.settings.annealing))
        parts = [self._loss(batch, resolution, rng, beta)]
        return self.processes.average_values(self.optimizer.descend(parts, 1, rate))

    def _loss(self, batch: Batch, resolution: int, rng: torch.Generator, beta: float) -> Losses:
        path = random_path(self.generator.spec, batch.times, batch.action, rng)
        small = shrink(batch.frames[:, :1], 8).flatten(1)
        mean, log_variance = self.networks["encoder"](small).chunk(2, 1)
        content = mean + path.content[:, 0] * (log_variance / 2).exp()
        path = dataclasses.replace(path, content=content[:, None].expand_as(path.content))
        drawn = self.generator(path, resolution)
        reconstruction = F.mse_loss(drawn, shrink(batch.frames, resolution))
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2
        loss: Tensor = reconstruction + beta * divergence
        return loss, {"reconstruction": reconstruction, "divergence": divergence}

    def state(self) -> dict:
        encoder = self.networks["encoder"].state_dict()
        return {"encoder": encoder, "optimizer": self.optimizer.state()}

    def load_state(self, state: dict) -> None:
        self.networks["encoder"].load_state_dict(state["encoder"])
        self.optimizer.load_state(state["optimizer"])


FAMILY = Family(
    settings=NewcomerSettings,
    objective=NewcomerObjective,
    defaults=lambda resolution: {
        "grow": ((resolution, 0),),
        "span": 8,
        "learning_rate_decay": 0,
    },
    latents=lambda fps: {"content_dim": 8, "motion_dim": 4, "knot_seconds": 0.5},
)
