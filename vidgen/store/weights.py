"""Weights files: a generator to and from safetensors, refused in one sentence if it is not one.

A file is all that is needed: its header says which family, specification and configuration to
build. Nothing in it is ever executed; what it may claim is in `header.py`.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor
from torch.overrides import TorchFunctionMode

from vidgen import limits
from vidgen.files import whole_file
from vidgen.latents import seeded_path
from vidgen.models import FAMILIES
from vidgen.store import encoders, hub
from vidgen.store.header import FORMAT, Refused, WeightsError, check_size, described, refusing
from vidgen.store.tensors import check_tensors, read_tensors, to_store
from vidgen.store.terms import Terms, metadata_of
from vidgen.types import Generator, GeneratorSpec

log = logging.getLogger(__name__)

FILE_NAME = "model.safetensors"
PACKAGE = Path(__file__).resolve().parents[1]
DEFAULT_MODEL = "gestures"  # of the bundled ones: what the page opens with


def bundled_folder() -> Path:
    """Where the bundled weights are: in the package if it was installed, else beside it."""
    inside = PACKAGE / "weights"
    return inside if inside.is_dir() else PACKAGE.parent / "weights"


def bundled_models() -> list[str]:
    """The names that `load_generator` knows without a path: the folders of `weights/`."""
    return sorted(file.parent.name for file in bundled_folder().glob(f"*/{FILE_NAME}"))


def load_generator(
    source: str | Path, *, progress: Callable[[int, int], None] | None = None
) -> Generator:
    """A generator in eval mode, float32, on the CPU; `generator.origin` says where it is from.

    `source` is a bundled name ("actions"), the path of a `.safetensors` file, or
    "hub:user/repo@revision" (see `vidgen.store.hub`); its download calls `progress(bytes, total)`.
    Raises WeightsError or `hub.HubError`, both ValueErrors of one sentence.
    """
    if not isinstance(source, str | Path) or not str(source).strip():
        raise WeightsError(
            f"Weights must be a name, a path or hub:user/repo, not {limits.shown(source)}."
        )
    if str(source).startswith("hub:"):
        with hub.fetch(str(source), FILE_NAME, progress=progress).kept_if_good() as found:
            return read(found.path, origin=found.origin)
    return read(*located(source))


def located(source: str | Path) -> tuple[Path, str]:
    """The file of a bundled name or a path, and what its origin is called. Raises WeightsError."""
    text = str(source)
    if isinstance(source, Path) or text.endswith(".safetensors"):
        return Path(source), f"file {Path(source).name}"
    if text not in bundled_models():
        raise WeightsError(
            f"There is no model {limits.shown(text)}: the bundled ones are "
            f"{', '.join(bundled_models()) or 'none'}; a path ends with .safetensors."
        )
    return bundled_folder() / text / FILE_NAME, f"bundled {text}"


def save_generator(generator: Generator, path: str | Path) -> None:
    """Writes a generator's state in float16 with all that `load_generator` needs; atomically.

    The same state makes the same bytes. Raises WeightsError if a weight is not finite in
    float16.
    """
    spec = generator.spec
    assert type(generator) is FAMILIES[spec.family][0], f"{spec.family} is not its family"
    tensors = to_store(generator.state_dict())
    metadata = {
        "format": FORMAT,
        "family": spec.family,
        "spec": json.dumps(dataclasses.asdict(spec)),
        "config": json.dumps(dataclasses.asdict(generator.config)),
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.write_bytes(_with_metadata(save(tensors), metadata))


def with_terms(data: bytes, terms: Terms) -> bytes:
    """The same weights file with its terms in the header, where they go with it wherever it goes.

    What is unknown of them is left as it was.
    """
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    return _with_metadata(data, metadata | metadata_of(terms))


def _with_metadata(data: bytes, metadata: dict[str, str]) -> bytes:
    """A safetensors file with metadata in this order: the library writes it in a random one."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = sorted(header.items(), key=_offset)
    text = json.dumps({"__metadata__": metadata} | dict(tensors), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers stay aligned
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def _offset(entry: tuple[str, dict]) -> tuple[list[int], str]:
    return entry[1]["data_offsets"], entry[0]


def read(path: Path, origin: str) -> Generator:
    """The generator in a weights file. Raises WeightsError with one sentence if it is none."""
    with refusing(path, "weights"):
        check_size(path)
        with safe_open(path, "pt") as file:
            generator = _outline(file, path)
            generator.load_state_dict(read_tensors(file, generator.state_dict()), assign=True)
        generator.eval()
        _check_drawing(generator)
    generator.origin = origin
    beside = path.with_name(encoders.FILE_NAME)
    if path.name == FILE_NAME and beside.is_file():
        try:
            # Not by setattr, which would make it a part of the network and of its state.
            vars(generator)["clip_encoder"] = encoders.read_encoder(beside, generator.spec)
        except WeightsError as error:
            log.warning("%s", error)  # a search goes without
    return generator


def read_spec(path: Path) -> GeneratorSpec:
    """What a weights file makes, from its header alone: what `read` would say of it.

    Checks all but the numbers themselves. Raises WeightsError.
    """
    with refusing(path, "weights"):
        check_size(path)
        with safe_open(path, "pt") as file:
            return _outline(file, path).spec


def _outline(file: safe_open, path: Path) -> Generator:
    """The network that a header describes, without its numbers; its tensors are those there."""
    # Opening it has compared every claimed shape with the file's size.
    spec, config = described(file.metadata() or {})
    # Two bytes a number: twice what the file can fill, for buffers and passing values.
    generator = _built(spec, config, elements=path.stat().st_size)
    check_tensors(file, generator.state_dict())
    return generator


class _Outline(TorchFunctionMode):
    """Makes tensors without numbers, and refuses more than a number of elements in all.

    PyTorch's meta device would do so too, but takes a second to import what it needs.
    """

    makers = (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn)
    drawn = (torch.empty, torch.rand, torch.randn)  # zeros cost neither time nor memory
    draws = (Tensor.normal_, Tensor.uniform_)

    def __init__(self, elements: int) -> None:
        super().__init__()
        self.left = elements

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in self.draws:
            return args[0]
        if func in self.makers:
            sizes = args or (kwargs["size"],)
            self.left -= math.prod(sizes[0] if isinstance(sizes[0], tuple | list) else sizes)
            if self.left < 0:
                raise Refused("it describes a network larger than the file")
        if func in self.drawn:
            kwargs.pop("generator", None)
            kwargs.pop("memory_format", None)
            func = torch.zeros
        return func(*args, **kwargs)


def _built(spec: GeneratorSpec, config: object, elements: int) -> Generator:
    """The generator that a file describes, if it takes no more than `elements` numbers."""
    try:
        with torch.random.fork_rng(devices=[]), _Outline(elements):
            return FAMILIES[spec.family][0](spec, config)
    except (ValueError, TypeError, RuntimeError, IndexError, ZeroDivisionError) as error:
        raise Refused(f"its spec and config do not fit ({_inline(error)})") from None


def _inline(error: Exception) -> str:
    return " ".join(str(error).rstrip(".").split())[:120]


def _check_drawing(generator: Generator) -> None:
    # Finite weights may still overflow, and a spec may be too small for its family's forward.
    try:
        frame = next(generator.stream(seeded_path(generator.spec, seed=0, frames=1)))
    except (RuntimeError, ValueError, IndexError) as error:
        raise Refused(f"it cannot draw ({_inline(error)})") from None
    side, channels = generator.spec.resolution, generator.spec.channels
    if frame.shape != (1, 1, channels, side, side) or not frame.isfinite().all():
        raise Refused("what it draws is no picture")
