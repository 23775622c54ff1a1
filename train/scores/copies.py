"""Memorisation: how near a clip is to the nearest training clip, under the best shift in time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.data.dataset import Dataset

SIDE, COARSE_SIDE = 16, 8  # pixels that clips are compared at: a copy is still a copy there
MANY_FRAMES = 20_000  # of training clips: more are compared at the coarse size
COPY = 1 / 3  # of the leave-one-out distance: nearer than that is a copy
MOST_FRAMES = 200_000  # of training clips that are compared one by one
CHUNK = 4096  # training frames at a time


@dataclass(frozen=True)
class Nearest:
    """Of N clips: clip (N,), the nearest training clip; start (N,), where in it the best window
    begins; distance (N,), root mean square in levels of 0..255."""

    clip: np.ndarray
    start: np.ndarray
    distance: np.ndarray


class TrainingClips:
    """All training clips, small, so that any window of any of them can be found.

    Raises ValueError if there are too many to compare with.
    """

    def __init__(self, dataset: Dataset) -> None:
        total = int(dataset.lengths.sum())
        if total > MOST_FRAMES:
            raise ValueError(
                f"{len(dataset):,} training clips are more than can be compared one by one."
            )
        self.side = min(SIDE if total <= MANY_FRAMES else COARSE_SIDE, dataset.resolution)
        small = [shrink(dataset.clip(i)[None], self.side)[0] for i in range(len(dataset))]
        self.lengths = np.array([len(clip) for clip in small])
        self.starts = self.lengths.cumsum() - self.lengths
        rows = np.concatenate(small)
        self.centre = rows.mean(0)  # taken off everywhere: rounding then matters less
        self.rows = rows - self.centre
        self.squares = np.square(self.rows).sum(1)

    def window(self, clip: int, start: int, frames: int) -> np.ndarray:
        """Frames of a training clip, (frames, D); the last is repeated where it ends."""
        index = np.minimum(start + np.arange(frames), self.lengths[clip] - 1)
        return self.rows[self.starts[clip] + index]

    def nearest(self, clips: np.ndarray, without: np.ndarray | None = None) -> Nearest:
        """The nearest windows to clips (N, T, D) as `rows` are; `without` (N,) leaves one out."""
        found = [
            self._nearest(clip, None if without is None else int(without[index]))
            for index, clip in enumerate(clips)
        ]
        clip, start, distance = zip(*found, strict=True)
        return Nearest(np.array(clip), np.array(start), np.array(distance))

    def _nearest(self, clip: np.ndarray, without: int | None) -> tuple[int, int, float]:
        frames, size = clip.shape
        squared = np.concatenate(
            [self.rows[i : i + CHUNK] @ clip.T for i in range(0, len(self.rows), CHUNK)]
        )
        squared = self.squares[:, None] + np.square(clip).sum(1) - 2 * squared  # (rows, T)
        # Along a diagonal both run on together; a training clip that ends repeats its last frame.
        ends = np.repeat(self.starts + self.lengths - 1, self.lengths)
        row, total = np.arange(len(self.rows)), np.zeros(len(self.rows))
        for frame in range(frames):
            total += squared[np.minimum(row + frame, ends), frame]
        # Only whole windows; of a training clip shorter than that its beginning.
        whole = row + frames - 1 <= ends
        whole[self.starts] = True
        total[~whole] = np.inf
        if without is not None:
            start = self.starts[without]
            total[start : start + self.lengths[without]] = np.inf
        best = int(total.argmin())
        which = int(np.searchsorted(self.starts, best, "right") - 1)
        distance = np.sqrt(max(0.0, float(total[best])) / (frames * size))
        return which, best - int(self.starts[which]), distance

    def small(self, pixels: np.ndarray) -> np.ndarray:
        """Clips uint8 (N, T, H, W, C) as they are compared: (N, T, D)."""
        return shrink(pixels, self.side) - self.centre


def shrink(pixels: np.ndarray, side: int) -> np.ndarray:
    """uint8 (N, T, H, W, C) -> float32 (N, T, side * side * C), averaged over areas."""
    pictures = pixels.reshape(-1, *pixels.shape[2:])
    small = [cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in pictures]
    return np.stack(small).reshape(*pixels.shape[:2], -1).astype(np.float32)


def copy_ratios(
    training: TrainingClips, pixels: np.ndarray, without: np.ndarray | None = None
) -> tuple[np.ndarray, Nearest]:
    """How near clips are to the training clips, (N,), and which those are.

    d(x, c) / d(c, c'): c is the nearest training window to a clip x, c' the nearest to c of another
    training clip. About 1 for new clips, 0 for copies; below 1/3 it counts as one. (Compared point
    by point and not with one average distance, as in Alaa et al. 2022, "How faithful is your
    synthetic data?", section 4.3: small things on black are all near to each other.) For real clips
    x, `without` (N,) says which training clip each was cut from.
    """
    small = training.small(pixels)
    found = training.nearest(small, without)
    windows = np.stack(
        [
            training.window(clip, start, pixels.shape[1])
            for clip, start in zip(found.clip, found.start, strict=True)
        ]
    )
    apart = training.nearest(windows, found.clip).distance
    return found.distance / np.maximum(apart, 1e-6), found


def copied(ratios: np.ndarray) -> float:
    """The share of copies."""
    return float((ratios < COPY).mean())
