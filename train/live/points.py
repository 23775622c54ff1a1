"""The two-dimensional toy: points in the plane, as GAN Lab has it (Kahng et al. 2018).

A generator bends a square of latents until its points lie where the real ones do; the critic is a
height over the plane.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

WIDTH = 64
EXTENT = 2.0  # what is drawn of the plane: [-2, 2] each way
MODES, RADIUS, SPREAD = 8, 1.4, 0.07  # of the ring of Gaussians
NEAR = 0.2  # a point this close to another one stands for it
EXAMPLES = 4096


def ring(count: int, rng: torch.Generator) -> Tensor:
    """Points (count, 2) of eight Gaussians on a circle."""
    turn = torch.randint(MODES, (count,), generator=rng) * (2 * math.pi / MODES)
    middle = RADIUS * torch.stack([turn.cos(), turn.sin()], 1)
    return middle + SPREAD * torch.randn(count, 2, generator=rng)


def moons(count: int, rng: torch.Generator) -> Tensor:
    """Points (count, 2) of two half circles that reach into each other."""
    turn = math.pi * torch.rand(count, generator=rng)
    lower = torch.randint(2, (count,), generator=rng)
    side = 1 - 2 * lower  # +1 for the upper moon
    x = side * turn.cos() + lower - 0.5
    y = side * turn.sin() + 0.5 * lower - 0.25
    return torch.stack([x, y], 1) * 1.2 + SPREAD * torch.randn(count, 2, generator=rng)


DRAWN = {"ring": ring, "moons": moons}


class Points:
    """The plane as a world of the game."""

    latent = 2

    def __init__(self, data: str) -> None:
        self.points = DRAWN[data](EXAMPLES, torch.Generator().manual_seed(0))
        self.held_out = DRAWN[data](512, torch.Generator().manual_seed(1))

    def real(self, count: int, examples: int, rng: torch.Generator) -> Tensor:
        """(count, 2) of the first `examples` points, or of all if that is 0."""
        return self.points[torch.randint(examples or EXAMPLES, (count,), generator=rng)]

    def generator(self) -> nn.Module:
        return mlp(2, 2)

    def critic(self) -> nn.Module:
        return mlp(2, 1)

    def scores(self, generated: Tensor, examples: int) -> dict[str, float]:
        """precision: generated points near a real one; coverage: real ones near a generated one.

        copies: generated points near one of the few `examples` that there are.
        """
        distance = torch.cdist(generated, self.held_out)
        found = {
            "precision": share(distance.amin(1) < NEAR),
            "coverage": share(distance.amin(0) < NEAR / 2),
        }
        if examples:
            to_examples = torch.cdist(generated, self.points[:examples]).amin(1)
            found["copies"] = share(to_examples < NEAR / 2)
        return found


def mlp(inputs: int, outputs: int) -> nn.Module:
    """Two hidden layers: enough to bend a square, small enough to watch."""
    return nn.Sequential(
        nn.Linear(inputs, WIDTH), nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, WIDTH), nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, outputs),
    )  # fmt: skip


def share(true: Tensor) -> float:
    """How many of truth values hold, in [0, 1]."""
    return true.float().mean().item()
