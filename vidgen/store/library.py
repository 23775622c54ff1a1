"""The models at hand: bundled ones, files, and what was fetched from the Hub."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from vidgen import limits
from vidgen.store import hub, weights
from vidgen.store.header import Unreadable, WeightsError
from vidgen.store.shelf import Shelf
from vidgen.store.terms import Terms, read_terms
from vidgen.types import Generator, GeneratorSpec

log = logging.getLogger(__name__)

MAX_LOADED_BYTES = 256 << 20  # of generators held at a time: some 18 of the bundled ones

Progress = Callable[[int, int], None]  # done, of how many
Stamp = tuple[int, int, int]  # which contents a file has: they change when it is written anew


class ModelInfo(TypedDict):
    """What the outside needs to know of a model."""

    name: str
    family: str
    resolution: int
    channels: int
    fps: float
    actions: list[str]
    source: str
    license: str
    attribution: str


@dataclass(frozen=True)
class Loaded:
    """A generator in memory, and which contents of its file it is."""

    generator: Generator
    stamp: Stamp
    size: int  # bytes


class Library:
    """Loads generators by name and keeps those used last. Safe to use from many threads.

    `sources` are more models besides the bundled ones: paths of `.safetensors` files, or
    "hub:user/repo@revision". Nothing is loaded or fetched before it is asked for. `shelf` holds
    what visitors fetch. `no_hub` is a sentence if the Hub can't be asked at all.
    """

    def __init__(self, *sources: str, shelf: Shelf | None = None) -> None:
        self._sources: dict[str, str] = {}  # name -> what weights.load_generator takes
        for name in weights.bundled_models():
            self._sources[name] = name
        for source in sources:
            self._sources[name_of(source)] = source
        self.no_hub: str | None = None
        self.max_loaded_bytes = MAX_LOADED_BYTES
        self._shelf = shelf or Shelf()
        self._fetched: dict[str, hub.Fetched] = {}  # by the owner of this page
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        # What headers say, and the sentences of files that proved unusable when they were read.
        self._specs: dict[str, tuple[Stamp, GeneratorSpec | WeightsError]] = {}
        self._reading: dict[str, threading.Lock] = {}  # one model never waits for another's file
        self._lock = threading.Lock()  # of the tables above; never held while a file is read

    def names(self) -> list[str]:
        """The models that can be asked for, the default one first; loads nothing."""
        with self._lock:
            names = {*self._sources, *self._shelf.sources()}
        return sorted(names, key=lambda name: (name != weights.DEFAULT_MODEL, name))

    def own_names(self) -> list[str]:
        """Those of them that the owner offers, without what visitors fetched."""
        with self._lock:
            owned = set(self._sources)
        return [name for name in self.names() if name in owned]

    def models(self) -> list[ModelInfo]:
        """What every model is; one whose file is unusable is left out and logged."""
        found = []
        for name in self.names():
            try:
                found.append(self.describe(name))
            except ValueError as error:
                log.warning("%s", error)
        return found

    def describe(self, model: str | None) -> ModelInfo:
        """What a model is, by its file's header. Raises ValueError for an unknown one."""
        model = self._known(model)
        path, origin = self._file(model)
        spec, terms = self._spec(model, path), read_terms(path)
        return ModelInfo(
            name=model,
            family=spec.family,
            resolution=spec.resolution,
            channels=spec.channels,
            fps=spec.fps,
            actions=list(spec.actions),
            source=origin,
            license=terms.license,
            attribution=terms.attribution,
        )

    def terms(self, model: str | None) -> Terms:
        """Under which terms a model may be used, as far as it says. Raises ValueError."""
        return read_terms(self._file(self._known(model))[0])

    def file(self, model: str | None) -> Path:
        """The weights file of a model; what is told of it lies beside. Raises ValueError."""
        return self._file(self._known(model))[0]

    def spec(self, model: str | None) -> GeneratorSpec:
        """The specification of a model. Raises ValueError for an unknown one."""
        model = self._known(model)
        return self._spec(model, self._file(model)[0])

    def generator(self, model: str | None) -> Generator:
        """The generator called `model`, loaded at its first use and when its file is a new one.

        Raises ValueError.
        """
        return self.loaded(model).generator

    def loaded(self, model: str | None) -> Loaded:
        """The generator called `model`, and which contents of its file it is. Raises ValueError."""
        model = self._known(model)
        path, origin = self._file(model)
        with self._lock:
            reading = self._reading.setdefault(model, threading.Lock())
        with reading:
            stamp = _stamp(path)
            with self._lock:
                held = self._loaded.get(model)
                if held and held.stamp == stamp:
                    self._loaded.move_to_end(model)
                    held.generator.origin = origin  # a branch may have become a stale one
                    return held
            try:
                generator = weights.read(path, origin)
            except Unreadable:
                raise
            except WeightsError as error:
                self._remember(model, stamp, error)
                raise
            self._remember(model, stamp, generator.spec)
            return self._hold(model, Loaded(generator, stamp, _bytes(generator)))

    def fetch(
        self, source: str, progress: Progress | None = None, token: bool | None = None
    ) -> str:
        """Gets a model from the Hub, checks it, offers it, and returns its name.

        `source` is "hub:user/repo" or "hub:user/repo@revision". Blocks nothing else; gives up at
        the Hub's deadline. `token=False` asks as anybody would, without this machine's own token:
        for sources that a visitor names. Those share the shelf, where the least used gives way;
        the owner's stay. A file that is refused is removed. Raises ValueError with one sentence.
        """
        repo, revision = hub.parse(source.strip() if isinstance(source, str) else "")
        at = "" if revision == hub.DEFAULT_REVISION else f"@{revision}"
        name = f"hub:{repo}{at}"
        if self.no_hub:
            raise hub.Unreachable(self.no_hub)
        with self._lock:
            owned = name in self._sources
        if token is False:
            if not owned:
                self._fetch_to_shelf(name, progress)
                self._forget_the_gone()
            return name
        found = hub.fetch(name, weights.FILE_NAME, progress=progress, token=token)
        with found.kept_if_good():
            weights.read(found.path, found.origin)  # a foreign file is refused before it is offered
        with self._lock:
            self._fetched[name] = found
            self._sources[name] = name
        return name

    def close(self) -> None:
        """Removes what visitors fetched."""
        self._shelf.close()

    def _fetch_to_shelf(self, name: str, progress: Progress | None) -> None:
        known = self._shelf.get(name)
        with self._shelf.room(name) as room:
            found = hub.fetch(
                name,
                weights.FILE_NAME,
                progress=progress,
                token=False,
                cache_dir=room.folder,
                scratch=True,
                known=known,
                admit=room.admit,
            )
            if known is None or found.path != known.path:
                weights.read(found.path, found.origin)
            room.put(found)

    def _known(self, model: str | None) -> str:
        """The name, if there is such a model. Raises ValueError."""
        names = self.names()
        if not names:
            raise ValueError("There are no weights here yet: train some or name a Hub model.")
        if isinstance(model, str) and model.startswith("hub:") and model not in names:
            raise ValueError(
                f"{limits.shown(model)} is not at hand, or gave way to other models: add it again."
            )
        return limits.check_choice("Model", model, names)

    def _file(self, model: str) -> tuple[Path, str]:
        """The file of a model and what its origin is called. Raises ValueError."""
        with self._lock:
            source, found = self._sources.get(model), self._fetched.get(model)
        if source is None:
            found = self._shelf.get(model)
            if found is None:  # it gave way this very moment
                return self._file(self._known(model))
        elif source.startswith("hub:") and found is None:
            found = hub.fetch(source, weights.FILE_NAME)
            with self._lock:
                self._fetched[model] = found
        if found:
            return found.path, found.origin
        assert source is not None, "what has no source is on the shelf"
        return weights.located(source)

    def _spec(self, model: str, path: Path) -> GeneratorSpec:
        stamp = _stamp(path)
        with self._lock:
            known_stamp, spec = self._specs.get(model, (None, None))
        if spec is None or known_stamp != stamp:
            try:
                spec = weights.read_spec(path)
            except Unreadable:
                raise  # not the file's fault, perhaps: it is tried again
            except WeightsError as error:
                spec = error
            self._remember(model, stamp, spec)
        if isinstance(spec, WeightsError):
            raise WeightsError(str(spec))
        return spec

    def _remember(self, model: str, stamp: Stamp, spec: GeneratorSpec | WeightsError) -> None:
        with self._lock:
            self._specs[model] = stamp, spec

    def _hold(self, model: str, loaded: Loaded) -> Loaded:
        with self._lock:
            self._loaded[model] = loaded
            self._loaded.move_to_end(model)
            held = sum(each.size for each in self._loaded.values())
            while held > self.max_loaded_bytes and len(self._loaded) > 1:
                held -= self._loaded.popitem(last=False)[1].size
        self._forget_the_gone()
        return loaded

    def _forget_the_gone(self) -> None:
        """Nothing is kept of models that are not at hand any more."""
        names = set(self.names())
        with self._lock:
            for table in (self._loaded, self._specs, self._reading):
                for model in [model for model in table if model not in names]:
                    del table[model]


def _stamp(path: Path) -> Stamp:
    try:
        about = path.stat()
    except (OSError, ValueError):  # it is gone, or the name is none: reading it says so
        return (0, 0, 0)
    return (about.st_mtime_ns, about.st_size, about.st_ino)


def _bytes(generator: Generator) -> int:
    return sum(t.numel() * t.element_size() for t in generator.state_dict().values())


def name_of(source: str) -> str:
    """What a source is called in lists: a file by its stem, or its folder's name, or itself."""
    path = Path(source)
    if not source.endswith(".safetensors"):
        return source
    return path.resolve().parent.name if path.name == weights.FILE_NAME else path.stem
