"""The models at hand: bundled ones, files, and what was fetched from the Hub."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from vidgen import limits
from vidgen.hardware import fastest_dtype
from vidgen.store import hub, weights
from vidgen.types import Generator, GeneratorSpec

log = logging.getLogger(__name__)

MAX_LOADED = 4  # generators held at a time
MAX_FETCHED = 32  # Hub models that may be added

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


class Library:
    """Loads generators by name and keeps the last few. Safe to use from many threads.

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
        self._lock = threading.RLock()  # of the tables above; held while a file is loaded

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

    def fetch(
        self, source: str, progress: Progress | None = None, token: bool | None = None
    ) -> str:
        """Gets a model from the Hub, checks it, offers it, and returns its name.

        `source` is "hub:user/repo" or "hub:user/repo@revision". Blocks nothing else; gives up at
        the Hub's deadline. `token=False` asks as anybody would, without this machine's own token:
        for sources that a visitor names. Raises ValueError with one sentence.
        """
        source = source.strip() if isinstance(source, str) else ""
        source = source if source.startswith("hub:") else f"hub:{source}"
        with self._lock:
            if source not in self._sources and len(self._fetched) >= MAX_FETCHED:
                raise ValueError(f"At most {MAX_FETCHED} models can be added from the Hub.")
        found = hub.fetch(source, weights.FILE_NAME, progress=progress, token=token)
        weights.read(found.path, found.origin)  # a foreign file is refused before it is offered
        with self._lock:
            self._fetched[source] = found
            self._sources[source] = source
            # A branch may have moved since.
            self._loaded.pop(source, None)
        return source


def name_of(source: str) -> str:
    """What a source is called in lists: a file by its stem, or its folder's name, or itself."""
    path = Path(source)
    if not source.endswith(".safetensors"):
        return source
    return path.resolve().parent.name if path.name == weights.FILE_NAME else path.stem
