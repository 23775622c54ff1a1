"""`render`: the clip of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidgen.pixels.provenance import place_in
from vidgen.timeline import MOST_CHARACTERS, Timeline, read_timeline


def add(commands: Any, number: Callable, size: int, formats: Sequence[str]) -> None:
    """Its options, beside those of the other commands."""
    render = commands.add_parser("render", help="the clip of a timeline, as the page saves one")
    render.add_argument("timeline", help="a .json file, or a clip that was rendered of one")
    render.add_argument("out", help=f"file to write: .{', .'.join(formats)}")
    render.add_argument("--model", help="instead of the timeline's own")
    render.add_argument("--fps", type=number, metavar="N", help="frame rate (the model's own)")
    render.add_argument("--size", type=number, metavar="PIXELS", help=f"({size})")
    render.add_argument(
        "--background", metavar="COLOUR",
        help="what transparent clips are laid over: checkerboard or #rrggbb",
    )  # fmt: skip


def read(options: Any) -> tuple[Timeline, dict[str, Any], list[str]]:
    """The timeline of the options, how its file is made, remarks. Raises ValueError, OSError."""
    timeline, file, remarks = read_timeline(place_in(Path(options.timeline), 4 * MOST_CHARACTERS))
    fps = timeline.fps if options.fps is None else options.fps
    return replace(timeline, fps=fps), file, remarks
