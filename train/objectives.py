"""What a family minimises. An objective owns its critics and optimizers; the loop knows neither."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train.augment import Augmentation, AugmentConfig
from train.critics import Critic
from train.data.batches import Batch
from train.losses import (
    LOSSES,
    PENALTIES,
    certainty,
    mean_loss,
    one_centred_penalty,
    zero_centred_penalty,
)
from train.processes import Processes
from train.shares import Share, draw_share
from vidgen.limits import Limit

LIMITS = {
    "gamma": Limit("gamma", 0, 1e4),
    "learning_rate": Limit("learning rate", 1e-8, 1),
    "critic_learning_rate": Limit("critic learning rate", 1e-8, 1),
    "beta2": Limit("beta2", 0, 0.99999),
    "learning_rate_decay": Limit("learning rate decay", 0, 1e9, whole=True),
    "weight_decay": Limit("weight decay", 0, 1),
}


@dataclass(frozen=True)
class AdversarialConfig:
    """The knobs of the adversarial objective. `gamma` weighs the penalties: the one to sweep.

    `penalty` and `gamma` follow from the `loss` where they are not given. The critic's learning
    rate is the generator's, unless it has its own. Both stay for `learning_rate_decay` clips and
    then fall with the inverse root of the clips seen (Karras et al. 2024, equation 67), which
    does not depend on when a run will end; with 0 they never fall. `weight_decay` is the critic's,
    decoupled (Loshchilov and Hutter 2019).
    """

    gamma: float | None = None
    learning_rate: float = 3e-4
    beta2: float = 0.99
    loss: str = "relativistic"
    penalty: str | None = None
    critic_learning_rate: float | None = None
    learning_rate_decay: int = 10_000
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}, not {self.loss!r}.")
        for name in ("gamma", "penalty"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(LOSSES[self.loss], name))
        if self.penalty not in PENALTIES:
            raise ValueError(f"penalty must be one of {', '.join(PENALTIES)}, not {self.penalty}.")
        for name, limit in LIMITS.items():
            if getattr(self, name) is not None:
                limit.check(getattr(self, name))

    def rate_after(self, clips: int) -> float:
        """What the learning rates are multiplied by after so many clips, at most 1."""
        if not self.learning_rate_decay:
            return 1.0
        return max(1.0, clips / self.learning_rate_decay) ** -0.5


class Adversarial:
    """A generator against a critic: the loss, the penalty and the augmentation are settings."""

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        config: AdversarialConfig,
        augment_config: AugmentConfig,
        processes: Processes | None = None,
        accumulate: int = 1,
    ) -> None:
        self.generator, self.critic, self.config = generator, critic, config
        self.loss = LOSSES[config.loss]
        self.augmentation = Augmentation(augment_config)
        self.processes, self.accumulate = processes or Processes(), accumulate
        # beta1 = 0 makes the first moment the gradient itself: nothing to keep of it.
        options = {"betas": (0.0, config.beta2), "eps": 1e-8}
        self.generator_optimizer = torch.optim.AdamW(
            generator.parameters(), lr=config.learning_rate, weight_decay=0.0, **options
        )
        self.critic_optimizer = torch.optim.AdamW(
            critic.parameters(),
            lr=config.critic_learning_rate or config.learning_rate,
            weight_decay=config.weight_decay,
            **options,
        )

    def step(
        self,
        real: Batch,
        resolution: int,
        rng: torch.Generator,
        rate: float = 1.0,
        only_critic: bool = False,
    ) -> dict[str, float]:
        """One update of the critic, then of the generator. Returns the losses by name.

        `real` is the whole batch, of which every process takes its rows; `rate` multiplies the
        learning rates.
        """
        whole = draw_share(
            real,
            resolution,
            self.generator.spec,
            self.augmentation,
            rng,
            updates=1 if only_critic else 2,
            blend=self.config.penalty == "interpolated",
        )
        shares = [whole.rows(r) for r in self.processes.rows(len(real.times), self.accumulate)]
        if self.critic.config.dropout:
            # Dropout draws from PyTorch's own rng: a resumed run has to find it where it was.
            torch.manual_seed(torch.randint(2**62, (), generator=rng) + self.processes.index)
        # One share keeps the graph for the generator's update; of several, each is drawn twice.
        with torch.set_grad_enabled(len(shares) == 1):
            generated = [self.generator(share.path, resolution) for share in shares]
        losses = self._descend(
            self.critic_optimizer,
            (self.config.critic_learning_rate or self.config.learning_rate) * rate,
            (self._critic_loss(s, g.detach()) for s, g in zip(shares, generated, strict=True)),
        )
        if not only_critic:
            if len(shares) > 1:
                generated = (self.generator(share.path, resolution) for share in shares)
            self.critic.requires_grad_(False)
            losses |= self._descend(
                self.generator_optimizer,
                self.config.learning_rate * rate,
                (self._generator_loss(s, g) for s, g in zip(shares, generated, strict=True)),
            )
            self.critic.requires_grad_(True)
        self.processes.average_buffers(self.generator.buffers())
        values = self.processes.average_values(losses)
        self.augmentation.steer(values["certainty"], len(real.times))
        return values | {"augmented": self.augmentation.strength}

    def _critic_loss(self, share: Share, generated: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        batch, config = share.real, self.config
        real, real_times = share.changes[0].apply(batch.frames, batch.times)
        generated, generated_times = share.changes[1].apply(generated, batch.times)
        frames = torch.cat([real, generated]).requires_grad_()
        action = None if batch.action is None else batch.action.repeat(2, 1, 1)
        logits = self.critic(frames, torch.cat([real_times, generated_times]), action)
        real_logits, generated_logits = logits.chunk(2)

        loss = mean_loss(self.loss.critic(real_logits, generated_logits))
        values = {
            "critic": loss.detach(),
            "gap": (real_logits[:, 0] - generated_logits[:, 0]).mean().detach(),
            "certainty": certainty(self.loss, real_logits.detach(), generated_logits.detach()),
        }
        if config.penalty == "interpolated":
            share_of_real = share.blend[..., None, None, None]
            between = torch.lerp(generated, real, share_of_real).detach().requires_grad_()
            times = torch.lerp(generated_times, real_times, share.blend)
            logits = self.critic(between, times, batch.action)
            values["penalty"] = one_centred_penalty(logits, between).mean()
            loss = loss + config.gamma / 2 * values["penalty"]
        elif config.penalty != "none":
            r1, r2 = zero_centred_penalty(logits, frames).chunk(2)
            values |= {"r1": r1.mean(), "r2": r2.mean()}
            penalties = [values[name] for name in config.penalty.split("+")]
            loss = loss + config.gamma / 2 * sum(penalties[1:], penalties[0])
        return loss, values

    def _generator_loss(self, share: Share, generated: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        batch = share.real
        real, real_times = share.changes[2].apply(batch.frames, batch.times)
        generated, generated_times = share.changes[3].apply(generated, batch.times)
        with torch.no_grad():
            real_logits = self.critic(real, real_times, batch.action)
        generated_logits = self.critic(generated, generated_times, batch.action)
        loss = mean_loss(self.loss.generator(real_logits, generated_logits))
        return loss, {"generator": loss.detach()}

    def _descend(
        self,
        optimizer: torch.optim.Optimizer,
        rate: float,
        losses: Iterable[tuple[Tensor, dict[str, Tensor]]],
    ) -> dict[str, Tensor]:
        """One step against the mean loss of all shares, here and in the other processes."""
        (group,) = optimizer.param_groups
        optimizer.zero_grad(set_to_none=True)
        values = []
        for loss, named in losses:
            (loss / self.accumulate).backward()
            values.append(named)
        self.processes.average_gradients(group["params"])
        group["lr"] = rate
        optimizer.step()
        return {n: torch.stack([v[n].detach() for v in values]).mean() for n in values[0]}

    def state(self) -> dict:
        """Everything beside the generator that the next step depends on."""
        return {
            "critic": self.critic.state_dict(),
            "generator_optimizer": _second_moments(self.generator_optimizer),
            "critic_optimizer": _second_moments(self.critic_optimizer),
            "augmentation": self.augmentation.state(),
        }

    def load_state(self, state: dict) -> None:
        self.critic.load_state_dict(state["critic"])
        _load_second_moments(self.generator_optimizer, state["generator_optimizer"])
        _load_second_moments(self.critic_optimizer, state["critic_optimizer"])
        if "augmentation" in state:  # older checkpoints have one fixed strength
            self.augmentation.load_state(state["augmentation"])


def _second_moments(optimizer: torch.optim.Adam) -> list[dict]:
    return [
        {"step": state["step"], "exp_avg_sq": state["exp_avg_sq"]} if state else {}
        for state in (optimizer.state[p] for p in optimizer.param_groups[0]["params"])
    ]


def _load_second_moments(optimizer: torch.optim.Adam, saved: list[dict]) -> None:
    parameters = optimizer.param_groups[0]["params"]
    for parameter, state in zip(parameters, saved, strict=True):
        optimizer.state.pop(parameter, None)
        if state:
            optimizer.state[parameter] = {
                "step": state["step"].clone(),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": state["exp_avg_sq"].to(parameter.device),
            }
