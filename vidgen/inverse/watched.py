"""A plan that is carried out while somebody looks on: what there is so far, and a way to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vidgen.inverse.find import Found, approaches, judged
from vidgen.inverse.nearest import nearest_seed
from vidgen.inverse.tasks import REFINING, Answer, Plan, translated
from vidgen.pixels.clip import Grid, grid_image
from vidgen.types import Generator

SELDOM = 3.0  # times as long as drawing a look takes passes until the next one
PAUSE = 0.7  # seconds at least
GATHERED = 0.4  # seconds that steps are gathered before they are told
LONGEST = 240.0  # seconds of refinement, in any case
WAITING, SEARCHING, REFINING_NOW, DONE = "waiting", "searching", "refining", "done"


@dataclass(frozen=True)
class Look:
    """What there is so far: of `steps` so many are `done`.

    error: PSNR in dB against what was seen; grid: the frames, None if there are none yet, made for
    the look number `drawn`.
    """

    number: int = 0
    phase: str = WAITING
    done: int = 0
    steps: int = 0
    error: float | None = None
    said: str = ""
    grid: Grid | None = None
    drawn: int = 0


class Watched:
    """One search, from its first answer to its last step. Safe to use from many threads.

    `model` is what its generator is called. `run` does the work, in whichever thread calls it.
    """

    def __init__(self, generator: Generator, model: str, plan: Plan, steps: int) -> None:
        self.generator, self.model = generator, model
        self.fps, self.notes = plan.shown_fps, plan.notes
        self.steps = int(REFINING.check(steps))
        self._plan: Plan | None = plan
        self._news = threading.Condition()
        self._stopped = False
        self.look = Look(steps=self.steps)
        self.found: Found | None = None
        self._frames: Tensor | None = None

    @property
    def done(self) -> bool:
        """Whether there is nothing more to come."""
        return self.look.phase == DONE

    def stop(self) -> None:
        """Ends the refinement after the step that it is at; what was found is kept."""
        self._stopped = True

    def run(self) -> None:
        """Searches, refines and finishes. What is raised on the way is the caller's."""
        plan = self._plan
        assert plan is not None
        began = time.monotonic()
        self._say(phase=SEARCHING)
        paths = approaches(self.generator, plan.observed, plan.fps, None, self.steps)
        path = next(paths)
        first = latest = judged(self.generator, plan.observed, path)
        self._show(plan.finish(latest), latest, 0)
        due = time.monotonic() + PAUSE
        for done, path in enumerate(paths, 1):
            now = time.monotonic()
            if self._stopped or now - began > LONGEST:
                break
            if now > due and done < self.steps:
                latest = judged(self.generator, plan.observed, path, first)
                self._show(plan.finish(latest), latest, done)
                took = time.monotonic() - now
                due = time.monotonic() + max(PAUSE, SELDOM * took)
            else:
                self._say(phase=REFINING_NOW, done=done)
        self.found = judged(self.generator, plan.observed, path, first)
        frames = plan.finish(self.found)
        self._frames = frames.half()
        self._plan = None  # and with it the clip that was seen
        self._show(frames, self.found, self.look.done, DONE)

    def answer(self) -> Answer:
        """What came of it; ValueError before it is done."""
        if self._frames is None or self.found is None:
            raise ValueError("There is no result yet.")
        return Answer(self._frames.float(), self.fps, self.found, self.notes)

    def nearest_seed(self, content_seed: int | None, action: str | None) -> tuple[int, str | None]:
        """The seed whose clip comes nearest to what was found and made of it, and its action."""
        if self.found is None:
            raise ValueError("There is no result yet.")
        spec = self.generator.spec
        if content_seed is not None:
            return content_seed, action or self.found.action
        path = translated(spec, self.found.path, None, action)
        return nearest_seed(self.generator, path), action or self.found.action

    def newer(self, seen: int, seconds: float, wanted: Callable[[], bool]) -> Look:
        """A look after number `seen`, or after so many seconds the last one there is.

        The news of a single step waits a moment for others.
        """
        began = time.monotonic()
        with self._news:
            while wanted() and not self.done and time.monotonic() - began < seconds:
                if self.look.drawn > seen:
                    break
                if self.look.number > seen and time.monotonic() - began > GATHERED:
                    break
                self._news.wait(0.1)
            return self.look

    def _show(self, frames: Tensor, found: Found, done: int, phase: str = REFINING_NOW) -> None:
        said, grid = found.said(self.model), grid_image([frames])
        self._say(phase=phase, done=done, error=found.error, said=said, grid=grid)

    def _say(self, **news: object) -> None:
        with self._news:
            number = self.look.number + 1
            drawn = number if "grid" in news else self.look.drawn
            self.look = replace(self.look, number=number, drawn=drawn, **news)  # type: ignore[arg-type]
            self._news.notify_all()


def seen_of(plan: Plan) -> Grid:
    """What was seen of a clip, as the page plays it; grey where nothing was."""
    values = plan.observed.values
    if values.shape[1] == 4:
        values = torch.where(plan.observed.kept > 0, values, -1.0)
    return grid_image([values])
