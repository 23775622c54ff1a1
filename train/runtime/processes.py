"""The processes that train one model together: one, or as many as `accelerate launch` started.

Every process draws the same whole batch from the same rng and takes its own rows of it, gradients
are averaged before a step, so all hold the same weights, whatever their number. Networks are not
wrapped: a wrapper's hooks do not know gradient penalties and generators that grow.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from accelerate import Accelerator


class Processes:
    """This process among all. Without an accelerator it is the only one."""

    def __init__(self, accelerator: Accelerator | None = None) -> None:
        self.accelerator = accelerator
        self.index = accelerator.process_index if accelerator else 0
        self.count = accelerator.num_processes if accelerator else 1
        self.main = self.index == 0

    @classmethod
    def join(cls, cpu: bool = False, tracker: str = "", folder: Path | None = None) -> Processes:
        """Meets the others if Accelerate started this process. A tracker needs Accelerate too.

        Raises ValueError if the tracker is unknown or not installed.
        """
        if not tracker and int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls()
        from accelerate import Accelerator

        if tracker:
            _check_tracker(tracker)
        return cls(Accelerator(cpu=cpu, log_with=tracker or None, project_dir=folder))

    @property
    def device(self) -> torch.device | None:
        """The device that Accelerate gave to this process, None if it is alone."""
        return self.accelerator.device if self.accelerator and self.count > 1 else None

    def seed_torch(self, rng: torch.Generator) -> None:
        """PyTorch's own rng, of each process another, from a run's, so that it resumes alike."""
        torch.manual_seed(torch.randint(2**62, (), generator=rng) + self.index)

    def rows(self, batch: int, accumulate: int) -> list[slice]:
        """The rows of a batch that this process takes, in `accumulate` parts of equal size."""
        size = batch // (self.count * accumulate)
        first = self.index * accumulate
        return [slice(i * size, (i + 1) * size) for i in range(first, first + accumulate)]

    @torch.no_grad()
    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replaces gradients by their mean over all processes, in one exchange."""
        if self.count > 1:
            self._average([p.grad for p in parameters if p.grad is not None])

    @torch.no_grad()
    def average_buffers(self, buffers: Iterable[Tensor]) -> None:
        """Replaces what a network keeps of its inputs by the mean over all processes."""
        if self.count > 1:
            self._average([b for b in buffers if b.is_floating_point()])

    def average_values(self, values: dict[str, Tensor]) -> dict[str, float]:
        """Single numbers by name, their means over all processes."""
        together = self._mean(torch.stack([v.detach().float() for v in values.values()]))
        return dict(zip(values, together.tolist(), strict=True))

    def any(self, here: bool) -> bool:
        """Whether it is so in any of the processes."""
        return self._mean(torch.tensor(float(here), device=self.device)).item() > 0

    def wait(self) -> None:
        """Returns once all processes are here."""
        if self.accelerator:
            self.accelerator.wait_for_everyone()

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process goes through the block before the others do."""
        if self.accelerator:
            with self.accelerator.main_process_first():
                yield
        else:
            yield

    def track(self, name: str, settings: dict) -> None:
        """Begins to report to the tracker, if there is one."""
        if self.accelerator and self.accelerator.log_with:
            self.accelerator.init_trackers(name, settings)

    def report(self, values: dict[str, float], clips: int) -> None:
        if self.accelerator and self.accelerator.trackers:
            self.accelerator.log(values, step=clips)

    def finish(self) -> None:
        """Closes trackers and parts from the others."""
        if self.accelerator:
            self.accelerator.end_training()

    def __deepcopy__(self, _: dict) -> Processes:
        return self  # there is one set of processes, however often a network is copied

    def _mean(self, here: Tensor) -> Tensor:
        """The mean of a tensor over all processes."""
        if not self.accelerator or self.count == 1:
            return here
        mean = self.accelerator.reduce(here, reduction="mean")
        assert isinstance(mean, Tensor)
        return mean

    def _average(self, tensors: list[Tensor]) -> None:
        if not tensors:
            return
        flat = self._mean(torch.cat([t.flatten() for t in tensors]))
        for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))


def _check_tracker(name: str) -> None:
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    known = sorted(str(kind) for kind in LOGGER_TYPE_TO_CLASS)
    if name not in known:
        raise ValueError(f"--tracker must be one of {', '.join(known)}, not {name}.")
    if name not in [str(kind) for kind in get_available_trackers()]:
        raise ValueError(f"--tracker {name} needs a package of its own: pip install {name}.")
