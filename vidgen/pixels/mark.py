"""The invisible mark in the pixels of rendered clips, and how sure one can be to have found it.

A tile of 64 x 64 pixels, repeated over every frame, is added to all three colours: a sum of waves
with periods from 4.6 to 16 pixels, whose phases come from a key (spread spectrum, Cox et al. 1997).
At two levels of 255 nobody sees it, but all tiles of all frames add up. To find it, a clip loses
what is smooth and what is strong, is folded into one tile and transformed; of each wave only the
phase counts. Products with our phases, transformed back, say how well they agree at each of the
64 x 64 shifts, so that cropping does no harm.

The statistics: to a clip that was made without the key, our phases are random. Then the agreement
at one shift is a sum of K independent cosines of uniform angles, S, and since the moment-generating
function of such a cosine is I0(x) <= exp(x^2 / 4), P(S >= s) <= exp(-s^2 / K), whatever the clip
shows. The best of all shifts and scales is taken, so that `chance` multiplies this by their number.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

TILE = 64  # pixels
LOWEST, HIGHEST = 4, 14  # waves across a tile
STRENGTH = 1.9  # levels of 255, root mean square: some 42.5 dB
KEY = b"vidgen: made by a generator"
SMOOTH = 15  # pixels: what is smoother than that is not the mark's
STRONG = 5.0  # levels: what stands out more is an edge and counts as much as this
SCALES = (1.0, 2.0, 0.5)  # what a clip is enlarged by before it is looked at
SURE = 1e-6  # a chance below which a clip counts as marked
MOST_FRAMES, MOST_SIDE = 64, 1024  # looked at of one clip


@dataclass(frozen=True)
class Finding:
    """chance: the probability that a clip without a mark agrees as well; scale: where it was found.

    The scale is what the clip has to be enlarged by to be as large as it was made.
    """

    chance: float
    scale: float

    @property
    def marked(self) -> bool:
        return self.chance < SURE


def marked(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 (H, W, 3 or 4), RGB or RGBA with straight alpha, with the mark in it.

    What is transparent stays as it is; a picture smaller than a tile comes back unchanged.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < TILE:
        return pixels
    over = np.tile(_tile(), (-(-height // TILE), -(-width // TILE)))[:height, :width, None]
    if pixels.shape[2] == 4:
        over = over * (pixels[..., 3:] > 0)
    result = pixels.copy()
    result[..., :3] = np.clip(np.rint(pixels[..., :3] + over), 0, 255)
    return result


def find_mark(pictures: Iterable[np.ndarray]) -> Finding:
    """How likely it is that pictures of a clip, uint8 (H, W, 3 or 4), agree with it by chance."""
    kept = [_luma(picture) for _, picture in zip(range(MOST_FRAMES), pictures, strict=False)]
    best = Finding(1.0, 1.0)
    for scale in SCALES:
        folded = np.zeros((TILE, TILE))
        for luma in kept:
            folded += _folded(luma, scale)
        chance = _chance(folded, len(SCALES))
        if chance < best.chance:
            best = Finding(chance, scale)
    return best


@cache
def _waves() -> tuple[np.ndarray, np.ndarray]:
    """Which waves of a tile's transform (TILE, TILE / 2 + 1) are ours, and exp(i phase) of each."""
    down = np.fft.fftfreq(TILE, 1 / TILE)[:, None]
    across = np.fft.rfftfreq(TILE, 1 / TILE)[None]
    radius = np.hypot(down, across)
    # The column of waves that only go down holds each of them twice.
    ours = (radius >= LOWEST) & (radius <= HIGHEST) & (across > 0)
    drawn = np.frombuffer(hashlib.shake_256(KEY).digest(4 * ours.size), "<u4").reshape(ours.shape)
    return ours, np.where(ours, np.exp(2j * np.pi * drawn / 2**32), 0)


@cache
def _tile() -> np.ndarray:
    """The mark (TILE, TILE), in levels."""
    tile = np.fft.irfft2(_waves()[1], (TILE, TILE))
    return tile * (STRENGTH / tile.std())


def _luma(picture: np.ndarray) -> np.ndarray:
    colour = picture[..., :3].astype(np.float32)
    if picture.shape[2] == 4:
        colour = np.where(picture[..., 3:] > 0, colour, 128)
    return colour @ np.array([0.299, 0.587, 0.114], np.float32)


def _folded(luma: np.ndarray, scale: float) -> np.ndarray:
    """What may be the mark in a picture (H, W), enlarged by `scale`, summed up in one tile."""
    size = [max(1, min(MOST_SIDE, round(side * scale))) for side in luma.shape[::-1]]
    if scale != 1:
        way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        luma = cv2.resize(luma, size, interpolation=way)
    rest = np.clip(luma - cv2.blur(luma, (SMOOTH, SMOOTH)), -STRONG, STRONG)
    height, width = (-(-side // TILE) * TILE for side in rest.shape)
    padded = np.zeros((height, width), np.float32)
    padded[: rest.shape[0], : rest.shape[1]] = rest
    return padded.reshape(height // TILE, TILE, width // TILE, TILE).sum((0, 2), dtype=np.float64)


def _chance(folded: np.ndarray, scales: int) -> float:
    ours, phases = _waves()
    waves = np.fft.rfft2(folded)
    strength = np.abs(waves)
    if not strength[ours].any():
        return 1.0
    agreement = np.where(strength > 1e-9, waves / np.maximum(strength, 1e-9), 0) * phases.conj()
    # irfft2 counts every wave twice (its mirror too) and divides by the number of pixels.
    sums = np.fft.irfft2(np.where(ours, agreement, 0), (TILE, TILE)) * TILE**2 / 2
    score = max(0.0, float(sums.max()))
    return min(1.0, sums.size * scales * math.exp(-(score**2) / int(ours.sum())))
