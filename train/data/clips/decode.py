"""Files to pictures: videos, animations, strips and frame folders, all handed on one at a time.

Every `decode_*` calls `keep` with each picture, uint8 (H, W, 3 or 4) in OpenCV's BGR(A) order, and
returns when each was shown. They raise `Unreadable` with the reason where a file is no clip.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

DEFAULT_FPS = 25.0  # of strips, frame folders and whatever does not say
CHUNK_FRAMES = 64  # of an animation held in memory at once
Keep = Callable[[np.ndarray], None]


class Unreadable(Exception):
    """A file that is no clip; the message says why, to go behind its name."""


@dataclass(frozen=True)
class Timing:
    """starts: when each picture appears, (T,) in seconds from 0; seconds: of all; fps: its rate."""

    starts: np.ndarray
    seconds: float
    fps: float

    @classmethod
    def even(cls, count: int, fps: float = DEFAULT_FPS) -> Timing:
        """`count` pictures, each shown equally long."""
        return cls(np.arange(count) / fps, count / fps, fps)

    def resampled(self, fps: float) -> np.ndarray:
        """Which picture is shown about the middle of each frame at another rate, (T',)."""
        count = max(2, round(self.seconds * fps))
        # Just before the middle: at half the rate that is where one picture follows another, and
        # rounded times would let now the one win, now the other.
        moments = (np.arange(count) + 0.45) / fps
        return np.searchsorted(self.starts, moments, side="right") - 1


def decode_video(path: Path, keep: Keep) -> Timing:
    """Any video file that OpenCV's FFmpeg knows."""
    _check_opens(path)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise Unreadable("not a video that can be decoded")
        fps = capture.get(cv2.CAP_PROP_FPS)
        fps = fps if 1 <= fps <= 240 else DEFAULT_FPS
        promised = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        starts = []
        while True:
            read, picture = capture.read()
            if not read:
                break
            starts.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            keep(picture)
    finally:
        capture.release()
    if not starts:
        raise Unreadable("not one frame of the video can be decoded")
    timing = _video_timing(np.array(starts), fps)
    # A stream recorded live says nothing, or nonsense, about its length.
    if 0 < promised < 1e7 and max(len(starts), timing.seconds * fps) < 0.9 * promised:
        raise Unreadable(f"truncated or corrupt: {len(starts)} of {promised:.0f} frames decode")
    return timing


def _video_timing(starts: np.ndarray, fps: float) -> Timing:
    starts = starts - starts[0]
    steps = np.diff(starts)
    # Phones film at an uneven rate, so the file's own times count, where it has any.
    if not np.isfinite(starts).all() or (steps <= 0).any() or starts[-1] > 4 * len(starts) / fps:
        return Timing.even(len(starts), fps)
    return Timing(starts, starts[-1] + 1 / fps, fps)


def decode_animation(path: Path, keep: Keep) -> Timing:
    """An animated GIF, WebP, PNG or AVIF."""
    data = _read(path)
    durations: list[int] = []
    # By parts, as an animation of a large size would not fit into memory whole.
    while True:
        try:
            read, part = cv2.imdecodeanimation(data, len(durations), CHUNK_FRAMES)
        except cv2.error:
            read = False
        if not read:
            break
        durations += [int(d) for d in part.durations]
        for picture in part.frames:
            keep(_as_colour(picture))
        if len(part.frames) < CHUNK_FRAMES:
            break
    if not durations:
        raise Unreadable("not an animation that can be decoded")
    # Neighbours that look alike are stored as one that lasts longer, so the commonest is the rate.
    common = Counter(durations).most_common(1)[0][0]
    if not 10 < common <= 1000:  # 0 and 10 ms stand for "whatever", and no browser believes them
        return Timing.even(len(durations))
    ends = np.cumsum(np.maximum(durations, 1)) / 1000
    return Timing(np.concatenate([[0.0], ends[:-1]]), float(ends[-1]), 1000 / common)


def decode_strip(path: Path, keep: Keep) -> Timing:
    """A picture of square frames side by side, left to right."""
    strip = read_picture(path)
    count = strip_length(strip)
    if not count:
        height, width = strip.shape[:2]
        raise Unreadable(f"{width}x{height} pixels are no strip of two or more square frames")
    for frame in np.split(strip, count, axis=1):
        keep(frame)
    return Timing.even(count)


def strip_length(picture: np.ndarray) -> int:
    """How many square frames lie side by side in a picture (H, W, C); 0 if it is no strip."""
    height, width = picture.shape[:2]
    return width // height if width >= 2 * height and width % height == 0 else 0


def decode_pictures(
    paths: Sequence[Path], keep: Keep, report: Callable[[Path, str], None]
) -> Timing:
    """A folder of frames, in the order given; unreadable ones are reported and left out."""
    shown = []
    for number, path in enumerate(paths):
        try:
            keep(read_picture(path))
            shown.append(number)
        except Unreadable as error:
            report(path, str(error))
    if not shown:
        raise Unreadable("none of its pictures can be read")
    starts = (np.array(shown) - shown[0]) / DEFAULT_FPS
    return Timing(starts, starts[-1] + 1 / DEFAULT_FPS, DEFAULT_FPS)


def read_picture(path: Path) -> np.ndarray:
    """A still picture, uint8 (H, W, 3 or 4) in BGR(A). Raises Unreadable."""
    data = _read(path)
    if not _complete(data):
        raise Unreadable("the picture is truncated")
    head = data[:4].tobytes()
    try:
        picture = None
        if head[1:] == b"PNG" or head == b"RIFF":
            picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim == 2 or picture.shape[2] != 4:
            # Without alpha: grey becomes colour, a photograph is turned as its camera was held.
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR_BGR)
    except cv2.error:
        picture = None
    if picture is None or not picture.size:
        raise Unreadable("not a picture that can be decoded")
    return _as_colour(picture)


def is_animated(path: Path) -> bool:
    """Whether a picture moves, by its first bytes: a GIF always, others if they say so."""
    try:
        with open(path, "rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return False
    if head[:4] == b"GIF8":
        return True
    if head[:4] == b"RIFF" and head[12:16] == b"VP8X":
        return bool(head[20] & 2)
    if head[1:4] == b"PNG":
        return b"acTL" in head.split(b"IDAT")[0]
    return head[4:12] == b"ftypavis"


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Sends what decoders write to the error output of the process, not to Python's, nowhere.

    libjpeg, libpng and FFmpeg complain about broken files there, past OpenCV's own log level.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _read(path: Path) -> np.ndarray:
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from error
    if not data.size:
        raise Unreadable("the file is empty")
    return data


def _check_opens(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:  # OpenCV 5.0 would end the process
        raise Unreadable("its name is not valid Unicode") from error
    try:
        with open(path, "rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from error
    if empty:
        raise Unreadable("the file is empty")


def _complete(data: np.ndarray) -> bool:
    """False for a picture that stops early, which OpenCV would fill up with grey."""
    data = data.tobytes()
    if data[:2] == b"\xff\xd8":
        # Behind its headers, one of which may hold a whole thumbnail, a JPEG has one end marker.
        at = 2
        while data[at : at + 1] == b"\xff" and data[at : at + 2] != b"\xff\xda":
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        return b"\xff\xd9" in data[at:]
    if data[1:4] == b"PNG":
        return b"IEND" in data
    if data[:4] == b"RIFF":
        return len(data) >= 8 + int.from_bytes(data[4:8], "little")
    return True


def _as_colour(picture: np.ndarray) -> np.ndarray:
    if picture.dtype == np.uint16:
        picture = (picture // 257).astype(np.uint8)
    if picture.ndim == 2 or picture.shape[2] == 1:
        return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return picture
