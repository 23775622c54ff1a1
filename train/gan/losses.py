"""Losses and gradient penalties to choose from, each with its equation and source.

x is a real clip, G(z) a generated one, D the critic's logit, sigma the logistic function; every
loss is minimised. log sigma(a) = -softplus(-a) and log(1 - sigma(a)) = -softplus(a).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


class Loss:
    """What critic and generator minimise, element by element: logits (B, 1 + T) -> (B, 1 + T).

    `level` is the logit from which on the critic takes a clip for real; None if only the
    difference between real and generated means anything. `penalty` and `gamma` are what it is
    trained with unless something else is asked for.
    """

    level: float | None = 0.0
    penalty = "r1"
    gamma = 0.3

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        raise NotImplementedError

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        raise NotImplementedError


class Minimax(Loss):
    """Goodfellow et al. 2014, equation 1. The generator learns little if the critic is sure.

    critic:     -E log sigma(D(x)) - E log(1 - sigma(D(G(z))))
    generator:   E log(1 - sigma(D(G(z))))
    """

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        return F.softplus(-real) + F.softplus(generated)

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return -F.softplus(generated)


class NonSaturating(Minimax):
    """Goodfellow et al. 2014, section 3: the critic of minimax, and a generator that always learns.

    generator:  -E log sigma(D(G(z)))
    """

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return F.softplus(-generated)


class LeastSquares(Loss):
    """Mao et al. 2017, equation 9 (a = 0, b = c = 1).

    critic:     E (D(x) - 1)^2 / 2 + E D(G(z))^2 / 2
    generator:  E (D(G(z)) - 1)^2 / 2
    """

    level = 0.5

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        return (real - 1).square() / 2 + generated.square() / 2

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return (generated - 1).square() / 2


class Hinge(Loss):
    """Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17.

    critic:     E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))
    generator:  -E D(G(z))
    """

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        return F.relu(1 - real) + F.relu(1 + generated)

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return -generated


class Wasserstein(Loss):
    """Arjovsky et al. 2017, equations 2 and 3; Gulrajani et al. 2017, equation 3, is its penalty.

    critic:     E D(G(z)) - E D(x)
    generator:  -E D(G(z))
    """

    level = None
    penalty = "wgan-gp"
    gamma = 20.0  # lambda = gamma / 2 = 10

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        return generated - real

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return -generated


class Relativistic(Loss):
    """RpGAN (Jolicoeur-Martineau 2019) with R1 and R2, as in Huang et al. 2024 (R3GAN), equation 2.

    A clip is paired with a generated one of the same action and times.
    critic:     E softplus(-(D(x) - D(G(z))))
    generator:  E softplus(-(D(G(z)) - D(x)))
    """

    level = None
    penalty = "r1+r2"

    @staticmethod
    def critic(real: Tensor, generated: Tensor) -> Tensor:
        return F.softplus(generated - real)

    @staticmethod
    def generator(real: Tensor, generated: Tensor) -> Tensor:
        return F.softplus(real - generated)


LOSSES = {
    "minimax": Minimax,
    "non-saturating": NonSaturating,
    "least-squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic": Relativistic,
}


def mean_loss(loss: Tensor) -> Tensor:
    """The clips' mean plus the frames' mean of (B, 1 + T): both heads count alike."""
    return loss[:, 0].mean() + loss[:, 1:].mean()


@dataclass(frozen=True)
class Judged:
    """What a critic saw and said of B real clips and, after them, of B generated ones.

    frames: (2 B, T, C, H, W), whose gradients can be asked for, or (2 B, ...) of anything else;
    logits: (2 B, 1 + T) of them, or (2 B, 1) of a critic that judges no single frames;
    between: () -> as many clips, each somewhere between a real and a generated one, and their
    logits.
    """

    frames: Tensor
    logits: Tensor
    between: Callable[[], tuple[Tensor, Tensor]]


Penalty = tuple[Tensor | None, dict[str, Tensor]]  # what is weighed by gamma / 2; values by name


def r1(judged: Judged) -> Penalty:
    """On real clips (Mescheder et al. 2018, section 4.1): E |grad D(x)|^2."""
    values = _zero_centred(judged)
    return values["r1"], values


def r2(judged: Judged) -> Penalty:
    """On generated clips (the same): E |grad D(G(z))|^2."""
    values = _zero_centred(judged)
    return values["r2"], values


def r1_and_r2(judged: Judged) -> Penalty:
    """On both (R3GAN, Huang et al. 2024, equation 2)."""
    values = _zero_centred(judged)
    return values["r1"] + values["r2"], values


def wgan_gp(judged: Judged) -> Penalty:
    """Between real and generated clips (Gulrajani et al. 2017, equation 3): E (|grad D| - 1)^2."""
    frames, logits = judged.between()
    penalty = one_centred_penalty(logits, frames).mean()
    return penalty, {"wgan-gp": penalty}


def no_penalty(judged: Judged) -> Penalty:
    return None, {}


PENALTIES = {
    "r1+r2": r1_and_r2,
    "r1": r1,
    "r2": r2,
    "wgan-gp": wgan_gp,
    "none": no_penalty,
}


def _zero_centred(judged: Judged) -> dict[str, Tensor]:
    of_real, of_generated = zero_centred_penalty(judged.logits, judged.frames).chunk(2)
    return {"r1": of_real.mean(), "r2": of_generated.mean()}


def zero_centred_penalty(logits: Tensor, frames: Tensor) -> Tensor:
    """|grad D|^2 of every clip, (B,)."""
    return _squared_gradient(logits, frames)


def one_centred_penalty(logits: Tensor, frames: Tensor) -> Tensor:
    """(|grad D| - 1)^2 of every clip, (B,)."""
    # The root's own gradient is infinite at 0.
    return ((_squared_gradient(logits, frames) + 1e-12).sqrt() - 1).square()


def _squared_gradient(logits: Tensor, frames: Tensor) -> Tensor:
    score = logits[:, 0]
    if logits.shape[1] > 1:
        score = score + logits[:, 1:].mean(1)
    (gradient,) = torch.autograd.grad(score.sum(), frames, create_graph=True)
    return gradient.float().square().sum(tuple(range(1, gradient.ndim)))


def overfitting(loss: type[Loss], real: Tensor, generated: Tensor) -> Tensor:
    """r_t = E sign(D(x) - level): Karras et al. 2020a, equation 1; near 1 the critic overfits.

    If a loss has no level of its own (relativistic, Wasserstein), it lies halfway between the
    mean logits of these real and generated clips: where a critic that has to name a level puts it.
    """
    level: float | Tensor | None = loss.level
    if level is None:
        level = (real.mean(0) + generated.mean(0)) / 2  # (1 + T,)
    return mean_loss((real - level).sign()) / 2
