"""Frames to files: the only home of uint8 and of writing pictures and videos."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from torch import Tensor

from vidgen import limits

MAX_SIDE = 16_383  # pixels that a sheet may be wide or high, so that every viewer opens it
GIF_TICK = 10  # ms: what a GIF counts its time in
GIF_SHORTEST = 20  # ms: browsers show a shorter frame for 100
WEBP_QUALITY = 92
BACKGROUND = 255  # white, behind transparent clips in formats that have no alpha


@dataclass(frozen=True, eq=False)
class Clip:
    """A rendered clip: frames uint8 (T, H, W, C), RGB or RGBA with straight alpha, and its fps."""

    frames: np.ndarray
    fps: float

    def save(self, path: str | Path) -> Path:
        """Writes the clip in the format of the suffix and returns the path.

        .webm (VP8), .gif, .webp (animated) or .png (a sheet of all frames, row by row). Raises
        ValueError for any other suffix.
        """
        path = Path(path)
        return _write(path, [self.frames], self.fps, path.suffix.lower().lstrip("."))


@dataclass(frozen=True)
class Grid:
    """A clip as one small picture, tile after tile, row by row: what the page's player plays."""

    image: bytes
    mime: str
    columns: int
    frames: int
    width: int  # of a tile, in pixels
    height: int


def render(frames: Tensor, fps: float, size: int | None = None) -> Clip:
    """The clip of frames (T, C, H, W) or (1, T, C, H, W) in [-1, 1], at `fps`.

    C is 3, or 4 with premultiplied colour. `size` is the side in pixels of the result, the frames'
    own if None. Raises ValueError for values out of `vidgen.limits` and for another shape.
    """
    return Clip(to_pixels(frames, size), limits.FPS.check(fps))


def write_clip(
    path: str | Path,
    chunks: Iterable[Tensor],
    fps: float,
    size: int | None = None,
    format: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Writes frames (T, C, H, W) or (1, T, C, H, W) that come chunk by chunk; returns the path.

    A WebM is written as they come, so its memory does not grow with its length. `format` defaults
    to the suffix; `progress` is called with the number of frames done. The file appears only
    when it is complete. Raises ValueError for values out of `vidgen.limits`.
    """
    path, fps = Path(path), limits.FPS.check(fps)

    def pixels() -> Iterator[np.ndarray]:
        done = 0
        for chunk in chunks:
            rendered = to_pixels(chunk, size)
            yield rendered
            done += len(rendered)
            if progress is not None:
                progress(done)

    return _write(path, pixels(), fps, format or path.suffix.lower().lstrip("."))


def to_pixels(frames: Tensor, size: int | None = None) -> np.ndarray:
    """Frames (T, C, H, W) or (1, T, C, H, W) in [-1, 1] as uint8 (T, size, size, C), RGB(A)."""
    if frames.ndim == 5 and len(frames) == 1:
        frames = frames[0]
    if frames.ndim != 4 or frames.shape[1] not in (3, 4) or 0 in frames.shape:
        raise ValueError(
            f"Frames to render must be (T, 3 or 4, H, W) or one such clip, not "
            f"{tuple(frames.shape)}."
        )
    pixels = frames.detach().float().add(1).mul(127.5).round().clamp(0, 255).byte()
    pixels = np.ascontiguousarray(pixels.permute(0, 2, 3, 1).cpu().numpy())  # (T, H, W, C)
    if size is not None:
        pixels = _resize(pixels, int(limits.SIZE.check(size)))
    return _straight(pixels) if pixels.shape[-1] == 4 else pixels


def grid_image(frames: Tensor) -> Grid:
    """Frames (T, C, H, W) or (1, T, C, H, W) as one small picture at their own size.

    JPEG, or lossless WebP where there is transparency.
    """
    pixels = to_pixels(frames)
    columns = math.ceil(math.sqrt(len(pixels)))
    sheet = _bgr(_tile(pixels, columns))
    if pixels.shape[-1] == 4:
        suffix, options = ".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]  # above 100 is lossless
    else:
        # Full colour resolution: the picture is shown many times larger than it is.
        sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        suffix, options = ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 95, *sampling]
    done, data = cv2.imencode(suffix, sheet, options)
    if not done:
        raise ValueError(f"{len(pixels)} frames of {pixels.shape[1]} pixels are too much to show.")
    mime = "image/webp" if suffix == ".webp" else "image/jpeg"
    height, width = pixels.shape[1:3]
    return Grid(data.tobytes(), mime, columns, len(pixels), width, height)


def _write(path: Path, chunks: Iterable[np.ndarray], fps: float, format: str) -> Path:
    writer = WRITERS[limits.check_choice("Format", format, tuple(WRITERS))]
    chunks = iter(chunks)
    first = next(chunks, None)
    if first is None or not len(first):
        raise ValueError("A clip needs at least one frame.")

    def frames() -> Iterator[np.ndarray]:
        yield from first
        for chunk in chunks:
            yield from chunk

    with _complete_or_absent(path, format) as unfinished:
        writer(unfinished, frames(), fps)
    return path


@contextmanager
def _complete_or_absent(path: Path, format: str) -> Iterator[Path]:
    """A path to write to, renamed to `path` when all went well and removed when it did not."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix="." + format)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o644)  # mkstemp's own mode shuts everybody else out
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _write_webm(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    first = next(frames)
    height, width = first.shape[:2]
    if height % 2 or width % 2:  # OpenCV would cut the last row and column off without a word
        raise ValueError(f"The size of a WebM must be even, not {width}: choose {width + 1}.")
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"VP80"), fps, (width, height))
    try:
        if not video.isOpened():
            raise ValueError("This OpenCV cannot write WebM: choose gif, webp or png.")
        video.write(_bgr(_opaque(first)))
        for frame in frames:
            video.write(_bgr(_opaque(frame)))
    finally:
        video.release()


def _write_gif(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # OpenCV's GIF was off by 19 of 255 levels on real frames, Pillow's by 0.6.
    step = max(1, math.ceil(GIF_SHORTEST * fps / 1000 - 1e-9))  # beyond 50 fps frames are left out
    images = [
        Image.fromarray(_opaque(frame)).quantize(256, method=Image.Quantize.MEDIANCUT)
        for i, frame in enumerate(frames)
        if i % step == 0
    ]
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        duration=_durations(len(images), fps / step, GIF_TICK),
        loop=0,
    )


def _write_webp(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # Identical neighbours become one frame, shown for as long as all of them.
    animation = cv2.Animation()
    animation.frames = [_bgr(frame) for frame in frames]
    animation.durations = np.array(_durations(len(animation.frames), fps, 1), np.int32)
    animation.loop_count = 0  # for ever
    options = [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY]
    if not cv2.imwriteanimation(str(path), animation, options):
        raise ValueError("This OpenCV cannot write animated WebP: choose webm, gif or png.")


def _write_sheet(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    pixels = np.stack(list(frames))
    sheet = _tile(pixels, math.ceil(math.sqrt(len(pixels))))
    if max(sheet.shape) > MAX_SIDE:
        raise ValueError(
            f"A sheet of {len(pixels):,} frames of {pixels.shape[1]} pixels would be wider than "
            f"{MAX_SIDE:,} pixels: choose fewer or smaller frames."
        )
    if not cv2.imwrite(str(path), _bgr(sheet)):
        raise ValueError("This OpenCV cannot write PNG.")


WRITERS: dict[str, Callable[[Path, Iterator[np.ndarray], float], None]] = {
    "webm": _write_webm,
    "gif": _write_gif,
    "webp": _write_webp,
    "png": _write_sheet,
}


def _durations(frames: int, fps: float, tick: int) -> list[int]:
    """How many ms each frame is shown, in whole ticks whose sum does not drift."""
    ends = [round(i * 1000 / fps / tick) * tick for i in range(frames + 1)]
    return [max(tick, stop - start) for start, stop in zip(ends[:-1], ends[1:], strict=True)]


def _tile(pixels: np.ndarray, columns: int) -> np.ndarray:
    """(T, H, W, C) -> (rows H, columns W, C), row by row; what is left over stays empty."""
    frames, height, width, channels = pixels.shape
    rows = math.ceil(frames / columns)
    empty = np.zeros((rows * columns - frames, height, width, channels), np.uint8)
    tiles = np.concatenate([pixels, empty]).reshape(rows, columns, height, width, channels)
    return tiles.swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def _resize(pixels: np.ndarray, size: int) -> np.ndarray:
    if pixels.shape[1:3] == (size, size):
        return pixels
    # Area averages when it shrinks (no aliasing), cubic when it grows (no blocks).
    method = cv2.INTER_AREA if size < pixels.shape[1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, (size, size), interpolation=method) for frame in pixels])


def _straight(pixels: np.ndarray) -> np.ndarray:
    """Premultiplied RGBA -> straight alpha, black where nothing can be seen."""
    colour, alpha = pixels[..., :3].astype(np.float32), pixels[..., 3:].astype(np.float32)
    colour = np.where(alpha > 0, colour * 255 / np.maximum(alpha, 1), 0)
    return np.concatenate([colour.round().clip(0, 255).astype(np.uint8), pixels[..., 3:]], -1)


def _opaque(frame: np.ndarray) -> np.ndarray:
    """RGB(A) (H, W, C) -> RGB over the background."""
    if frame.shape[-1] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.float32) / 255
    return (frame[..., :3] * alpha + BACKGROUND * (1 - alpha)).round().astype(np.uint8)


def _bgr(image: np.ndarray) -> np.ndarray:
    """RGB(A) -> BGR(A), as OpenCV wants it."""
    code = cv2.COLOR_RGBA2BGRA if image.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    return cv2.cvtColor(np.ascontiguousarray(image), code)
