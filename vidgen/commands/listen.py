"""`listen`: a clip that moves to a sound, as an MP4 with the sound in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vidgen.sound.dance import FOLLOWS, dance
from vidgen.sound.film import BACKGROUND, read_sound, write_dance
from vidgen.types import Generator


def add(commands: Any, number: Callable[[str], object], model: str, size: int) -> None:
    """Its options, beside those of the other commands."""
    listen = commands.add_parser("listen", help="a clip that moves to a sound")
    listen.add_argument("sound", help="music, or a video with sound; its first 20 seconds")
    listen.add_argument("out", help="file to write: .mp4")
    listen.add_argument("--model", default=model, help="as for generate")
    listen.add_argument("--seed", type=number, default=0, metavar="N", help="(0)")
    listen.add_argument("--action", metavar="NAME", help="one of the model's (the seed's)")
    listen.add_argument("--motion-seed", type=number, metavar="N", help="as for generate")
    listen.add_argument(
        "--loudness", choices=FOLLOWS, default=FOLLOWS[0],
        help="what it steers besides: the speed between beats, or how far from the average it is",
    )  # fmt: skip
    listen.add_argument("--size", type=number, default=size, metavar="PIXELS")
    listen.add_argument("--background", default=BACKGROUND, metavar="COLOUR", help="(white)")


def make(
    options: argparse.Namespace,
    generator: Generator,
    out: Path,
    note: str,
    told: Callable[[int, int], None],
) -> None:
    """Writes what the options describe to `out`, with a note for its metadata.

    Says on stderr what was heard. Raises ValueError with one sentence, OSError.
    """
    sound = read_sound(Path(options.sound))
    danced = dance(
        generator, sound.heard, options.seed, options.action, options.motion_seed, options.loudness
    )
    for remark in sound.notes:
        print(f"{Path(options.sound).name}: {remark}.", file=sys.stderr)
    print(danced.said(sound.heard), file=sys.stderr)
    write_dance(
        out, generator, danced, sound, options.size, options.background, note,
        lambda done: told(done, danced.path.frames),
    )  # fmt: skip
