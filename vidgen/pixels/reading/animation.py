"""Animated GIF, WebP, PNG and AVIF through Pillow, each frame for as long as it says, and TIFF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from vidgen.pixels.reading.picture import (
    FORMATS,
    PNG_BITS,
    check_size,
    fault,
    orientation,
    to_colour,
    upright,
)
from vidgen.pixels.reading.sniff import HEAD
from vidgen.pixels.reading.timing import (
    DEFAULT_FPS,
    Bounds,
    Gate,
    Keep,
    Timing,
    Unreadable,
    open_regular,
)

BROWSERS = 0.1  # seconds: what browsers and FFmpeg make of a delay that nobody can have meant
SHORTEST_GIF = 0.02  # a shorter delay is one of those
LONGEST = 600.0  # seconds that a frame may be shown
TICKS = {"GIF": 0.01}  # what times are rounded to, in seconds; 0.001 for the others


def decode_animation(path: Path, keep: Keep, bounds: Bounds | None = None) -> Timing:
    """An animated GIF, WebP, PNG or AVIF, or the pages of a TIFF. Raises Unreadable."""
    gate = Gate(keep, bounds or Bounds())
    with open_regular(path) as file:
        head = file.read(HEAD)
        file.seek(0)
        if head.startswith(b"RIFF"):
            file = io.BytesIO(_with_alpha_flag(file.read()))
        try:
            image = Image.open(file, formats=FORMATS)
        except Exception as error:  # whatever a decoder meets in a damaged file
            raise Unreadable(fault(error, "animation")) from error
        with image:
            check_size(image, gate.bounds.pixels)
            return _decode(image, head, gate)


def _decode(image: Image.Image, head: bytes, gate: Gate) -> Timing:
    frames = _frames(image, head)
    starts, end, guessed, notes = [], 0.0, 0, []
    while True:
        gate.check_time()
        try:
            picture, start, seconds = next(frames)
        except StopIteration:
            break
        except Unreadable:
            raise
        except Exception as error:
            if not gate.count:
                raise Unreadable(fault(error, "animation")) from error
            notes.append(f"it is damaged after {gate.count} frames, and the rest is left out")
            break
        if gate.full:
            notes.append(f"only its first {gate.count} frames are taken")
            break
        gate.keep(picture)
        if image.format == "TIFF":  # pages say nothing of time
            seconds = 1 / DEFAULT_FPS
        shortest = SHORTEST_GIF if image.format == "GIF" else 0.0005
        if not shortest <= seconds <= LONGEST:
            guessed, seconds = guessed + 1, BROWSERS
        # Starts of their own are finer than lengths in whole milliseconds, added up.
        starts.append(end if guessed or start is None else start)
        end = starts[-1] + seconds
    if guessed:
        notes.append(f"{guessed} of its frames say no time, and get 100 ms as in browsers")
    return Timing.stamped(starts, end - starts[-1], (), TICKS.get(image.format or "", 0.001), notes)


def _frames(image: Image.Image, head: bytes) -> Iterator[tuple[np.ndarray, float | None, float]]:
    """Yields (picture, when it appears if the file says so, how long it is shown), in seconds."""
    number, canvas = 0, _canvas(image, head)
    while True:
        try:
            image.seek(number)
        except EOFError:
            return
        image.load()
        # A PNG may begin with a picture for programs that know no animations.
        if number or not getattr(image, "default_image", False):
            picture = upright(to_colour(_with_alpha(image), head[PNG_BITS]), orientation(image))
            stamp = image.info.get("timestamp")
            start = None if stamp is None else stamp / 1000
            width, height = canvas or (picture.shape[1], picture.shape[0])
            yield picture[:height, :width], start, image.info.get("duration", 0) / 1000
        number += 1


def _with_alpha_flag(data: bytes) -> bytes:
    """A WebP that says that it has alpha.

    Encoders cut frames to what can be seen and say no if that is opaque, but around it is nothing.
    """
    flagged = bytearray(data)
    if flagged[12:16] == b"VP8X":
        flagged[20] |= 0x10
    return bytes(flagged)


def _with_alpha(image: Image.Image) -> Image.Image:
    """A GIF's frames may be transparent from the second on, so all of them get alpha."""
    return image.convert("RGBA") if image.format == "GIF" else image


def _canvas(image: Image.Image, head: bytes) -> tuple[int, int] | None:
    """Width and height of a GIF, beyond which nothing is shown; None if nothing is cut off."""
    if image.format != "GIF":
        return None
    width, height = (int.from_bytes(head[at : at + 2], "little") for at in (6, 8))
    return (width, height) if width and height else image.size
