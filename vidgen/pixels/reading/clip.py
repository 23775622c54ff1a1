"""A clip's file as the frames that a generator draws: its size, its rate, its channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from vidgen.pixels.arrays import as_frames
from vidgen.pixels.reading.decode import decode
from vidgen.pixels.reading.square import fit
from vidgen.pixels.reading.timing import Bounds, Timing, Unreadable
from vidgen.types import GeneratorSpec

MOST_FRAMES = 256  # of a clip, at the rate of the model
MOST_READ, PATIENCE = 2048, 60.0  # frames, and seconds of decoding them


def read_pictures(path: Path, side: int, bounds: Bounds) -> tuple[list[np.ndarray], Timing]:
    """The square in the middle of every picture of a clip, (side, side, 4), and their timing.

    Raises ValueError with one sentence if the file is no clip, or goes beyond its bounds.
    """
    pictures: list[np.ndarray] = []
    try:
        timing = decode(path, lambda picture: pictures.append(fit(picture, side)), bounds)
    except Unreadable as error:
        raise ValueError(f"{path.name} is no clip that can be used: {error}.") from error
    return pictures, timing


def read_clip(path: str | Path, spec: GeneratorSpec) -> Tensor:
    """The square in the middle of a clip as a batch of one: (1, T, C, H, W) in [-1, 1].

    Transparency lies over black for a model that draws none. Raises ValueError with one sentence if
    the file is no clip or is too long.
    """
    path = Path(path)
    bounds = Bounds(frames=MOST_READ, seconds=PATIENCE)
    pictures, timing = read_pictures(path, spec.resolution, bounds)
    index = timing.resampled(spec.fps)
    if len(index) > MOST_FRAMES:
        raise ValueError(
            f"{path.name} lasts {timing.seconds:.1f} seconds, and at most "
            f"{MOST_FRAMES / spec.fps:.1f} are taken by this model."
        )
    return as_frames(np.stack([pictures[number] for number in index]))[None, :, : spec.channels]
