"""Adversarial training: a critic learns to tell real from generated, a generator to deceive it.

`Adversarial` draws, augments and steps; what the two minimise is a `Game`: one with a critic under
gradient penalties is `train/gan/penalised.py`, and a family may bring its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from train.data.batches import Batch
from train.gan.augment import Augmentation, AugmentConfig
from train.gan.losses import LOSSES
from train.gan.microbatch import Microbatch, draw_microbatch
from train.runtime.optimizer import Losses, Optimizer
from train.runtime.processes import Processes
from vidgen.settings import check_settings, setting
from vidgen.types import Generator, LatentPath


@dataclass(frozen=True)
class AdversarialConfig:
    """Settings of every adversarial objective. Learning rates are those at the start.

    `weight_decay` is the critic's, decoupled (Loshchilov and Hutter 2019). For `head_start` clips
    only the critic learns, so that one which knows nothing yet does not lead a trained generator
    astray.
    """

    loss: str = setting("relativistic", "what is minimised", choices=LOSSES)
    learning_rate: float = setting(
        3e-4, "of both networks at the start", limit=(1e-8, 1), may_change=True
    )
    critic_learning_rate: float | None = setting(
        None, "the critic's", limit=(1e-8, 1), may_change=True, shown="as the generator's"
    )
    weight_decay: float = setting(0.0, "of the critic, or of all if there is none", limit=(0, 1))
    head_start: int = setting(
        0,
        "clips during which only the critic learns",
        limit=(0, 10**10),
        shown="0; 1,000 after --start",
    )
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        check_settings(self)


class Game(Protocol):
    """What generator and critic minimise. `noisy`: it draws from PyTorch's own rng too."""

    @property
    def critic(self) -> nn.Module: ...

    @property
    def frames_per_clip(self) -> int: ...

    @property
    def noisy(self) -> bool: ...

    def draw(self, clips: int, rng: torch.Generator) -> dict[str, Tensor]:
        """What the losses need drawn beside latents: tensors of one row per clip, by name."""
        ...

    def critic_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        """Of generated clips (B, T, C, H, W) without a graph. Among the parts is `overfitting`."""
        ...

    def generator_loss(self, part: Microbatch, generated: Tensor) -> Losses: ...

    def adjust(self, values: dict[str, float], clips: int) -> dict[str, float]:
        """After a step of so many clips with those losses; returns what it changed, by name."""
        ...

    def state(self) -> dict: ...

    def load_state(self, state: dict) -> None: ...


class Term(Protocol):
    """One more thing that the generator minimises, beside deceiving the critic."""

    def __call__(self, generator: Generator, part: Microbatch, generated: Tensor) -> Losses:
        """Of clips (B, T, C, H, W) that `generator` drew for `part.path`, beside `part.real`."""
        ...


class DrawPath(Protocol):
    """Draws the latents of a step, if they are not those of fresh seeds."""

    def __call__(
        self, generator: Generator, batch: Batch, rng: torch.Generator
    ) -> tuple[LatentPath, Mapping[str, Tensor]]:
        """The path of a batch, and what terms take beside: tensors of one row per clip, by name."""
        ...


class Adversarial:
    """The objective of a generator against a critic: an update of each in every step.

    Further `terms` are added to what the generator minimises; for `alone` clips they are all that
    it minimises, and the critic waits. `draw_path` replaces the latents of fresh seeds; `betas` are
    AdamW's, `momentum` is the generator's in place of the first.
    """

    def __init__(
        self,
        generator: Generator,
        game: Game,
        config: AdversarialConfig,
        betas: tuple[float, float],
        processes: Processes | None = None,
        accumulate: int = 1,
        momentum: float | None = None,
        terms: Sequence[Term] = (),
        draw_path: DrawPath | None = None,
        alone: int = 0,
    ) -> None:
        self.generator, self.game, self.config, self.terms = generator, game, config, terms
        self.draw_path, self.alone = draw_path, alone
        momentum = betas[0] if momentum is None else momentum
        self.processes, self.accumulate = processes or Processes(), accumulate
        self.networks = {"generator": generator, "critic": game.critic}
        self.augmentation = Augmentation(config.augment)
        self.generator_optimizer = Optimizer(
            generator.parameters(), config.learning_rate, (momentum, betas[1]), processes=processes
        )
        critic_rate = config.critic_learning_rate or config.learning_rate
        self.critic_optimizer = Optimizer(
            game.critic.parameters(), critic_rate, betas, config.weight_decay, processes
        )

    @property
    def critic(self) -> nn.Module:
        return self.game.critic

    def frames_at(self, clips: int) -> int:
        """The critic compares frames of a clip; terms alone learn more from single ones of many."""
        return 1 if clips < self.alone else self.game.frames_per_clip

    def step(
        self,
        batch: Batch,
        resolution: int,
        rng: torch.Generator,
        rate: float = 1.0,
        clips: int = 0,
    ) -> dict[str, float]:
        """One update of the critic, then of the generator, unless one of them learns alone.

        See `train.objective`. Raises ValueError if the batch has another number of frames.
        """
        batch.check_frames(self.frames_at(clips))
        if clips < self.alone:
            return self._step_alone(batch, resolution, rng, rate)
        only_critic = clips < self.alone + self.config.head_start
        parts = self._draw(batch, resolution, rng, updates=1 if only_critic else 2)
        # One part keeps the graph for the generator's update; of several, each is drawn twice.
        with torch.set_grad_enabled(len(parts) == 1):
            generated: Iterable[Tensor] = [self.generator(part.path, resolution) for part in parts]
        losses = self.critic_optimizer.descend(
            (
                self.game.critic_loss(part, drawn.detach())
                for part, drawn in zip(parts, generated, strict=True)
            ),
            self.accumulate,
            rate,
        )
        if not only_critic:
            if len(parts) > 1:
                generated = (self.generator(part.path, resolution) for part in parts)
            self.critic.requires_grad_(False)
            losses |= self.generator_optimizer.descend(
                (self._generator_loss(*each) for each in zip(parts, generated, strict=True)),
                self.accumulate,
                rate,
            )
            self.critic.requires_grad_(True)
        self.processes.average_buffers([*self.generator.buffers(), *self.critic.buffers()])
        values = self.processes.average_values(losses)
        count = len(batch.times)
        self.augmentation.adapt(values["overfitting"], count)
        values["augmented"] = self.augmentation.strength
        return values | self.game.adjust(values, count)

    def _step_alone(
        self, batch: Batch, resolution: int, rng: torch.Generator, rate: float
    ) -> dict[str, float]:
        """One update of the generator by the terms alone."""
        parts = self._draw(batch, resolution, rng, updates=0)
        losses = self.generator_optimizer.descend(
            (self._terms(part, self.generator(part.path, resolution)) for part in parts),
            self.accumulate,
            rate,
        )
        self.processes.average_buffers([*self.generator.buffers()])
        return self.processes.average_values(losses)

    def _draw(
        self, batch: Batch, resolution: int, rng: torch.Generator, updates: int
    ) -> list[Microbatch]:
        """All that is drawn for a batch; the parts of it that this process takes."""
        whole = draw_microbatch(
            batch, resolution, self.generator.spec, self.augmentation, rng, updates
        )
        drawn = dict(self.game.draw(len(batch.times), rng)) if updates else {}
        if self.draw_path:
            path, more = self.draw_path(self.generator, batch, rng)
            whole, drawn = dataclasses.replace(whole, path=path), drawn | dict(more)
        whole = whole.with_drawn({n: x.to(batch.times.device) for n, x in drawn.items()})
        if self.game.noisy:
            self.processes.seed_torch(rng)
        return [whole.rows(r) for r in self.processes.rows(len(batch.times), self.accumulate)]

    def _generator_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        loss, values = self.game.generator_loss(part, generated)
        more, named = self._terms(part, generated)
        return loss + more, values | named

    def _terms(self, part: Microbatch, generated: Tensor) -> Losses:
        """What the generator minimises beside deceiving the critic."""
        loss = generated.new_zeros(())
        values: dict[str, Tensor] = {}
        for term in self.terms:
            more, named = term(self.generator, part, generated)
            loss, values = loss + more, values | named
        return loss, values

    def state(self) -> dict:
        return {
            "critic": self.critic.state_dict(),
            "generator_optimizer": self.generator_optimizer.state(),
            "critic_optimizer": self.critic_optimizer.state(),
            "augmentation": self.augmentation.state(),
            "game": self.game.state(),
        }

    def load_state(self, state: dict) -> None:
        self.critic.load_state_dict(state["critic"])
        self.generator_optimizer.load_state(state["generator_optimizer"])
        self.critic_optimizer.load_state(state["critic_optimizer"])
        if "augmentation" in state:  # the oldest checkpoints have one fixed strength
            self.augmentation.load_state(state["augmentation"])
        self.game.load_state(state.get("game") or state.get("gamma") or {})  # its name before
