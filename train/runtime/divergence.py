"""When training has gone wrong: numbers that are not finite, or losses that explode."""

from __future__ import annotations

import math

import torch

EXPLODED = 1e6  # a loss or penalty this large is past help: those of a run that works are below 100
MOST_SETBACKS = 3  # times that a run goes back to its last checkpoint, with SLOWER the rates
SLOWER = 0.5


class Diverged(Exception):
    """One sentence that says which number gave it away."""


def check_losses(losses: dict[str, float]) -> None:
    """Raises Diverged if a loss is not finite or has exploded."""
    for name, value in losses.items():
        if not math.isfinite(value) or abs(value) > EXPLODED:
            raise Diverged(f"training diverged: {name} is {value:.3g}.")


def check_state(state: dict | list, name: str = "state") -> None:
    """Raises Diverged if a tensor of a nested state holds a number that is not finite."""
    for key, value in state.items() if isinstance(state, dict) else enumerate(state):
        if isinstance(value, dict | list):
            check_state(value, key if isinstance(key, str) else name)
        elif isinstance(value, torch.Tensor) and not torch.isfinite(value).all():
            raise Diverged(f"training diverged: {name} holds a number that is not finite.")
