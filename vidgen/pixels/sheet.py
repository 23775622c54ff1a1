"""Sprite sheets: all native frames of a seed in one picture, and a JSON of what is where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import Tensor

from vidgen import limits
from vidgen.directions import DIRECTIONS, actions_of
from vidgen.files import whole_file
from vidgen.latents import native_path
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.clip import held_pixels
from vidgen.pixels.formats import MAX_SIDE, durations, encoded
from vidgen.pixels.provenance import signed
from vidgen.place import MARK
from vidgen.types import Generator, GeneratorSpec, LatentPath

LPC_ACTIONS = ("spellcast", "thrust", "walk", "slash", "shoot")
# The rows of a sheet of the Liberated Pixel Cup, from the top.
LPC = (*(f"{name}_{to}" for name in LPC_ACTIONS for to in DIRECTIONS), "hurt")
LISTS = ("json-array", "json-hash")  # how a JSON lists its frames; Aseprite's names for it
APP, VERSION = "vidgen", "1"  # where Aseprite says its own


@dataclass(frozen=True)
class Row:
    """The frames of an action, from the left; the first `lead` of them stand before its cycle."""

    action: str
    frames: int
    lead: int
    loops: bool


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sprite sheet: pixels uint8 (rows x side, columns x side, 4), straight alpha, and its rows.

    `side` is that of a frame in pixels, `fps` the rate that the frames are shown at; `terms` is
    what the JSON says besides: the model's name, licence, attribution; under "vidgen" the place,
    which the picture holds too.
    """

    pixels: np.ndarray
    rows: tuple[Row, ...]
    side: int
    fps: float
    terms: Mapping[str, object] = field(default_factory=dict)

    def save(self, path: str | Path, format: str = LISTS[0]) -> tuple[Path, Path]:
        """Writes the picture, a .png, and its JSON of the same name beside it; returns both paths.

        Raises ValueError for another suffix or format, and OSError if the disk is full.
        """
        path = Path(path)
        limits.check_choice("The file's suffix", path.suffix.lower(), (".png",))
        text = json.dumps(self.describe(path.name, format), indent=1)
        described = path.with_suffix(".json")
        picture = encoded(self.pixels, ".png")
        if MARK in self.terms:
            picture = signed(picture, json.dumps(self.terms[MARK]))
        # Both or neither: one without the other is of no use.
        with whole_file(path, ".png") as image:
            image.write_bytes(picture)
            with whole_file(described, ".json") as list_of_frames:
                list_of_frames.write_text(text + "\n", encoding="utf-8")
        return path, described

    def describe(self, image: str, format: str = LISTS[0]) -> dict:
        """Where every frame lies in `image`, in the form that Aseprite exports.

        Frames are called "0", "1", ... because Phaser looks them up by the numbers in the tags. A
        tag is an action's cycle; frames that stand before it have a tag of their own, so that a
        walk that loops does not stumble over them.
        """
        frames: list[dict] = []
        tags: list[dict] = []
        for height, row in enumerate(self.rows):
            for column, duration in enumerate(durations(row.frames, self.fps, 1)):
                place = {"x": column * self.side, "y": height * self.side}
                size = {"w": self.side, "h": self.side}
                frames.append(
                    {
                        "filename": str(len(frames)),
                        "frame": place | size,
                        "rotated": False,
                        "trimmed": False,
                        "spriteSourceSize": {"x": 0, "y": 0} | size,
                        "sourceSize": size,
                        "duration": duration,
                    }
                )
            first, end = len(frames) - row.frames, len(frames) - 1
            if row.lead:
                tags.append(_tag(f"{row.action}_lead", first, first + row.lead - 1, False))
            tags.append(_tag(row.action, first + row.lead, end, row.loops))
        listed: list | dict = frames
        if limits.check_choice("Format", format, LISTS) == "json-hash":
            listed = {frame.pop("filename"): frame for frame in frames}
        meta = {
            "app": APP,
            "version": VERSION,
            "image": image,
            "format": "RGBA8888",
            "size": {"w": self.pixels.shape[1], "h": self.pixels.shape[0]},
            "scale": "1",
            "frameTags": tags,
            "layers": [],
            "slices": [],
            **self.terms,
        }
        return {"frames": listed, "meta": meta}


def _tag(name: str, start: int, stop: int, loops: bool) -> dict:
    tag = {"name": name, "from": start, "to": stop, "direction": "forward"}
    return tag if loops else tag | {"repeat": "1"}  # a text: so does Aseprite write it


def sprite_sheet(
    generator: Generator,
    seed: int,
    action: str | None = None,
    truncation: float | None = None,
    scale: int = 1,
    clean_up: CleanUp | None = None,
    *,
    draw: Callable[[LatentPath], Iterable[Tensor]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sheet:
    """The sheet of a seed: one row per action, as wide as the longest; empty cells are transparent.

    The actions of the Liberated Pixel Cup come in its layout, 832x1344 at scale 1. `action` names
    one action, or all directions of one ("walk"), None all. A clean-up takes its palette from all
    frames of all actions in any case, so that every strip of a seed has the same colours. `draw`
    stands in for `generator.stream`, `progress` is called with (frames done, of how many). Raises
    ValueError for what is not allowed and for a model without a script or without transparency.
    """
    spec, clean_up = generator.spec, clean_up or CleanUp()
    plan = plan_sheet(spec, action, scale, clean_up)

    def drawn() -> Iterator[Tensor]:
        done = 0
        for name in plan.drawn:
            for chunk in (draw or generator.stream)(native_path(spec, seed, name, truncation)):
                yield chunk
                done += chunk.shape[1]
                if progress is not None:
                    progress(done, plan.frames)

    pixels = held_pixels(drawn(), clean_up)
    side = spec.resolution * plan.scale
    lengths = [row.frames for row in plan.drawn.values()]
    starts = dict(zip(plan.drawn, np.cumsum([0, *lengths]), strict=False))
    columns = max(row.frames for row in plan.rows)
    sheet = np.zeros_like(pixels, shape=(len(plan.rows) * side, columns * side, 4))
    for height, row in enumerate(plan.rows):
        start = starts[row.action]
        strip = np.concatenate(pixels[start : start + row.frames], 1)
        strip = strip.repeat(plan.scale, 0).repeat(plan.scale, 1)
        sheet[height * side : (height + 1) * side, : strip.shape[1]] = strip
    return Sheet(sheet, plan.rows, side, spec.fps)


@dataclass(frozen=True)
class SheetPlan:
    """The rows that a sheet shows, and those that are drawn for it, by action."""

    rows: tuple[Row, ...]
    drawn: dict[str, Row]
    scale: int

    @property
    def frames(self) -> int:
        """How many frames are drawn."""
        return sum(row.frames for row in self.drawn.values())


def plan_sheet(spec: GeneratorSpec, action: str | None, scale: int, clean_up: CleanUp) -> SheetPlan:
    """What `sprite_sheet` draws. Raises ValueError as it does, but for seed and truncation."""
    if not spec.timing or spec.channels != 4:
        raise ValueError("A sheet needs a model with native frames and transparency.")
    scale = int(limits.SCALE.check(scale))
    wanted = actions_of(spec, action) if action is not None else rows_of(spec)
    drawn = rows_of(spec) if clean_up.check(spec.channels).colors is not None else wanted
    rows = {name: _row(spec, name) for name in drawn}
    plan = SheetPlan(tuple(rows[name] for name in wanted), rows, scale)
    _check_size(spec, plan)
    return plan


def rows_of(spec: GeneratorSpec) -> tuple[str, ...]:
    """The actions of a model in the order of a sheet's rows."""
    return LPC if set(spec.actions) == set(LPC) else spec.actions


def _row(spec: GeneratorSpec, action: str) -> Row:
    timing = spec.timing[spec.actions.index(action)]
    return Row(action, timing.lead + timing.frames, timing.lead, timing.loops)


def _check_size(spec: GeneratorSpec, plan: SheetPlan) -> None:
    """Raises ValueError if a sheet would be too large to hold or to open."""
    side = spec.resolution * plan.scale
    width, height = max(row.frames for row in plan.rows) * side, len(plan.rows) * side
    pixels = max(width * height, plan.frames * spec.resolution**2)
    if max(width, height) > MAX_SIDE or pixels > limits.MAX_SHEET_PIXELS:
        raise ValueError(
            f"A sheet of {width:,} x {height:,} pixels is too large: choose a smaller scale or one "
            "action."
        )
