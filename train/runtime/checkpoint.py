"""Everything needed to go on as if never stopped, in parts small enough to be carried about.

A checkpoint is a folder `checkpoint-<clips>` of parts of at most 15 MiB and a manifest with their
checksums. It is written under another name and renamed, so that a folder with that name is whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from pathlib import Path

import torch

from vidgen.files import whole_file

PART_BYTES = 15 * 2**20
KEPT = 2  # the newest, and the one before in case a disk lied


def save_checkpoint(run: Path, clips: int, state: dict) -> Path:
    """Writes `state` (tensors, numbers, strings, lists, dicts) and removes older checkpoints.

    Raises OSError where it cannot be written; earlier checkpoints are then still there.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getbuffer()
    target = run / f"checkpoint-{clips:09d}"
    building = run / f".building-{os.getpid()}"
    try:
        building.mkdir(parents=True)
        parts = []
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
    for old in checkpoints(run)[:-KEPT]:
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


def load_checkpoint(run: Path) -> dict:
    """The newest whole checkpoint of a run. Raises ValueError where there is none."""
    problem = "there is none"
    for folder in reversed(checkpoints(run)):
        try:
            # weights_only: tensors and plain values, nothing that runs code.
            return torch.load(io.BytesIO(_read_parts(folder)), weights_only=True)
        except (OSError, ValueError, KeyError) as error:
            problem = f"{folder.name} is damaged ({error})"
    raise ValueError(f"No checkpoint to resume from in {run}: {problem}.")


def _read_parts(folder: Path) -> bytes:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    data = []
    for part in manifest["parts"]:
        data.append((folder / part["name"]).read_bytes())
        if hashlib.sha256(data[-1]).hexdigest() != part["sha256"]:
            raise ValueError(f"{part['name']} does not match its checksum")
    return b"".join(data)


def _write_through(path: Path, data: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
