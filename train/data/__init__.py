"""Data: a folder of clips or the procedural shapes, as batches of a few frames a clip."""

from __future__ import annotations

from train.data.batches import Batch, ClipDataset
from train.data.folder import load_folder
from train.data.shapes import load_shapes
from vidgen.limits import Limit

RESOLUTION = Limit("Resolution", 8, 512, whole=True)

__all__ = ["Batch", "ClipDataset", "load_dataset"]


def load_dataset(source: str, resolution: int = 64) -> ClipDataset:
    """`shapes`, or a folder of clips, at `resolution` pixels.

    Files that can't be read are logged and left out. Raises ValueError where there is nothing to
    train on.
    """
    resolution = RESOLUTION.check(resolution)
    if str(source) == "shapes":
        return load_shapes(resolution)
    return load_folder(source, resolution)
