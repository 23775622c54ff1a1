"""From decoded pictures to one array: square frames of one size, one frame rate, RGB or RGBA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import cv2
import numpy as np

from vidgen import limits
from vidgen.pixels.reading.square import fit
from vidgen.pixels.reading.timing import Keep, Timing, Unreadable

BLOCK_FRAMES = 1024  # copied at a time, so that a clip of any length fits into memory


@dataclass
class Tape:
    """Clips one after another in a file, frames RGBA (premultiplied) of `resolution` pixels.

    Rate and channels of the data set are known only when its last clip is decoded, so clips are
    kept as they come and `frames` plays them back as they have to be. One of less than `fewest`
    frames is none.
    """

    file: BinaryIO
    resolution: int
    fewest: int = 2
    names: list[str] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)  # frame of the tape at which each clip starts
    timings: list[Timing] = field(default_factory=list)
    end: int = 0
    alpha: bool = True  # every picture of every clip has alpha
    transparent: bool = False  # and some make use of it
    see_through: list[bool] = field(default_factory=list)  # which clips make use of alpha

    def record(self, name: str, decode: Callable[[Keep], Timing]) -> None:
        """Adds the clip that `decode(keep) -> Timing` reads. Raises Unreadable and adds nothing."""
        first, alpha, transparent = self.end, self.alpha, self.transparent
        self.transparent = False
        try:
            timing = decode(self._keep)
            if self.end - first < self.fewest:
                raise Unreadable("a single frame is no clip")
        except (Unreadable, cv2.error) as error:
            self.end, self.alpha, self.transparent = first, alpha, transparent
            self.file.seek(self._offset(first))
            self.file.truncate()
            if isinstance(error, cv2.error):
                raise Unreadable(f"it can't be decoded ({error.err})") from error
            raise
        self.names.append(name)
        self.firsts.append(first)
        self.timings.append(timing)
        self.see_through.append(self.transparent)
        self.transparent |= transparent

    def fps(self) -> float:
        """The commonest frame rate of the clips, as far as one may be asked for."""
        rates = Counter(round(timing.fps, 2) for timing in self.timings)
        common = rates.most_common(1)[0][0]
        # Of those that round to it the first, unrounded: 42 ms a frame are 23.8095... a second.
        rate = next(timing.fps for timing in self.timings if round(timing.fps, 2) == common)
        return min(max(rate, limits.FPS.low), limits.FPS.high)

    def index(self, fps: float) -> list[np.ndarray]:
        """Which frames of the tape each clip has at a frame rate."""
        return [
            first + timing.resampled(fps)
            for first, timing in zip(self.firsts, self.timings, strict=True)
        ]

    def frames(self, index: list[np.ndarray], channels: int) -> Iterator[np.ndarray]:
        """Blocks of those frames in order, uint8 (<= 1024, H, W, channels)."""
        self.file.flush()
        shape = (self.end, self.resolution, self.resolution, 4)
        tape = np.memmap(self.file, np.uint8, "r", shape=shape)
        for clip in index:
            for start in range(0, len(clip), BLOCK_FRAMES):
                yield tape[clip[start : start + BLOCK_FRAMES], ..., :channels]

    def _keep(self, picture: np.ndarray) -> None:
        frame = fit(picture, self.resolution)
        self.alpha &= picture.shape[2] == 4
        self.transparent |= bool(frame[..., 3].min() < 255)
        self.file.write(frame.data)
        self.end += 1

    def _offset(self, frame: int) -> int:
        return frame * self.resolution**2 * 4
