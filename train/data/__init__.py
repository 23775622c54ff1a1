"""Data: a folder of clips, the procedural shapes or characters, as batches of a few frames."""

from __future__ import annotations

from train.data.batches import Batch, ClipDataset
from train.data.clips.folder import load_folder
from train.data.lpc.dataset import LpcDataset, load_lpc
from train.data.shapes import load_shapes
from train.data.sprites import SpriteDataset, load_sprites
from vidgen.limits import Limit

RESOLUTION = Limit("Resolution", 8, 512, whole=True)

CHARACTERS, SPRITES = "lpc:", "sprites:"  # before the folder of their layers or sheets
LOOPS = "loops:"  # before a folder of clips that are seamless loops and where no loops.txt is

__all__ = ["Batch", "ClipDataset", "LpcDataset", "SpriteDataset", "load_dataset"]


def load_dataset(source: str, resolution: int = 64) -> ClipDataset | LpcDataset | SpriteDataset:
    """`shapes`, `lpc:FOLDER` for characters, `sprites:FOLDER`, or a folder of clips.

    `loops:FOLDER` is a folder of clips all of which are seamless loops of all their frames.
    Frames have `resolution` x `resolution` pixels. Files that can't be read are logged and left
    out. Raises ValueError where there is nothing to train on.
    """
    resolution = RESOLUTION.check(resolution)
    if str(source) == "shapes":
        return load_shapes(resolution)
    if str(source).startswith(CHARACTERS):
        return load_lpc(str(source).removeprefix(CHARACTERS), resolution)
    if str(source).startswith(SPRITES):
        return load_sprites(str(source).removeprefix(SPRITES), resolution)
    loops = str(source).startswith(LOOPS)
    return load_folder(str(source).removeprefix(LOOPS), resolution, loops)
