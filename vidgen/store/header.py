"""What the header of a weights file may claim, and why a file is refused.

A file comes from anywhere, so everything that it claims is compared with its size and with
`vidgen.limits` before anything is built of it.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from vidgen import limits
from vidgen.models import FAMILIES
from vidgen.settings import with_names_of_now
from vidgen.types import GeneratorSpec

FORMAT = "vidgen 1"
MAX_HEADER_BYTES = 1 << 20  # a few hundred tensors take 30 KB


class WeightsError(ValueError):
    """Weights that cannot be used; its text is one sentence for people."""


class Unreadable(WeightsError):
    """A file that the system did not let us read; it may be good."""


class Refused(Exception):
    """Why a file is refused: the end of a sentence."""


@contextmanager
def refusing(path: Path, what: str) -> Iterator[None]:
    """Makes one sentence, a WeightsError, of why a file can't be read as `what`."""
    try:
        yield
    except (Refused, SafetensorError, OSError) as error:
        kind = Unreadable if isinstance(error, OSError) else WeightsError
        if isinstance(error, OSError):
            reason = f"it cannot be read ({(error.strerror or str(error)).lower()})"
        elif isinstance(error, SafetensorError):
            reason = "it is damaged, incomplete or no safetensors file"
        else:
            reason = str(error)
        raise kind(f"{path.name} is not usable as {what}: {reason:.300}.") from None


def check_size(
    path: Path, most: int = limits.MAX_WEIGHTS_BYTES, most_header: int = MAX_HEADER_BYTES
) -> None:
    """Raises Refused if a file is none, has more than `most` bytes, or cannot be whole."""
    if not path.is_file():
        raise Refused("it is no file" if path.exists() else "there is no such file")
    size = path.stat().st_size
    if size > most:
        raise Refused(f"it has {size >> 20:,} MiB, and at most {most >> 20} are allowed")
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if not 2 <= header <= min(most_header, size - 8):
        raise Refused("it is damaged, incomplete or no safetensors file")


def check_format(metadata: dict[str, str], format: str) -> None:
    """Raises Refused if a header is of something else."""
    if metadata.get("format") != format:
        raise Refused(f"its header does not say {format!r}, so something else wrote it")


def object_in(text: str | None, name: str) -> dict:
    """The JSON object that a header has under a name. Raises Refused."""
    try:
        values = json.loads(text or "")
    except (ValueError, RecursionError):
        raise Refused(f"its {name} is not JSON") from None
    if not isinstance(values, dict):
        raise Refused(f"its {name} is not a JSON object")
    return values


def described(metadata: dict[str, str]) -> tuple[GeneratorSpec, object]:
    """The spec and the family's config that a header tells of, every value within its limits.

    Raises Refused.
    """
    check_format(metadata, FORMAT)
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
    return _checked_fields(kind, object_in(text, name), name, bounds)


def _checked_fields(kind: type, values: object, name: str, bounds: dict) -> dict:
    if not isinstance(values, dict):
        raise Refused(f"its {name} is not a JSON object")
    values = with_names_of_now(kind, values)
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
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
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
