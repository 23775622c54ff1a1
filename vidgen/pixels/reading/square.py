"""A picture of any size and kind as the square frame that a generator knows."""

from __future__ import annotations

import cv2
import numpy as np


def fit(picture: np.ndarray, resolution: int) -> np.ndarray:
    """RGB(A), uint8 (H, W, 3 or 4) -> the square in its middle, resized, premultiplied RGBA."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    if picture.shape[2] == 3:
        square = cv2.cvtColor(square, cv2.COLOR_RGB2RGBA)
    else:
        square = square.copy()
        # Before resizing: the colour of pixels that can't be seen must not bleed into others.
        square[..., :3] = (square[..., :3] * (square[..., 3:] / 255) + 0.5).astype(np.uint8)
    if side != resolution:
        way = cv2.INTER_AREA if side > resolution else cv2.INTER_LINEAR
        square = cv2.resize(square, (resolution, resolution), interpolation=way)
    return np.ascontiguousarray(square)
