"""A folder of clips: video files, animations, frame folders or strips, decoded once and cached."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import re
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from train.data import cache
from train.data.batches import ClipDataset
from train.data.clips import decode
from train.data.clips.decode import Unreadable
from train.data.clips.marks import are_loops, read_heldout
from train.data.clips.tape import Tape

log = logging.getLogger("train.data")

FORMAT = 2  # of the cache: a change of what is decoded here raises it
# File names by what they end in; a file that is neither, nor lies beside clips, is reported.
VIDEOS = re.compile(r"\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|ogv|m?ts|3gp)$", re.I)
PICTURES = re.compile(r"\.(a?png|jpe?g|webp|gif|avif|bmp|tiff?|p[gp]m|jp2)$", re.I)
BESIDE = re.compile(r"\.([ct]sv|jsonl?|txt|md|rst|ya?ml|xml|html|pdf|ini|db|py)$|^[^.]*$", re.I)


def load_folder(
    folder: str | os.PathLike, resolution: int = 64, loops: bool = False
) -> ClipDataset:
    """All clips of a folder at resolution x resolution, square from the middle of the frame.

    A clip is a video file, an animated GIF, WebP or PNG, a strip (a picture of square frames from
    left to right) or a folder of pictures. First-level folders are its actions. All clips get the
    commonest frame rate. With `loops`, or a file loops.txt beside them, they are seamless loops of
    all their frames; those that heldout.txt names are loaded and not learnt from (marks.py). What
    can't be read is logged as a warning and left out. Raises ValueError where there is no folder or
    no clip in it.
    """
    root = Path(os.path.expanduser(folder)).resolve()
    if not os.path.exists(root):
        raise ValueError(f"There is no folder {folder}.")
    if not os.path.isdir(root):
        raise ValueError(f"{folder} is a file: a folder of clips is wanted.")
    listing = list_folder(root)
    prefix, key = _keys(root, resolution, listing)
    store = cache.cache_folder()
    found = cache.load(store, key)
    if found is None:
        try:
            _decode(root, listing, resolution, store, key)
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


@dataclass(frozen=True)
class Source:
    """Where one clip comes from: kind, its path in the folder, and the files it is read from."""

    kind: str
    name: str
    files: list[Path]


@dataclass(frozen=True)
class Listing:
    """folders: (folder, its files), in natural order; skipped: (path, reason)."""

    folders: list[tuple[Path, list[Path]]]
    skipped: list[tuple[str, str]]


def list_folder(root: Path) -> Listing:
    """All that lies in a folder and in those below it, hidden things aside."""
    listing, seen = Listing([], []), set()

    def visit(folder: Path) -> None:
        if folder.resolve() in seen:  # a link upwards would never end
            return
        seen.add(folder.resolve())
        try:
            inside = sorted(folder.iterdir(), key=lambda path: natural(path.name))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            listing.skipped.append((_name(root, folder), reason))
            return
        inside = [path for path in inside if not path.name.startswith(".")]
        listing.folders.append((folder, [path for path in inside if path.is_file()]))
        for path in inside:
            if path.is_dir():
                visit(path)

    visit(root)
    return listing


def find_sources(root: Path, listing: Listing) -> tuple[list[Source], list[tuple[str, str]]]:
    """The clips that seem to lie in a folder, and (path, reason) of files that are none."""
    sources, skipped = [], []
    for folder, files in listing.folders:
        stills, moving = [], False
        for path in files:
            if VIDEOS.search(path.name):
                sources.append(Source("video", _name(root, path), [path]))
                moving = True
            elif PICTURES.search(path.name) and decode.is_animated(path):
                sources.append(Source("animation", _name(root, path), [path]))
                moving = True
            elif PICTURES.search(path.name):
                stills.append(path)
            elif not BESIDE.search(path.name):
                skipped.append((_name(root, path), "not a video or a picture, by its name"))
        # Beside videos, pictures are their covers rather than frames.
        if moving or _are_strips(stills):
            sources += [Source("strip", _name(root, path), [path]) for path in stills]
        elif len(stills) == 1:
            skipped.append((_name(root, stills[0]), "a single picture is no clip"))
        elif stills:
            sources.append(Source("frames", _name(root, folder), stills))
    return sources, skipped


def natural(name: str) -> tuple:
    """A sorting key by which frame 2 comes before frame 10."""
    parts = re.split(r"(\d+)", name.lower())
    return [int(part) if part.isdigit() else part for part in parts], name


def actions_of(names: list[str]) -> tuple[str, ...]:
    """The first-level folders of clips, alphabetically; none if a clip lies in no such folder."""
    parts = [name.split("/") for name in names]
    return tuple(sorted({p[0] for p in parts})) if all(len(p) > 1 for p in parts) else ()


def _are_strips(pictures: list[Path]) -> bool:
    # The first, middle and last one tell: reading them all would take as long as decoding.
    votes = []
    for path in {pictures[i * (len(pictures) - 1) // 2] for i in range(3)} if pictures else ():
        try:
            with decode.silenced():
                votes.append(decode.strip_length(decode.read_picture(path)) > 0)
        except Unreadable:
            continue
    return 2 * sum(votes) > len(votes)


def _decode(root: Path, listing: Listing, resolution: int, store: Path, key: str) -> None:
    """Decodes all clips into the cache. Raises ValueError if there is none."""
    sources, skipped = find_sources(root, listing)
    skipped = listing.skipped + skipped

    def report(path: Path, reason: str) -> None:
        skipped.append((_name(root, path), reason))

    decoders = {
        "video": lambda files: partial(decode.decode_video, files[0]),
        "animation": lambda files: partial(decode.decode_animation, files[0]),
        "strip": lambda files: partial(decode.decode_strip, files[0]),
        "frames": lambda files: partial(decode.decode_pictures, files, report=report),
    }
    with tempfile.TemporaryFile(dir=store) as file:
        tape = Tape(file, resolution)
        for source in tqdm(sources, f"decoding {root.name}", unit="clip", disable=not sources):
            try:
                with decode.silenced():
                    tape.record(source.name, decoders[source.kind](source.files))
            except Unreadable as error:
                skipped.append((source.name, str(error)))
        if not tape.names:
            raise ValueError(_nothing(root, skipped))

        fps = tape.fps()
        frames = tape.index(fps)
        lengths = [len(clip) for clip in frames]
        channels = 4 if tape.alpha and tape.transparent else 3
        shape = (sum(lengths), resolution, resolution, channels)
        notes = _notes(tape, fps)
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
    if not actions_of(tape.names) and any("/" in name for name in tape.names):
        notes.append("no actions, as some clips lie in no subfolder")
    return notes


def _nothing(root: Path, skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return (
            f"There are no clips in {root}: video files, animated GIFs, strips or folders of "
            "pictures are wanted."
        )
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


def _keys(root: Path, resolution: int, listing: Listing) -> tuple[str, str]:
    """What this folder's cache is called at any state of the folder, and at its present one."""
    place = hashlib.sha256(os.fsencode(f"{root}|{resolution}")).hexdigest()[:12]
    prefix = f"{re.sub(r'[^A-Za-z0-9]', '_', root.name)[:40]}-{resolution}-{place}"
    state = [FORMAT, cv2.__version__, listing.skipped]
    for _, files in listing.folders:
        for path in files:
            with contextlib.suppress(OSError):  # it went away meanwhile
                stat = path.stat()
                state.append((_name(root, path), stat.st_size, stat.st_mtime_ns, stat.st_mode))
    return prefix, f"{prefix}-{hashlib.sha256(json.dumps(state).encode()).hexdigest()[:16]}"


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path != root else root.name
