"""Frames to pixels: clips, their size and clean-up, and the grid that the page plays."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from vidgen import limits
from vidgen.pixels.arrays import as_pixels
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.formats import bgr, tile, write_frames
from vidgen.types import CHUNK_FRAMES

PIXEL_ART_SIDE = 64  # pixels at most


@dataclass(frozen=True, eq=False)
class Clip:
    """A rendered clip: frames uint8 (T, H, W, C), RGB or RGBA with straight alpha, and its fps."""

    frames: np.ndarray
    fps: float

    def save(self, path: str | Path, background: str = limits.TRANSPARENT) -> Path:
        """Writes the clip in the format of the suffix and returns the path.

        .webm (VP8), .mp4 (H.264, with PyAV), .gif, .webp (animated), .apng, .png (a sheet of all
        frames, row by row) or .zip (a PNG for each frame). `background` is what transparent frames
        are laid over: "transparent" (a video, which has no alpha, gets the checkerboard),
        "checkerboard" or "#rrggbb". Raises ValueError for another suffix or background.
        """
        path = Path(path)
        format = path.suffix.lower().lstrip(".")
        return write_frames(path, [self.frames], self.fps, format, background)


@dataclass(frozen=True)
class Grid:
    """A clip as one small picture, tile after tile, row by row: what the page's player plays."""

    image: bytes
    mime: str
    columns: int
    frames: int
    width: int  # of a tile, in pixels
    height: int


def render(
    frames: Tensor,
    fps: float,
    size: int | None = None,
    snap: bool = False,
    colors: int | None = None,
) -> Clip:
    """The clip of frames (T, C, H, W) or (1, T, C, H, W) in [-1, 1], at `fps`.

    C is 3, or 4 with premultiplied colour. `size` is the side in pixels of the result, the frames'
    own if None; `snap` and `colors` clean the pixels up (see `CleanUp`). Raises ValueError for
    values out of `vidgen.limits` and for another shape.
    """
    pixels = to_pixels(frames, size, CleanUp(snap, colors))
    return Clip(pixels, limits.FPS.check(fps))


def write_clip(
    path: str | Path,
    chunks: Iterable[Tensor],
    fps: float,
    size: int | None = None,
    format: str | None = None,
    background: str = limits.TRANSPARENT,
    clean_up: CleanUp | None = None,
    progress: Callable[[int], None] | None = None,
    note: str | None = None,
    sound: np.ndarray | None = None,
) -> Path:
    """Writes frames (T, C, H, W) or (1, T, C, H, W) that come chunk by chunk; returns the path.

    A video is written as they come, so its memory does not grow with its length; if colours are
    cleaned up, all frames are held at their own size, as bytes. `format` defaults to the suffix;
    `background` as in `Clip.save`; `progress` is called with the number of frames done; `note` is a
    text for the file's metadata, and pixels that need not be exact then get the mark of mark.py,
    too; `sound`, int16 (N, 2), goes into an MP4 (film.py). The file appears only when it is
    complete. Raises ValueError for values out of `vidgen.limits`.
    """
    path, fps = Path(path), limits.FPS.check(fps)
    chunks = iter(chunks)
    begun = list(itertools.islice(chunks, 1))  # says what is drawn: pixel art stays as it is
    drawn = begun[0].shape if begun else (1, 1, 1)
    exact = bool(clean_up) or is_pixel_art(drawn[-1], drawn[-3])

    def told() -> Iterator[Tensor]:
        done = 0
        for chunk in itertools.chain(begun, chunks):
            yield chunk
            done += chunk.shape[-4]
            if progress is not None:
                progress(done)

    def pixels() -> Iterator[np.ndarray]:
        if clean_up is None or clean_up.colors is None:
            for chunk in told():
                yield to_pixels(chunk, size, clean_up)
            return
        held = held_pixels(told(), clean_up)
        side = held.shape[1] if size is None else int(limits.SIZE.check(size))
        for start in range(0, len(held), CHUNK_FRAMES):
            yield _enlarged(held[start : start + CHUNK_FRAMES], side)

    format = format or path.suffix.lower().lstrip(".")
    mark = note is not None and not exact
    return write_frames(path, pixels(), fps, format, background, note, mark, sound)


def to_pixels(
    frames: Tensor, size: int | None = None, clean_up: CleanUp | None = None
) -> np.ndarray:
    """Frames (T, C, H, W) or (1, T, C, H, W) in [-1, 1] as uint8 (T, size, size, C), RGB(A).

    Alpha is straight. Pixel art that grows by a whole number keeps its pixels, each a square; so
    does, at any size, what is cleaned up.
    """
    if frames.ndim == 5 and len(frames) == 1:
        frames = frames[0]
    if frames.ndim != 4 or frames.shape[1] not in (3, 4) or 0 in frames.shape:
        raise ValueError(
            f"Frames to render must be (T, 3 or 4, H, W) or one such clip, not "
            f"{tuple(frames.shape)}."
        )
    pixels = as_pixels(frames)  # (T, H, W, C)
    size = pixels.shape[1] if size is None else int(limits.SIZE.check(size))
    alpha = pixels.shape[-1] == 4
    if clean_up:
        pixels = clean_up.check(pixels.shape[-1]).apply(_straight(pixels) if alpha else pixels)
        return _enlarged(pixels, size)
    if is_pixel_art(*pixels.shape[2:]) and size % pixels.shape[1] == 0:
        return _enlarged(_straight(pixels), size)
    pixels = _resize(pixels, size)
    return _straight(pixels) if alpha else pixels


def is_pixel_art(side: int, channels: int) -> bool:
    """Whether frames of that side in pixels are drawn pixel by pixel, as game characters are.

    Those have alpha and are small; what has alpha and is larger is rendered, and scaled smoothly.
    """
    return channels == 4 and side <= PIXEL_ART_SIDE


def held_pixels(chunks: Iterable[Tensor], clean_up: CleanUp | None = None) -> np.ndarray:
    """Frames that come chunk by chunk as uint8 (T, H, W, C) at their own size, straight alpha.

    Each chunk becomes bytes when it comes: a quarter of the memory that frames take.
    """
    parts = [to_pixels(chunk) for chunk in chunks]
    pixels = np.concatenate(parts)
    parts.clear()
    if clean_up:
        clean_up.check(pixels.shape[-1]).apply_to(pixels)
    return pixels


def grid_image(chunks: Iterable[Tensor], clean_up: CleanUp | None = None) -> Grid:
    """Frames (T, C, H, W) or (1, T, C, H, W), chunk by chunk, as one picture at their own size.

    JPEG, or lossless WebP if there is transparency.
    """
    pixels = held_pixels(chunks, clean_up)
    columns = math.ceil(math.sqrt(len(pixels)))
    try:
        image, mime = _small_picture(tile(pixels, columns))
    except (ValueError, OSError):
        side = pixels.shape[1]
        raise ValueError(f"{len(pixels)} frames of {side} pixels are too much to show.") from None
    height, width = pixels.shape[1:3]
    return Grid(image, mime, columns, len(pixels), width, height)


def _small_picture(pixels: np.ndarray) -> tuple[bytes, str]:
    """A picture (H, W, C) as a file in memory, and its kind. Raises ValueError or OSError."""
    if pixels.shape[-1] == 4:
        file = io.BytesIO()
        # The least effort: 8 ms for sixteen frames of 128 pixels, where OpenCV's takes 200.
        Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=0, method=0)
        return file.getvalue(), "image/webp"
    # Full colour resolution: the picture is shown many times larger than it is.
    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, data = cv2.imencode(".jpg", bgr(pixels), [cv2.IMWRITE_JPEG_QUALITY, 95, *sampling])
    if not done:
        raise ValueError
    return data.tobytes(), "image/jpeg"


def smaller(frames: Tensor, times: int) -> Tensor:
    """Frames (B, T, C, H, W) with 1 / `times` of the height and the width, averaged."""
    if times == 1:
        return frames
    return F.avg_pool2d(frames.flatten(0, 1), times).unflatten(0, frames.shape[:2])


def _resize(pixels: np.ndarray, size: int) -> np.ndarray:
    if pixels.shape[1:3] == (size, size):
        return pixels
    # Area averages when it shrinks (no aliasing), cubic when it grows (no blocks).
    method = cv2.INTER_AREA if size < pixels.shape[1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, (size, size), interpolation=method) for frame in pixels])


def _enlarged(pixels: np.ndarray, size: int) -> np.ndarray:
    """(T, H, W, C) -> (T, size, size, C), every pixel a square, as nearly as the size allows."""
    nearest = np.arange(size) * pixels.shape[1] // size
    return pixels if size == pixels.shape[1] else pixels[:, nearest][:, :, nearest]


def _straight(pixels: np.ndarray) -> np.ndarray:
    """Premultiplied RGBA -> straight alpha, black where nothing can be seen."""
    colour, alpha = pixels[..., :3].astype(np.float32), pixels[..., 3:].astype(np.float32)
    colour = np.where(alpha > 0, colour * 255 / np.maximum(alpha, 1), 0)
    return np.concatenate([colour.round().clip(0, 255).astype(np.uint8), pixels[..., 3:]], -1)
