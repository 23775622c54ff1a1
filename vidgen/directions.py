"""Actions in several directions: which ones belong together, and their pictures side by side."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from vidgen.limits import shown
from vidgen.types import GeneratorSpec

DIRECTIONS = ("up", "left", "down", "right")  # the order of their rows in LPC sheets
ALSO_CALLED = {"front": "down", "back": "up"}
COLUMNS = 2  # of directions side by side: four of them make a square


def direction_groups(actions: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is done in two or more directions: {"walk": {"up": "walk_up", "left": ...}, ...}.

    An action may also end in "front" or "back": towards and away from whoever looks at it.
    """
    actions = list(actions)
    groups: dict[str, dict[str, str]] = {}
    for action in actions:
        name, _, direction = action.rpartition("_")
        direction = ALSO_CALLED.get(direction, direction)
        if name and direction in DIRECTIONS and name not in actions:
            groups.setdefault(name, {})[direction] = action
    return {
        name: {direction: found[direction] for direction in DIRECTIONS if direction in found}
        for name, found in groups.items()
        if len(found) > 1
    }


def actions_of(spec: GeneratorSpec, name: str) -> tuple[str, ...]:
    """The actions that a name means: itself, or a group ("walk") in all of its directions.

    Raises ValueError for a name that is neither.
    """
    groups = direction_groups(spec.actions)
    if isinstance(name, str) and name in groups:
        return tuple(groups[name].values())
    if not isinstance(name, str) or name not in spec.actions:
        grouped = {action for group in groups.values() for action in group.values()}
        single = [action for action in spec.actions if action not in grouped]
        ends = dict.fromkeys(a.rpartition("_")[2] for g in groups.values() for a in g.values())
        also = f" (these also with {', '.join('_' + end for end in ends)})" if groups else ""
        raise ValueError(
            f"Action must be one of {', '.join(groups)}{also}{', ' if groups and single else ''}"
            f"{', '.join(single)}, not {shown(name)}."
        )
    return (name,)


def side_by_side(frames: Tensor) -> Tensor:
    """Frames (B, T, C, H, W) of several clips as one clip (1, T, C, rows H, 2 W); one stays alone.

    What is left over of the last row is black, or transparent if there is alpha.
    """
    clips, count, channels, height, width = frames.shape
    if clips == 1:
        return frames
    rows = -(-clips // COLUMNS)
    empty = frames.new_full((rows * COLUMNS - clips, count, channels, height, width), -1)
    tiles = torch.cat([frames, empty]).unflatten(0, (rows, COLUMNS))
    tiles = tiles.permute(2, 3, 0, 4, 1, 5)  # (T, C, rows, H, columns, W)
    return tiles.flatten(4, 5).flatten(2, 3)[None]
