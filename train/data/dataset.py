"""What training, scores and pictures need of a data set, wherever its clips come from."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from train.data.batches import Batch
from vidgen.types import ActionTiming


class Dataset(Protocol):
    """Clips, by their index, and random batches of a few of their frames.

    A clip shows one of `actions`, which is empty without classes; `timing` has one entry per action
    if motion follows a script, and is empty if it does not. Colour is premultiplied if there is
    alpha.
    """

    @property
    def name(self) -> str: ...

    @property
    def actions(self) -> tuple[str, ...]: ...

    @property
    def timing(self) -> tuple[ActionTiming, ...]: ...

    @property
    def fps(self) -> float:
        """Frames a second, of all clips."""
        ...

    @property
    def resolution(self) -> int:
        """Side of a frame in pixels."""
        ...

    @property
    def channels(self) -> int:
        """3, or 4 with alpha."""
        ...

    @property
    def labels(self) -> np.ndarray:
        """(clips,), indices into `actions`; all 0 without."""
        ...

    @property
    def lengths(self) -> np.ndarray:
        """(clips,), in frames."""
        ...

    def __len__(self) -> int:
        """How many clips there are."""
        ...

    def clip(self, index: int) -> np.ndarray:
        """All frames of a clip, uint8 (T, H, W, C)."""
        ...

    def batch(self, size: int, frames_per_clip: int, span: int, rng: torch.Generator) -> Batch:
        """`size` random clips, `frames_per_clip` frames of each within `span`.

        The first two are neighbours if motion follows a script; otherwise some two are. On the CPU,
        or where the clips are.
        """
        ...
