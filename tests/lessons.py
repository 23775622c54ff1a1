"""Small material for judges to learn from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.clips import pictures
from train.judging.material import Material


def fades(count: int = 40, frames: int = 4) -> Material:
    """Red or green squares that grow lighter or darker, at 16 pixels; four of a group."""
    rng = np.random.default_rng(0)
    lighter, green, left, top = (rng.integers(n, size=count) for n in (2, 2, 8, 8))

    def read(clips: np.ndarray, moments: np.ndarray) -> np.ndarray:
        moments = np.where(lighter[clips][:, None], moments, 15 - moments)
        pixels = np.zeros((*moments.shape, 16, 16, 3), np.uint8)
        for clip, level, shown in zip(clips, 30 + 15 * moments, pixels, strict=True):
            x, y = left[clip], top[clip]
            shown[:, y : y + 8, x : x + 8, green[clip]] = level[:, None, None]
        return pixels

    return Material(
        name="fades",
        channels=3,
        fps=25,
        frames=frames,
        lengths=np.full(count, 16),
        attributes={"action": ("darker", "lighter"), "colour": ("red", "green")},
        labels={"action": lighter, "colour": green},
        groups=np.array([f"square {clip // 4}" for clip in range(count)]),
        read=read,
    )


def people_folder(folder: Path) -> None:
    """Eight strips of two actions by four people, 8 frames of 16 pixels each."""
    rows = ["file,action,person,frames"]
    for number in range(8):
        name = f"{('bend', 'wave')[number % 2]}/{number}.png"
        (folder / name).parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(folder / name), np.concatenate(pictures(8, 16, 16), 1))
        rows.append(f"{name},{name[:4]},{number // 2 + 1},8")
    (folder / "index.csv").write_text("\n".join(rows))
