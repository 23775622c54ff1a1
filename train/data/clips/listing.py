"""What lies in a folder of clips: which files make which clip, and which are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidgen.pixels.reading import decode
from vidgen.pixels.reading.picture import read_picture, strip_length
from vidgen.pixels.reading.sniff import ANIMATION, PICTURE, VIDEO, kind_of
from vidgen.pixels.reading.timing import Unreadable

STRIP, FRAMES, STILL = "strip", "frames", "still"  # kinds of clips beside VIDEO and ANIMATION
# Files that lie beside clips, by what they end in.
BESIDE = re.compile(
    r"\.([ct]sv|jsonl?|txt|md|rst|ya?ml|toml|xml|html?|pdf|ini|db|py|log|srt|vtt|ass|nfo|url"
    r"|ifo|bup|cpi|mpl|bdm|lock)$|^[^.]*$",
    re.I,
)
PREVIEW = re.compile(r"\.(lrv|thm)$", re.I)  # of a camera: the same clip, smaller
# Folders that systems, not people, put there; so is what begins with a dot.
NOT_OURS = {
    "__macosx", "lost+found", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "#recycle",
    "#snapshot", "$recycle.bin", "recycler", "system volume information", "network trash folder",
    "temporary items", "__pycache__", "eadir",
}  # fmt: skip
FEW = 3  # square frames beside each other that are more likely one wide picture
ALIKE, FEW_ALIKE = 0.5, 1.25  # see `_are_wide`


@dataclass(frozen=True)
class Source:
    """Where one clip comes from: kind, its path in the folder, and the files it is read from."""

    kind: str
    name: str
    files: list[Path]


@dataclass(frozen=True)
class Listing:
    """folders: (folder, its files), in natural order; skipped: (path, reason); notes: sentences."""

    folders: list[tuple[Path, list[Path]]]
    skipped: list[tuple[str, str]]
    notes: list[str]


def list_folder(root: Path) -> Listing:
    """All that lies in a folder and in those below it, hidden things and those of systems aside.

    A first-level folder may be a link to another: then both have the clips. Below, what is reached
    twice counts once, where it really lies.
    """
    listing = Listing([], [], [])
    homes: dict[Path, str] = {}  # of first-level folders
    _visit(root, root, {root}, listing, deep=False)
    try:
        folders = own_folders(root)
    except OSError:  # said already
        folders = []
    for folder in folders:
        place = folder.resolve()
        if place in (root, *root.parents):  # a link upwards would never end
            continue
        if place in homes:
            listing.notes.append(
                f"{folder.name} and {homes[place]} are the same folder: both have its clips"
            )
        homes.setdefault(place, folder.name)
        _visit(folder, root, {root, place}, listing)
    return listing


def own_folders(root: Path) -> list[Path]:
    """The folders in a folder that are people's: its classes, if it is one of clips. By name."""
    inside = (path for path in root.iterdir() if path.is_dir() and _is_ours(path))
    return sorted(inside, key=lambda path: natural(path.name))


def _visit(folder: Path, root: Path, seen: set[Path], listing: Listing, deep: bool = True) -> None:
    """Adds a folder's files and, if `deep`, those below it, to a listing."""
    try:
        inside = sorted(folder.iterdir(), key=lambda path: natural(path.name))
        inside = [path for path in inside if not path.name.startswith(".")]
        files = [path for path in inside if path.is_file()]
        listing.folders.append((folder, files))
        for path in inside:
            if not (path.is_file() or path.is_dir()):
                reason = "a link to nothing" if path.is_symlink() else "not a regular file"
                listing.skipped.append((name_in(root, path), reason))
        below = [path for path in inside if path.is_dir() and _is_ours(path)] if deep else []
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        listing.skipped.append((name_in(root, folder), reason))
        return
    # Links last, so that clips are called what they are called where they really lie.
    for path in sorted(below, key=lambda path: path.is_symlink()):
        place = path.resolve()
        if place not in seen and place not in root.parents:
            seen.add(place)
            _visit(path, root, seen, listing)


def _is_ours(folder: Path) -> bool:
    return not folder.name.startswith(".") and folder.name.lower() not in NOT_OURS


def find_pictures(root: Path, listing: Listing) -> tuple[list[Source], list[tuple[str, str]], list]:
    """The pictures in a folder, each a clip; what else there is as `find_sources` has it."""
    sources, skipped = [], []
    for _, files in listing.folders:
        for path in files:
            name, beside = name_in(root, path), BESIDE.search(path.name)
            kind = None if beside and "." in path.name else kind_of(path)
            if kind == PICTURE:
                sources.append(Source(STILL, name, [path]))
            elif not beside:
                moving = kind in (VIDEO, ANIMATION)
                reason = "it moves, and still pictures are wanted" if moving else "not a picture"
                skipped.append((name, reason))
    return sources, skipped, []


def find_sources(root: Path, listing: Listing) -> tuple[list[Source], list[tuple[str, str]], list]:
    """The clips that seem to lie in a folder, (path, reason) of files that are none, and notes."""
    sources, skipped, notes = [], [], []
    for folder, files in listing.folders:
        stills, moving = [], False
        for path in files:
            name = name_in(root, path)
            if PREVIEW.search(path.name):
                skipped.append((name, "a camera's preview of a clip"))
                continue
            beside = BESIDE.search(path.name)
            # Without a suffix only the content tells; with that of a text nobody has to look.
            kind = None if beside and "." in path.name else kind_of(path)
            if kind in (VIDEO, ANIMATION):
                sources.append(Source(kind, name, [path]))
                moving = True
            elif kind == PICTURE:
                stills.append(path)
            elif not beside:
                skipped.append((name, "not a video or a picture"))
        # Beside videos, pictures are their covers rather than frames.
        if moving or _are_strips(stills):
            if not moving and _are_wide(stills):
                sources.append(Source(FRAMES, name_in(root, folder), stills))
                notes.append(
                    f"{name_in(root, folder)}: {len(stills)} wide pictures are taken as frames of "
                    "one clip, not as strips of square ones"
                )
            else:
                sources += [Source(STRIP, name_in(root, path), [path]) for path in stills]
        elif len(stills) == 1:
            skipped.append((name_in(root, stills[0]), "a single picture is no clip"))
        elif stills:
            sources.append(Source(FRAMES, name_in(root, folder), stills))
    return sources, skipped, notes


def natural(name: str) -> tuple:
    """A sorting key by which frame 2 comes before frame 10."""
    parts = re.split(r"(\d+)", name.lower())  # text and number by turns
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def name_in(root: Path, path: Path) -> str:
    """A path as it is called in the folder."""
    return path.relative_to(root).as_posix() if path != root else root.name


def _are_strips(pictures: list[Path]) -> bool:
    # The first, middle and last one tell: reading them all would take as long as decoding.
    looks = list(_look(pictures, (0, (len(pictures) - 1) // 2, len(pictures) - 1)))
    return 2 * sum(strip_length(picture) > 0 for picture in looks) > len(looks)


def _are_wide(pictures: list[Path]) -> bool:
    """Whether pictures that could be strips are frames of one clip, each wider than high.

    Frames of a clip resemble the next picture; in a strip the squares resemble each other. If
    there are but two or three squares to a picture, the benefit of the doubt is for frames.
    """
    middle = max(0, len(pictures) // 2 - 1)
    places = (0, 1, middle, middle + 1, len(pictures) - 2, len(pictures) - 1)
    looks = [look[..., :3].astype(np.float32) for look in _look(pictures, places)]
    if len(looks) < 2 or len({look.shape for look in looks}) > 1:
        return False
    side, squares = looks[0].shape[0], strip_length(looks[0])
    across = np.mean([np.abs(a - b).mean() for a, b in zip(looks, looks[1:], strict=False)])
    within = np.mean([np.abs(look[:, side:] - look[:, :-side]).mean() for look in looks])
    return 0 < across < within * (FEW_ALIKE if squares <= FEW else ALIKE)


def _look(pictures: list[Path], places: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Those of some pictures that can be read, each once."""
    for place in sorted({place for place in places if 0 <= place < len(pictures)}):
        try:
            with decode.silenced():
                yield read_picture(pictures[place])
        except Unreadable:
            continue
