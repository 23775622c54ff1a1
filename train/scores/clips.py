"""The clips that are scored: disjoint halves of real ones, and generated ones of fixed seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from train.data.dataset import Dataset
from vidgen.engine import draw
from vidgen.latents import native_path, seeded_path
from vidgen.pixels.arrays import as_frames, as_pixels
from vidgen.types import Generator, LatentPath

DEFAULT_FRAMES = 16  # of a clip if no judge asks for another number
PART = 32  # clips that are turned into floating point at a time


@dataclass(frozen=True)
class ClipSet:
    """Clips of one length. Colour is premultiplied if there is alpha.

    pixels: uint8 (N, T, H, W, C); labels: (N,) indices into the data's actions, all 0 without;
    source: (N,) the clip of the data set that each was cut from, or the seed of a generated one.
    """

    pixels: np.ndarray
    labels: np.ndarray
    source: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def parts(self, size: int = PART) -> Iterator[Tensor]:
        """All clips in order, as frames (<= size, T, C, H, W) in [-1, 1]."""
        for start in range(0, len(self), size):
            yield as_frames(self.pixels[start : start + size])

    def chosen(self, index: np.ndarray | slice) -> ClipSet:
        """Some of the clips."""
        return ClipSet(self.pixels[index], self.labels[index], self.source[index])


def proportional_labels(labels: np.ndarray, count: int) -> np.ndarray:
    """`count` labels in the proportions of `labels`, to the nearest clip, in turn: (count,)."""
    wanted = np.bincount(labels) / len(labels) * count
    numbers = wanted.astype(int)
    rest = np.argsort(numbers - wanted, kind="stable")[: count - numbers.sum()]
    numbers[rest] += 1
    # In turn, so that the first few clips show every action.
    turn = np.concatenate([(np.arange(n) + 0.5) / n for n in numbers])
    return np.repeat(np.arange(len(numbers)), numbers)[np.argsort(turn, kind="stable")]


def real_halves(
    dataset: Dataset, count: int, frames: int, rng: np.random.Generator
) -> tuple[ClipSet, ClipSet]:
    """`count` clips of `frames` frames from one half of the real clips, and as many from the other.

    The halves share no clip; every action is halved. Actions keep their proportions, clips of an
    action are used equally often, and a window begins anywhere in its clip.
    """
    wanted = np.bincount(proportional_labels(dataset.labels, count))
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    for label in np.flatnonzero(wanted):
        clips = rng.permutation(np.flatnonzero(dataset.labels == label))
        # An odd clip goes to either half, so that no half is always the larger one.
        middle = (len(clips) + int(rng.integers(2))) // 2
        for half, part in ((first, clips[:middle]), (second, clips[middle:])):
            # Each about equally often; an action of one clip is in one half only.
            half.append(np.resize(part, wanted[label] if len(part) else 0))
    # Shuffled, so that the first few show every action.
    a, b = (rng.permutation(np.concatenate(half)) for half in (first, second))
    return _windows(dataset, a, frames, rng), _windows(dataset, b, frames, rng)


def _windows(dataset: Dataset, clips: np.ndarray, frames: int, rng: np.random.Generator) -> ClipSet:
    pixels = np.stack([window(dataset, int(clip), frames, rng) for clip in clips])
    return ClipSet(pixels, dataset.labels[clips], clips)


def window(
    dataset: Dataset, clip: int, frames: int, rng: np.random.Generator | None = None
) -> np.ndarray:
    """`frames` frames of a real clip, uint8 (T, H, W, C), from a random one on, or from the first.

    A scripted clip always begins with its first frame; a shorter one repeats its last. A loop goes
    on with its first frame.
    """
    pixels = dataset.clip(clip)
    start = 0
    if getattr(dataset, "loops", False):
        start = 0 if rng is None else int(rng.integers(len(pixels)))
        return pixels[(start + np.arange(frames)) % len(pixels)]
    if rng is not None and not dataset.timing:
        start = int(rng.integers(max(0, len(pixels) - frames) + 1))
    return _filled(pixels[start : start + frames], frames)


def _filled(pixels: np.ndarray, frames: int) -> np.ndarray:
    return pixels[np.minimum(np.arange(frames), len(pixels) - 1)]


def frames_wanted(dataset: Dataset, judges: Sequence) -> int:
    """How long scored clips are: as judges have it, else `DEFAULT_FRAMES`, or a whole script."""
    if judges:
        return judges[0].frames
    return int(dataset.lengths.max()) if dataset.timing else DEFAULT_FRAMES


class Sampler:
    """Draws a generator's clips as the data has them: its rate, its actions, their native lengths.

    Raises ValueError if the generator does not fit the data.
    """

    def __init__(self, generator: Generator, dataset: Dataset) -> None:
        spec = generator.spec
        if spec.channels != dataset.channels:
            kinds = {3: "RGB", 4: "RGBA"}
            raise ValueError(
                f"The model draws {kinds[spec.channels]} and the data is "
                f"{kinds[dataset.channels]}: score it on the data that it learnt from."
            )
        unknown = sorted(set(dataset.actions) ^ set(spec.actions))
        if spec.actions and dataset.actions and unknown:
            raise ValueError(
                f"The model and the data have different actions ({', '.join(unknown[:3])}"
                f"{', ...' if len(unknown) > 3 else ''}): score it on the data that it learnt from."
            )
        self.generator, self.dataset = generator, dataset
        self.labelled = bool(spec.actions and dataset.actions)

    def path(self, seed: int, label: int, frames: int) -> LatentPath:
        """The path of a seed in the action of a label; a scripted one has its native frames."""
        spec, dataset = self.generator.spec, self.dataset
        action = dataset.actions[label] if self.labelled else None
        if spec.timing and action is not None:
            return native_path(spec, seed, action)
        if dataset.timing:
            frames = dataset.timing[label].lead + dataset.timing[label].frames
        return seeded_path(spec, seed, frames, dataset.fps, action)

    def draw(self, path: LatentPath, frames: int) -> np.ndarray:
        """The clip of a path, uint8 (frames, H, W, C)."""
        drawn = torch.cat(list(draw(self.generator, path)), 1)
        return _filled(as_pixels(drawn[0, :frames]), frames)

    def clips(
        self,
        count: int,
        frames: int,
        first_seed: int,
        progress: Callable[[int], object] | None = None,
    ) -> ClipSet:
        """`count` clips of seeds `first_seed`, `first_seed + 1`, ...: nothing is picked.

        Actions have the proportions of the data. `progress` is called with 1 after every clip.
        """
        labels = proportional_labels(self.dataset.labels, count)
        seeds = first_seed + np.arange(count)
        pixels = []
        for seed, label in zip(seeds.tolist(), labels.tolist(), strict=True):
            pixels.append(self.draw(self.path(seed, label, frames), frames))
            if progress is not None:
                progress(1)
        return ClipSet(np.stack(pixels), labels, seeds)
