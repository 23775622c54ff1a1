"""The VAE's objective: the evidence lower bound of clips, its parts told apart.

Kingma and Welling 2014, equation 3, and Li and Mandt 2018, equation 5, here divided by the number
of pixels, with the divergences weighted by beta (Higgins et al. 2017):
    -ELBO = E_q[-log p(clip | c, m)] + KL(q(c) || N(0, 1)) + sum_k KL(q(m(k)) || p(m(k) | m(<k)))
A pixel is what is drawn plus Gaussian noise, so the first part is a squared error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from train.gan.microbatch import Microbatch
from train.likelihood import Likelihood, LikelihoodConfig, at_moments, divergence
from train.objective import Family
from train.runtime.optimizer import Losses
from train.runtime.processes import Processes
from vidgen.models.vae import VAEGenerator, latent_sizes
from vidgen.settings import setting

FRAMES = 16  # consecutive ones, of every clip


@dataclass(frozen=True)
class VAESettings(LikelihoodConfig):
    """With less noise of a pixel, the errors of a clip's 16 frames outweigh its one content by
    thousands of nats: contents then lie on a thin sheet of the latent space, and seeds beside it.
    """

    pixel_noise: float = 1.0
    beta: float = setting(
        1.0, "weight of the divergence from the prior", limit=(0, 1e3), may_change=True
    )


def elbo(generator: VAEGenerator, settings: VAESettings, part: Microbatch) -> Losses:
    """-ELBO of a microbatch over its pixels; its parts in nats: of a pixel, a clip and a frame."""
    frames = part.real.frames  # (B, T, C, H, W)
    action = None if part.real.action is None else part.real.action[:, 0]
    content, motion = generator.posterior(frames)
    noise = generator.prior.noise(part.path.motion)[:, : frames.shape[1]]
    drawn_content = content[0] + content[1] * part.path.content[:, 0]  # the reparametrisation
    drawn_motion = motion[0] + motion[1] * noise

    code = torch.cat([drawn_content[:, None].expand(-1, frames.shape[1], -1), drawn_motion], -1)
    moments = part.drawn["moments"]
    drawn = generator.draw(at_moments(code, moments).flatten(0, 1)).unflatten(0, moments.shape)
    error = (drawn - at_moments(frames, moments)).square().mean()
    reconstruction = error / (2 * settings.pixel_noise**2)

    normal = (torch.zeros_like(content[0]), torch.ones_like(content[0]))
    content_kl = divergence(content, normal).sum(1).mean()
    prior = generator.prior.given(drawn_motion, action)
    motion_kl = divergence(motion, prior).sum(2).mean()

    kl = content_kl / frames.shape[1] + motion_kl  # of a frame
    loss = reconstruction + settings.beta * kl / frames[0, 0].numel()
    return loss, {
        "reconstruction": reconstruction,
        "content_kl": content_kl,
        "motion_kl": motion_kl,
        "error": error,
    }


def vae_objective(
    generator: VAEGenerator, settings: VAESettings, processes: Processes, accumulate: int
) -> Likelihood:
    """The bound of a generator, which holds its encoder."""

    def loss(part: Microbatch) -> Losses:
        return elbo(generator, settings, part)

    return Likelihood(generator, loss, settings, FRAMES, processes, accumulate)


def default_settings(resolution: int) -> dict[str, Any]:
    return {"grow": ((resolution, 0),), "span": FRAMES, "learning_rate_decay": 0}


FAMILY = Family(
    settings=VAESettings,
    objective=vae_objective,
    defaults=default_settings,
    latents=latent_sizes,
)
