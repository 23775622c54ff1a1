"""Pixels to files: video, animations, sheets, single frames in a zip; the home of writing them."""

from __future__ import annotations

import errno
import io
import itertools
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vidgen import limits
from vidgen.files import check_room, whole_file
from vidgen.pixels.arrays import laid_over
from vidgen.pixels.cleanup import SOLID
from vidgen.pixels.film import MISSING_PYAV, write_film
from vidgen.pixels.mark import marked
from vidgen.pixels.provenance import sign_webm, sign_zip, signed
from vidgen.pixels.quiet import without_lines
from vidgen.pixels.reading.video import pyav

MAX_SIDE = 16_383  # pixels that a sheet may be wide or high, so that every viewer opens it
GIF_TICK = 10  # ms: what a GIF counts its time in
GIF_SHORTEST = 20  # ms: browsers show a shorter frame for 100
GIF_CLEAR = 255  # the colour of a GIF's palette that stands for transparency
WEBP_QUALITY, LOSSLESS = 92, 101
CHECKERS = 32  # squares of the checkerboard along a side; the page's has as many
CHECKER_GREYS = (217, 191)
OPAQUE_FORMATS = ("webm", "mp4")  # the others keep transparency
STREAMED = ("webm", "mp4", "zip")  # written as frames come; the others are held in memory
WEBM_HEAD = 256  # bytes that hold the beginning of its segment
Writer = Callable[[Path, Iterator[np.ndarray], float], None]


def write_frames(
    path: Path,
    chunks: Iterable[np.ndarray],
    fps: float,
    format: str,
    background: str,
    note: str | None = None,
    mark: bool = False,
    sound: np.ndarray | None = None,
) -> Path:
    """Writes pictures uint8 (T, H, W, C) that come chunk by chunk; returns the path.

    `background` is what RGBA is laid over (see `Clip.save`), `note` a text for the file's metadata
    (provenance.py); `mark` puts the mark of mark.py into the pixels, except those of a sheet;
    `sound`, int16 (N, 2), goes into an MP4 (film.py). The file appears only when it is complete.
    Raises ValueError for what is not allowed, and OSError if the disk is full.
    """
    if sound is not None:
        limits.check_choice("The format of a clip with sound", format, ("mp4",))
    writer = WRITERS[check_format(format)]
    if format == "mp4":
        writer = partial(write_film, sound=sound, note=note)
    if limits.check_background(background) == limits.TRANSPARENT and format in OPAQUE_FORMATS:
        background = limits.CHECKERBOARD
    chunks = iter(chunks)
    first = next(chunks, None)
    if first is None or not len(first):
        raise ValueError("A clip needs at least one frame.")

    over = first.shape[-1] == 4 and background != limits.TRANSPARENT
    backdrop = backdrop_of(background, *first.shape[1:3]) if over else None

    def frames() -> Iterator[np.ndarray]:
        for chunk in itertools.chain([first], chunks):
            for frame in chunk:
                picture = frame if backdrop is None else laid_over(frame, backdrop)
                yield marked(picture) if mark and format != "png" else picture

    with whole_file(path, f".{format}") as unfinished:
        if format == "webp" and first.shape[-1] == 4:
            writer = _write_lossless_webp
        writer(unfinished, frames(), fps)
        if note is not None and format == "webm":
            sign_webm(unfinished, note)
        elif note is not None and format == "zip":
            sign_zip(unfinished, note)
        elif note is not None and format != "mp4":
            unfinished.write_bytes(signed(unfinished.read_bytes(), note))
    return path


def check_format(format: object) -> str:
    """The format, if files can be written in it here. Raises ValueError."""
    chosen = limits.check_choice("Format", format, tuple(WRITERS))  # type: ignore[arg-type]
    if chosen == "mp4":
        pyav(MISSING_PYAV)
    return chosen


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Writes one picture uint8 (H, W, C), RGB(A), in the format of the suffix, whole or not at all.

    Raises ValueError for a suffix that OpenCV does not know, and OSError if the disk is full.
    """
    data = encoded(pixels, path.suffix)
    with whole_file(path, path.suffix) as unfinished:
        unfinished.write_bytes(data)


def encoded(pixels: np.ndarray, suffix: str) -> bytes:
    """One picture uint8 (H, W, C), RGB(A), as a file of that suffix. Raises ValueError."""
    return _encoded(bgr(pixels), suffix)


def _encoded(picture: np.ndarray, suffix: str) -> bytes:
    """The same of one in OpenCV's order of channels."""
    try:
        done, data = cv2.imencode(suffix, picture)
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"This OpenCV cannot write {suffix or 'a picture without a suffix'}.")
    return data.tobytes()


def _write_webm(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    first = next(frames)
    height, width = first.shape[:2]
    if height % 2 or width % 2:  # OpenCV would cut the last row and column off without a word
        raise ValueError(f"The size of a WebM must be even, not {width}: choose {width + 1}.")
    code = cv2.VideoWriter.fourcc(*"VP80")
    # OpenCV finds this code odd in a WebM, says so for every clip, and writes the right one.
    with without_lines(b"is not supported with codec id"):
        video = cv2.VideoWriter(str(path), code, fps, (width, height))
    try:
        if not video.isOpened():
            check_room(path)
            raise ValueError("This OpenCV cannot write WebM: choose gif, webp or png.")
        video.write(bgr(first))
        for frame in frames:
            video.write(bgr(frame))
    finally:
        video.release()
    if not _is_whole_webm(path):  # OpenCV says nothing of a disk that is full
        check_room(path)
        raise OSError(errno.EIO, "only a part of the video could be written", str(path))


def _is_whole_webm(path: Path) -> bool:
    """Whether a WebM says how long it is, which is written last, and is as long as that."""
    with path.open("rb") as file:
        head = file.read(WEBM_HEAD)
    segment = head.find(b"\x18\x53\x80\x67")
    if segment < 0 or len(head) < segment + 12:
        return False
    size = int.from_bytes(head[segment + 4 : segment + 12], "big")
    # The first byte says that seven more follow; all ones would be a length that is not known.
    known = size >> 56 == 1 and size != (1 << 57) - 1
    return known and segment + 12 + (size & ((1 << 56) - 1)) == path.stat().st_size


def _write_gif(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # OpenCV's GIF was off by 19 of 255 levels on real frames, Pillow's by 0.6.
    step = max(1, math.ceil(GIF_SHORTEST * fps / 1000 - 1e-9))  # beyond 50 fps frames are left out
    first = next(frames)
    images = [_gif_image(first)]
    images += [_gif_image(frame) for i, frame in enumerate(frames, 1) if i % step == 0]
    clear = {"transparency": GIF_CLEAR, "disposal": 2} if first.shape[-1] == 4 else {}
    file = io.BytesIO()  # Pillow would not say that a disk is full
    images[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=durations(len(images), fps / step, GIF_TICK),
        loop=0,
        **clear,
    )
    path.write_bytes(file.getbuffer())


def _gif_image(frame: np.ndarray) -> Image.Image:
    """RGB(A) (H, W, C) in 256 colours; with alpha the last of them is transparency."""
    method = Image.Quantize.MEDIANCUT
    if frame.shape[-1] == 3:
        return Image.fromarray(frame).quantize(256, method=method)
    seen = frame[..., 3] >= SOLID
    indices = np.full(seen.shape, GIF_CLEAR, np.uint8)
    palette: list[int] = []
    if seen.any():
        colours = Image.fromarray(np.ascontiguousarray(frame[seen][None, :, :3]))
        few = colours.quantize(GIF_CLEAR, method=method, dither=Image.Dither.NONE)
        indices[seen], palette = np.asarray(few)[0], few.getpalette() or []
    image = Image.fromarray(indices)
    image.putpalette((palette + [0] * 768)[:768])
    return image


def _write_webp(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    _write_animation(path, frames, fps, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])


def _write_lossless_webp(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # For what was drawn with alpha: lossy compression smears pixels with edges as hard as that.
    _write_animation(path, frames, fps, [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS])


def _write_apng(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    _write_animation(path, frames, fps, [])


def _write_animation(
    path: Path, frames: Iterator[np.ndarray], fps: float, options: list[int]
) -> None:
    # Identical neighbours become one frame, shown for as long as all of them.
    animation = cv2.Animation()
    animation.frames = [bgr(frame) for frame in frames]
    animation.durations = durations(len(animation.frames), fps, 1)
    animation.loop_count = 0  # for ever
    # To memory first: OpenCV would write half of a file to a full disk, and say that all is well.
    suffix = ".png" if path.suffix == ".apng" else path.suffix
    done, data = cv2.imencodeanimation(suffix, animation, options)
    if not done:
        raise ValueError(f"This OpenCV cannot write {path.suffix}: choose webm, gif or png.")
    path.write_bytes(data.tobytes())


def _write_sheet(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    tiles = list(frames)
    height, width, channels = tiles[0].shape
    columns = math.ceil(math.sqrt(len(tiles)))
    rows = math.ceil(len(tiles) / columns)
    if max(rows * height, columns * width) > MAX_SIDE:
        raise ValueError(
            f"A sheet of {len(tiles):,} frames of {height} pixels would be wider than "
            f"{MAX_SIDE:,} pixels: choose fewer or smaller frames."
        )
    sheet = np.zeros((rows * height, columns * width, channels), np.uint8)
    while tiles:  # from the last on, each given back when it is in its place
        row, column = divmod(len(tiles) - 1, columns)
        place = np.s_[row * height : (row + 1) * height, column * width : (column + 1) * width]
        sheet[place] = bgr(tiles.pop())
    path.write_bytes(_encoded(sheet, ".png"))


def _write_zip(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # PNG is compressed already. Without a date: the same clip makes the same bytes.
    with zipfile.ZipFile(path, "w") as archive:
        for number, frame in enumerate(frames):
            archive.writestr(zipfile.ZipInfo(f"{number:04}.png"), encoded(frame, ".png"))


WRITERS: dict[str, Writer] = {
    "webm": _write_webm,
    "mp4": write_film,
    "gif": _write_gif,
    "webp": _write_webp,
    "apng": _write_apng,
    "png": _write_sheet,
    "zip": _write_zip,
}


def durations(frames: int, fps: float, tick: int) -> list[int]:
    """How many ms each frame is shown, in whole ticks whose sum does not drift."""
    ends = [round(i * 1000 / fps / tick) * tick for i in range(frames + 1)]
    return [max(tick, stop - start) for start, stop in zip(ends[:-1], ends[1:], strict=True)]


def tile(pixels: np.ndarray, columns: int) -> np.ndarray:
    """(T, H, W, C) -> (rows H, columns W, C), row by row; what is left over stays empty."""
    frames, height, width, channels = pixels.shape
    rows = math.ceil(frames / columns)
    empty = np.zeros((rows * columns - frames, height, width, channels), np.uint8)
    tiles = np.concatenate([pixels, empty]).reshape(rows, columns, height, width, channels)
    return tiles.swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def backdrop_of(background: str, height: int, width: int) -> np.ndarray:
    """The checkerboard, or one colour "#rrggbb", (H, W, 3)."""
    if background != limits.CHECKERBOARD:
        colour = [int(background[at : at + 2], 16) for at in (1, 3, 5)]
        return np.broadcast_to(np.array(colour, np.float32), (height, width, 3))
    row, column = (np.arange(side) * CHECKERS // side for side in (height, width))
    dark = (row[:, None] + column) % 2
    return np.array(CHECKER_GREYS, np.float32)[dark][..., None].repeat(3, -1)


def bgr(image: np.ndarray) -> np.ndarray:
    """RGB(A) -> BGR(A), as OpenCV wants it."""
    code = cv2.COLOR_RGBA2BGRA if image.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    return cv2.cvtColor(np.ascontiguousarray(image), code)
