"""Scores of single pictures: fine detail, and clean edges of what is cut out."""

from __future__ import annotations

import numpy as np

CLEAN = 8  # levels of alpha off 0 or 255 that still count as clean


def fine_detail(pixels: np.ndarray) -> np.ndarray:
    """High-frequency energy of each clip, (N,) in squared levels.

    pixels: uint8 (N, T, H, W, C). The mean square of what a binomial blur, [1, 2, 1] / 4 both ways,
    takes away: the response is 1 - cos^2(w / 2) of each direction, so mostly the upper half band.
    """
    energies = []
    for clip in pixels:
        x = clip.astype(np.float32)
        blurred = (x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]) / 4
        blurred = (blurred[:, :, :-2] + 2 * blurred[:, :, 1:-1] + blurred[:, :, 2:]) / 4
        energies.append(np.square(x[:, 1:-1, 1:-1] - blurred, dtype=np.float64).mean())
    return np.array(energies)


def clean_alpha(pixels: np.ndarray) -> float:
    """The share of all pixels whose alpha is within 8/255 of 0 or 1: uint8 (N, T, H, W, 4)."""
    if pixels.shape[-1] != 4:
        raise ValueError(f"Alpha is the fourth channel; these clips have {pixels.shape[-1]}.")
    alpha = pixels[..., 3]
    return float(((alpha <= CLEAN) | (alpha >= 255 - CLEAN)).mean())
