"""Clips in memory, and the few frames of each that a training step sees."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vidgen.pixels.arrays import as_frames
from vidgen.types import ActionTiming


@dataclass(frozen=True)
class Batch:
    """frames (B, T, C, H, W) in [-1, 1]; times (B, T) in seconds; action (B, T, A) or None.

    Of loops: turn (B, T), where in its cycle a frame lies, in [0, 1); subject (B,), whom a clip
    shows, an index into `subject_names`, if its clips have names.
    """

    frames: Tensor
    times: Tensor
    action: Tensor | None
    turn: Tensor | None = None
    subject: Tensor | None = None

    def to(self, device: torch.device | str) -> Batch:
        """The same on a device."""
        moved: dict[str, Any] = {}
        for field in fields(self):
            tensor = getattr(self, field.name)
            moved[field.name] = None if tensor is None else tensor.to(device)
        return Batch(**moved)

    def check_frames(self, wanted: int) -> None:
        """Raises ValueError if it has not so many frames of a clip."""
        if self.times.shape[1] != wanted:
            raise ValueError(
                f"this step wants {wanted} frames of a clip, not {self.times.shape[1]}."
            )


@dataclass(frozen=True)
class ClipDataset:
    """Clips one after another in one array, so that a batch is a single look-up.

    pixels: uint8 (N, H, W, C), all frames of all clips, possibly memory-mapped, or whatever is
    indexed like it; starts, lengths: (clips,) frames; labels: (clips,) indices into `actions`,
    which is empty without classes; fps: frames a second; names: what clips are called in their
    folder, or nothing; loops: whether the frame after a clip's last is its first; heldout: indices
    of clips that batches never show, kept to measure with.
    """

    name: str
    pixels: Any
    starts: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    actions: tuple[str, ...]
    fps: float
    timing: tuple[ActionTiming, ...] = ()  # of scripted actions, see vidgen.types
    names: tuple[str, ...] = ()
    loops: bool = False
    heldout: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def resolution(self) -> int:
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        return self.pixels.shape[3]

    def clip(self, index: int) -> np.ndarray:
        """All frames of a clip, uint8 (T, H, W, C)."""
        start = self.starts[index]
        return self.pixels[start : start + self.lengths[index]]

    @cached_property
    def trained(self) -> np.ndarray:
        """Indices of the clips that may be learnt from: all but those held out, in order."""
        return np.setdiff1d(np.arange(len(self)), self.heldout)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What each clip's file is called without folder and ending: who or what is shown, if the
        same one is called the same under every action."""
        return tuple(PurePosixPath(name).stem for name in self.names)

    @cached_property
    def subject_names(self) -> tuple[str, ...]:
        """All subjects, each once, sorted."""
        return tuple(sorted(set(self.subjects)))

    @cached_property
    def subject_of(self) -> np.ndarray:
        """(clips,) indices into `subject_names`."""
        index = {name: number for number, name in enumerate(self.subject_names)}
        return np.array([index[name] for name in self.subjects], dtype=np.int64)

    def chosen(self, clips: np.ndarray) -> ClipDataset:
        """A data set of some of the clips, by their indices; none of those is held out of it."""
        return replace(
            self,
            starts=self.starts[clips],
            lengths=self.lengths[clips],
            labels=self.labels[clips],
            names=tuple(self.names[clip] for clip in clips) if self.names else (),
            heldout=(),
        )

    def batch(self, size: int, frames_per_clip: int, span: int, rng: torch.Generator) -> Batch:
        """Two of the frames are neighbours, against flicker; the others anywhere, against drift.

        Long clips are as likely as short ones. A clip of too few frames repeats its last. Loops are
        seen from any frame on, across their seam.
        """
        clips = self.trained[torch.randint(len(self.trained), (size,), generator=rng).numpy()]
        offsets = _offsets(np.minimum(self.lengths[clips], span), frames_per_clip, rng)  # (B, T)
        lengths = self.lengths[clips]
        room = lengths if self.loops else lengths - offsets[:, -1]
        first = (torch.rand(size, generator=rng, dtype=torch.float64).numpy() * room).astype(int)
        index = self.starts[clips][:, None] + (first[:, None] + offsets) % lengths[:, None]
        frames = as_frames(torch.as_tensor(self.pixels[index]))
        action = None
        if self.actions:
            label = torch.from_numpy(self.labels[clips])
            action = torch.nn.functional.one_hot(label, len(self.actions)).float()
            action = action[:, None].expand(-1, frames_per_clip, -1)
        times = torch.from_numpy(offsets / self.fps).float()
        if not self.loops:
            return Batch(frames, times, action)
        turn = (first[:, None] + offsets) % lengths[:, None] / lengths[:, None]
        subject = torch.from_numpy(self.subject_of[clips]) if self.names else None
        return Batch(frames, times, action, torch.from_numpy(turn).float(), subject)


def _offsets(span: np.ndarray, count: int, rng: torch.Generator) -> np.ndarray:
    """Sorted frame offsets (B, count) from 0, below span (B,), a random two of them neighbours.

    All differ, as long as there are `count` frames in a span; a shorter one repeats its last.
    """
    if count == 1:
        return np.zeros((len(span), 1), int)
    # One frame less is chosen, of a span shorter by one; then one of them becomes two.
    widest = max(count, int(span.max()))
    order = torch.rand(len(span), widest - 1, generator=rng, dtype=torch.float64).numpy()
    order[np.arange(widest - 1) >= span[:, None] - 1] += 1  # beyond the span: the last choice
    chosen = np.sort(order.argsort(1, kind="stable")[:, : count - 1], 1)
    doubled = torch.randint(count - 1, (len(span), 1), generator=rng).numpy()
    # A short span has fewer to choose from, the first of them: one of those is doubled.
    doubled = np.minimum(doubled, np.maximum(span[:, None] - 2, 0))
    place = np.arange(count)
    source = place - (place > doubled)
    offsets = np.take_along_axis(chosen, source, 1) + (place > doubled)
    offsets = np.minimum(offsets, span[:, None] - 1)
    return offsets - offsets[:, :1]
