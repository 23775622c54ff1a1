"""`render`: the clip of a timeline."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidgen.pixels.provenance import place_in
from vidgen.timeline import MOST_CHARACTERS, Timeline, read_timeline


def add(commands: Any, file: ArgumentParser, formats: Sequence[str]) -> None:
    """Its options, beside those of `file`, of how every clip's file is made."""
    told = "the clip of a timeline, as the page saves one"
    render = commands.add_parser("render", parents=[file], help=told)
    render.add_argument("timeline", help="a .json file, or a clip that was rendered of one")
    render.add_argument("out", help=f"file to write: .{', .'.join(formats)}")
    render.add_argument("--model", help="instead of the timeline's own")


def read(options: Any) -> tuple[Timeline, dict[str, Any], list[str]]:
    """The timeline of the options, how its file is made, remarks. Raises ValueError, OSError."""
    timeline, file, remarks = read_timeline(place_in(Path(options.timeline), 4 * MOST_CHARACTERS))
    fps = timeline.fps if options.fps is None else options.fps
    return replace(timeline, fps=fps), file, remarks
