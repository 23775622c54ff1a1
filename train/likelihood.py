"""Learning by likelihood: one loss for all that a generator holds, and nobody to deceive."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from train.data.batches import Batch
from train.gan.augment import Augmentation, AugmentConfig
from train.gan.microbatch import Microbatch, draw_microbatch
from train.runtime.optimizer import Losses, Optimizer
from train.runtime.processes import Processes
from vidgen.settings import check_settings, setting
from vidgen.types import Generator

BETAS = (0.9, 0.999)  # of AdamW
LONGEST = 1.0  # norm of a gradient: one clip that surprises must not undo what was learnt
DRAWN = 4  # frames of a clip that are drawn: the mean of their errors is that of all, for less work
Gaussian = tuple[Tensor, Tensor]  # mean and deviation


def divergence(stated: Gaussian, prior: Gaussian) -> Tensor:
    """KL(q || p) of two Gaussians, in nats, of every number.

    Kingma and Welling 2014, appendix B, for any prior:
        log(s_p / s_q) + (s_q^2 + (m_q - m_p)^2) / (2 s_p^2) - 1/2
    """
    (mean, deviation), (prior_mean, prior_deviation) = stated, prior
    spread = (deviation.square() + (mean - prior_mean).square()) / prior_deviation.square()
    return (prior_deviation / deviation).log() + (spread - 1) / 2


def surprise(value: Tensor, stated: Gaussian) -> Tensor:
    """-log N(value; mean, deviation), in nats, of every number, but for its constant."""
    mean, deviation = stated
    return ((value - mean) / deviation).square() / 2 + deviation.log()


def at_moments(x: Tensor, moments: Tensor) -> Tensor:
    """Of x (B, T, ...) the moments (B, n): (B, n, ...)."""
    return x[torch.arange(len(x), device=x.device)[:, None], moments]


@dataclass(frozen=True)
class LikelihoodConfig:
    """Settings of every such objective.

    What augmentation does to clips is learnt as if the data were so, and drawn.
    """

    learning_rate: float = setting(
        1e-3, "of all networks at the start", limit=(1e-8, 1), may_change=True
    )
    weight_decay: float = setting(0.0, "of all networks", limit=(0, 1))
    dropout: float = setting(0.0, "of what goes into the recurrence", limit=(0, 0.9))
    pixel_noise: float = setting(
        0.5,
        "deviation of a pixel from what is drawn (pixels go from -1 to 1): less is sharper, and "
        "leaves more to the latents",
        limit=(1e-3, 10),
        may_change=True,
    )
    augment: AugmentConfig = field(default_factory=lambda: AugmentConfig(policy="none", speed=0.0))

    def __post_init__(self) -> None:
        check_settings(self)
        if self.augment.policy == "ada":
            raise ValueError("augment policy ada follows a critic, and this family has none.")

    @classmethod
    def for_resolution(cls, resolution: int) -> LikelihoodConfig:
        return cls()


class Likelihood:
    """The objective of a generator that brings its encoder along: one update in every step.

    loss: microbatch -> its loss and parts, of clips of `frames` frames. Noise is that of the
        microbatch's path; `drawn` has `moments` (B, DRAWN), the frames to compare.
    """

    def __init__(
        self,
        generator: Generator,
        loss: Callable[[Microbatch], Losses],
        settings: LikelihoodConfig,
        frames: int,
        processes: Processes,
        accumulate: int,
    ) -> None:
        self.generator, self.loss, self.settings, self.frames = generator, loss, settings, frames
        self.processes, self.accumulate = processes, accumulate
        self.networks: Mapping[str, nn.Module] = {"generator": generator}
        self.augmentation = Augmentation(settings.augment)
        self.optimizer = Optimizer(
            generator.parameters(),
            settings.learning_rate,
            BETAS,
            settings.weight_decay,
            processes,
            LONGEST,
        )
        for layer in generator.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = settings.dropout

    def frames_at(self, clips: int) -> int:
        return self.frames

    def step(
        self,
        batch: Batch,
        resolution: int,
        rng: torch.Generator,
        rate: float = 1.0,
        clips: int = 0,
    ) -> dict[str, float]:
        """One update. Raises ValueError if the batch has another number of frames."""
        batch.check_frames(self.frames)
        spec = self.generator.spec
        whole = draw_microbatch(batch, resolution, spec, self.augmentation, rng, updates=1)
        moments = torch.rand(batch.times.shape, generator=rng).argsort(1)[:, :DRAWN]
        whole = whole.with_drawn({"moments": moments.to(batch.times.device)})
        if self.settings.dropout:
            self.processes.seed_torch(rng)
        parts = [whole.rows(r) for r in self.processes.rows(len(batch.times), self.accumulate)]
        losses = self.optimizer.descend(
            (self.loss(_augmented(part)) for part in parts), self.accumulate, rate
        )
        return self.processes.average_values(losses)

    def state(self) -> dict:
        return {"optimizer": self.optimizer.state()}

    def load_state(self, state: dict) -> None:
        self.optimizer.load_state(state["optimizer"])


def _augmented(part: Microbatch) -> Microbatch:
    frames, _ = part.transforms[0].apply(part.real.frames, part.real.times)
    return dataclasses.replace(part, real=dataclasses.replace(part.real, frames=frames))
