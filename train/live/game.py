"""The game of two networks, a step of either at a time, with every loss and penalty of train/gan.

A world says what is real and which networks play for it: points.py and clips.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn

from train.gan.losses import LOSSES, PENALTIES, Judged
from vidgen.lessons import Lesson

BETAS = (0.5, 0.99)


class World(Protocol):
    """What is real, and the networks that play for it."""

    latent: int

    def real(self, count: int, examples: int, rng: torch.Generator) -> Tensor:
        """(count, ...) of no end of real examples, or of the first `examples` of them."""

    def generator(self) -> nn.Module:
        """Latents (N, latent) in [-1, 1] -> generated examples (N, ...)."""

    def critic(self) -> nn.Module:
        """Examples (N, ...) -> logits (N, 1)."""

    def scores(self, generated: Tensor, examples: int) -> dict[str, float]:
        """How good generated examples are, each a share in [0, 1]."""


@dataclass(frozen=True)
class Step:
    """What one step of the critic saw and said: a point of every curve."""

    critic_loss: float
    real: Tensor  # logits (B,)
    generated: Tensor


class Game:
    """A generator, a critic and their optimisers over a world; the same seed, the same game."""

    def __init__(self, lesson: Lesson, world: World) -> None:
        self.lesson, self.world = lesson, world
        self.rng = torch.Generator().manual_seed(lesson.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(lesson.seed)
            self.generator, self.critic = world.generator(), world.critic()
        adam = torch.optim.Adam(self.generator.parameters(), betas=BETAS)
        # Adam divides by the gradient's size, so that one that vanishes is hardly seen.
        sgd = torch.optim.SGD(self.generator.parameters())
        self.generator_optimizers = {"adam": adam, "sgd": sgd}
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), betas=BETAS)
        self.steps = 0  # of the generator
        self.judged: Step | None = None
        self.generator_loss = 0.0
        self.signal = 0.0  # |gradient| of the generator's loss by what it drew, a mean
        self.change(lesson)

    def change(self, lesson: Lesson) -> None:
        """Plays on with other settings; its networks keep what they have learnt."""
        self.lesson = replace(lesson, seed=self.lesson.seed)
        self.loss = LOSSES[lesson.loss]
        self.penalty = PENALTIES[lesson.penalty]
        self.generator_optimizer = self.generator_optimizers[lesson.optimizer]
        for optimizer, rate in (
            (self.generator_optimizer, lesson.generator_rate),
            (self.critic_optimizer, lesson.critic_rate),
        ):
            for group in optimizer.param_groups:
                group["lr"] = rate

    def latents(self, count: int) -> Tensor:
        """(count, latent), even in [-1, 1]."""
        return torch.rand(count, self.world.latent, generator=self.rng) * 2 - 1

    def real(self) -> Tensor:
        """A batch of real examples."""
        return self.world.real(self.lesson.batch, self.lesson.examples, self.rng)

    def step(self) -> None:
        """As many steps of the critic as the lesson says, and one of the generator."""
        if not self.steps:
            for _ in range(self.lesson.head_start):
                self.critic_step()
        for _ in range(self.lesson.critic_steps):
            self.critic_step()
        self.generator_step()

    def critic_step(self) -> None:
        """The critic learns to tell real from generated; the generator stays as it is."""
        real = self.real()
        with torch.no_grad():
            generated = self.generator(self.latents(len(real)))
        seen = torch.cat([real, generated]).requires_grad_(self.lesson.penalty != "none")
        logits = self.critic(seen)
        real_logits, generated_logits = logits.chunk(2)
        loss = self.loss.critic(real_logits, generated_logits).mean()

        def between() -> tuple[Tensor, Tensor]:
            share = torch.rand(len(real), *[1] * (real.ndim - 1), generator=self.rng)
            blend = torch.lerp(generated, real, share).requires_grad_()
            return blend, self.critic(blend)

        penalty, _ = self.penalty(Judged(seen, logits, between))
        total = loss if penalty is None else loss + self.lesson.gamma / 2 * penalty
        self.critic_optimizer.zero_grad()
        total.backward()
        self.critic_optimizer.step()
        self.judged = Step(
            loss.item(), real_logits.detach().flatten(), generated_logits.detach().flatten()
        )

    def generator_step(self) -> None:
        """The generator learns to be taken for real; the critic stays as it is."""
        generated = self.generator(self.latents(self.lesson.batch))
        self.critic.requires_grad_(False)
        with torch.no_grad():
            real_logits = self.critic(self.real())
        loss = self.loss.generator(real_logits, self.critic(generated)).mean()
        self.critic.requires_grad_(True)
        (gradient,) = torch.autograd.grad(loss, generated, retain_graph=True)
        self.signal = gradient.flatten(1).norm(dim=1).sum().item()
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()
        self.generator_loss = loss.item()
        self.steps += 1

    @torch.no_grad()
    def generated(self, count: int) -> Tensor:
        """Generated examples of latents that never change, so that they can be watched."""
        latents = torch.rand(count, self.world.latent, generator=torch.Generator().manual_seed(1))
        return self.generator(latents * 2 - 1)

    def scores(self, count: int = 512) -> dict[str, float]:
        """The world's scores, and `accuracy`: how often the critic was right in its last step."""
        found = self.world.scores(self.generated(count), self.lesson.examples)
        if self.judged is not None:
            real, generated = self.judged.real, self.judged.generated
            level = (real.mean() + generated.mean()) / 2
            right = (real > level).float().mean() + (generated <= level).float().mean()
            found["accuracy"] = right.item() / 2
        return found

    def finite(self) -> bool:
        """Whether the networks still hold numbers."""
        both = [*self.generator.parameters(), *self.critic.parameters()]
        return all(bool(each.isfinite().all()) for each in both)
