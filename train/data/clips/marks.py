"""What a folder says of its clips beside showing them: which stay out of training, and loops.

`heldout.txt` names clips that no training may see, one path a line as they lie below the file;
`loops.txt`, whatever is in it, says that every clip is a seamless loop of all its frames. Both may
lie in the folder of clips or in the one above, for all the sets there.
"""

from __future__ import annotations

from pathlib import Path

HELDOUT, LOOPS = "heldout.txt", "loops.txt"


def read_heldout(root: Path, names: list[str]) -> tuple[tuple[int, ...], list[str]]:
    """Indices into the names of clips that are held out, and a sentence for what isn't there.

    Raises ValueError if a list can't be read: training on those clips would spoil what they are
    kept for.
    """
    wanted = set(_lines(root / HELDOUT))
    above = f"{root.name}/"
    wanted |= {
        line.removeprefix(above)
        for line in _lines(root.parent / HELDOUT)
        if line.startswith(above)  # the others are of the sets beside this one
    }
    heldout = tuple(index for index, name in enumerate(names) if name in wanted)
    absent = sorted(wanted - set(names))
    notes = []
    if absent:
        notes.append(f"{HELDOUT} names {len(absent)} clips that are not here ({absent[0]})")
    if names and len(heldout) == len(names):
        raise ValueError(f"{HELDOUT} holds out all clips of {root}: none is left to learn from.")
    return heldout, notes


def are_loops(root: Path) -> bool:
    """Whether the clips of a folder are said to be loops."""
    return (root / LOOPS).is_file() or (root.parent / LOOPS).is_file()


def _lines(path: Path) -> list[str]:
    """Those that are neither empty nor a comment (#); none if there is no such file."""
    if not path.is_file():
        return []
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read ({error}).") from error
    return [line for line in lines if line and not line.startswith("#")]
