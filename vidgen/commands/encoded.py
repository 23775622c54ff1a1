"""`reconstruct` and `continue`: what a model with an encoder makes of a clip from a file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from vidgen import limits
from vidgen.pixels.clip import write_clip
from vidgen.pixels.formats import STREAMED
from vidgen.pixels.reading.clip import read_clip

COMMANDS = ("reconstruct", "continue")


def add(commands: Any, number: Callable[[str], object], size: int, formats: Sequence[str]) -> None:
    """Their options, beside those of the other commands."""
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("clip", help="a video, an animation or a strip of pictures")
    given.add_argument("out", help=f"file to write: .{', .'.join(formats)}")
    given.add_argument(
        "--model", required=True, help="one with an encoder; as for the other commands"
    )
    given.add_argument("--action", metavar="NAME", help="what it shows (the likeliest)")
    given.add_argument("--size", type=number, default=size, metavar="PIXELS")

    commands.add_parser("reconstruct", parents=[given], help="a clip as a model draws it")
    follow = commands.add_parser("continue", parents=[given], help="a clip, and what may follow it")
    follow.add_argument("--frames", type=number, default=8, metavar="N", help="that follow (8)")
    follow.add_argument(
        "--seed", type=number, metavar="N", help="one of what may follow (what is expected)"
    )


def make(options: argparse.Namespace, generator: Any, out: Path, note: str) -> None:
    """Writes what the encoder makes of a clip to `out`, with a note for its metadata.

    Raises ValueError with one sentence, OSError.
    """
    size = int(limits.SIZE.check(options.size))
    frames = read_clip(options.clip, generator.spec)
    if options.command == "reconstruct":
        frames = generator.reconstruct(frames, options.action)
    else:
        more = int(limits.FRAMES.check(options.frames))
        seed = None if options.seed is None else limits.SEED.check(options.seed)
        follows = generator.continue_(frames, more, options.action, seed)
        frames = torch.cat([frames, follows], 1)
    limits.check_pixels(frames.shape[1], size, held=out.suffix.lower()[1:] not in STREAMED)
    write_clip(out, [frames], generator.spec.fps, size, note=note)
