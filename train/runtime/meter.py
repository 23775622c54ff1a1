"""What happened since the last entry of the history: mean losses, and time spent training."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Meter:
    """Counts steps, their losses and their time.

    `seconds` is all time spent in steps so far. A step that takes PAUSE times as long as the recent
    ones, and LONGEST seconds more, was stopped from outside (a suspended machine, SIGSTOP): it
    counts as one of them.
    """

    PAUSE, LONGEST, RECENT = 10, 5.0, 21
    taken: float
    waited: float
    steps: int

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.recent: deque[float] = deque(maxlen=self.RECENT)
        self._begin()

    @contextmanager
    def step(self) -> Iterator[None]:
        started, waited = time.perf_counter(), self.waited
        yield
        took = time.perf_counter() - started
        if self.recent:
            usual = statistics.median(self.recent)
            if took > max(self.PAUSE * usual, usual + self.LONGEST):
                took, self.waited = usual, waited
        self.recent.append(took)
        self.taken += took
        self.seconds += took
        self.steps += 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The part of a step in which it waits for data."""
        started = time.perf_counter()
        yield
        self.waited += time.perf_counter() - started

    def add(self, losses: dict[str, float]) -> None:
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    @property
    def waiting_share(self) -> float:
        return self.waited / max(self.taken, 1e-9)

    def entry(self, batch: int) -> dict[str, float]:
        """Clips a second, the share of time spent waiting, mean losses; then counts from 0."""
        means = {n: round(total / self.counts[n], 4) for n, total in self.sums.items()}
        entry = {
            "clips_per_second": round(self.steps * batch / max(self.taken, 1e-9), 2),
            "hours": round(self.seconds / 3600, 3),
            "waiting": round(self.waiting_share, 4),
        }
        self._begin()
        return entry | means

    def _begin(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self.taken = self.waited = 0.0
        self.steps = 0
