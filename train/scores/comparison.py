"""Real clips over generated ones, and beside each generated one the training clip nearest to it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from train.data.dataset import Dataset
from train.scores.clips import ClipSet
from train.scores.copies import TrainingClips, copy_ratios
from vidgen.pixels.arrays import laid_over
from vidgen.pixels.formats import write_picture as write_encoded

ROWS, COLUMNS = 8, 8
CAPTION = 16  # pixels above each block
GREY = 128  # behind what is transparent


def write_picture(
    path: Path,
    real: ClipSet,
    generated: ClipSet,
    dataset: Dataset,
    training: TrainingClips | str,
) -> None:
    """Writes the first clips of each set, one a row, time to the right. Nothing is picked.

    Where training clips can't be compared with, further generated clips take their place.
    """
    shown = generated.chosen(slice(ROWS))
    if isinstance(training, TrainingClips):
        ratios, found = copy_ratios(training, shown.pixels)
        beside = np.stack(
            [
                _window(dataset.clip(clip), start, shown.pixels.shape[1])
                for clip, start in zip(found.clip, found.start, strict=True)
            ]
        )
        captions = [f"{ratio:.2f}" for ratio in ratios]
        title = "nearest training clip of each; distance over real"
    else:
        beside, captions = generated.pixels[ROWS : 2 * ROWS], None
        title = "generated, further ones"
    rows = [
        [
            _block(real.pixels[:ROWS], "real"),
            _block(real.pixels[ROWS : 2 * ROWS], "real, further ones"),
        ],
        [
            _block(shown.pixels, "generated, the first seeds"),
            _block(beside, title, captions),
        ],
    ]
    picture = np.concatenate([_side_by_side(blocks) for blocks in rows], 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_encoded(path, picture)
    except ValueError as error:
        raise ValueError(f"{path} can't be written as a picture.") from error


def _window(clip: np.ndarray, start: int, frames: int) -> np.ndarray:
    return clip[np.minimum(start + np.arange(frames), len(clip) - 1)]


def _block(clips: np.ndarray, title: str, captions: list[str] | None = None) -> np.ndarray:
    """Clips uint8 (N, T, H, W, C) below a title: frames evenly spread over time, (H', W', 3)."""
    moments = np.linspace(0, clips.shape[1] - 1, min(COLUMNS, clips.shape[1])).round().astype(int)
    frames = clips[:, moments]
    if frames.shape[-1] == 4:
        frames = laid_over(frames, GREY, premultiplied=True)
    rows = [np.ascontiguousarray(np.concatenate(list(row), 1)) for row in frames]
    for row, caption in zip(rows, captions or [], strict=False):
        _write(row, caption, (2, 11), (255, 255, 0))
    block = np.concatenate(rows, 0)
    heading = np.full((CAPTION, block.shape[1], 3), 255, np.uint8)
    _write(heading, title, (2, 11), (0, 0, 0))
    return np.concatenate([heading, block], 0)


def _write(picture: np.ndarray, text: str, place: tuple[int, int], colour: tuple) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, colour, 1, cv2.LINE_AA)


def _side_by_side(blocks: list[np.ndarray]) -> np.ndarray:
    height = max(len(block) for block in blocks)
    filled = [
        np.pad(block, ((0, height - len(block)), (0, 0), (0, 0)), constant_values=255)
        for block in blocks
    ]
    gap = np.full((height, CAPTION, 3), 255, np.uint8)
    return np.concatenate([filled[0], gap, filled[1]], 1)
