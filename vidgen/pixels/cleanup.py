"""The clean-up of pixel art: hard edges, and few colours, which are the same in all frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vidgen import limits

SOLID = 128  # alpha from here on counts as opaque
PIXELS_AT_ONCE = 1 << 20  # that are worked on; each takes some 40 bytes meanwhile
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
        self.apply_to(pixels)
        return pixels

    def apply_to(self, pixels: np.ndarray) -> None:
        """Like `apply`, but changes the pixels themselves, which takes little memory besides."""
        step = max(1, PIXELS_AT_ONCE // pixels[0, ..., 0].size)
        parts = [pixels[start : start + step] for start in range(0, len(pixels), step)]
        if self.snap:
            for part in parts:
                solid = part[..., 3] >= SOLID
                part[..., 3] = np.where(solid, 255, 0)
                part[~solid] = 0
        if self.colors is not None:
            palette = _palette(parts, int(self.colors))
            if palette is None:
                return
            for part in parts:
                seen = _seen(part)
                if seen.any():
                    part[seen, :3] = _reduced(part[seen, :3], palette)


def _seen(pixels: np.ndarray) -> np.ndarray:
    """Which pixels (T, H, W) can be seen."""
    return pixels[..., 3] > 0 if pixels.shape[-1] == 4 else np.ones(pixels.shape[:3], bool)


def _palette(parts: list[np.ndarray], count: int) -> np.ndarray | None:
    """`count` colours (P, 3) for the pixels of all parts; None if they have no more than that."""
    total = sum(int(_seen(part).sum()) for part in parts)
    step = max(1, total // SAMPLES)
    samples, passed = [], 0
    different = np.empty((0, 3), np.uint8)
    for part in parts:
        colours = part[_seen(part), :3]
        samples.append(colours[-passed % step :: step])
        passed += len(colours)
        if len(different) <= count:
            different, _ = _distinct(np.concatenate([different, colours]))
    if len(different) <= count:
        return None
    image = Image.fromarray(np.ascontiguousarray(np.concatenate(samples)[None]))
    few = image.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=1)
    palette, _ = _distinct(np.asarray(few.convert("RGB"))[0])
    return palette


def _reduced(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Colours uint8 (N, 3), each as the nearest one of a palette (P, 3)."""
    different, index = _distinct(colours)
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
