"""Data: a folder of clips, the procedural shapes or characters, as batches of a few frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from train.data.batches import Batch, ClipDataset
from train.data.cifar import is_cifar10, load_cifar10
from train.data.clips.folder import load_folder
from train.data.dataset import Dataset
from train.data.lpc.dataset import load_lpc
from train.data.shapes import load_shapes
from train.data.sprites import load_sprites
from vidgen.limits import Limit

__all__ = ["KINDS", "Batch", "ClipDataset", "Dataset", "absolute", "load_dataset", "meant"]

RESOLUTION = Limit("Resolution", 8, 512, whole=True)
CHARACTERS, SPRITES, LOOPS, PICTURES = "lpc:", "sprites:", "loops:", "pictures:"  # before a folder
# What `--data` may be -> what that is, and (folder, resolution) -> the data set. The last is what
# nothing else is.
KINDS: dict[str, tuple[str, Callable[[str, int], Dataset]]] = {
    "shapes": ("procedural clips", lambda _, resolution: load_shapes(resolution)),
    f"{CHARACTERS}FOLDER": ("characters of layers", load_lpc),
    f"{SPRITES}FOLDER": ("the literature's sprites", load_sprites),
    f"{LOOPS}FOLDER": (
        "a folder of clips that are seamless loops",
        lambda folder, resolution: load_folder(folder, resolution, loops=True),
    ),
    f"{PICTURES}FOLDER": (
        "a folder of still pictures, each a clip of one frame",
        lambda folder, resolution: load_folder(folder, resolution, stills=True),
    ),
    "FOLDER": (
        "a folder of clips, or CIFAR-10's files",
        lambda folder, resolution: (
            load_cifar10(folder, resolution)
            if is_cifar10(folder)
            else load_folder(folder, resolution)
        ),
    ),
}


def load_dataset(source: str | Path, resolution: int = 64) -> Dataset:
    """The data set that a source names, one of KINDS, in frames of resolution x resolution pixels.

    Files that can't be read are logged and left out. Raises ValueError if there is nothing to train
    on.
    """
    resolution, source = int(RESOLUTION.check(resolution)), str(source)
    kind = _kind(source)
    return KINDS[kind][1](source.removeprefix(kind.removesuffix("FOLDER")), resolution)


def absolute(source: str) -> str:
    """A source that means the same from wherever a run goes on: its folder by the whole path."""
    kind = _kind(source)
    if not kind.endswith("FOLDER"):
        return source
    prefix = kind.removesuffix("FOLDER")
    return prefix + str(Path(source.removeprefix(prefix)).expanduser().absolute())


def meant(source: str) -> list[str]:
    """What is meant by a source that may mean two things, as sentences."""
    if not _kind(source).endswith("FOLDER") and Path(source).exists():
        return [f"The data are the built-in {source}; the folder here is --data ./{source}."]
    return []


def _kind(source: str) -> str:
    """Which of KINDS a source is."""
    for kind in KINDS:
        prefix, folder, _ = kind.partition("FOLDER")
        if source.startswith(prefix) if folder else source == kind:
            return kind
    raise AssertionError("a folder is what nothing else is")
