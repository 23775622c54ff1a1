"""Does a clip keep showing the same thing: content distance, and what a moving shape keeps."""

from __future__ import annotations

import numpy as np

CORE = 0.6  # of the brightest pixel: what is above belongs to the shape and not to its edge


def content_distance(vectors: np.ndarray) -> np.ndarray:
    """Average content distance (ACD) of each clip, (N,): vectors (N, T, D), one a frame.

    Tulyakov et al. 2018 (MoCoGAN), section 4: the average pairwise L2 distance of the per-frame
    vectors, 2 / (T (T - 1)) * sum over i < j of |v_i - v_j|.
    """
    vectors = np.asarray(vectors, np.float64)
    if vectors.shape[1] < 2:
        raise ValueError("A content distance needs clips of two frames or more.")
    first, second = np.triu_indices(vectors.shape[1], 1)
    return np.array(
        [np.linalg.norm(clip[first] - clip[second], axis=-1).mean() for clip in vectors]
    )


def brightness(pixels: np.ndarray) -> np.ndarray:
    """The strongest colour of each pixel, (..., H, W) in 0..255: a shape on black, of any hue."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    return np.maximum(np.maximum(red, green), blue)


def core_colours(pixels: np.ndarray) -> np.ndarray:
    """The median colour of the shape's core in each frame, (N, T, 3) in levels of 0..255.

    pixels: uint8 (N, T, H, W, C). The core is where the brightness is above 0.6 of its maximum. The
    mask of MoCoGAN's own colour ACD is not stated; a median of the core leaves the edge out.
    """
    return np.stack([_medians(clip[..., :3], _core(clip)) for clip in pixels])


def _core(frames: np.ndarray) -> np.ndarray:
    """Where the shape is, in frames uint8 (T, H, W, C): (T, H, W). Nowhere in a black one."""
    light = brightness(frames)
    return light > CORE * light.max((1, 2), keepdims=True)


def _medians(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The median of uint8 (T, H, W, D) over the pixels of a mask (T, H, W): (T, D), 0 of none."""
    inside = np.where(mask[..., None], values.astype(np.int16), 256)  # what is outside comes last
    ordered = np.sort(
        inside.reshape(len(values), -1, values.shape[-1]).swapaxes(1, 2), kind="stable"
    )
    count = mask.sum((1, 2))[:, None, None]
    low, high = (
        np.take_along_axis(ordered, np.broadcast_to(place, (*ordered.shape[:2], 1)), 2)[..., 0]
        for place in ((count - 1).clip(0) // 2, count // 2)
    )
    return np.where(count[..., 0] > 0, (low + high) / 2, 0)


def areas(pixels: np.ndarray) -> np.ndarray:
    """How many pixels the shape covers in each frame, (N, T); those at its edge count in part."""
    found = []
    for clip in pixels:
        light = brightness(clip)
        full = _medians(light[..., None], _core(clip))[..., None]  # (T, 1, 1)
        found.append((light / np.maximum(full, 1)).clip(0, 1).sum((1, 2)))
    return np.stack(found)


def area_variation(pixels: np.ndarray) -> np.ndarray:
    """Standard deviation of a shape's area over time, as a share of its mean, (N,).

    Raises nothing: a clip that shows nothing at all counts as 1, since nothing was kept.
    """
    found = areas(pixels)
    mean = found.mean(1)
    return np.where(mean > 0, found.std(1) / np.where(mean > 0, mean, 1), 1.0)


def centres(pixels: np.ndarray) -> np.ndarray:
    """The centre of brightness of each frame, (N, T, 2), x and y in pixels; NaN if it is black."""
    light = np.stack([brightness(clip).astype(np.float64) for clip in pixels])
    total = light.sum((2, 3))
    height, width = light.shape[2:]
    with np.errstate(invalid="ignore"):
        x = (light.sum(2) * np.arange(width)).sum(-1) / total
        y = (light.sum(3) * np.arange(height)).sum(-1) / total
    return np.stack([x, y], -1)


def moves_vertically(pixels: np.ndarray) -> np.ndarray:
    """Whether each clip's shape moves more from bottom to top than from left to right, (N,)."""
    x, y = centres(pixels).std(1).T
    return y > x
