"""Judges as safetensors files, checked before anything is built; nothing in them is executed."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save

from train.judging.judge import ARCHITECTURES, CORRUPTED, Judge, JudgeCard, JudgeConfig
from train.runtime.checkpoint import write_whole
from vidgen.limits import Limit, shown
from vidgen.store.header import Refused, check_format, check_size, object_in, refusing
from vidgen.store.tensors import check_tensors, read_tensors, to_store

FORMAT = "vidgen judge 2"
FOLDER = Path(__file__).with_name("weights")
MAX_BYTES, MAX_HEADER_BYTES = 4 << 20, 1 << 16
WIDTH = Limit("A width", 8, 256, whole=True)
BOUNDS = {
    "channels": Limit("channels", 3, 4, whole=True),
    "frames": Limit("frames", 1, 256, whole=True),
    "fps": Limit("fps", 0.1, 240),
    "fold": Limit("fold", 1, 8, whole=True),
    "features": Limit("features", 8, 512, whole=True),
}
MAX_ATTRIBUTES, MAX_CLASSES = 16, 128


def load_judges(data_name: str, folder: Path = FOLDER) -> list[Judge]:
    """The judges of a data set by its name, one an architecture, in eval mode, on the CPU.

    Raises ValueError (WeightsError if a file is not usable) with the command that builds them.
    """
    files = {name: judge_path(data_name, name, folder) for name in ARCHITECTURES}
    found = [path for path in files.values() if path.is_file()]
    if not found:
        raise ValueError(
            f"There are no judges of {shown(data_name)}: build them with "
            "python -m train.judging --data DATA, where DATA is what was trained on."
        )
    return [read_judge(path) for path in found]


def judge_path(data_name: str, architecture: str, folder: Path = FOLDER) -> Path:
    """Where the judge of a data set lies."""
    return folder / f"{re.sub(r'[^A-Za-z0-9_]+', '_', data_name)}-{architecture}.safetensors"


def save_judge(judge: Judge, path: Path) -> None:
    """Writes a judge in float16 with all that `read_judge` needs; atomically."""
    tensors = to_store(_kept(judge))
    metadata = {
        "format": FORMAT,
        "config": json.dumps(dataclasses.asdict(judge.config)),
        "card": json.dumps(dataclasses.asdict(judge.card)),
    }
    write_whole(path, save(tensors, metadata))


def read_judge(path: Path) -> Judge:
    """The judge in a file. Raises WeightsError with one sentence if it is none."""
    with refusing(path, "a judge"):
        return _read(path)


def _read(path: Path) -> Judge:
    check_size(path, MAX_BYTES, MAX_HEADER_BYTES)
    with safe_open(path, "pt") as file:  # checks every claimed shape against the file's size
        metadata = file.metadata() or {}
        check_format(metadata, FORMAT)
        config = _config(_fields(JudgeConfig, metadata, "config"))
        card = _card(_fields(JudgeCard, metadata, "card"))
        with torch.random.fork_rng(devices=[]):
            judge = Judge(config, card).eval()
        check_tensors(file, _kept(judge))
        judge.load_state_dict(read_tensors(file, _kept(judge)))
    return judge.requires_grad_(False)


def _fields(kind: type, metadata: dict[str, str], name: str) -> dict:
    values = object_in(metadata.get(name), name)
    known = {field.name for field in dataclasses.fields(kind)}
    if set(values) != known:
        raise Refused(f"its {name} must have the fields {', '.join(sorted(known))}")
    return values


def _config(values: dict) -> JudgeConfig:
    try:
        for name, limit in BOUNDS.items():
            values[name] = limit.check(values[name])
        if not isinstance(values["widths"], list) or len(values["widths"]) != 3:
            raise ValueError("its widths must be three numbers")
        values["widths"] = tuple(WIDTH.check(width) for width in values["widths"])
    except ValueError as error:
        raise Refused(f"in its config, {str(error).rstrip('.')}") from None
    if values["architecture"] not in ARCHITECTURES:
        raise Refused(f"its architecture must be one of {', '.join(ARCHITECTURES)}")
    attributes = values["attributes"]
    if (
        not _is_name(values["data"])
        or not isinstance(attributes, dict)
        or not 0 <= len(attributes) <= MAX_ATTRIBUTES
        or not all(_is_name(name) and _is_names(names) for name, names in attributes.items())
        or set(attributes) & set(CORRUPTED)
    ):
        raise Refused("its data and attributes must have short, different names")
    values["attributes"] = {name: tuple(names) for name, names in attributes.items()}
    return JudgeConfig(**values)


def _card(values: dict) -> JudgeCard:
    accuracy, never_saw = values["accuracy"], values["never_saw"]
    numbers = [values["seed"], values["clips"], values["seconds"]]
    if not isinstance(accuracy, dict) or not isinstance(never_saw, list):
        raise Refused("its card is not of the form that a judge's has")
    numbers += accuracy.values()
    if not all(type(n) in (int, float) for n in numbers) or not all(map(_is_name, never_saw)):
        raise Refused("its card is not of the form that a judge's has")
    return JudgeCard(**(values | {"never_saw": tuple(never_saw)}))


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not value.isprintable():
        return False
    return 0 < len(value) <= 60 and "." not in value


def _is_names(values: object) -> bool:
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_CLASSES:
        return False
    return all(map(_is_name, values)) and len(set(values)) == len(values)


def _kept(judge: Judge) -> dict[str, torch.Tensor]:
    """What a file holds: all but the counters of batch normalisation, which nothing needs."""
    return {n: t for n, t in judge.state_dict().items() if t.is_floating_point()}
