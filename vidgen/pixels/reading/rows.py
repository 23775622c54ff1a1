"""A picture that holds many clips: a row for each, its frames from left to right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from vidgen.pixels.arrays import as_frames
from vidgen.pixels.reading.picture import read_picture
from vidgen.pixels.reading.timing import Unreadable


def read_rows(path: Path, side: int) -> Tensor:
    """The clips of a picture of `side` pixels a frame, (N, T, C, side, side) in [-1, 1].

    Colour is premultiplied if there is alpha. Raises Unreadable.
    """
    picture = read_picture(path)
    height, width, channels = picture.shape
    if height % side or width % side:
        raise Unreadable(f"{width}x{height} pixels are no rows of frames of {side} pixels")
    tiles = picture.reshape(height // side, side, width // side, side, channels)
    clips = tiles.swapaxes(1, 2).astype(np.float32)  # (N, T, side, side, C)
    if channels == 4:
        clips[..., :3] *= clips[..., 3:] / 255
    return as_frames(clips)
