"""What finding a clip is good for, against the usual ways: `inverse --data FOLDER`.

For clips that training left out (heldout.txt of the folder; all of them if there is none), with
part of them taken away, the part that was not seen is compared: PSNR in dB.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from train.data import load_dataset
from vidgen import load_generator
from vidgen.inverse.distance import psnr
from vidgen.inverse.find import find, restored
from vidgen.inverse.observe import Observed, first, masked, shrunk
from vidgen.pixels.arrays import as_frames, as_pixels, laid_over
from vidgen.pixels.formats import write_picture

FRAMES, GIVEN, BY = 16, 8, 4
GREY = 128  # what clips with transparency are laid over in the pictures


def hole(side: int) -> Tensor:
    """A quarter of the frame, going around its middle, (FRAMES, 1, side, side)."""
    away = torch.zeros(FRAMES, 1, side, side)
    for frame in range(FRAMES):
        angle = 2 * np.pi * frame / FRAMES
        row, column = (round(side * (0.25 + 0.15 * way)) for way in (np.sin(angle), np.cos(angle)))
        away[frame, :, row : row + side // 2, column : column + side // 2] = 1
    return away


def bicubic(observed: Observed, side: int) -> Tensor:
    """Every frame enlarged."""
    small = as_pixels(observed.values)
    return as_frames(
        np.stack([cv2.resize(f, (side, side), interpolation=cv2.INTER_CUBIC) for f in small])
    )


def inpainted(observed: Observed, side: int) -> Tensor:
    """Every frame by itself, after Telea 2004."""
    pictures = []
    for picture, kept in zip(as_pixels(observed.values), observed.kept, strict=True):
        mask = as_pixels(1 - 2 * kept)[..., 0]
        channels = [
            cv2.inpaint(np.ascontiguousarray(picture[..., c]), mask, 3, cv2.INPAINT_TELEA)
            for c in range(picture.shape[-1])
        ]
        pictures.append(np.stack(channels, -1))
    return as_frames(np.stack(pictures))


def temporal_median(observed: Observed, side: int) -> Tensor:
    """What the other frames show at the same place; inpainted where none shows it."""
    known = torch.where(observed.kept > 0, observed.values, torch.nan)
    median = known.nanmedian(0, keepdim=True).values.expand_as(observed.values)
    filled = torch.where(median.isnan(), inpainted(observed, side), median)
    return torch.where(observed.kept > 0, observed.values, filled)


def repeated(observed: Observed, side: int) -> Tensor:
    """The last frame that was seen, again and again."""
    frames = observed.values.clone()
    frames[GIVEN:] = frames[GIVEN - 1]
    return frames


def flowing(observed: Observed, side: int) -> Tensor:
    """The last frame, moved on as it moved from the one before (dense flow, Farneback 2003)."""
    pictures = as_pixels(observed.values)
    before, last = pictures[GIVEN - 2], pictures[GIVEN - 1]
    grey = [cv2.cvtColor(p[..., :3], cv2.COLOR_RGB2GRAY) for p in (last, before)]
    flow = cv2.calcOpticalFlowFarneback(*grey, None, 0.5, 4, 15, 3, 5, 1.2, 0)  # back in time
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).astype(np.float32)
    frames = list(pictures[:GIVEN])
    for step in range(1, len(pictures) - GIVEN + 1):
        x, y = np.moveaxis(grid + step * flow, -1, 0).astype(np.float32)
        frames.append(cv2.remap(last, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return as_frames(np.stack(frames))


Way = Callable[[Observed, int], Tensor]
# A task -> what was seen, where it counts, and the usual ways.
TASKS: dict[str, tuple[Callable[[Tensor], Observed], Callable[[int], Tensor], dict[str, Way]]] = {
    f"enlarged x{BY}": (
        lambda frames: shrunk(frames, BY),
        lambda side: torch.ones(FRAMES, 1, side, side),
        {"bicubic": bicubic},
    ),
    "a quarter filled in": (
        lambda frames: masked(frames, hole(frames.shape[-1])),
        hole,
        {"cv2.inpaint": inpainted, "temporal median": temporal_median},
    ),
    f"{FRAMES - GIVEN} frames from {GIVEN}": (
        lambda frames: first(frames, GIVEN),
        lambda side: (torch.arange(FRAMES) >= GIVEN).float().view(-1, 1, 1, 1).expand(
            -1, 1, side, side
        ),
        {"last frame": repeated, "optical flow": flowing},
    ),
}  # fmt: skip


def clips(source: str, resolution: int, count: int) -> Iterator[tuple[str, Tensor, float]]:
    """Names, frames (FRAMES, C, H, H) from their beginnings on, and rate of what was held out."""
    dataset = load_dataset(source, resolution)
    wanted = list(getattr(dataset, "heldout", ())) or list(range(len(dataset)))
    names = getattr(dataset, "names", None) or [str(index) for index in range(len(dataset))]
    for index in wanted[:: max(1, len(wanted) // count)][:count]:
        frames = dataset.clip(index)
        if len(frames) >= FRAMES:
            yield names[index], as_frames(np.array(frames[:FRAMES])), dataset.fps


def strip(frames: Tensor) -> np.ndarray:
    """Four frames side by side, RGB."""
    pixels = as_pixels(frames[:: FRAMES // 4])
    if pixels.shape[-1] == 4:
        pixels = laid_over(pixels, GREY, premultiplied=True)
    return np.concatenate(list(pixels), 1)


def main(arguments: list[str]) -> None:
    """Prints a line per clip and task, then the means; draws the pictures that are asked for."""
    parser = argparse.ArgumentParser("python -m benchmarks inverse")
    parser.add_argument("--data", required=True, help="a folder of clips, as for training")
    parser.add_argument("--model", default="gestures")
    parser.add_argument("--clips", type=int, default=11)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--pictures", help="folder for one a task: clip, seen, ours, others")
    options = parser.parse_args(arguments)

    generator = load_generator(options.model)
    side = generator.spec.resolution
    scores: dict[str, dict[str, list[float]]] = {}
    rows: dict[str, list[np.ndarray]] = {}
    for name, frames, fps in clips(options.data, side, options.clips):
        for task, (see, where, ways) in TASKS.items():
            observed, counts = see(frames), where(side)
            started = time.perf_counter()
            found = find(generator, observed, fps, steps=options.steps)
            results = {"ours": restored(observed, found), "G(z) alone": found.frames}
            seconds = time.perf_counter() - started
            results |= {way: make(observed, side) for way, make in ways.items()}
            line = {way: psnr(result, frames, counts) for way, result in results.items()}
            for way, score in line.items():
                scores.setdefault(task, {}).setdefault(way, []).append(score)
            said = ", ".join(f"{way} {score:.1f}" for way, score in line.items())
            print(f"{name}, {task}: {said} dB ({found.action}, {seconds:.0f} s)", flush=True)
            seen = F.interpolate(observed.values, (side, side))
            shown = [frames, seen, results["ours"], *(results[way] for way in ways)]
            rows.setdefault(task, []).append(np.concatenate([strip(each) for each in shown], 1))
    for task, by_way in scores.items():
        print(f"{task}: " + ", ".join(f"{w} {np.mean(s):.2f} dB" for w, s in by_way.items()))
    for number, pictures in enumerate(rows.values()) if options.pictures else ():
        write_picture(Path(options.pictures) / f"{number}.jpg", np.concatenate(pictures))
