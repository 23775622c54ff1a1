"""Videos made with PyAV for the tests that read them, and what is known about their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidgen.pixels.reading.decode import decode
from vidgen.pixels.reading.timing import Bounds, Timing

TICK = Fraction(1, 1000)
H264 = {"codec": "libx264", "pixels": "yuv420p", "crf": "8"}


def film(
    path: Path,
    pictures: Sequence[np.ndarray],
    codec: str = "ffv1",
    pixels: str = "yuv444p",
    fps: Fraction | int = 25,
    times: Sequence[int] | None = None,
    kind: str | None = None,
    planes: str | None = None,
    **options: str,
) -> Path:
    """Writes pictures (H, W, 3 or 4), RGB(A), or arrays of format `planes`; `times` are in ms."""
    with av.open(str(path), "w", format=kind) as container:
        stream = container.add_stream(codec, rate=fps, options=options)
        given = planes or ("rgba" if pictures[0].shape[-1] == 4 else "rgb24")
        frames = [av.VideoFrame.from_ndarray(picture, given) for picture in pictures]
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, pixels
        if times is not None:
            stream.codec_context.time_base = TICK
        for number, frame in enumerate(frames):
            frame.pts = number if times is None else times[number]
            frame.time_base = 1 / Fraction(fps) if times is None else TICK
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))
    return path


def watched(path: Path, bounds: Bounds | None = None) -> tuple[list[np.ndarray], Timing]:
    """The pictures of a file and their timing."""
    kept: list[np.ndarray] = []
    return kept, decode(path, kept.append, bounds)


def bars(count: int = 12, height: int = 32, width: int = 64, step: int = 4) -> list[np.ndarray]:
    """A white bar over grey that goes `step` pixels to the right with every picture."""
    pictures = np.full((count, height, width, 3), 90, np.uint8)
    for number, picture in enumerate(pictures):
        picture[:, number * step : number * step + 8] = 235
    return list(pictures)


def place_of(picture: np.ndarray) -> float:
    """Where the bar stands, in pixels from the left."""
    light = picture[..., :3].mean((0, 2)) - 90
    light[light < 30] = 0
    return float((light * (np.arange(len(light)) + 0.5)).sum() / light.sum()) - 4


CORNERS = {
    (-1, -1): (220, 30, 30),
    (1, -1): (30, 200, 30),
    (-1, 1): (30, 30, 220),
    (1, 1): (230,) * 3,
}


def cornered(height: int = 32, width: int = 48) -> np.ndarray:
    """A picture whose four quarters have the colours of CORNERS, x to the right, y down."""
    picture = np.zeros((height, width, 3), np.uint8)
    for (x, y), colour in CORNERS.items():
        rows = slice(0, height // 2) if y < 0 else slice(height // 2, height)
        columns = slice(0, width // 2) if x < 0 else slice(width // 2, width)
        picture[rows, columns] = colour
    return picture


def corner(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    """The colour in the middle of one quarter."""
    height, width = picture.shape[:2]
    return picture[height * (2 + y) // 4, width * (2 + x) // 4, :3].astype(int)
