"""The pictures of a run: sample sheets as it learns, and the timelapse made from them.

`python -m train.pictures.timelapse RUN` writes the timelapse anew. Seeds and actions are the same
in every sheet; nothing is picked.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from train.data.dataset import Dataset
from train.pictures.sheets import COLUMNS, GREY, ROWS, generated_rows, real_rows
from train.runtime.checkpoint import write_whole
from vidgen.pixels.arrays import laid_over
from vidgen.types import Generator

FIRST, RATIO = 250, 1.25  # clips at which the first sheet is drawn, and from each to the next
QUALITY = 80  # of WebP: a sheet of 16 clips at 64 pixels takes about 100 kB
SHOWN = 6  # frames of a clip that the timelapse shows at each moment
ACROSS = 4  # clips side by side
FRAME_MS, LAST_MS = 110, 3_000


class Gallery:
    """The folder `samples` of a run, and its `timelapse.webp`."""

    def __init__(self, run: Path, dataset: Dataset, every: int) -> None:
        self.run, self.dataset, self.every = run, dataset, every
        self.stale = True  # the timelapse lacks a sheet

    def due(self, clips: int, batch: int) -> bool:
        """Whether one of the last `batch` clips stands at an interval or at a log-spaced moment."""
        before = max(clips - batch, 0)
        return clips // self.every > before // self.every or _moment(clips) > _moment(before)

    def add(self, generator: Generator, clips: int, resolution: int) -> None:
        """Generated clips as they are now, and once a resolution real ones beside them."""
        real = self.run / "samples" / f"real-{resolution}.webp"
        if not real.exists():
            _write(real_rows(self.dataset, resolution), real)
        _write(generated_rows(generator, resolution), self.run / "samples" / f"{clips:09d}.webp")
        self.stale = True

    def write_timelapse(self) -> None:
        """Writes `timelapse.webp` from the sheets at log-spaced moments, if one is new."""
        if self.stale:
            write_timelapse(self.run)
            self.stale = False


def write_timelapse(run: Path) -> Path | None:
    """How a run learned: the same clips at log-spaced moments, `timelapse.webp`; None if unseen."""
    sheets = log_spaced(sorted((run / "samples").glob("[0-9]*.webp")))
    if not sheets:
        return None
    pictures = [_read(path) for path in sheets]
    size = max(picture.shape[1] for picture in pictures) // COLUMNS
    frames = [
        Image.fromarray(frame)
        for path, picture in zip(sheets, pictures, strict=True)
        for frame in _moving(picture, size, f"{int(path.stem):,} clips")
    ]
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    data = io.BytesIO()
    options = {"duration": times, "loop": 0, "quality": QUALITY // 2, "method": 3}
    frames[0].save(data, "WEBP", save_all=True, append_images=frames[1:], **options)
    write_whole(run / "timelapse.webp", data.getvalue())
    return run / "timelapse.webp"


def log_spaced(sheets: list[Path]) -> list[Path]:
    """Of sheets named by their clips, in order, those at log-spaced moments and the last one."""
    chosen: list[Path] = []
    for path in sheets:
        if not chosen or _moment(int(path.stem)) > _moment(int(chosen[-1].stem)):
            chosen.append(path)
    return chosen if not sheets or chosen[-1] == sheets[-1] else [*chosen, sheets[-1]]


def _moment(clips: int) -> int:
    """How many log-spaced moments have passed after so many clips."""
    return 0 if clips < FIRST else 1 + math.floor(math.log(clips / FIRST) / math.log(RATIO) + 1e-9)


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _moving(pixels: np.ndarray, size: int, text: str) -> list[np.ndarray]:
    """The clips of a sheet at one moment: SHOWN pictures, each of all clips, with a line below."""
    side = pixels.shape[1] // COLUMNS
    tiles = pixels.reshape(ROWS, side, COLUMNS, side, 3).transpose(2, 0, 1, 3, 4)[:SHOWN]
    tiles = tiles.repeat(size // side, 2).repeat(size // side, 3)  # (SHOWN, ROWS, S, S, 3)
    tiles = tiles.reshape(SHOWN, -1, ACROSS, size, size, 3)
    pictures = tiles.transpose(0, 1, 3, 2, 4, 5).reshape(SHOWN, -1, ACROSS * size, 3)
    line = np.zeros((20, ACROSS * size, 3), np.uint8)
    cv2.putText(line, text, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,) * 3, 1, cv2.LINE_AA)
    return [np.concatenate([picture, line]) for picture in pictures]


def _write(rows: np.ndarray, path: Path) -> None:
    """Rows (R, N, H, W, C) uint8 as one WebP, one clip a row, what is transparent over grey."""
    if rows.shape[-1] == 4:
        rows = laid_over(rows, GREY)
    count, columns, height, width, _ = rows.shape
    picture = rows.transpose(0, 2, 1, 3, 4).reshape(count * height, columns * width, 3)
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "WEBP", quality=QUALITY, method=4)
    write_whole(path, data.getvalue())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.pictures.timelapse", description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run")
    run = parser.parse_args(arguments).run
    if write_timelapse(run) is None:
        print(f"train.pictures.timelapse: {run} holds no sample sheets.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
