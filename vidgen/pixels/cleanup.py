"""The clean-up of pixel art: hard edges, and few colours, which are the same in all frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vidgen import limits

SOLID = 128  # alpha from here on counts as opaque
SAMPLES = 20_000  # pixels that a palette is chosen from; all 700,000 of a sheet took 8 s


@dataclass(frozen=True)
class CleanUp:
    """What to clean up: `snap` alpha to 0 or 255, leave at most `colors` colours to be seen."""

    snap: bool = False
    colors: int | None = None

    def __bool__(self) -> bool:
        return bool(self.snap) or self.colors is not None

    def check(self, channels: int) -> CleanUp:
        """This, for pictures of that many channels. Raises ValueError."""
        if limits.check_switch("Snap", self.snap) and channels != 4:
            raise ValueError("This model draws no transparency, so there is no alpha to snap.")
        if self.colors is not None:
            limits.COLORS.check(self.colors)
        return self

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels uint8 (T, H, W, C), straight alpha, cleaned up; all frames share one palette.

        The palette is a median cut refined by k-means (Pillow's), the same for the same pixels.
        """
        pixels = pixels.copy()
        if self.snap:
            solid = pixels[..., 3] >= SOLID
            pixels[..., 3] = np.where(solid, 255, 0)
            pixels[~solid] = 0
        if self.colors is not None:
            seen = pixels[..., 3] > 0 if pixels.shape[-1] == 4 else np.ones(pixels.shape[:3], bool)
            if seen.any():
                pixels[seen, :3] = _reduced(pixels[seen, :3], int(self.colors))
        return pixels


def _reduced(colours: np.ndarray, count: int) -> np.ndarray:
    """Colours uint8 (N, 3) in `count` of them, each the nearest one."""
    different, index = _distinct(colours)
    if len(different) <= count:
        return colours
    sample = colours[:: max(1, len(colours) // SAMPLES)]
    image = Image.fromarray(np.ascontiguousarray(sample[None]))
    few = image.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=1)
    palette = np.asarray(few.convert("RGB"))[0]
    palette, _ = _distinct(palette)
    return palette[_nearest(different.astype(np.float32), palette.astype(np.float32))][index]


def _distinct(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ones among colours (N, 3), and which of them each one is, (N,)."""
    red, green, blue = colours.astype(np.int32).T
    _, first, index = np.unique(
        red << 16 | green << 8 | blue, return_index=True, return_inverse=True
    )
    return colours[first], index


def _nearest(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Which colour of a palette (P, 3) each of the colours (N, 3) is nearest to, (N,)."""
    length = (palette**2).sum(1) / 2
    parts = np.array_split(colours, 1 + len(colours) // 10_000)  # a little memory at a time
    return np.concatenate([(length - part @ palette.T).argmin(1) for part in parts])
