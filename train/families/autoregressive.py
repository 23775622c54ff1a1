"""The autoregressive objective: an autoencoder of frames, and the likelihood of its next code.

Both learn beside each other and neither from the other's loss, as in Ha and Schmidhuber 2018, where
one is trained first: if the codes gave way to what predicts them, they would all become alike.
    autoencoder: E_q[-log p(frame | z)] + beta KL(q(z) || N(0, 1))
    core:        -log N(z(k); mean(z(<k)), deviation(z(<k)))
The core reads codes with the noise that their encoder states, so that it learns to go on from codes
that are a little off, as its own will be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from train.gan.microbatch import Microbatch
from train.likelihood import Likelihood, LikelihoodConfig, at_moments, divergence, surprise
from train.objective import Family
from train.runtime.optimizer import Losses
from train.runtime.processes import Processes
from vidgen.models.autoregressive import AutoregressiveGenerator, latent_sizes
from vidgen.settings import setting

FRAMES = 16  # consecutive ones, of every clip


@dataclass(frozen=True)
class AutoregressiveSettings(LikelihoodConfig):
    """With `only_core` the autoencoder stays as it is, so that cores learn from the same codes."""

    beta: float = setting(
        1.0, "weight of the divergence from the prior", limit=(0, 1e3), may_change=True
    )
    only_core: bool = setting(
        False,
        "the autoencoder stays as it is, and only what predicts its codes learns",
        may_change=True,
        shown="off; on after --start",
    )


def negative_log_likelihood(
    generator: AutoregressiveGenerator, settings: AutoregressiveSettings, part: Microbatch
) -> Losses:
    """Both losses of a microbatch; their parts in nats: of a pixel, a frame, and a number of z."""
    frames = part.real.frames  # (B, T, C, H, W)
    action = None if part.real.action is None else part.real.action[:, 0]
    with torch.set_grad_enabled(torch.is_grad_enabled() and not settings.only_core):
        mean, deviation = generator.posterior(frames)  # (B, T, Z)
    noise = generator.steps.noise(part.path.motion)[:, : frames.shape[1]]
    code = mean + deviation * noise

    prediction = surprise(code.detach(), generator.steps.given(code.detach(), action)).mean()
    if settings.only_core:
        return prediction, {"prediction": prediction}

    moments = part.drawn["moments"]
    drawn = generator.draw(at_moments(code, moments).flatten(0, 1)).unflatten(0, moments.shape)
    error = (drawn - at_moments(frames, moments)).square().mean()
    reconstruction = error / (2 * settings.pixel_noise**2)
    normal = (torch.zeros_like(mean), torch.ones_like(mean))
    kl = divergence((mean, deviation), normal).sum(2).mean()
    autoencoder = reconstruction + settings.beta * kl / frames[0, 0].numel()
    return autoencoder + prediction, {
        "reconstruction": reconstruction,
        "code_kl": kl,
        "prediction": prediction,
        "error": error,
    }


def autoregressive_objective(
    generator: AutoregressiveGenerator,
    settings: AutoregressiveSettings,
    processes: Processes,
    accumulate: int,
) -> Likelihood:
    """The likelihood of a generator, which holds its encoder."""

    def loss(part: Microbatch) -> Losses:
        return negative_log_likelihood(generator, settings, part)

    return Likelihood(generator, loss, settings, FRAMES, processes, accumulate)


def default_settings(resolution: int) -> dict[str, Any]:
    return {"grow": ((resolution, 0),), "span": FRAMES, "learning_rate_decay": 0}


def start_from(teacher: Any, generator: Any) -> list[str]:
    """Takes over the autoencoder, and the core if it is of the same kind.

    Raises ValueError if the autoencoders are of different sizes.
    """
    own, given = generator.state_dict(), teacher.state_dict()
    fits = {n: v for n, v in given.items() if n in own and own[n].shape == v.shape}
    if teacher.config.core != generator.config.core:
        fits = {n: v for n, v in fits.items() if not n.startswith("steps.")}
    missing = [n for n in own if n not in fits]
    if any(not name.startswith("steps.") for name in missing):
        raise ValueError("the autoencoder of the model to start from has another size.")
    generator.load_state_dict(own | fits)
    return missing


FAMILY = Family(
    settings=AutoregressiveSettings,
    objective=autoregressive_objective,
    defaults=default_settings,
    latents=latent_sizes,
    start=start_from,
    started=(("only_core", True),),
)
