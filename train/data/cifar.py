"""CIFAR-10 in the files that people have: archive or folder, the Python or the binary version.

A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009: 60,000 pictures of 32
pixels in ten classes. The Python version is pickles, which can run anything where they are read;
here one may hold plain values and arrays of bytes, and is refused if it asks for more.
"""

from __future__ import annotations

import io
import pickle
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from train.data.batches import ClipDataset
from vidgen.pixels.reading.timing import DEFAULT_FPS

SIDE, CHANNELS = 32, 3
PIXELS = SIDE * SIDE * CHANNELS  # of a picture: rows of red, then of green, then of blue
BATCH = re.compile(r"data_batch_\d+(\.bin)?")  # to learn from; test_batch is left alone
NAMES = ("batches.meta", "batches.meta.txt")
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
MOST_BYTES = 64 << 20  # of one file: a batch of 10,000 pictures has 31 MB


def is_cifar10(path: str | Path) -> bool:
    """Whether a path is an archive or a folder in which files are called as CIFAR-10's are."""
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return any(BATCH.fullmatch(file.name) for file in _inside(place).iterdir())
        return bool(re.fullmatch(r"cifar-10-(python|binary)\.tar(\.gz)?", place.name))
    except OSError:
        return False


def load_cifar10(path: str | Path, resolution: int = SIDE) -> ClipDataset:
    """The pictures to learn from, each a clip of one frame; its ten classes are the actions.

    `path` is cifar-10-python.tar.gz or cifar-10-binary.tar.gz, or the folder out of it, or one that
    holds that. Raises ValueError if a file is not what it should be, and if there is none.
    """
    place = Path(path).expanduser()
    if not place.exists():
        raise ValueError(f"There is no file or folder {path}.")
    labels, pictures = [], []
    for name, content in _files(place):
        numbers, rows = _binary(name, content) if name.endswith(".bin") else _pickled(name, content)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(CLASSES):
            raise ValueError(f"{name} has classes beyond the ten of CIFAR-10.")
        labels.append(numbers)
        pictures.append(rows)
    if not sum(map(len, labels)):
        raise ValueError(f"{path} holds no data_batch_1 to data_batch_5: CIFAR-10's files do.")
    pixels = np.concatenate(pictures).reshape(-1, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    count = len(pixels)
    return ClipDataset(
        name="cifar10",
        pixels=_resized(np.ascontiguousarray(pixels), resolution),
        starts=np.arange(count),
        lengths=np.ones(count, np.int64),
        labels=np.concatenate(labels),
        actions=CLASSES,
        fps=DEFAULT_FPS,
    )


def _inside(folder: Path) -> Path:
    """The folder itself, or the one that CIFAR-10's archives unpack to, if that is in it."""
    for name in ("cifar-10-batches-py", "cifar-10-batches-bin"):
        if (folder / name).is_dir():
            return folder / name
    return folder


def _files(place: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every batch to learn from, in order."""
    try:
        if place.is_dir():
            for path in sorted(_inside(place).iterdir()):
                if BATCH.fullmatch(path.name) and path.is_file():
                    _check_size(path.name, path.stat().st_size)
                    yield path.name, path.read_bytes()
            return
        with tarfile.open(place) as archive:  # nothing is unpacked onto the disk
            for member in archive:
                name = Path(member.name).name
                if BATCH.fullmatch(name) and member.isfile():
                    _check_size(name, member.size)
                    file = archive.extractfile(member)
                    assert file is not None, "a regular file"
                    yield name, file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        reason = " ".join(str(error).split()) or "it ends too soon"
        raise ValueError(f"{place} can't be read as CIFAR-10 ({reason}).") from error


def _check_size(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"{name} has {size:,} bytes: too many for a batch of CIFAR-10.")


def _binary(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) and pixels (N, 3072): a byte for the class and 3,072 for the picture, N times."""
    if len(content) % (1 + PIXELS):
        raise ValueError(f"{name} is damaged: {len(content):,} bytes are no whole pictures.")
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + PIXELS)
    return rows[:, 0].astype(np.int64), rows[:, 1:]


def _pickled(name: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) and pixels (N, 3072): a dictionary with `labels` and `data`."""
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # a pickle can go wrong in any way
        raise ValueError(f"{name} is no batch of CIFAR-10: {error}.") from error
    keys = {k.decode("latin-1") if isinstance(k, bytes) else k: k for k in _keys(batch)}
    if not {"labels", "data"} <= keys.keys():
        raise ValueError(f"{name} is no batch of CIFAR-10: it has no labels and data.")
    labels, data = batch[keys["labels"]], batch[keys["data"]]
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise ValueError(f"{name} is no batch of CIFAR-10: its labels are no list of numbers.")
    if not isinstance(data, _Bytes) or not isinstance(data.content, bytes):
        raise ValueError(f"{name} is no batch of CIFAR-10: its data are no array of bytes.")
    if data.shape != (len(labels), PIXELS) or len(data.content) != len(labels) * PIXELS:
        raise ValueError(
            f"{name} is damaged: {len(labels):,} labels, and pixels of the shape {data.shape}."
        )
    if any(not 0 <= label < len(CLASSES) for label in labels):
        raise ValueError(f"{name} has classes beyond the ten of CIFAR-10.")
    rows = np.frombuffer(data.content, np.uint8).reshape(data.shape)
    return np.array(labels, np.int64), rows


def _keys(batch: object) -> list:
    return list(batch) if isinstance(batch, dict) else []


class _Bytes:
    """What stands for a numpy array of uint8 while a pickle is read: its shape and its bytes."""

    shape: tuple = ()
    content: object = None

    def __setstate__(self, state: tuple) -> None:
        _, self.shape, kind, fortran, self.content = state
        if fortran or not isinstance(kind, _Type) or kind.name not in ("u1", b"u1"):
            raise ValueError("its array is not of bytes, row by row")


class _Type:
    """What stands for a dtype."""

    def __init__(self, name: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        """The order of bytes, of which there is one in a number."""


class _ArraysOnly(pickle.Unpickler):
    """Reads plain values and arrays; the names that arrays need mean classes of this file."""

    def find_class(self, module: str, name: str) -> Callable:
        allowed: dict[tuple[str, str], Callable] = {
            ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Bytes(),
            ("numpy._core.multiarray", "_reconstruct"): lambda *_: _Bytes(),
            ("numpy", "ndarray"): _Bytes,
            ("numpy", "dtype"): lambda kind, *_: _Type(kind),
            # How Python 3 writes bytes for older readers: text, and how it is encoded.
            ("_codecs", "encode"): lambda text, *_: str(text).encode("latin-1"),
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return allowed[module, name]


def _resized(pixels: np.ndarray, resolution: int) -> np.ndarray:
    """uint8 (N, 32, 32, 3) -> (N, resolution, resolution, 3)."""
    if resolution == SIDE:
        return pixels
    size = (resolution, resolution)
    way = cv2.INTER_AREA if resolution < SIDE else cv2.INTER_LINEAR
    return np.stack([cv2.resize(picture, size, interpolation=way) for picture in pixels])
