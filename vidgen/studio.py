"""Limits, draws, caches: all that the page, the API and the command line hold."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vidgen import limits
from vidgen.hardware import keep_freed_memory
from vidgen.latents import morph, seeded_path
from vidgen.library import Library, Progress
from vidgen.outbox import Outbox
from vidgen.render import WRITERS, Grid, grid_image, write_clip
from vidgen.types import Generator, LatentPath

log = logging.getLogger(__name__)

FRAMES = 64  # what is made where nothing else is asked for: time for a slow action
SIZE = 256
FORMATS = tuple(WRITERS)
MAX_PREVIEWS = 48  # finished previews held at a time, some 50 KB each


@dataclass(frozen=True)
class Preview:
    """A small clip for the player: its grid, its rate, which weights made it, how long it took."""

    grid: Grid
    fps: float
    origin: str
    seconds: float


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
        """Removes every rendered file."""
        with self._made:
            if self._outbox is not None:
                self._outbox.close()
                self._outbox = None

    def warm(self) -> None:
        """Loads the default model and draws a clip with it, so that the first request is quick."""
        keep_freed_memory()
        try:
            for model in self.names()[:1]:
                self.preview_generate(model)
        except ValueError as error:
            log.warning("%s", error)

    def generate(
        self,
        model: str,
        seed: int = 0,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
        size: int = SIZE,
        format: str = "webm",
        progress: Progress | None = None,
    ) -> Path:
        """Renders the clip of a seed to a file in `folder`; ValueError for what is not allowed."""
        path, fps = self._generate_path(model, seed, frames, fps, action, truncation, loop)
        return self._render(model, path, fps, size, format, f"seed-{int(seed)}", progress)

    def morph(
        self,
        model: str,
        seed_a: int = 0,
        seed_b: int = 1,
        mix: float = 0.5,
        travel: bool = False,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
        size: int = SIZE,
        format: str = "webm",
        progress: Progress | None = None,
    ) -> Path:
        """Renders a clip between two seeds to a file in `folder`.

        `mix` 0 is A and 1 is B. With `travel` the clip goes from A to B instead, and back again if
        it loops. Raises ValueError for what is not allowed.
        """
        path, fps = self._morph_path(
            model, seed_a, seed_b, mix, travel, frames, fps, action, truncation, loop
        )
        name = f"seeds-{int(seed_a)}-{int(seed_b)}"
        return self._render(model, path, fps, size, format, name, progress)

    def preview_generate(
        self,
        model: str,
        seed: int = 0,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
    ) -> Preview:
        """The clip of a seed for the player, as `generate` would render it."""
        frames = limits.PREVIEW_FRAMES.check(frames)
        path, fps = self._generate_path(model, seed, frames, fps, action, truncation, loop)
        key = ("generate", model, seed, frames, fps, action or None, truncation, loop)
        return self._preview(key, path, fps)

    def preview_morph(
        self,
        model: str,
        seed_a: int = 0,
        seed_b: int = 1,
        mix: float = 0.5,
        travel: bool = False,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
    ) -> Preview:
        """The clip between two seeds for the player, as `morph` would render it."""
        frames = limits.PREVIEW_FRAMES.check(frames)
        path, fps = self._morph_path(
            model, seed_a, seed_b, mix, travel, frames, fps, action, truncation, loop
        )
        moving = None if travel else mix
        key = ("morph", model, seed_a, seed_b, moving, frames, fps, action or None, truncation)
        return self._preview((*key, loop), path, fps)

    def _generate_path(
        self,
        model: str,
        seed: int,
        frames: int,
        fps: float | None,
        action: str | None,
        truncation: float | None,
        loop: bool,
    ) -> tuple[LatentPath, float]:
        spec = self.spec(model)
        if action == "":
            action = None  # a cleared field of a form
        if action is not None and spec.actions:
            limits.check_choice("Action", action, spec.actions)
        loop = limits.check_switch("Loop", loop)
        path = seeded_path(spec, seed, frames, fps, action, truncation, loop)
        return path, spec.fps if fps is None else float(fps)

    def _morph_path(
        self,
        model: str,
        seed_a: int,
        seed_b: int,
        mix: float,
        travel: bool,
        frames: int,
        fps: float | None,
        action: str | None,
        truncation: float | None,
        loop: bool,
    ) -> tuple[LatentPath, float]:
        mix, travel = limits.MIX.check(mix), limits.check_switch("Travel", travel)
        a, rate = self._generate_path(model, seed_a, frames, fps, action, truncation, loop)
        b, _ = self._generate_path(model, seed_b, frames, fps, action, truncation, loop)
        return morph(a, b, travel_curve(a.frames, loop) if travel else mix), rate

    def _preview(self, key: tuple, path: LatentPath, fps: float) -> Preview:
        generator = self.generator(key[1])
        key = (generator.origin, *key)  # a branch of the Hub may have moved since
        with self._made:
            if key in self._previews:
                self._previews.move_to_end(key)
                return self._previews[key]
        started = time.perf_counter()
        grid = grid_image(torch.cat(list(self._chunks(generator, path)), 1))
        preview = Preview(grid, fps, generator.origin, time.perf_counter() - started)
        with self._made:
            self._previews[key] = preview
            while len(self._previews) > MAX_PREVIEWS:
                self._previews.popitem(last=False)
        return preview

    def _render(
        self,
        model: str,
        path: LatentPath,
        fps: float,
        size: int,
        format: str,
        name: str,
        progress: Progress | None,
    ) -> Path:
        size = int(limits.SIZE.check(size))
        limits.check_choice("Format", format, FORMATS)
        limits.check_pixels(path.frames, size, held=format != "webm")
        stem = model.removeprefix("hub:").replace("/", "-").replace("@", "-")
        target = self._box().reserve(f"{stem}-{name}.{format}")
        report = progress or (lambda done, total: None)
        return write_clip(
            target,
            self._chunks(self.generator(model), path),
            fps,
            size,
            progress=lambda done: report(done, path.frames),
        )

    def _chunks(self, generator: Generator, path: LatentPath) -> Iterator[Tensor]:
        """The frames of a path, chunk by chunk, with everybody else drawing in between."""
        chunks = generator.stream(path)
        while True:
            with self._drawing:
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk


def travel_curve(frames: int, loop: bool) -> Tensor:
    """How far from A to B each frame is, (T,) from 0 to 1; there and back if the clip loops."""
    if loop:
        # A loop's last frame is one step before its first, hence over `frames` and not one fewer.
        return (1 - torch.cos(torch.arange(frames) * (2 * torch.pi / frames))) / 2
    return torch.linspace(0, 1, frames)
