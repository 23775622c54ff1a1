"""Sprite sheets of the Liberated Pixel Cup: 21 rows of animation, decoded to cropped cells."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from train.data import cache
from vidgen.files import whole_file

log = logging.getLogger("train.data")

CELL, COLUMNS = 64, 13
# Animation -> frames; of each, rows that look up, left, down and right, and of the last one only
# a row that looks down.
ANIMATIONS = {"spellcast": 7, "thrust": 8, "walk": 9, "slash": 6, "shoot": 13, "hurt": 6}
DIRECTIONS = ("up", "left", "down", "right")
ROWS = tuple(a for a in ANIMATIONS for _ in DIRECTIONS)[:-3]  # the animation of each row
ROW_FRAMES = tuple(ANIMATIONS[a] for a in ROWS)
SHAPE = (21 * CELL, COLUMNS * CELL, 4)

# The art is drawn with hard edges. What is fainter is shadow on what lies below (0.2 % of the
# pixels, most of it in hats and two hair styles) and is left out; what remains is opaque.
OPAQUE = 192
# Of a sheet: boxes (21, 13, 4), pixels in each box (21, 13), and all of them one after another.
Cells = tuple[np.ndarray, np.ndarray, np.ndarray]

AT_ONCE = 64  # sheets
FORMAT = 1  # of the cache: another one is not read


@dataclass(frozen=True)
class Layers:
    """Every sheet of a folder, as cells cropped to what is drawn in them.

    names: paths in the folder, sorted; colours: uint8 (K, 4), RGBA, the first one transparent;
    boxes: uint8 (N, 21, 13, 4), top, left, bottom, right of a cell, all 0 where it is empty;
    starts: int64 (N, 21, 13), where the pixels of a cell begin; pixels: uint16, of all cells, row
    by row, indices into colours; skipped: names of sheets that can't be used, and why.
    """

    names: np.ndarray
    colours: np.ndarray
    boxes: np.ndarray
    starts: np.ndarray
    pixels: np.ndarray
    skipped: np.ndarray

    def cell(self, layer: int, row: int, column: int) -> tuple[tuple[slice, slice], np.ndarray]:
        """Where a cell is drawn, and its colours there, uint16 (h, w)."""
        top, left, bottom, right = self.boxes[layer, row, column].tolist()
        start = self.starts[layer, row, column]
        size = (bottom - top) * (right - left)
        pixels = self.pixels[start : start + size].reshape(bottom - top, right - left)
        return (slice(top, bottom), slice(left, right)), pixels


def load_layers(root: Path) -> Layers:
    """All sheets in a folder, decoded once and kept in the cache folder.

    Logs what it can't use. Raises ValueError if there is no sheet at all.
    """
    paths = sorted(root.rglob("*.png")) if root.is_dir() else []
    names = [path.relative_to(root).as_posix() for path in paths]
    files = sorted(zip(names, paths, strict=True))
    if not files:
        raise ValueError(f"{root} holds no character layers: no PNG file lies in it.")
    prefix, key = _keys(root, files)
    store = cache.cache_folder()
    layers = _load(store / f"{key}.npz")
    if layers is None:
        layers = decode_layers(files)
        _save(store / f"{key}.npz", layers)
        cache.forget_others(store, prefix, key)
    for line in layers.skipped:
        log.warning("%s: skipped %s", root.name, line)
    if not len(layers.names):
        raise ValueError(f"{root} holds no character layers: {layers.skipped[0]}.")
    return layers


def decode_layers(files: list[tuple[str, Path]]) -> Layers:
    """Decodes (name, path) of sheets."""
    names, boxes, lengths, parts, skipped = [], [], [], [], []
    known = np.zeros(1, np.uint32)
    for name, sheet in _decoded(files):
        if isinstance(sheet, str):
            skipped.append(f"{name}: {sheet}")
            continue
        cells, sizes, drawn = sheet
        colours, index = np.unique(drawn, return_inverse=True)
        every = np.concatenate([known, np.setdiff1d(colours, known)])
        if len(every) > 1 << 16:
            skipped.append(f"{name}: with it there are more than {1 << 16} colours")
            continue
        known = every
        order = known.argsort()
        place = order[np.searchsorted(known, colours, sorter=order)]
        names.append(name)
        boxes.append(cells)
        lengths.append(sizes)
        parts.append(place.astype(np.uint16)[index])
    counts = np.array(lengths, np.int64).reshape(len(names), len(ROWS), COLUMNS)
    return Layers(
        names=np.array(names, str),
        colours=known.view(np.uint8).reshape(-1, 4),
        boxes=np.array(boxes, np.uint8).reshape(len(names), len(ROWS), COLUMNS, 4),
        starts=(counts.cumsum() - counts.ravel()).reshape(counts.shape),
        pixels=np.concatenate(parts) if parts else np.zeros(0, np.uint16),
        skipped=np.array(skipped, str),
    )


def _decoded(files: list[tuple[str, Path]]) -> Iterator[tuple[str, Cells | str]]:
    """Names and what `_decode` makes of the files, in order, a few at a time in memory."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), AT_ONCE):
            some = files[start : start + AT_ONCE]
            yield from zip(
                [n for n, _ in some], pool.map(_decode, [p for _, p in some]), strict=True
            )


def _decode(path: Path) -> Cells | str:
    """The cells of a sheet, pixels uint32 (bytes R, G, B, A), or why it can't be used."""
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, OSError):
        image = None
    if image is None:
        return "not a picture that can be read"
    if image.shape != SHAPE or image.dtype != np.uint8:
        wanted, came = (f"{s[1]}x{s[0]}" for s in (SHAPE, image.shape))
        return f"wanted {wanted} pixels in RGBA of 8 bits, got {came} in {image.dtype}"
    pixels = cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)
    pixels[..., 3] = np.where(pixels[..., 3] >= OPAQUE, 255, 0)
    return _crop(pixels.view(np.uint32)[..., 0] * (pixels[..., 3] > 0))


def _crop(sheet: np.ndarray) -> Cells:
    cells = sheet.reshape(len(ROWS), CELL, COLUMNS, CELL).transpose(0, 2, 1, 3)
    boxes = np.zeros((len(ROWS), COLUMNS, 4), np.uint8)
    parts = []
    drawn = cells > 0
    across, down = drawn.any(2), drawn.any(3)  # (21, 13, 64) each
    for row, column in np.argwhere(across.any(2)):
        if column < ROW_FRAMES[row]:
            x, y = np.flatnonzero(across[row, column]), np.flatnonzero(down[row, column])
            box = top, left, bottom, right = y[0], x[0], y[-1] + 1, x[-1] + 1
            boxes[row, column] = box
            parts.append(cells[row, column, top:bottom, left:right].ravel())
    sides = boxes.astype(np.int64)
    lengths = (sides[..., 2] - sides[..., 0]) * (sides[..., 3] - sides[..., 1])
    return boxes, lengths, np.concatenate(parts) if parts else np.zeros(0, np.uint32)


def _keys(root: Path, files: list[tuple[str, Path]]) -> tuple[str, str]:
    """The folder's part of the cache's key, and the whole: another one once a file has changed."""
    place = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]
    state = hashlib.sha256(f"{FORMAT} {OPAQUE}".encode())
    for name, path in files:
        stat = path.stat()
        state.update(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    prefix = f"layers-{place}"
    return prefix, f"{prefix}-{state.hexdigest()[:16]}"


def _load(path: Path) -> Layers | None:
    """What was saved, or None if there is nothing whole."""
    try:
        with np.load(path, allow_pickle=False) as saved:
            return Layers(**{field.name: saved[field.name] for field in fields(Layers)})
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _save(path: Path, layers: Layers) -> None:
    with whole_file(path) as part, part.open("wb") as file:
        np.savez(file, **{field.name: getattr(layers, field.name) for field in fields(Layers)})
