"""Limits, draws, caches: all that the page, the API and the command line hold."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vidgen import limits
from vidgen.directions import side_by_side
from vidgen.memory import Pauses
from vidgen.outbox import Outbox
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.clip import Grid, grid_image, write_clip
from vidgen.pixels.formats import WRITERS
from vidgen.pixels.sheet import LISTS, sprite_sheet
from vidgen.requests import ClipRequest, SheetRequest
from vidgen.store.library import Library, Progress
from vidgen.types import Generator, GeneratorSpec, LatentPath

log = logging.getLogger(__name__)

SIZE = 256
FORMATS = tuple(WRITERS)
MAX_PREVIEWS = 48  # finished previews held at a time, some 50 KB each
MAX_PREVIEW_BYTES = 16 << 20  # of them all


@dataclass(frozen=True)
class Preview:
    """A small clip for the player: its grid, its rate, which weights made it, how long it took.

    `pixel_art` wants its pixels seen, not smoothed.
    """

    grid: Grid
    fps: float
    origin: str
    seconds: float
    pixel_art: bool


class Studio(Library):
    """The models at hand and what can be made with them. Safe to use from many threads.

    `sources` are more models besides the bundled ones: paths of `.safetensors` files, or
    "hub:user/repo@revision". Nothing is loaded or fetched before it is asked for.
    """

    def __init__(self, *sources: str) -> None:
        super().__init__(*sources)
        self._previews: OrderedDict[tuple, Preview] = OrderedDict()
        self._outbox: Outbox | None = None
        self._made = threading.Lock()  # of the two above
        # One chunk at a time: two convolutions at once would only halve each other, and a slider
        # then waits for one chunk of somebody's long clip and not for the whole of it.
        self._drawing = threading.Lock()
        self._pauses = Pauses()

    @property
    def folder(self) -> Path:
        """Where rendered files wait to be downloaded; bounded, and removed at exit."""
        return self._box().folder

    def _box(self) -> Outbox:
        with self._made:
            if self._outbox is None:
                self._outbox = Outbox()
            return self._outbox

    def close(self) -> None:
        """Removes every rendered file, and what visitors fetched."""
        super().close()
        with self._made:
            if self._outbox is not None:
                self._outbox.close()
                self._outbox = None

    def warm(self) -> None:
        """Loads the default model and draws a clip with it, so that the first request is quick."""
        try:
            for model in self.names()[:1]:
                self.preview(ClipRequest(model))
        except ValueError as error:
            log.warning("%s", error)

    def render(
        self,
        request: ClipRequest,
        size: int = SIZE,
        format: str = "webm",
        background: str = limits.TRANSPARENT,
        progress: Progress | None = None,
    ) -> Path:
        """Renders a clip to a file in `folder`; ValueError for what is not allowed."""
        generator = self.generator(request.model)
        path, fps, clean_up = _checked(request, generator.spec)
        size = int(limits.SIZE.check(size))
        limits.check_choice("Format", format, FORMATS)
        limits.check_background(background)
        if background != limits.TRANSPARENT and generator.spec.channels != 4:
            raise ValueError("This model draws no transparency, so a background would not be seen.")
        limits.check_pixels(path.frames, size, held=format != "webm")
        if clean_up.colors is not None:  # held at its own size until the colours are known
            limits.check_pixels(path.frames, generator.spec.resolution * path.batch, held=True)
        target = self._box().reserve(f"{_stem(request)}.{format}")
        report = progress or (lambda done, total: None)
        return write_clip(
            target,
            self._chunks(generator, path),
            fps,
            size,
            background=background,
            clean_up=clean_up,
            progress=lambda done: report(done, path.frames),
        )

    def sheet(
        self, request: SheetRequest, image: str | None = None, progress: Progress | None = None
    ) -> tuple[Path, Path]:
        """The sprite sheet of a seed in `folder`: a PNG, and the JSON that says what is where.

        `image` is what the picture is called, in the JSON too; a name is made up if it is None.
        Raises ValueError for what is not allowed.
        """
        generator = self.generator(request.model)
        limits.check_choice("Format", request.format, LISTS)
        sheet = sprite_sheet(
            generator,
            request.seed,
            None if request.action == "" else request.action,
            request.truncation,
            request.scale,
            CleanUp(request.snap, request.colors),
            draw=lambda path: self._chunks(generator, path),
            progress=progress,
        )
        target = self._box().reserve(image or f"{_stem(request)}.png")
        return sheet.save(target, request.format)

    def preview(self, request: ClipRequest) -> Preview:
        """A clip for the player, as `render` would make it; ValueError for what is not allowed."""
        started = time.perf_counter()
        loaded = self.loaded(request.model)
        generator = loaded.generator
        path, fps, clean_up = _checked(request, generator.spec)
        limits.PREVIEW_FRAMES.check(path.frames)
        key = (generator.origin, loaded.stamp, request)  # a file or a branch may be new since
        with self._made:
            if key in self._previews:
                self._previews.move_to_end(key)
                return self._previews[key]
        grid = grid_image(torch.cat(list(self._chunks(generator, path)), 1), clean_up)
        seconds = time.perf_counter() - started
        preview = Preview(grid, fps, generator.origin, seconds, generator.spec.channels == 4)
        with self._made:
            self._previews[key] = preview
            held = sum(len(each.grid.image) for each in self._previews.values())
            while len(self._previews) > MAX_PREVIEWS or held > MAX_PREVIEW_BYTES:
                held -= len(self._previews.popitem(last=False)[1].grid.image)
        return preview

    def _chunks(self, generator: Generator, path: LatentPath) -> Iterator[Tensor]:
        """The frames of a path, chunk by chunk, with everybody else drawing in between.

        The clips of a batch come side by side.
        """
        self._pauses.note()
        chunks = generator.stream(path)
        while True:
            with self._drawing:
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield side_by_side(chunk)


def _checked(request: ClipRequest, spec: GeneratorSpec) -> tuple[LatentPath, float, CleanUp]:
    """What a request means for a model. Raises ValueError where it is not allowed."""
    return request.path(spec), request.rate(spec), request.clean_up(spec)


def _stem(request: ClipRequest | SheetRequest) -> str:
    """What a file is called, without its suffix. Models and actions may be called anything."""
    name = f"{request.model.removeprefix('hub:')}-{request.name}"
    return re.sub(r"[^\w.-]+", "-", name)
