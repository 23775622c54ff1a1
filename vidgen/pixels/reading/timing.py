"""What decoding a clip hands on: its pictures one by one, within bounds, and when each is shown."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

DEFAULT_FPS = 25.0  # of strips, frame folders and whatever does not say
SLOWEST, FASTEST = 0.01, 10_000.0  # frames a second that are believed
LONGEST_GAP = 10.0  # seconds without a new picture that are believed
MAX_PIXELS = 178_956_970  # of a picture: Pillow takes more for an attack
Keep = Callable[[np.ndarray], None]  # takes one picture, uint8 (H, W, 3 or 4), RGB(A)


class Unreadable(Exception):
    """A file that is no clip; the message says why, to go behind its name."""


@dataclass(frozen=True)
class Bounds:
    """What one file may cost: frames of a clip, pixels of a picture, seconds of decoding."""

    frames: int | None = None
    pixels: int = MAX_PIXELS
    seconds: float | None = None


class Gate:
    """Hands pictures on to `keep` as long as a file keeps within its bounds."""

    def __init__(self, keep: Keep, bounds: Bounds) -> None:
        self._keep, self.bounds, self.count = keep, bounds, 0
        self._deadline = time.monotonic() + bounds.seconds if bounds.seconds else None

    def keep(self, picture: np.ndarray) -> None:
        """Hands a picture on. Raises Unreadable if it is too large."""
        self.check_size(picture.shape[1], picture.shape[0])
        self._keep(np.ascontiguousarray(picture))
        self.count += 1

    @property
    def full(self) -> bool:
        """Whether as many frames as allowed were kept."""
        return self.bounds.frames is not None and self.count >= self.bounds.frames

    def check_size(self, width: int, height: int) -> None:
        """Raises Unreadable if a picture of that size is too large."""
        if width * height > self.bounds.pixels:
            raise Unreadable(
                f"{width:,} x {height:,} pixels are more than the {self.bounds.pixels:,} allowed"
            )

    def check_time(self) -> None:
        """Raises Unreadable if decoding takes too long."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise Unreadable(f"it takes longer than {self.bounds.seconds:g} seconds to decode")


@dataclass(frozen=True)
class Timing:
    """starts: when each picture appears, (T,) in seconds from 0; seconds: of all; fps: its rate;
    notes: what was left out or guessed, in words."""

    starts: np.ndarray
    seconds: float
    fps: float
    notes: tuple[str, ...] = ()

    @classmethod
    def even(cls, count: int, fps: float = DEFAULT_FPS, notes: Sequence[str] = ()) -> Timing:
        """`count` pictures, each shown equally long."""
        return cls(np.arange(count) / fps, count / fps, fps, tuple(notes))

    @classmethod
    def stamped(
        cls,
        times: Sequence[float | None],
        last: float,
        declared: Sequence[float],
        tick: float,
        notes: Sequence[str] = (),
    ) -> Timing:
        """Pictures with the times that their file gives them, in seconds.

        `last` is how long the last one is shown, 0 if the file does not say; `declared` are the
        frame rates that it claims, the likeliest first; `tick` is what it rounds its times to.
        """
        rates = [rate for rate in declared if SLOWEST <= rate <= FASTEST]
        if len(times) < 2 or None in times:
            if not rates:
                notes = [*notes, f"it says no frame rate: {DEFAULT_FPS:g} a second are taken"]
            return cls.even(len(times), rates[0] if rates else DEFAULT_FPS, notes)
        steps = np.diff(np.asarray(times, np.float64))
        wrong = ~(np.isfinite(steps) & (steps > 0))
        if wrong.mean() > 0.5:
            fps = rates[0] if rates else DEFAULT_FPS
            notes = [*notes, f"its times make no sense: {fps:g} frames a second are taken"]
            return cls.even(len(times), fps, notes)
        usual = float(np.median(steps[~wrong]))
        if wrong.any() and abs(steps.sum() - len(steps) * usual) < usual:
            # Some containers give one time to two frames, having skipped one: the whole is right.
            steps[:], wrong[:] = steps.sum() / len(steps), False
        wrong |= steps > max(LONGEST_GAP, 4 * usual)
        if wrong.any():
            notes = [*notes, f"its times jump at {wrong.sum()} places, where it is taken to go on"]
            steps[wrong] = usual
        starts = np.concatenate([[0.0], np.cumsum(steps)])
        last = last if 0 < last <= max(LONGEST_GAP, 4 * usual) else usual
        # A video's last frame has no successor, and lasts as long as its container thinks.
        fps = frame_rate(steps if rates else np.append(steps, last), tick, rates)
        return cls(starts, float(starts[-1] + last), fps, tuple(notes))

    def resampled(self, fps: float) -> np.ndarray:
        """Which picture is shown about the middle of each frame at another rate, (T',)."""
        count = max(min(2, len(self.starts)), round(self.seconds * fps))
        # Just before the middle: at half the rate that is where one picture follows another, and
        # rounded times would let now the one win, now the other.
        moments = (np.arange(count) + 0.45) / fps
        return np.searchsorted(self.starts, moments, side="right") - 1


def frame_rate(steps: np.ndarray, tick: float, declared: Sequence[float] = ()) -> float:
    """The frame rate of pictures that are shown for so many seconds each, (T,).

    Neighbours that look alike may be stored as one that lasts longer, and times are rounded to a
    tick: 30 a second are 30, 40 and 30 ms in a GIF. So the usual step counts, averaged, and a rate
    that the file declares, or else a round one, if it explains all of the times.
    """
    usual = np.median(steps)
    near = steps[np.abs(steps - usual) <= max(0.45 * usual, 1.01 * tick)]
    measured = float(1 / near.mean())
    unsure = 0.005 + 2 * tick / near.sum()  # a share: both ends are rounded
    for rate in declared:
        if abs(rate / measured - 1) < unsure:
            return float(rate)
    round_ones = round(measured), round(2 * measured) / 2
    for rate in round_ones:
        if abs(rate - measured) < 1e-9 * measured:  # 40 ms, added up, are not quite 25 a second
            return float(rate)
    if np.ptp(near) > tick / 100:
        ends = np.cumsum(steps)
        for rate in (*round_ones, round(measured * 1.001) / 1.001):
            if rate and abs(rate / measured - 1) < 0.05:
                miss = np.abs(ends - np.round(ends * rate) / rate)
                if miss.max() <= tick * 1.001:
                    return float(rate)
    return measured


def open_regular(path: Path) -> BinaryIO:
    """Opens a file for reading. Raises Unreadable if it is none, empty or may not be read."""
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unreadable("not a regular file")
        file = open(path, "rb")  # noqa: SIM115, the caller closes it
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from error
    if not os.fstat(file.fileno()).st_size:
        file.close()
        raise Unreadable("the file is empty")
    return file
