"""Live: video that never ends, in chunks of a few frames that need nothing of each other.

A chunk is a function of the place before, the place now, and when it begins: nothing is kept
between two of them, and where one ends the next begins exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vidgen import limits
from vidgen.latents import Moments
from vidgen.limits import Limit
from vidgen.pixels.cleanup import CleanUp
from vidgen.requests import ClipRequest
from vidgen.types import CHUNK_FRAMES, GeneratorSpec, LatentPath

GLIDE = 0.15  # seconds in which what is shown becomes what is wanted
FRAMES = Limit("Frame count of a chunk", 1, CHUNK_FRAMES, whole=True)
START = Limit("Start", 0, 10_000_000)  # seconds of motion: four months of it


@dataclass(frozen=True)
class LiveRequest:
    """`frames` frames of a clip without an end, `fps` a second, from `start` seconds of motion on.

    They glide to the place of `now` from that of `before`, if there is one. `back` lets the motion
    run backwards. Of `now` its frame count, rate, loop and palette mean nothing here.
    """

    now: ClipRequest
    before: ClipRequest | None = None
    start: float = 0.0
    frames: int = 8
    fps: float = 25.0
    back: bool = False

    @property
    def step(self) -> float:
        """Seconds of motion from one frame to the next, below 0 if it runs backwards."""
        step = limits.SPEED.check(self.now.speed) / limits.FPS.check(self.fps)
        return -step if limits.check_switch("Back", self.back) else step

    @property
    def end(self) -> float:
        """Where the next chunk begins, in seconds of motion."""
        return max(0.0, self.start + self.step * self.frames)

    @property
    def settled(self) -> int:
        """The number of the first frame that is all of `now`: the next chunk may follow it."""
        still = self.before is None or self.before.place == self.now.place
        return 0 if still else int((self.share() < 1).sum())

    def share(self) -> Tensor:
        """How much of `now` there is in each frame, (T,)."""
        seconds = torch.arange(1, FRAMES.check(self.frames) + 1) / limits.FPS.check(self.fps)
        share = (seconds / GLIDE).clamp(max=1)
        return share * share * (3 - 2 * share)

    def path(self, spec: GeneratorSpec) -> LatentPath:
        """The path of `now`, a batch of as many as there are directions to draw; ValueError."""
        return self.now.place.path_at(spec, self._moments(spec))

    def path_before(self, spec: GeneratorSpec) -> LatentPath | None:
        """The path of `before` at the same moments; None where nothing can glide from it."""
        before, now = self.before, self.now
        if before is None or before.model != now.model or before.place == now.place:
            return None
        try:
            path = before.place.path_at(spec, self._moments(spec))
        except ValueError:  # of a model that was changed meanwhile
            return None
        return path if path.batch == self.path(spec).batch else None

    def clean_up(self, spec: GeneratorSpec) -> CleanUp:
        """What is done to its pixels; a palette is chosen over a whole clip, and there is none."""
        return CleanUp(self.now.snap).check(spec.channels)

    def _moments(self, spec: GeneratorSpec) -> Moments:
        start, frames = START.check(self.start), FRAMES.check(self.frames)
        return Moments.endless(spec, start, self.step, frames)
