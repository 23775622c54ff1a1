"""Reads a stranger's file in a process of its own, which may crash, hang or grow without harm.

FFmpeg's and Pillow's decoders are large, and what visitors send may have been made to break them.
The process is told one path, can write no file, has bounded memory and time, and answers with plain
numbers; it imports nothing but what decodes, so that it is there in half a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vidgen.pixels.mark import MOST_FRAMES, Finding, find_mark
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.decode import decode
from vidgen.pixels.reading.picture import read_picture
from vidgen.pixels.reading.sound import as_samples, decode_sound
from vidgen.pixels.reading.square import fit
from vidgen.pixels.reading.timing import Bounds, Timing, Unreadable

MEMORY = 3 << 30  # bytes of address space; a third of it is libraries
STARTING = 60.0  # seconds that the process may take besides, on a machine with much to do
PACKAGE = Path(__file__).parents[2]
# `vidgen` itself brings torch along, which takes seconds: a bare package of that name does here.
PROGRAM = (
    "import sys, types; package = types.ModuleType('vidgen'); package.__path__ = [sys.argv[1]]; "
    "sys.modules['vidgen'] = package; from vidgen.pixels.reading.apart import main; "
    "main(*sys.argv[2:])"
)
BROKEN = "its decoder broke"


def pictures_apart(path: Path, side: int, bounds: Bounds) -> tuple[np.ndarray, Timing]:
    """The square in the middle of every picture, uint8 (T, side, side, 4), and their timing.

    Raises Unreadable with the reason if the file is no clip, or goes beyond its bounds, and
    ValueError if it is a video and PyAV is missing.
    """
    told, data = _asked("pictures", path, side, bounds)
    pictures = np.frombuffer(data, "B").reshape(-1, side, side, 4)
    starts = np.array(told["starts"], np.float64)
    return pictures, Timing(starts, told["seconds"], told["fps"], tuple(told["notes"]))


def mark_apart(path: Path, bounds: Bounds) -> tuple[Finding, str | None]:
    """Whether a clip or a picture has the mark, and what it says of itself; raises as above."""
    told, _ = _asked("mark", path, 0, bounds)
    return Finding(told["chance"], told["scale"]), told["note"]


def sound_apart(path: Path, bounds: Bounds) -> tuple[np.ndarray, list[str]]:
    """The first seconds of a file's sound, int16 (N, 2), and what was left out; raises as above."""
    told, data = _asked("sound", path, 0, bounds)
    return as_samples(data), told["notes"]


def first_pictures(path: Path, bounds: Bounds) -> list[np.ndarray]:
    """The first pictures of a clip, or the one that a file is. Raises Unreadable."""
    pictures: list[np.ndarray] = []
    try:
        decode(path, pictures.append, bounds)
    except Unreadable as error:
        try:
            return [read_picture(path)]
        except Unreadable:
            raise error from None
    return pictures


def main(what: str, path: str, side: str, bounds: str) -> None:
    """What the process does: a line of JSON on its output, and bytes after it."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        for limit, most in (("AS", MEMORY), ("FSIZE", 0), ("CORE", 0)):
            resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (most, most))
    try:
        answer, data = WORK[what](Path(path), int(side), Bounds(**json.loads(bounds)))
    except Unreadable as error:
        answer, data = {"unreadable": str(error)}, b""
    except ValueError as error:
        answer, data = {"wrong": str(error)}, b""
    except MemoryError:
        answer, data = {"unreadable": "it needs too much memory"}, b""
    _send(sys.stdout.buffer, answer, data)


def _asked(what: str, path: Path, side: int, bounds: Bounds) -> tuple[dict, bytes]:
    """What the process answers. Raises Unreadable, ValueError."""
    limits = json.dumps(vars(bounds))
    command = [sys.executable, "-c", PROGRAM, str(PACKAGE), what, str(path), str(side), limits]
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=os.environ | one_thread,
            timeout=(bounds.seconds or 0) + STARTING,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable(f"it takes longer than {bounds.seconds:g} seconds to decode") from None
    line, _, data = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise Unreadable(BROKEN)
    told = json.loads(line)
    if "unreadable" in told:
        raise Unreadable(told["unreadable"])
    if "wrong" in told:
        raise ValueError(told["wrong"])
    return told, data


def _send(out: BinaryIO, answer: dict, data: bytes) -> None:
    out.write(json.dumps(answer).encode() + b"\n" + data)
    out.flush()


def _pictures(path: Path, side: int, bounds: Bounds) -> tuple[dict, bytes]:
    parts: list[bytes] = []
    timing = decode(path, lambda picture: parts.append(fit(picture, side).tobytes()), bounds)
    told = {
        "starts": timing.starts.tolist(), "seconds": timing.seconds, "fps": timing.fps,
        "notes": timing.notes,
    }  # fmt: skip
    return told, b"".join(parts)


def _mark(path: Path, side: int, bounds: Bounds) -> tuple[dict, bytes]:
    first = Bounds(min(MOST_FRAMES, bounds.frames or MOST_FRAMES), bounds.pixels, bounds.seconds)
    finding = find_mark(first_pictures(path, first))
    return {"chance": finding.chance, "scale": finding.scale, "note": read_note(path)}, b""


def _sound(path: Path, side: int, bounds: Bounds) -> tuple[dict, bytes]:
    data, notes = decode_sound(path, bounds)
    return {"notes": notes}, data


WORK: dict[str, Callable[[Path, int, Bounds], tuple[dict, bytes]]] = {
    "pictures": _pictures,
    "mark": _mark,
    "sound": _sound,
}
