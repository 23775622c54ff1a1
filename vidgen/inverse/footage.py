"""A clip from a file, as the frames that a generator could have drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vidgen import limits
from vidgen.inverse.observe import LUMA, Observed
from vidgen.pixels.arrays import as_frames, as_levels
from vidgen.pixels.formats import backdrop_of
from vidgen.pixels.reading.apart import pictures_apart
from vidgen.pixels.reading.clip import read_pictures
from vidgen.pixels.reading.picture import read_picture
from vidgen.pixels.reading.square import fit
from vidgen.pixels.reading.timing import Bounds, Timing, Unreadable
from vidgen.types import GeneratorSpec

MOST_FRAMES = 96  # of a clip, at the rate of the model: four seconds
READ_FRAMES, READ_PIXELS, READ_SECONDS = 1024, 4096 * 4096, 60  # of one file, at most
STRANGERS = Bounds(300, 4096 * 2304, 20.0)  # of a file that a visitor sent
THIS = "This"  # is what such a file is called
GREY = 4 / 255  # colours that differ by less from grey are none, on the mean of a clip
EDGE = 2  # pixels along the sides of a frame that show what a clip was laid over
FAR = 0.3  # of a colour from a background: further away it is something in front of it


@dataclass(frozen=True)
class Footage:
    """A clip: frames (T, C, S, S) in [-1, 1] at `fps`, C = 4 (premultiplied) if it has alpha.

    `notes` say in words what was left out or guessed.
    """

    frames: Tensor
    fps: float
    notes: tuple[str, ...]


def read_footage(path: str | Path, spec: GeneratorSpec, shrunk: int = 1) -> Footage:
    """The square in the middle of a clip, `shrunk` times smaller than the model draws.

    Its rate is the model's, or its own if that is lower; it has at most MOST_FRAMES. Raises
    ValueError with one sentence if the file is no clip.
    """
    path, side = Path(path), spec.resolution // shrunk
    pictures, timing = read_pictures(path, side, Bounds(READ_FRAMES, READ_PIXELS, READ_SECONDS))
    return _footage(pictures, timing, spec, path.name)


def read_strangers_footage(path: Path, spec: GeneratorSpec, shrunk: int = 1) -> Footage:
    """The same of a file that a visitor sent, decoded apart: see vidgen/pixels/reading/apart.py."""
    try:
        pictures, timing = pictures_apart(path, spec.resolution // shrunk, STRANGERS)
    except Unreadable as error:
        raise ValueError(f"{THIS} is no clip that can be used: {error}.") from error
    return _footage(pictures, timing, spec, THIS)


def _footage(
    pictures: Sequence[np.ndarray] | np.ndarray, timing: Timing, spec: GeneratorSpec, name: str
) -> Footage:
    if len(pictures) < 2:
        raise ValueError(f"{name} has a single frame, and a clip has two or more.")
    fps = max(limits.FPS.low, min(timing.fps, spec.fps))
    index, notes = timing.resampled(fps), list(timing.notes)
    if len(index) > MOST_FRAMES:
        index = index[:MOST_FRAMES]
        notes.append(f"its first {MOST_FRAMES / fps:.1f} seconds are taken")
    frames = as_frames(np.stack([pictures[number] for number in index]))
    if bool((frames[:, 3] > 1 - GREY).all()):
        frames = frames[:, :3]
    return Footage(frames, fps, tuple(notes))


def observed_of(footage: Footage, spec: GeneratorSpec) -> tuple[Observed, list[str]]:
    """All of a clip as it was seen, over a background or in grey maybe; and what was guessed.

    A clip without alpha that a model with alpha is to draw is taken to lie over one colour, that of
    its edge, or over the checkerboard over which this project lays its own.
    """
    frames, notes = footage.frames, []
    if frames.shape[1] == 4 and spec.channels == 3:
        frames = frames[:, :3]  # premultiplied: over black
        notes.append("its transparency is laid over black, as the model draws none")
    under = None
    if frames.shape[1] == 3 and spec.channels == 4:
        under, what = _guessed_backdrop(frames, spec.resolution)
        notes.append(f"it has no transparency: {what} is taken for its background")
    colour = frames[:, :3]
    grey = float((colour - colour.mean(1, keepdim=True)).abs().mean()) / 2 < GREY
    if grey and frames.shape[1] == 3:
        notes.append("it is grey: its colours are the model's")
        luma = frames.new_tensor(LUMA)[:, None, None]
        frames = (frames * luma).sum(1, keepdim=True).expand(-1, 3, -1, -1)
    kept = frames.new_ones(len(frames), 1, *frames.shape[2:])
    return Observed(frames, kept, under, grey and frames.shape[1] == 3), notes


def read_mask(path: str | Path, side: int) -> Tensor:
    """A picture, white where a clip has a hole, as (1, 1, side, side) of 0 and 1; ValueError."""
    path = Path(path)
    try:
        picture = fit(read_picture(path), side)
    except Unreadable as error:
        raise ValueError(f"{path.name} is no mask that can be used: {error}.") from error
    bright = as_frames(picture)[:3].mean(0)
    hole = (bright > 0).float()[None, None]
    if not hole.any() or hole.all():
        what = "white" if hole.all() else "black"
        raise ValueError(f"{path.name} is {what} all over: white is the hole, black is kept.")
    return hole


def hole_of_cells(rows: object, cells: int, side: int) -> Tensor:
    """A hole that somebody painted, (1, 1, side, side) of 0 and 1; ValueError.

    `rows` are as many texts as there are cells along a side, a "1" in them being a cell of it.
    """
    texts = rows if isinstance(rows, list) else []
    if len(texts) != cells or not all(
        isinstance(row, str) and len(row) == cells and not row.strip("01") for row in texts
    ):
        raise ValueError(f"A painted hole must be {cells} rows of {cells} digits, 0 or 1.")
    hole = torch.tensor([[float(cell) for cell in row] for row in texts])[None, None]
    if not hole.any():
        raise ValueError("Paint the hole on the picture of your clip first.")
    if hole.all():
        raise ValueError("Nothing of the clip is left: leave something of it unpainted.")
    return torch.nn.functional.interpolate(hole, (side, side), mode="nearest")


def _guessed_backdrop(frames: Tensor, side: int) -> tuple[Tensor, str]:
    """What a clip (T, 3, h, h) lies over, (3, side, side) in [-1, 1], and what that is in words."""
    edges = torch.cat([frames[..., :EDGE, :].flatten(2), frames[..., :EDGE].flatten(2)], -1)
    colour = edges.movedim(1, 0).flatten(1).median(1).values
    plain = colour[:, None, None].expand(3, side, side)
    checkered = as_frames(backdrop_of(limits.CHECKERBOARD, side, side))
    small = torch.nn.functional.adaptive_avg_pool2d(checkered, frames.shape[-1])
    misses = [
        float(torch.cat([each[..., :EDGE, :].flatten(), each[..., :EDGE].flatten()]).mean())
        for each in (
            (frames - under).abs().clamp(max=FAR) for under in (small, colour[:, None, None])
        )
    ]
    if misses[0] < misses[1]:
        return checkered, "the checkerboard"
    red, green, blue = as_levels(colour).round().int().tolist()
    return plain, f"the colour of its edge (#{red:02x}{green:02x}{blue:02x})"
