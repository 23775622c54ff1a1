"""Frames of a video as they are meant to be seen: no combs, square pixels, upright, 8 bits RGB(A).

All of it is FFmpeg's own: `bwdif` makes whole pictures of fields, `scale` stretches pixels that
are not square and turns the stream's colours into RGB. Mirrors and quarter turns are arrays' work.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

STRANGEST_ASPECT = 8  # of a pixel, wide or high; beyond it the number is a mistake
FLAT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # the display matrix that changes nothing


class Projector:
    """Shows the decoded frames of one stream.

    `aspect` is how much wider than high a pixel is. A stream may change its size, format or
    matrix on the way; `notes` says in words what was guessed.
    """

    def __init__(self, av: ModuleType, aspect: Fraction | None) -> None:
        self.notes: set[str] = set()
        self._av, self._aspect = av, self._believed(aspect)
        self._graph: Any = None
        self._state: tuple = ()
        self._interlaced = False

    def show(self, frame) -> Iterator[tuple[np.ndarray, float | None, float]]:
        """Yields (picture (H, W, 3 or 4), its time in seconds or None, how long it is shown, 0 if
        unknown) of frames that are ready: a comb needs the next frame."""
        matrix = _display_matrix(frame, self._av)
        self._interlaced |= bool(frame.interlaced_frame)
        state = (
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.colorspace),
            int(frame.color_range),
            frame.time_base or Fraction(1, 1000),  # without one it has no time either
            self._interlaced,
            matrix,
        )
        if state != self._state:
            yield from self.finish()
            self._state = state
            self._graph = self._build(frame)
            if int(frame.color_trc) in (16, 18):  # PQ, HLG
                self.notes.add("its HDR colours are taken as they are, so that they look pale")
        self._graph.push(frame)
        yield from self._ready()

    def finish(self) -> Iterator[tuple[np.ndarray, float | None, float]]:
        """Yields what is still in the graph."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()
            self._graph = None

    def _ready(self) -> Iterator[tuple[np.ndarray, float | None, float]]:
        while True:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            seconds = float(frame.duration * frame.time_base) if frame.duration else 0.0
            yield self._turned(frame.to_ndarray()), frame.time, seconds

    def _build(self, frame):
        width, height, name, space, shades, base, interlaced, _ = self._state
        graph = self._av.filter.Graph()
        source = {"video_size": f"{width}x{height}", "pix_fmt": name, "time_base": str(base)}
        if space != 2:  # unspecified
            source["colorspace"] = str(space)
        nodes = [graph.add("buffer", pixel_aspect="1/1", range=str(shades), **source)]
        if interlaced and min(width, height) >= 3:
            nodes.append(graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"))
        # Stretched, never squeezed, so that no pixel is lost.
        across, down = max(self._aspect, Fraction(1)), max(1 / self._aspect, Fraction(1))
        size = f"{round(width * across)}:{round(height * down)}"
        nodes.append(graph.add("scale", f"{size}:flags=bicubic"))
        alpha = any(component.is_alpha for component in frame.format.components)
        nodes.append(graph.add("format", "rgba" if alpha else "rgb24"))
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph

    def _turned(self, picture: np.ndarray) -> np.ndarray:
        a, b, _, c, d = self._state[-1][:5]
        if abs(a) + abs(d) >= abs(b) + abs(c):
            crooked = abs(b) + abs(c) > 0.02 * (abs(a) + abs(d))
        else:
            crooked = abs(a) + abs(d) > 0.02 * (abs(b) + abs(c))
            # x becomes y, so that what now counts for columns stood at the rows.
            picture, a, d = picture.swapaxes(0, 1), c, b
        if crooked:
            self.notes.add("it is to be turned by no quarter: the nearest quarter is taken")
        return picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]

    def _believed(self, aspect: Fraction | None) -> Fraction:
        if not aspect or aspect <= 0:
            return Fraction(1)
        if not 1 / STRANGEST_ASPECT <= aspect <= STRANGEST_ASPECT:
            self.notes.add(f"its pixels can't be {aspect} as wide as high: square ones are taken")
            return Fraction(1)
        return Fraction(aspect)


def _display_matrix(frame, av: ModuleType) -> tuple[int, ...]:
    """(a, b, u, c, d, v, x, y, w): a pixel at (x, y) is shown at (ax + cy, bx + dy), in 16.16."""
    data = frame.side_data.get(av.sidedata.sidedata.Type.DISPLAYMATRIX)
    if data is None:
        return FLAT
    matrix = np.frombuffer(bytes(data), np.int32)
    if len(matrix) != 9 or not matrix[[0, 1, 3, 4]].any():
        return FLAT
    return tuple(int(number) for number in matrix)
