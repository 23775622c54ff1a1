"""Loads, caches, limits, draws: all that the page, the API and the command line hold."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import torch
from torch import Tensor

from vidgen import hub, limits, weights
from vidgen.hardware import fastest_dtype, keep_freed_memory
from vidgen.latents import morph, seeded_path
from vidgen.outbox import Outbox
from vidgen.render import WRITERS, Grid, grid_image, write_clip
from vidgen.types import Generator, GeneratorSpec, LatentPath

log = logging.getLogger(__name__)

FRAMES = 32  # what is made where nothing else is asked for
SIZE = 256
FORMATS = tuple(WRITERS)
MAX_LOADED = 4  # generators held at a time
MAX_PREVIEWS = 48  # finished previews held at a time, some 50 KB each
MAX_FETCHED = 32  # Hub models that may be added to one studio

Progress = Callable[[int, int], None]  # done, of how many


class ModelInfo(TypedDict):
    """What the outside needs to know of a model."""

    name: str
    family: str
    resolution: int
    channels: int
    fps: float
    actions: list[str]
    source: str


@dataclass(frozen=True)
class Preview:
    """A small clip for the player: its grid, its rate, which weights made it, how long it took."""

    grid: Grid
    fps: float
    origin: str
    seconds: float


class Studio:
    """The models at hand and what can be made with them. Safe to use from many threads.

    `sources` are more models besides the bundled ones: paths of `.safetensors` files, or
    "hub:user/repo@revision". Nothing is loaded or fetched before it is asked for.
    """

    def __init__(self, *sources: str) -> None:
        self._sources: dict[str, str] = {}  # name -> what weights.load_generator takes
        for name in weights.bundled_models():
            self._sources[name] = name
        for source in sources:
            self._sources[name_of(source)] = source
        self._fetched: dict[str, hub.Fetched] = {}
        self._loaded: OrderedDict[str, Generator] = OrderedDict()
        self._previews: OrderedDict[tuple, Preview] = OrderedDict()
        self._outbox: Outbox | None = None
        self._lock = threading.RLock()  # of the tables above; held while a file is loaded
        # One chunk at a time: two convolutions at once would only halve each other, and a slider
        # then waits for one chunk of somebody's long clip and not for the whole of it.
        self._drawing = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where rendered files wait to be downloaded; bounded, and removed at exit."""
        return self._box().folder

    def _box(self) -> Outbox:
        with self._lock:
            if self._outbox is None:
                self._outbox = Outbox()
            return self._outbox

    def close(self) -> None:
        """Removes every rendered file."""
        with self._lock:
            if self._outbox is not None:
                self._outbox.close()
                self._outbox = None

    def names(self) -> list[str]:
        """The models that can be asked for, the default one first; loads nothing."""
        with self._lock:
            return sorted(self._sources, key=lambda name: (name != "actions", name))

    def models(self) -> list[ModelInfo]:
        """What every model is; one whose file is unusable is left out and logged."""
        found = []
        for name in self.names():
            try:
                found.append(self.describe(name))
            except ValueError as error:
                log.warning("%s", error)
        return found

    def describe(self, model: str) -> ModelInfo:
        """What a model is. Raises ValueError for an unknown one."""
        generator = self.generator(model)
        spec = generator.spec
        return ModelInfo(
            name=model,
            family=spec.family,
            resolution=spec.resolution,
            channels=spec.channels,
            fps=spec.fps,
            actions=list(spec.actions),
            source=generator.origin,
        )

    def spec(self, model: str) -> GeneratorSpec:
        """The specification of a model. Raises ValueError for an unknown one."""
        return self.generator(model).spec

    def generator(self, model: str) -> Generator:
        """The generator called `model`, loaded at its first use. Raises ValueError."""
        with self._lock:
            if not self._sources:
                raise ValueError("There are no weights here yet: train some or name a Hub model.")
            source = self._sources[limits.check_choice("Model", model, self.names())]
            if model in self._loaded:
                self._loaded.move_to_end(model)
                return self._loaded[model]
            if model in self._fetched:
                found = self._fetched[model]
                generator = weights.read(found.path, found.origin)
            else:
                generator = weights.load_generator(source)
            generator.compute_dtype = fastest_dtype()
            self._loaded[model] = generator
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
            return generator

    def fetch(self, source: str, progress: Progress | None = None) -> str:
        """Gets a model from the Hub, checks it, offers it, and returns its name.

        `source` is "hub:user/repo" or "hub:user/repo@revision". Blocks nothing else; gives up at
        the Hub's deadline. Raises ValueError with one sentence.
        """
        source = source.strip() if isinstance(source, str) else ""
        source = source if source.startswith("hub:") else f"hub:{source}"
        with self._lock:
            if source not in self._sources and len(self._fetched) >= MAX_FETCHED:
                raise ValueError(f"At most {MAX_FETCHED} models can be added from the Hub.")
        found = hub.fetch(source, weights.FILE_NAME, progress=progress)
        weights.read(found.path, found.origin)  # a foreign file is refused before it is offered
        with self._lock:
            self._fetched[source] = found
            self._sources[source] = source
            # A branch may have moved since.
            self._loaded.pop(source, None)
            for key in [key for key in self._previews if key[1] == source]:
                del self._previews[key]
        return source

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
        with self._lock:
            if key in self._previews:
                self._previews.move_to_end(key)
                return self._previews[key]
        started = time.perf_counter()
        generator = self.generator(key[1])
        grid = grid_image(torch.cat(list(self._chunks(generator, path)), 1))
        preview = Preview(grid, fps, generator.origin, time.perf_counter() - started)
        with self._lock:
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


def name_of(source: str) -> str:
    """What a source is called in lists: a file by its stem, or its folder's name, or itself."""
    path = Path(source)
    if not source.endswith(".safetensors"):
        return source
    return path.resolve().parent.name if path.name == weights.FILE_NAME else path.stem
