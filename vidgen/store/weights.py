"""Weights files: a generator to and from safetensors, refused in one sentence where it is not one.

A file is all that is needed: its header says which family, specification and configuration to
build. It comes from anywhere, so everything it claims is compared with its size and with
`vidgen.limits` before anything is built, and nothing in it is ever executed.
"""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch.overrides import TorchFunctionMode

from vidgen import limits
from vidgen.files import whole_file
from vidgen.latents import seeded_path
from vidgen.models import FAMILIES
from vidgen.store import hub
from vidgen.types import Generator, GeneratorSpec

FORMAT = "vidgen 1"
FILE_NAME = "model.safetensors"
BUNDLED = Path(__file__).resolve().parents[2] / "weights"
MAX_HEADER_BYTES = 1 << 20  # a few hundred tensors take 30 KB


class WeightsError(ValueError):
    """Weights that cannot be used; its text is one sentence for people."""


def bundled_models() -> list[str]:
    """The names that `load_generator` knows without a path: the folders of `weights/`."""
    return sorted(file.parent.name for file in BUNDLED.glob(f"*/{FILE_NAME}"))


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
    text = str(source)
    if text.startswith("hub:"):
        found = hub.fetch(text, FILE_NAME, progress=progress)
        return read(found.path, origin=found.origin)
    if isinstance(source, Path) or text.endswith(".safetensors"):
        return read(Path(source), origin=f"file {Path(source).name}")
    if text not in bundled_models():
        raise WeightsError(
            f"There is no model {limits.shown(text)}: the bundled ones are "
            f"{', '.join(bundled_models()) or 'none'}; a path ends with .safetensors."
        )
    return read(BUNDLED / text / FILE_NAME, origin=f"bundled {text}")


def save_generator(generator: Generator, path: str | Path) -> None:
    """Writes a generator's state in float16 with all that `load_generator` needs; atomically.

    Raises WeightsError where a weight is not finite in float16.
    """
    spec = generator.spec
    assert type(generator) is FAMILIES[spec.family][0], f"{spec.family} is not its family"
    tensors = {}
    for name, tensor in generator.state_dict().items():
        tensor = tensor.detach().to("cpu", _stored(tensor.dtype), copy=True).contiguous()
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise WeightsError(f"{name} holds values that float16 cannot hold: not saved.")
        tensors[name] = tensor
    metadata = {
        "format": FORMAT,
        "family": spec.family,
        "spec": json.dumps(dataclasses.asdict(spec)),
        "config": json.dumps(dataclasses.asdict(generator.config)),
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.write_bytes(save(tensors, metadata))


def read(path: Path, origin: str) -> Generator:
    """The generator in a weights file. Raises WeightsError with one sentence where it is none."""
    with refusing(path, "weights"):
        generator = _read(path)
    generator.origin = origin
    return generator


class Refused(Exception):
    """Why a file is refused: the end of a sentence."""


@contextmanager
def refusing(path: Path, what: str) -> Iterator[None]:
    """Makes one sentence, a WeightsError, of why a file can't be read as `what`."""
    try:
        yield
    except (Refused, SafetensorError, OSError) as error:
        if isinstance(error, OSError):
            reason = f"it cannot be read ({(error.strerror or str(error)).lower()})"
        elif isinstance(error, SafetensorError):
            reason = "it is damaged, incomplete or no safetensors file"
        else:
            reason = str(error)
        raise WeightsError(f"{path.name} is not usable as {what}: {reason:.300}.") from None


def _read(path: Path) -> Generator:
    _check_size(path)
    with safe_open(path, "pt") as file:  # checks every claimed shape against the file's size
        spec, config = _described(file.metadata() or {})
        # Two bytes a number: twice what the file can fill, for buffers and passing values.
        generator = _built(spec, config, elements=path.stat().st_size)
        generator.load_state_dict(_tensors(file, generator), assign=True)
    generator.eval()
    _check_drawing(generator)
    return generator


def _check_size(path: Path) -> None:
    if not path.is_file():
        raise Refused("it is no file" if path.exists() else "there is no such file")
    size = path.stat().st_size
    if size > limits.MAX_WEIGHTS_BYTES:
        allowed = limits.MAX_WEIGHTS_BYTES >> 20
        raise Refused(f"it has {size >> 20:,} MiB, and at most {allowed} are allowed")
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if not 2 <= header <= min(MAX_HEADER_BYTES, size - 8):
        raise Refused("it is damaged, incomplete or no safetensors file")


def _described(metadata: dict[str, str]) -> tuple[GeneratorSpec, object]:
    """The spec and the family's config that a header tells of, every value within its limits."""
    if metadata.get("format") != FORMAT:
        raise Refused(f"its header does not say {FORMAT!r}, so something else wrote it")
    family = metadata.get("family")
    if family not in FAMILIES:
        raise Refused(
            f"its family must be one of {', '.join(FAMILIES)}, not {limits.shown(family)}"
        )
    spec = _fields(GeneratorSpec, metadata.get("spec"), "spec", limits.SPEC)
    config = _fields(FAMILIES[family][1], metadata.get("config"), "config", limits.CONFIG)
    if spec["family"] != family:
        raise Refused("its spec is of another family")
    names, timing = spec.get("actions", ()), spec.get("timing", ())
    if len(timing) not in (0, len(names)):
        raise Refused("its timing is not one of each action")
    if len(names) > limits.MAX_ACTIONS or len(set(names)) < len(names):
        raise Refused(f"its actions must be at most {limits.MAX_ACTIONS} different names")
    if not all(0 < len(name) <= 40 and name.isprintable() for name in names):
        raise Refused("its actions' names must be printable and of 1 to 40 characters")
    return GeneratorSpec(**spec), FAMILIES[family][1](**config)


def _fields(kind: type, text: str | None, name: str, bounds: dict[str, limits.Limit]) -> dict:
    """The fields of a dataclass from JSON, of the annotated types; numbers within bounds."""
    try:
        values = json.loads(text or "")
    except (ValueError, RecursionError):
        raise Refused(f"its {name} is not JSON") from None
    return _checked_fields(kind, values, name, bounds)


def _checked_fields(kind: type, values: object, name: str, bounds: dict) -> dict:
    if not isinstance(values, dict):
        raise Refused(f"its {name} is not a JSON object")
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    if not required <= set(values) <= set(hints):
        wrong = sorted(required - set(values)) + sorted(set(values) - set(hints))
        raise Refused(f"its {name} lacks or does not know {limits.shown(wrong)}")
    return {
        key: _value(value, hints[key], f"{name}.{key}", bounds, bounds.get(key))
        for key, value in values.items()
    }


def _value(
    value: object,
    hint: object,
    name: str,
    bounds: dict[str, limits.Limit],
    bound: limits.Limit | None,
) -> object:
    if typing.get_origin(hint) is tuple:  # tuple[int, ...]: JSON has lists only
        if not isinstance(value, list) or len(value) > limits.MAX_ACTIONS:
            raise Refused(f"its {name} must be a list of at most {limits.MAX_ACTIONS}")
        kind = typing.get_args(hint)[0]
        return tuple(_value(item, kind, name, bounds, bound) for item in value)
    if dataclasses.is_dataclass(hint):
        return hint(**_checked_fields(hint, value, name, bounds))
    if hint in (str, bool):
        if not isinstance(value, hint):
            raise Refused(f"its {name} must be of type {hint.__name__}")
        return value
    if bound is None:
        bound = limits.CONFIG_SIZE if hint is int else limits.CONFIG_NUMBER
    try:
        return bound.check(value)
    except ValueError as error:
        raise Refused(f"in its {name}, {str(error).rstrip('.')}") from None


class _Budget(TorchFunctionMode):
    """Refuses tensors, as they are made, beyond a number of elements in all.

    PyTorch's meta device would build without memory, but takes a second to import what it needs.
    """

    makers = (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn)

    def __init__(self, elements: int) -> None:
        super().__init__()
        self.left = elements

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in self.makers:
            sizes = args or (kwargs["size"],)
            self.left -= math.prod(sizes[0] if isinstance(sizes[0], tuple | list) else sizes)
            if self.left < 0:
                raise Refused("it describes a network larger than the file")
        return func(*args, **(kwargs or {}))


def _built(spec: GeneratorSpec, config: object, elements: int) -> Generator:
    """The generator that a file describes, if it takes no more than `elements` numbers."""
    try:
        with torch.random.fork_rng(devices=[]), _Budget(elements):
            return FAMILIES[spec.family][0](spec, config)
    except (ValueError, TypeError, RuntimeError, IndexError, ZeroDivisionError) as error:
        raise Refused(f"its spec and config do not fit ({_inline(error)})") from None


def _inline(error: Exception) -> str:
    return " ".join(str(error).rstrip(".").split())[:120]


def _tensors(file: safe_open, generator: Generator) -> dict[str, torch.Tensor]:
    expected = generator.state_dict()
    if set(file.keys()) != set(expected):
        wrong = sorted(set(file.keys()) ^ set(expected))
        raise Refused(f"its tensors are not those of its config ({limits.shown(wrong)})")
    for name, tensor in expected.items():
        found = file.get_slice(name)
        if found.get_shape() != list(tensor.shape):
            raise Refused(f"{name} is {found.get_shape()} and should be {list(tensor.shape)}")
    state = {}
    for name, tensor in expected.items():
        loaded = file.get_tensor(name)
        if loaded.dtype != _stored(tensor.dtype):
            raise Refused(f"{name} is {loaded.dtype} and should be {_stored(tensor.dtype)}")
        state[name] = loaded.to(tensor.dtype, copy=True)
        # A sum of float16 values cannot overflow float32, and passes on what is not finite.
        if not state[name].sum().isfinite():
            raise Refused(f"{name} holds values that are not numbers")
    return state


def _stored(dtype: torch.dtype) -> torch.dtype:
    return torch.float16 if dtype.is_floating_point else dtype


def _check_drawing(generator: Generator) -> None:
    # Finite weights may still overflow, and a spec may be too small for its family's forward.
    try:
        frame = next(generator.stream(seeded_path(generator.spec, seed=0, frames=1)))
    except (RuntimeError, ValueError, IndexError) as error:
        raise Refused(f"it cannot draw ({_inline(error)})") from None
    side, channels = generator.spec.resolution, generator.spec.channels
    if frame.shape != (1, 1, channels, side, side) or not frame.isfinite().all():
        raise Refused("what it draws is no picture")
