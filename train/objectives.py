"""What a family minimises. An objective owns its critics and optimizers; the loop knows neither."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.augment import AugmentConfig, augment
from train.critics import Critic
from train.data.batches import Batch
from vidgen.latents import knot_count
from vidgen.types import GeneratorSpec, LatentPath


@dataclass(frozen=True)
class AdversarialConfig:
    """The knobs of the adversarial objective. `gamma` weighs the penalties: the one to sweep."""

    gamma: float = 0.3
    learning_rate: float = 3e-4
    beta2: float = 0.99


class Adversarial:
    """Relativistic pairing with zero-centred penalties on real and generated clips.

    RpGAN + R1 + R2 (Huang et al. 2024, "The GAN is dead; long live the GAN!"):
        critic:     E softplus(-(D(x) - D(G(z)))) + gamma / 2 (E |grad D(x)|^2 + E |grad D(G(z))|^2)
        generator:  E softplus(-(D(G(z)) - D(x)))
    A clip is paired with a generated one of the same action and times.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        config: AdversarialConfig,
        augment_config: AugmentConfig,
    ) -> None:
        self.generator, self.critic = generator, critic
        self.config, self.augment_config = config, augment_config
        # beta1 = 0 makes the first moment the gradient itself: nothing to keep of it.
        options = {"lr": config.learning_rate, "betas": (0.0, config.beta2), "eps": 1e-8}
        self.generator_optimizer = torch.optim.Adam(generator.parameters(), **options)
        self.critic_optimizer = torch.optim.Adam(critic.parameters(), **options)

    def step(self, real: Batch, resolution: int, rng: torch.Generator) -> dict[str, float]:
        """One update of the critic, then of the generator. Returns the losses by name."""
        frames = shrink(real.frames, resolution)
        path = random_path(self.generator.spec, real.times, real.action, rng)
        generated = self.generator(path, resolution)

        losses = self._update_critic(frames, generated.detach(), real, rng)
        return losses | self._update_generator(frames, generated, real, rng)

    def _update_critic(
        self, real: Tensor, generated: Tensor, batch: Batch, rng: torch.Generator
    ) -> dict[str, float]:
        real, real_times = augment(real, batch.times, self.augment_config, rng)
        generated, generated_times = augment(generated, batch.times, self.augment_config, rng)
        frames = torch.cat([real, generated]).requires_grad_()
        action = None if batch.action is None else batch.action.repeat(2, 1)
        logits = self.critic(frames, torch.cat([real_times, generated_times]), action)
        real_logits, generated_logits = logits.chunk(2)

        loss = relativistic_loss(real_logits, generated_logits)
        r1, r2 = gradient_penalty(logits, frames).chunk(2)
        penalty = self.config.gamma / 2 * (r1.mean() + r2.mean())
        self.critic_optimizer.zero_grad(set_to_none=True)
        (loss + penalty).backward()
        self.critic_optimizer.step()
        return {
            "critic": loss.item(),
            "gap": (real_logits[:, 0] - generated_logits[:, 0]).mean().item(),
            "r1": r1.mean().item(),
            "r2": r2.mean().item(),
        }

    def _update_generator(
        self, real: Tensor, generated: Tensor, batch: Batch, rng: torch.Generator
    ) -> dict[str, float]:
        real, real_times = augment(real, batch.times, self.augment_config, rng)
        generated, generated_times = augment(generated, batch.times, self.augment_config, rng)
        self.critic.requires_grad_(False)
        with torch.no_grad():
            real_logits = self.critic(real, real_times, batch.action)
        generated_logits = self.critic(generated, generated_times, batch.action)
        self.critic.requires_grad_(True)

        loss = relativistic_loss(generated_logits, real_logits)
        self.generator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.generator_optimizer.step()
        return {"generator": loss.item()}

    def state(self) -> dict:
        """Everything beside the generator that the next step depends on."""
        return {
            "critic": self.critic.state_dict(),
            "generator_optimizer": _second_moments(self.generator_optimizer),
            "critic_optimizer": _second_moments(self.critic_optimizer),
        }

    def load_state(self, state: dict) -> None:
        self.critic.load_state_dict(state["critic"])
        _load_second_moments(self.generator_optimizer, state["generator_optimizer"])
        _load_second_moments(self.critic_optimizer, state["critic_optimizer"])


def relativistic_loss(better: Tensor, worse: Tensor) -> Tensor:
    """E softplus(-(better - worse)): the clip logit's plus the mean of the frame logits'."""
    loss = F.softplus(worse - better)  # (B, 1 + T)
    return loss[:, 0].mean() + loss[:, 1:].mean()


def gradient_penalty(logits: Tensor, frames: Tensor) -> Tensor:
    """|grad D|^2 of every clip, (B,): Mescheder et al. 2018, R1 on real and R2 on generated."""
    score = logits[:, 0] + logits[:, 1:].mean(1)
    (gradient,) = torch.autograd.grad(score.sum(), frames, create_graph=True)
    return gradient.float().square().sum((1, 2, 3, 4))


def random_path(
    spec: GeneratorSpec, times: Tensor, action: Tensor | None, rng: torch.Generator
) -> LatentPath:
    """Fresh latents for times (B, T) that start at 0 and actions (B, A)."""
    batch, frames = times.shape
    rows = 1 + knot_count(float(times.max()), spec.knot_seconds)
    content = torch.randn(batch, 1, spec.content_dim, generator=rng)
    motion = torch.randn(batch, rows, spec.motion_dim, generator=rng)
    path = LatentPath(
        content=content.expand(-1, frames, -1),
        motion=motion,
        times=times,
        action=None if action is None else action[:, None].expand(-1, frames, -1),
        truncation=torch.ones(batch, frames),
    )
    return path.to(times.device)


def shrink(frames: Tensor, resolution: int) -> Tensor:
    """Frames averaged down to `resolution`, a whole fraction of their own."""
    factor = frames.shape[-1] // resolution
    if factor == 1:
        return frames
    return F.avg_pool2d(frames.flatten(0, 1), factor).unflatten(0, frames.shape[:2])


def _second_moments(optimizer: torch.optim.Adam) -> list[dict]:
    return [
        {"step": state["step"], "exp_avg_sq": state["exp_avg_sq"]} if state else {}
        for state in (optimizer.state[p] for p in optimizer.param_groups[0]["params"])
    ]


def _load_second_moments(optimizer: torch.optim.Adam, saved: list[dict]) -> None:
    parameters = optimizer.param_groups[0]["params"]
    for parameter, state in zip(parameters, saved, strict=True):
        if state:
            optimizer.state[parameter] = {
                "step": state["step"].clone(),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": state["exp_avg_sq"].to(parameter.device),
            }
