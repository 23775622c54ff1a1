"""A folder of clips: video files, animations, frame folders or strips, decoded once and cached."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import logging
import os
import re
import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import PIL
from tqdm import tqdm

from train.data import cache
from train.data.batches import ClipDataset
from train.data.clips.listing import (
    FRAMES,
    STILL,
    STRIP,
    Listing,
    find_pictures,
    find_sources,
    list_folder,
    name_in,
)
from train.data.clips.marks import are_loops, read_heldout
from train.data.clips.tape import Tape
from vidgen.pixels.reading.animation import decode_animation
from vidgen.pixels.reading.decode import silenced
from vidgen.pixels.reading.picture import decode_pictures, decode_still, decode_strip
from vidgen.pixels.reading.sniff import ANIMATION, VIDEO
from vidgen.pixels.reading.timing import Unreadable
from vidgen.pixels.reading.video import decode_video

log = logging.getLogger("train.data")

FORMAT = 3  # of the cache: a change of what is decoded here raises it
CLIPS = "video files, animated GIFs, strips or folders of pictures"
FEW_NAMES = 3  # are named if a remark holds for many clips


def load_folder(
    folder: str | os.PathLike, resolution: int = 64, loops: bool = False, stills: bool = False
) -> ClipDataset:
    """All clips of a folder at resolution x resolution, square from the middle of the frame.

    A clip is a video file, an animated GIF, WebP or PNG, a strip (a picture of square frames from
    left to right) or a folder of pictures. First-level folders are its actions. All clips get the
    commonest frame rate. With `loops`, or a file loops.txt beside them, they are seamless loops of
    all their frames; those that heldout.txt names are loaded and not learnt from (marks.py). With
    `stills` every picture is a clip of one frame, and nothing else is one. What can't be read is
    logged as a warning and left out. Raises ValueError if there is no folder or
    no clip in it.
    """
    root = Path(os.path.expanduser(folder)).resolve()
    if not os.path.exists(root):
        raise ValueError(f"There is no folder {folder}.")
    if not os.path.isdir(root):
        raise ValueError(f"{folder} is a file: a folder of clips is wanted.")
    listing = list_folder(root)
    prefix, key = _keys(root, resolution, listing, stills)
    store = cache.cache_folder()
    found = cache.load(store, key)
    if found is None:
        try:
            _decode(root, listing, resolution, store, key, stills)
        except OSError as error:
            raise ValueError(
                f"Decoded clips can't be kept in {store} ({error.strerror}): "
                "set XDG_CACHE_HOME to another folder."
            ) from error
        cache.forget_others(store, prefix, key)
        found = cache.load(store, key)
    if found is None:
        raise ValueError(f"{folder} changed while it was read: try again.")
    pixels, index = found
    heldout, notes = read_heldout(root, index.names)
    skipped = [f"skipped {path}: {reason}" for path, reason in index.skipped]
    for line in index.notes + skipped + notes:
        log.warning("%s: %s", root.name, line)
    dataset = _dataset(root.name, pixels, index)
    return dataclasses.replace(dataset, loops=loops or are_loops(root), heldout=heldout)


def actions_of(names: list[str]) -> tuple[str, ...]:
    """The first-level folders of clips, alphabetically; none if a clip lies in no such folder."""
    parts = [name.split("/") for name in names]
    return tuple(sorted({p[0] for p in parts})) if all(len(p) > 1 for p in parts) else ()


def _decode(
    root: Path, listing: Listing, resolution: int, store: Path, key: str, stills: bool
) -> None:
    """Decodes all clips into the cache. Raises ValueError if there is none."""
    find = find_pictures if stills else find_sources
    sources, skipped, notes = find(root, listing)
    skipped, notes = listing.skipped + skipped, listing.notes + notes

    def report(path: Path, reason: str) -> None:
        skipped.append((name_in(root, path), reason))

    decoders = {
        VIDEO: lambda files: partial(decode_video, files[0]),
        ANIMATION: lambda files: partial(decode_animation, files[0]),
        STRIP: lambda files: partial(decode_strip, files[0]),
        FRAMES: lambda files: partial(decode_pictures, files, report=report),
        STILL: lambda files: partial(decode_still, files[0]),
    }
    with tempfile.TemporaryFile(dir=store) as file:
        tape = Tape(file, resolution, fewest=1 if stills else 2)
        for source in tqdm(sources, f"decoding {root.name}", unit="clip", disable=not sources):
            try:
                with silenced():
                    tape.record(source.name, decoders[source.kind](source.files))
            except Unreadable as error:
                skipped.append((source.name, str(error)))
        if not tape.names:
            wanted = "pictures" if stills else CLIPS
            raise ValueError(_nothing(root, skipped, wanted))

        fps = tape.fps()
        frames = tape.index(fps)
        lengths = [len(clip) for clip in frames]
        channels = 4 if tape.alpha and tape.transparent else 3
        shape = (sum(lengths), resolution, resolution, channels)
        notes += _notes(tape, fps)
        index = cache.Index(lengths, tape.names, fps, skipped, notes)
        cache.save(store, key, shape, tape.frames(frames, channels), index)


def _notes(tape: Tape, fps: float) -> list[str]:
    others = sorted({f"{t.fps:.4g}" for t in tape.timings if abs(t.fps / fps - 1) > 0.01})
    count = sum(abs(t.fps / fps - 1) > 0.01 for t in tape.timings)
    notes = []
    if others:
        notes.append(
            f"{count} of {len(tape.names)} clips resampled from {', '.join(others)} to {fps:g} "
            "frames a second"
        )
    if tape.transparent and not tape.alpha:
        notes.append(
            f"the transparency of {sum(tape.see_through)} of {len(tape.names)} clips is laid over "
            "black, as not all have some"
        )
    if not actions_of(tape.names) and any("/" in name for name in tape.names):
        notes.append("no actions, as some clips lie in no subfolder")
    return notes + _remarks(tape)


def _remarks(tape: Tape) -> list[str]:
    """What decoding left out or guessed, by the names of the clips, each remark once."""
    said: dict[str, list[str]] = {}
    for name, timing in zip(tape.names, tape.timings, strict=True):
        for note in timing.notes:
            said.setdefault(note, []).append(name)
    lines = []
    for note, names in said.items():
        more = f" and {len(names) - FEW_NAMES} others" if len(names) > FEW_NAMES else ""
        lines.append(f"{', '.join(names[:FEW_NAMES])}{more}: {note}")
    return lines


def _nothing(root: Path, skipped: list[tuple[str, str]], wanted: str) -> str:
    if not skipped:
        return f"There are no clips in {root}: {wanted} are wanted."
    path, reason = skipped[0]
    if len(skipped) == 1:
        return f"There are no clips in {root}: {path} can't be used ({reason})."
    return f"There are no clips in {root}: none of {len(skipped)} can be used ({path}: {reason})."


def _dataset(name: str, pixels: np.ndarray, index: cache.Index) -> ClipDataset:
    actions = actions_of(index.names)
    labels = [actions.index(n.split("/")[0]) if actions else 0 for n in index.names]
    lengths = np.array(index.lengths)
    return ClipDataset(
        name=name,
        pixels=pixels,
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        labels=np.array(labels),
        actions=actions,
        fps=index.fps,
        names=tuple(index.names),
    )


def _keys(root: Path, resolution: int, listing: Listing, stills: bool = False) -> tuple[str, str]:
    """What this folder's cache is called at any state of the folder, and at its present one."""
    place = hashlib.sha256(os.fsencode(f"{root}|{resolution}")).hexdigest()[:12]
    kind = "stills-" if stills else ""
    prefix = f"{kind}{re.sub(r'[^A-Za-z0-9]', '_', root.name)[:40]}-{resolution}-{place}"
    state = [FORMAT, cv2.__version__, PIL.__version__, _pyav_version(), listing.skipped]
    for _, files in listing.folders:
        for path in files:
            with contextlib.suppress(OSError):  # it went away meanwhile
                stat = path.stat()
                state.append((name_in(root, path), stat.st_size, stat.st_mtime_ns, stat.st_mode))
    return prefix, f"{prefix}-{hashlib.sha256(json.dumps(state).encode()).hexdigest()[:16]}"


def _pyav_version() -> str:
    try:
        return importlib.metadata.version("av")
    except importlib.metadata.PackageNotFoundError:
        return ""
