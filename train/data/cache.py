"""Decoded clips on disk: one array a data set, memory-mapped, with what is known about it beside.

Files are written under another name and moved into place whole, so that a reader finds all of one
or nothing, and two processes that decode the same folder do not disturb each other.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vidgen.files import whole_file


@dataclass(frozen=True)
class Index:
    """What is known about the clips of an array: lengths in frames and names (paths in the folder),
    one a clip; fps of all; skipped, (path, reason) of what could not be read; notes, sentences.
    """

    lengths: list[int]
    names: list[str]
    fps: float
    skipped: list[tuple[str, str]]
    notes: list[str]


def cache_folder() -> Path:
    """Where decoded clips are kept. Raises ValueError if nothing can be written there."""
    folder = _base() / "vidgen"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f"The cache folder {folder} can't be written ({error.strerror}): "
            "set XDG_CACHE_HOME to another one."
        ) from error
    return folder


def _base() -> Path:
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given)
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # a user of a container, without a home and without a name
        owner = os.getuid() if hasattr(os, "getuid") else "cache"
        return Path(tempfile.gettempdir()) / f"vidgen-{owner}"


def load(folder: Path, key: str) -> tuple[np.ndarray, Index] | None:
    """The array, uint8 (N, H, W, C), and index saved under `key`; None if absent or damaged."""
    try:
        index = Index(**json.loads((folder / f"{key}.json").read_text()))
        pixels = np.lib.format.open_memmap(folder / f"{key}.npy", mode="r")
        fits = pixels.dtype == np.uint8 and pixels.ndim == 4 and len(pixels) == sum(index.lengths)
        return (pixels, index) if fits and len(index.names) == len(index.lengths) > 0 else None
    except (OSError, ValueError, TypeError):
        return None


def save(
    folder: Path, key: str, shape: tuple[int, ...], parts: Iterable[np.ndarray], index: Index
) -> None:
    """Saves an array of a shape, given in parts along its first axis, and its index."""
    layout = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with whole_file(folder / f"{key}.npy", durable=True) as part, part.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, layout)
        for pixels in parts:
            file.write(np.ascontiguousarray(pixels).data)
    with whole_file(folder / f"{key}.json", durable=True) as part:
        part.write_text(json.dumps(asdict(index)))


def forget_others(folder: Path, prefix: str, key: str) -> None:
    """Removes what was saved under other keys of that prefix: the folder as it was before."""
    for path in folder.glob(f"{prefix}-*.*"):
        if path.stem != key:
            with suppress(OSError):  # Windows keeps files that are in use
                path.unlink()
