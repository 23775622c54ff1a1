"""Everything needed to go on as if never stopped, in parts small enough to be carried about.

A checkpoint is a folder `checkpoint-<clips>` of parts of at most 15 MiB and a manifest with their
checksums. It is written under another name and renamed, so that a folder with that name is whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from vidgen.files import whole_file

log = logging.getLogger("train")

PART_BYTES = 15 * 2**20
KEPT = 2  # the newest, and the one before in case a disk lied


class Damaged(ValueError):
    """A checkpoint that can't be gone on from; its text says why, in words for brackets."""


def save_checkpoint(run: Path, clips: int, state: dict) -> Path:
    """Writes `state` (tensors, numbers, strings, lists, dicts) and removes older checkpoints.

    Those of more clips go too: they were damaged, or the run would have gone on from them.

    Raises OSError if it cannot be written; earlier checkpoints are then still there.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getbuffer()
    target = run / f"checkpoint-{clips:09d}"
    building = run / f".building-{os.getpid()}"
    try:
        building.mkdir(parents=True)
        parts: list[dict[str, str]] = []
        for start in range(0, len(data), PART_BYTES):
            part = data[start : start + PART_BYTES]
            name = f"part-{len(parts):02d}"
            _write_through(building / name, part)
            parts.append({"name": name, "sha256": hashlib.sha256(part).hexdigest()})
        _write_through(building / "manifest.json", json.dumps({"parts": parts}).encode())
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    there = checkpoints(run)
    newest = there.index(target) + 1
    for old in there[: max(0, newest - KEPT)] + there[newest:]:
        shutil.rmtree(old)
    return target


def remove_leftovers(run: Path) -> None:
    """Removes what a process that was killed while it wrote has left behind."""
    for folder in run.glob(".building-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for part in run.rglob("*.part"):
        part.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file that is whole wherever it is: the old one stands until the new one is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, durable=True) as part:
        part.write_bytes(data)


def checkpoints(run: Path) -> list[Path]:
    """The checkpoint folders of a run, oldest first."""
    return sorted(p for p in run.glob("checkpoint-*") if p.is_dir())


def load_checkpoint(run: Path, use: Callable[[dict], None] = lambda state: None) -> dict:
    """The newest whole checkpoint of a run that `use` does not refuse by raising Damaged.

    One that is passed over is named in a warning. Raises ValueError if there is none.
    """
    problems: list[str] = []
    for folder in reversed(checkpoints(run)):
        try:
            state = _read(folder)
            use(state)
        except Damaged as error:
            problems.append(f"{folder.name} is damaged ({error})")
            continue
        except ValueError as error:
            raise ValueError("; ".join([*problems, str(error)])) from error
        if problems:
            log.warning("%s: going on from %s.", "; ".join(problems), folder.name)
        return state
    problem = problems[0] if problems else "there is none"
    raise ValueError(f"No checkpoint to resume from in {run}: {problem}.")


def check_alike(saved: object, fresh: object, name: str = "state") -> None:
    """Raises ValueError if plain values of a nested state are of another kind than fresh ones.

    What only one of the two has is passed over.
    """
    if isinstance(fresh, bool | int | float):
        if not isinstance(saved, bool | int | float) or not abs(saved) < 1e15:  # nor NaN
            raise ValueError(f"{name} is no number")
    elif isinstance(fresh, dict | list | torch.Tensor):
        if not isinstance(saved, type(fresh)):
            raise ValueError(f"{name} is of another kind")
        if isinstance(fresh, dict) and isinstance(saved, dict):
            for key in fresh.keys() & saved.keys():
                check_alike(saved[key], fresh[key], str(key))
        elif isinstance(saved, list):
            for item in saved:
                if not isinstance(item, dict):
                    check_alike(item, 0.0, name)


def _read(folder: Path) -> dict:
    """The state in a checkpoint. Raises Damaged."""
    data = _joined_parts(folder)
    try:
        # weights_only: tensors and plain values, nothing that runs code.
        state = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    except Exception as error:  # of damaged bytes it raises whatever it comes across
        raise Damaged(f"its state can't be read: {type(error).__name__}") from error
    if not isinstance(state, dict):
        raise Damaged("its state is no dictionary")
    return state


def _joined_parts(folder: Path) -> bytes:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except OSError as error:
        raise Damaged(f"manifest.json can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Damaged("manifest.json is no JSON") from error
    parts = manifest.get("parts") if isinstance(manifest, dict) else None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise Damaged("manifest.json lists no parts")
    names = [part.get("name") for part in parts]
    if len(set(map(str, names))) < len(names) or not all(
        isinstance(name, str) and re.fullmatch(r"part-\d{2,6}", name) for name in names
    ):
        raise Damaged("manifest.json names parts that are none")
    data = []
    for part in parts:
        try:
            data.append((folder / part["name"]).read_bytes())
        except OSError as error:
            raise Damaged(f"{part['name']} can't be read: {error.strerror}") from error
        if hashlib.sha256(data[-1]).hexdigest() != part.get("sha256"):
            raise Damaged(f"{part['name']} does not match its checksum")
    return b"".join(data)


def _write_through(path: Path, data: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
