"""AdamW over microbatches and processes, and its state as a checkpoint keeps it."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from train.runtime.processes import Processes

Losses = tuple[Tensor, dict[str, Tensor]]  # what is minimised, and its parts by name


class Optimizer:
    """AdamW (Loshchilov and Hutter 2019) of some parameters, the same in every process.

    `longest` bounds the norm of a step's gradient (Pascanu et al. 2013).
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        learning_rate: float,
        betas: tuple[float, float],
        weight_decay: float = 0.0,
        processes: Processes | None = None,
        longest: float | None = None,
    ) -> None:
        self.longest = longest
        self.learning_rate, self.processes = learning_rate, processes or Processes()
        self.parameters = list(parameters)
        self.adam = torch.optim.AdamW(
            self.parameters,
            lr=learning_rate,
            betas=betas,
            eps=1e-8,
            weight_decay=weight_decay,
            # One pass over all that is kept, instead of one for each operation.
            fused=all(parameter.device.type == "cpu" for parameter in self.parameters),
        )

    def descend(self, losses: Iterable[Losses], parts: int, rate: float = 1.0) -> dict[str, Tensor]:
        """One step against the mean loss of `parts` microbatches, here and in other processes.

        `rate` multiplies the learning rate. Returns the means of the losses' parts, by name.
        """
        self.adam.zero_grad(set_to_none=True)
        values = []
        for loss, named in losses:
            # For these alone: what else has a gradient, as what a penalty looks at, needs none.
            (loss / parts).backward(inputs=self.parameters)
            values.append(named)
        self.processes.average_gradients(self.parameters)
        if self.longest is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.longest)
        self.adam.param_groups[0]["lr"] = self.learning_rate * rate
        self.adam.step()
        return {n: torch.stack([v[n].detach() for v in values]).mean() for n in values[0]}

    def state(self) -> list[dict]:
        """Steps and moments of every parameter; no first moment if beta1 = 0: it is the gradient.

        What was never stepped is {}.
        """
        dropped = {"exp_avg"} if self.adam.param_groups[0]["betas"][0] == 0 else set()
        states = (self.adam.state.get(p, {}) for p in self.parameters)
        return [{n: v for n, v in state.items() if n not in dropped} for state in states]

    def load_state(self, saved: list[dict]) -> None:
        """Goes on from a state. Raises ValueError if it is not one of these parameters."""
        for parameter, state in zip(self.parameters, saved, strict=True):
            moment, step = (tuple(parameter.shape), True), ((), True)
            wanted = {"step": step, "exp_avg": moment, "exp_avg_sq": moment}
            found = {n: (tuple(v.shape), v.is_floating_point()) for n, v in state.items()}
            if state and {"exp_avg": moment} | found != wanted:
                raise ValueError("an optimizer's moments are not those of its network")
        for parameter, state in zip(self.parameters, saved, strict=True):
            self.adam.state.pop(parameter, None)
            if state:
                moments = {
                    name: value.clone() if name == "step" else value.to(parameter.device, copy=True)
                    for name, value in state.items()
                }
                self.adam.state[parameter] = {"exp_avg": torch.zeros_like(parameter)} | moments
