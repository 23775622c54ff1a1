"""How much moves: differences of frames, and what other motions do to the same content."""

from __future__ import annotations

import numpy as np

APART = (1, 4)  # frames: flicker and small movements, and what a limb does in a sixth of a second


def frame_difference(pixels: np.ndarray, apart: int = 1) -> np.ndarray:
    """Mean absolute difference of frames `apart` apart, (N,) in levels of 0..255.

    pixels: uint8 (N, T, H, W, C). Raises ValueError if clips are too short.
    """
    if pixels.shape[1] <= apart:
        raise ValueError(
            f"Frames {apart} apart need clips of {apart + 1} or more, not {pixels.shape[1]}."
        )
    clips = (clip.astype(np.int16) for clip in pixels)
    return np.array([np.abs(clip[apart:] - clip[:-apart]).mean() for clip in clips])


def motion_variance(pixels: np.ndarray) -> float:
    """Variance over the motions that one content was given, in squared levels of 0..255.

    pixels: uint8 (contents, motions, T, H, W, C). Mean over contents, frames and pixels of the
    unbiased variance over motions: 0 if content alone decides what a clip looks like.
    """
    if pixels.shape[1] < 2:
        raise ValueError("The variance over motions needs two motions or more.")
    variances = [content.astype(np.float64).var(0, ddof=1).mean() for content in pixels]
    return float(np.mean(variances))
