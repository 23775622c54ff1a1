"""Many small clips at once: what a column of the matrix, or a part of a wall, is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from torch import Tensor

from vidgen import limits
from vidgen.directions import actions_of
from vidgen.latents import seeded_path, together, whole_cycles
from vidgen.requests import ClipRequest
from vidgen.types import GeneratorSpec, LatentPath

MOST_CELLS = 4  # in one request: two by two, and no long work
FRAMES, FPS = 16, 8.0  # two seconds
SIDE = 64  # pixels of a cell; fewer than twice as many
PADS = ("content", "motion")
CELLS = limits.Limit("Number of clips at once", 1, MOST_CELLS, whole=True)

Cell = tuple[int, int, str | None]  # seeds of its content and of its motion; its action


@dataclass(frozen=True)
class GalleryRequest(ClipRequest):
    """Up to four clips of one model, two by two from the top left.

    A cell shows the content of one seed in the motion of another; an action of None is left to the
    motion's seed. They loop; if all do the same scripted action, they show one cycle of it.
    """

    cells: tuple[Cell, ...] = ()
    loop: bool = True

    def rate(self, spec: GeneratorSpec) -> float:
        """A scripted model's own rate, or one that is enough for small pictures."""
        return spec.fps if spec.timing else min(FPS, spec.fps)

    def shrink(self, spec: GeneratorSpec) -> int:
        """Cells are small on the screen, and large ones take long to send."""
        return max(1, spec.resolution // SIDE)

    def path(self, spec: GeneratorSpec) -> LatentPath:
        """Their paths as a batch; ValueError."""
        CELLS.check(len(self.cells))
        frames = self._frames(spec)
        return together(
            [
                seeded_path(
                    spec, content, frames, self.rate(spec), action, self.truncation, self.loop,
                    motion_seed=motion,
                )
                for content, motion, action in self.cells
            ]
        )  # fmt: skip

    def _frames(self, spec: GeneratorSpec) -> int:
        actions = {action for _, _, action in self.cells}
        (only, *others) = actions
        if spec.timing and only is not None and not others:
            frames = whole_cycles(spec, only)
        else:
            frames = FRAMES
        return max(1, min(frames, limits.MAX_PREVIEW_PIXELS // (spec.resolution**2 * MOST_CELLS)))


@dataclass(frozen=True)
class PadRequest(ClipRequest):
    """Nine pictures of what lies around a seed on a pad, row by row from the upper left on.

    `pad` is "content" or "motion"; the other pad stays where it is.
    """

    pad: str = PADS[0]

    def shrink(self, spec: GeneratorSpec) -> int:
        """They are small on the screen."""
        return max(1, spec.resolution // SIDE)

    def laid(self, frames: Tensor) -> Tensor:
        """Pictures (9, 1, C, H, W) one after another, (1, 9, C, H, W)."""
        return frames.transpose(0, 1)

    def path(self, spec: GeneratorSpec) -> LatentPath:
        """Their first frames as a batch; ValueError."""
        place, action = self.place, self.action
        if isinstance(action, str) and action and spec.actions:  # of several directions one
            place = replace(place, action=actions_of(spec, action)[0])
        content = limits.check_choice("Pad", self.pad, PADS) == "content"
        offsets = [(x, y) for y in (1.0, 0.0, -1.0) for x in (-1.0, 0.0, 1.0)]
        around = [
            replace(place, content=at) if content else replace(place, motion=at) for at in offsets
        ]
        return together([each.path(spec, 1) for each in around])


def around_place(request: ClipRequest, pad: object) -> PadRequest:
    """The pictures of a pad around the place of a clip. Raises ValueError."""
    values = {field.name: getattr(request, field.name) for field in fields(ClipRequest)}
    still = {"frames": 1, "loop": False, "colors": None}
    return PadRequest(**values | still, pad=limits.check_choice("Pad", pad, PADS))


def gallery_of(request: object) -> GalleryRequest:
    """What a page asks for, {"model", "cells"}, checked. Raises ValueError."""
    if not isinstance(request, dict) or not isinstance(request.get("cells"), list):
        raise ValueError("A request for a matrix must be an object with cells.")
    CELLS.check(len(request["cells"]))
    cells = tuple(_cell(cell) for cell in request["cells"])
    model = request.get("model")
    if not isinstance(model, str):
        raise ValueError("Model must be a name.")
    return GalleryRequest(model, cells=cells)


def _cell(cell: object) -> Cell:
    wanted: Sequence[Any] = cell if isinstance(cell, list) else ()
    if len(wanted) != 3:
        raise ValueError("A cell must be two seeds and an action.")
    content, motion, action = wanted
    if action is not None and not isinstance(action, str):
        raise ValueError("The action of a cell must be a name, or null.")
    return limits.SEED.check(content), limits.MOTION_SEED.check(motion), action
