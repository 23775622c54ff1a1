"""From a data set's name or folder to what its judges learn from."""

from __future__ import annotations

from pathlib import Path

from train.data import CHARACTERS, LOOPS, SPRITES
from train.data.clips.folder import load_folder
from train.data.clips.marks import are_loops
from train.data.lpc.dataset import load_lpc
from train.data.shapes import load_shapes
from train.data.sprites import load_sprites
from train.judging.loops import RESOLUTION, loops_material
from train.judging.material import (
    Material,
    characters_material,
    filmed_material,
    shapes_material,
    sprites_material,
)

SHAPES_SEED, SHAPES_FRAMES = 1, 64  # other clips than those that a generator learns from, longer


def load_material(source: str) -> Material:
    """The clips of `shapes`, `sprites:FOLDER`, `lpc:FOLDER`, a folder or `loops:FOLDER`.

    Of the first three, those that no generator learns from. Raises ValueError as `load_dataset`
    does, and if there are too few clips or groups to hold some out.
    """
    if source == "shapes":
        return shapes_material(load_shapes(clips=4000, frames=SHAPES_FRAMES, seed=SHAPES_SEED))
    if source.startswith(SPRITES):
        return sprites_material(load_sprites(source.removeprefix(SPRITES), split="heldout"))
    if source.startswith(CHARACTERS):
        return characters_material(load_lpc(source.removeprefix(CHARACTERS), split="heldout"))
    folder = Path(source.removeprefix(LOOPS)).expanduser()
    if source.startswith(LOOPS) or are_loops(folder.resolve()):
        return loops_material(load_folder(folder, RESOLUTION, loops=True))
    return filmed_material(load_folder(source), folder)
