"""Sample sheets: generated clips as a picture, one clip a row, time from left to right.

`python -m train.pictures.sheets actions --data FOLDER sheet.png` puts real clips left of generated
ones; `python -m train.pictures.sheets actions clips.webp` is the generated ones, moving, and
`python -m train.pictures.sheets characters --many 32 who.png` a frame of each of 32 seeds, in every
direction. Nothing is picked: the seeds count from 0.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from train.data import load_dataset
from train.data.dataset import Dataset
from vidgen import Clip, Generator, load_generator, seeded_path
from vidgen.directions import direction_groups
from vidgen.engine import draw, prepared
from vidgen.limits import Limit
from vidgen.pixels.arrays import as_frames, laid_over
from vidgen.pixels.clip import to_pixels
from vidgen.pixels.formats import write_picture

ROWS, COLUMNS = 16, 12
MANY_ACROSS = 16  # tiles of first frames side by side
STEP = 4  # native frames from column to column
GREY = 128  # behind what is transparent
SEEDS = Limit("--many", 1, 1_000, whole=True)


def generated_rows(generator: Generator, resolution: int | None = None) -> np.ndarray:
    """uint8 (ROWS, COLUMNS, H, W, C): seeds 0, 1, 2, ..., actions in turn. Nothing is picked."""
    spec, rows = generator.spec, []
    step = 1 if spec.timing else STEP
    for seed in range(ROWS):
        action = _group(seed, len(spec.actions)) if spec.actions else None
        path = seeded_path(spec, seed, COLUMNS, spec.fps / step, action)
        (frames,) = draw(generator, path, COLUMNS, resolution)
        rows.append(to_pixels(frames))
    return np.stack(rows)


def first_frames(generator: Generator, seeds: int) -> np.ndarray:
    """uint8 (rows, MANY_ACROSS, H, W, C): how seeds 0, 1, 2, ... begin what they do.

    They do the first of their actions that is done in several directions, and are seen from all;
    without one, the first action. Tiles that are left over are black or transparent.
    """
    spec = generator.spec
    grouped = next(iter(direction_groups(spec.actions).values()), {})
    views: list[str | None] = [*grouped.values()] or [spec.actions[0] if spec.actions else None]
    frames = []
    for seed in range(seeds):
        for action in views:
            path = seeded_path(spec, seed, 1, action=action)
            frames.append(to_pixels(next(draw(generator, path)))[0])
    empty = [np.zeros_like(frames[0])] * (-len(frames) % MANY_ACROSS)
    return np.stack(frames + empty).reshape(-1, MANY_ACROSS, *frames[0].shape)


def real_rows(dataset: Dataset, resolution: int) -> np.ndarray:
    """uint8 (ROWS, COLUMNS, H, W, C): clips spread over the set, actions in turn."""
    groups = [np.flatnonzero(dataset.labels == a) for a in range(max(1, len(dataset.actions)))]
    rows, step = [], 1 if dataset.timing else STEP
    for row in range(ROWS):
        group = groups[_group(row, len(groups))]
        clip = dataset.clip(group[row * len(group) // ROWS])  # spread over the set
        index = np.minimum(np.arange(COLUMNS) * step, len(clip) - 1)
        small = np.stack([_resize(clip[i], resolution) for i in index])
        rows.append(to_pixels(as_frames(small)))
    return np.stack(rows)


def _group(row: int, groups: int) -> int:
    """The group of a row: in turn, or evenly chosen if there are more groups than rows."""
    return row % groups if groups <= ROWS else row * groups // ROWS


def write_sheet(parts: list[np.ndarray], path: Path) -> None:
    """Writes rows (R, N, H, W, C) uint8 as a picture, the parts side by side, RGBA over grey."""
    picture = np.concatenate([_lay_out(part) for part in parts], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, picture)


def _lay_out(rows: np.ndarray) -> np.ndarray:
    if rows.shape[-1] == 4:
        rows = laid_over(rows, GREY)
    return np.concatenate([np.concatenate(list(row), 1) for row in rows], 0)


def moving_clip(generator: Generator, across: int = 8, seconds: float = 4) -> Clip:
    """All ROWS clips side by side, looping for ever."""
    spec, clips = generator.spec, []
    for seed in range(ROWS):
        action = _group(seed, len(spec.actions)) if spec.actions else None
        path = seeded_path(spec, seed, round(seconds * spec.fps), action=action, loop=True)
        clips.append(to_pixels(torch.cat(list(draw(generator, path)), 1)))
    tiles = np.stack(clips).reshape(-1, across, *clips[0].shape)  # (rows, across, T, H, W, C)
    rows, across, frames, height, width, channels = tiles.shape
    picture = tiles.transpose(2, 0, 3, 1, 4, 5).reshape(
        frames, rows * height, across * width, channels
    )
    return Clip(picture, spec.fps)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.pictures.sheets", description=__doc__)
    parser.add_argument("model", help="a bundled name, a .safetensors file or hub:user/repo@rev")
    parser.add_argument("--data", help="the data that it learnt from, to show beside it")
    parser.add_argument("--many", type=int, help="a frame of each of so many seeds instead")
    parser.add_argument("out", type=Path, help="a .png or .jpg, or a .webp or .gif that moves")
    options = parser.parse_args(arguments)
    try:
        generator = prepared(load_generator(options.model))
        if options.many is not None:
            write_sheet([first_frames(generator, int(SEEDS.check(options.many)))], options.out)
            return 0
        if options.out.suffix in (".webp", ".gif"):
            moving_clip(generator).save(options.out)
            return 0
        rows = generated_rows(generator)
        if options.data:
            real = real_rows(load_dataset(options.data, generator.spec.resolution), rows.shape[2])
            gap = np.full_like(real[:, :1, :, : real.shape[3] // 4], 255)
            write_sheet([real, gap, rows], options.out)
        else:
            write_sheet([rows], options.out)
    except (ValueError, OSError) as error:
        print(f"train.pictures.sheets: {error}", file=sys.stderr)
        return 2
    return 0


def _resize(image: np.ndarray, resolution: int) -> np.ndarray:
    return cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    sys.exit(main())
