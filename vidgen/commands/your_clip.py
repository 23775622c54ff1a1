"""`restore`, `predict`, `slow` and `translate`: what a model makes of a clip from a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vidgen import limits
from vidgen.inverse import tasks
from vidgen.inverse.find import STEPS
from vidgen.pixels.clip import write_clip
from vidgen.pixels.formats import STREAMED
from vidgen.types import Generator

COMMANDS = ("restore", "predict", "slow", "translate")


def add(
    commands: Any,
    number: Callable[[str], object],
    model: str,
    size: int,
    formats: Sequence[str],
) -> None:
    """Their options, beside those of the other commands."""
    clip = argparse.ArgumentParser(add_help=False)
    clip.add_argument("clip", help="video, animation, or strip of square frames")
    clip.add_argument("out", help=f"file to write: .{', .'.join(formats)}")
    clip.add_argument("--model", default=model, help="as for generate")
    clip.add_argument("--steps", type=number, default=STEPS, metavar="N", help="of refinement")
    clip.add_argument("--size", type=number, default=size, metavar="PIXELS")

    restore = commands.add_parser(
        "restore", parents=[clip],
        help="a clip as the model draws it; larger, or with a hole filled",
    )  # fmt: skip
    what = restore.add_mutually_exclusive_group()
    what.add_argument("--shrunk", type=number, metavar="N", help="it was shrunk 2, 4 or 8 times")
    what.add_argument("--mask", metavar="PICTURE", help="white where the clip has a hole")

    predict = commands.add_parser("predict", parents=[clip], help="a clip, and how it goes on")
    predict.add_argument("--given", type=number, metavar="N", help="only its first frames (all)")
    predict.add_argument("--frames", type=number, default=8, metavar="N", help="to add (8)")

    slow = commands.add_parser("slow", parents=[clip], help="a clip with frames between its own")
    slow.add_argument("--every", type=number, default=2, metavar="N", help="times as slow (2)")

    translate = commands.add_parser("translate", parents=[clip], help="a clip with another content")
    translate.add_argument("--content-seed", type=number, metavar="N", help="a seed's content")
    translate.add_argument("--motion-of", metavar="CLIP", help="moves as that clip does")
    translate.add_argument("--action", metavar="NAME", help="another of the model's actions")


def make(
    options: argparse.Namespace,
    generator: Generator,
    out: Path,
    note: str,
    told: tasks.Told | None,
) -> None:
    """Writes what the options describe to `out`, with a note for its metadata.

    Says on stderr how well the clip was found.
    Raises ValueError with one sentence, OSError.
    """
    size = int(limits.SIZE.check(options.size))
    how = {"steps": options.steps, "told": told}
    if options.command == "restore":
        answer = tasks.restore(generator, options.clip, options.shrunk, options.mask, **how)
    elif options.command == "predict":
        answer = tasks.predict(generator, options.clip, options.given, options.frames, **how)
    elif options.command == "slow":
        answer = tasks.slow(generator, options.clip, options.every, **how)
    else:
        answer = tasks.translate(
            generator, options.clip, options.content_seed, options.motion_of, options.action, **how
        )
    for remark in answer.notes:
        print(f"{Path(options.clip).name}: {remark}.", file=sys.stderr)
    print(answer.found.said(options.model), file=sys.stderr)
    limits.check_pixels(len(answer.frames), size, held=out.suffix.lower()[1:] not in STREAMED)
    write_clip(out, [answer.frames], answer.fps, size, note=note)
