"""Pictures through Pillow: one alone, strips of square frames, folders of frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from vidgen.pixels.reading.sniff import HEAD, is_heic
from vidgen.pixels.reading.timing import (
    DEFAULT_FPS,
    MAX_PIXELS,
    Bounds,
    Gate,
    Keep,
    Timing,
    Unreadable,
    open_regular,
)

# Those that need no other program and run none: Pillow knows more.
FORMATS = (
    "PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "DIB", "TIFF", "PPM", "JPEG2000", "TGA",
    "SGI", "PCX", "QOI",
)  # fmt: skip
ORIENTATION = 0x0112  # of EXIF
DEEPEST = 65535  # of pixels of 16 bits
PNG_BITS = 24  # the byte of a PNG that says how many bits a channel has


def decode_strip(path: Path, keep: Keep, bounds: Bounds | None = None) -> Timing:
    """A picture of square frames side by side, left to right. Raises Unreadable."""
    gate = Gate(keep, bounds or Bounds())
    strip = read_picture(path, gate.bounds.pixels)
    count = strip_length(strip)
    if not count:
        height, width = strip.shape[:2]
        raise Unreadable(f"{width}x{height} pixels are no strip of two or more square frames")
    for frame in np.split(strip, count, axis=1):
        if gate.full:
            return Timing.even(gate.count, notes=[f"only its first {gate.count} frames are taken"])
        gate.keep(frame)
    return Timing.even(count)


def decode_still(path: Path, keep: Keep) -> Timing:
    """A picture as a clip of one frame. Raises Unreadable."""
    keep(read_picture(path))
    return Timing.even(1)


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
            picture = read_picture(path)
        except Unreadable as error:
            report(path, str(error))
        else:
            keep(picture)
            shown.append(number)
    if not shown:
        raise Unreadable("none of its pictures can be read")
    starts = (np.array(shown) - shown[0]) / DEFAULT_FPS
    return Timing(starts, starts[-1] + 1 / DEFAULT_FPS, DEFAULT_FPS)


def read_picture(path: Path, pixels: int = MAX_PIXELS) -> np.ndarray:
    """A still picture, uint8 (H, W, 3 or 4), RGB(A), upright. Raises Unreadable."""
    with open_regular(path) as file:
        head = file.read(HEAD)
        file.seek(0)
        if is_heic(head):
            raise Unreadable("a HEIC picture can't be read: save it as JPEG or PNG")
        try:
            with Image.open(file, formats=FORMATS) as image:
                check_size(image, pixels)
                image.load()
                return upright(to_colour(image, head[PNG_BITS]), orientation(image))
        except Unreadable:
            raise
        except Exception as error:  # whatever a decoder meets in a damaged file
            raise Unreadable(fault(error, "picture")) from error


def fault(error: Exception, kind: str) -> str:
    """Pillow's error as a reason."""
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than the {MAX_PIXELS:,} pixels allowed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if "truncated" in str(error) or "incomplete" in str(error):
        return f"the {kind} is truncated"
    article = "an" if kind[0] in "aeiou" else "a"
    return f"not {article} {kind} that can be decoded"


def check_size(image: Image.Image, pixels: int) -> None:
    """Raises Unreadable if a picture is too large, before it is decoded."""
    width, height = image.size
    if width * height > pixels:
        raise Unreadable(f"{width:,} x {height:,} pixels are more than the {pixels:,} allowed")


def orientation(image: Image.Image) -> int:
    """How the camera was held, 1 to 8 as EXIF numbers it. To be asked once it is loaded."""
    return image.getexif().get(ORIENTATION, 1)


def upright(picture: np.ndarray, orientation: int) -> np.ndarray:
    """A picture (H, W, C) turned or mirrored as EXIF says that it must be to be seen."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    across = -1 if orientation in (2, 3, 6, 7) else 1
    return picture[::down, ::across]


def to_colour(image: Image.Image, bits: int = 8) -> np.ndarray:
    """A loaded picture in any of Pillow's modes as uint8 (H, W, 3), or 4 if it has alpha.

    `bits` are those of a channel in a PNG, which may name a colour in them that is transparent.
    """
    if image.mode == "F":
        raise Unreadable("its pixels are fractions, of which nothing says what is white")
    key = image.info.get("transparency")
    if image.mode.startswith("I"):  # one channel of 16 bits, or of 32 with 16 used
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > DEEPEST:
            raise Unreadable("its pixels have more than 16 bits")
        grey = (values * 255 + DEEPEST // 2) // DEEPEST
        channels = [grey] * 3 + ([np.where(values == key, 0, 255)] if key is not None else [])
        return np.stack(channels, -1).astype(np.uint8)
    if image.format == "PNG" and key is not None and image.mode in ("1", "L", "RGB"):
        return _with_key(image, bits)
    has_alpha = key is not None or image.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    return np.asarray(image.convert("RGBA" if has_alpha else "RGB"))


def _with_key(image: Image.Image, bits: int) -> np.ndarray:
    """A PNG of which one colour is transparent, given in the bits of the file."""
    picture, key = np.asarray(image.convert("RGB")), image.info["transparency"]
    colour = np.array(key if isinstance(key, tuple) else (key,) * 3)
    if bits == 16:  # Pillow keeps the upper 8
        colour = colour >> 8
    elif image.mode != "1":  # there Pillow has spread it already
        colour = colour * 255 // ((1 << bits) - 1)
    alpha = np.where((picture == colour).all(-1, keepdims=True), 0, 255).astype(np.uint8)
    return np.concatenate([picture, alpha], -1)
