"""What the training loop needs of an objective, and setting up a run of a family.

An objective owns its networks beside the generator, its losses and its optimizers: a critic, an
encoder, or nothing at all. The loop knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from train.data.batches import Batch
from train.runtime.processes import Processes
from vidgen.types import Generator


class Objective(Protocol):
    """What a family minimises.

    networks: all that learns, by name, the generator among them.
    """

    @property
    def generator(self) -> Generator: ...

    @property
    def networks(self) -> Mapping[str, nn.Module]: ...

    def frames_at(self, clips: int) -> int:
        """How many frames of every clip `step` wants to see once `clips` have been seen."""
        ...

    def step(
        self,
        batch: Batch,
        resolution: int,
        rng: torch.Generator,
        rate: float = 1.0,
        clips: int = 0,
    ) -> dict[str, float]:
        """One step of training on a batch of real clips. Returns losses by name.

        `batch` is whole, of which every process takes its rows; what is drawn, at `resolution`
        pixels, comes from `rng`; `rate` multiplies the learning rates; `clips` have been seen.
        """
        ...

    def state(self) -> dict:
        """All beside the generator that the next step depends on: tensors and plain values."""
        ...

    def load_state(self, state: dict) -> None:
        """Goes on from a state. Raises KeyError, RuntimeError or ValueError if it doesn't fit."""
        ...


@dataclass(frozen=True)
class Family:
    """How a family is trained: what a file of `train/families/` says in the table.

    settings: the dataclass of its objective's settings, with `for_resolution(pixels)`.
    objective: (generator, settings, processes, accumulate) -> Objective, on the generator's device
        and in its number format; a batch goes through in `accumulate` parts.
    defaults: resolution -> the settings of a run that the family decides (`TrainConfig` has no
        default for them): grow, span and learning_rate_decay.
    latents: frames a second -> content_dim, motion_dim and knot_seconds of its GeneratorSpec.
    prepare: (generator, data set) -> what was found, in sentences: a fresh generator gets to know
        the data before it learns.
    start: (teacher, generator) -> names of the parameters that a trained generator could not give;
        None if a family can't be started from one. `started` are the objective's settings then.
    """

    settings: Any
    objective: Callable[[Any, Any, Processes, int], Objective]
    defaults: Callable[[int], dict[str, Any]]
    latents: Callable[[float], dict[str, Any]]
    prepare: Callable[[Any, Any], list[str]] = lambda generator, dataset: []
    start: Callable[[Any, Any], list[str]] | None = None
    started: tuple[tuple[str, Any], ...] = ()
