"""Judges' material from seamless loops: people in gestures, or faces in moods.

If everyone is shown in several classes, pairs of one and a class are held out: a judge has to know
every person and every gesture, and some of them never together. Those that training leaves out are
enough. If each is shown in one clip only, a quarter of every loop is held out instead, as nothing
can be said about a face never seen.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from train.data.batches import ClipDataset
from train.judging.judge import SIDE
from train.judging.material import FILMED_FRAMES, Material

SUBJECTS = {"gestures": "person", "faces": "face"}  # what judges call who is shown, by data set
RESOLUTION = 128  # that its models draw at: a judge learns from what it will see of them
HELD_OUT = 5  # one pair in so many, if the data holds out none
HIDDEN = 0.25  # of every loop, if there are no pairs
CHUNK = 512  # frames that are shrunk at once


def loops_material(dataset: ClipDataset) -> Material:
    """The clips of a data set of loops: what they do, and who does it.

    Raises ValueError if the clips have no classes, or too few of them.
    """
    if not dataset.actions or len(dataset) < HELD_OUT:
        raise ValueError(
            f"Judges of loops want {HELD_OUT} clips or more, in folders: {dataset.name} has "
            f"{len(dataset)} and {len(dataset.actions)} folders."
        )
    subjects = sorted(set(dataset.subjects))
    subject = np.array([subjects.index(name) for name in dataset.subjects])
    asked = SUBJECTS.get(dataset.name, "subject")
    pixels, lengths = _shrunk(dataset), dataset.lengths
    crossed = len(dataset) > len(subjects)
    if crossed:
        # A loop goes on: twice its length is enough for a window from any frame on.
        segments, hidden = np.stack([np.zeros_like(lengths), 2 * lengths], 1), None
        held = _held(dataset, subject)
    else:
        # Anywhere in a loop, and not always where it begins: the golden ratio spreads them out.
        first = (np.arange(len(dataset)) * 0.618 % 1 * lengths).astype(int)
        count = np.maximum((HIDDEN * lengths).astype(int), FILMED_FRAMES)
        segments = np.stack([first + count, np.maximum(lengths - count, 1)], 1)
        hidden, held = np.stack([first, count], 1), np.zeros(len(dataset), bool)
    return Material(
        name=dataset.name,
        channels=dataset.channels,
        fps=dataset.fps,
        frames=FILMED_FRAMES,
        lengths=lengths,
        attributes={"action": dataset.actions, asked: tuple(subjects)},
        labels={"action": dataset.labels, asked: subject},
        groups=np.array(dataset.subjects),
        read=lambda clips, moments: pixels[dataset.starts[clips][:, None] + moments],
        segments=segments,
        hidden=hidden,
        held=held,
    )


def _held(dataset: ClipDataset, subject: np.ndarray) -> np.ndarray:
    """Pairs that no training shows, or else along diagonals, about as many of each: (clips,)."""
    if dataset.heldout:
        return np.isin(np.arange(len(dataset)), dataset.heldout)
    return (subject + 2 * dataset.labels) % HELD_OUT == 0


def _shrunk(dataset: ClipDataset) -> np.ndarray:
    """All frames, uint8 (N, 64, 64, C), as a judge makes them of any size it is shown."""
    small = np.empty((len(dataset.pixels), SIDE, SIDE, dataset.channels), np.uint8)
    for start in range(0, len(small), CHUNK):
        levels = dataset.pixels[start : start + CHUNK].astype(np.float32)
        part = torch.from_numpy(levels).permute(0, 3, 1, 2)
        part = F.interpolate(part, (SIDE, SIDE), mode="bilinear", antialias=True)
        small[start : start + CHUNK] = part.round().byte().permute(0, 2, 3, 1).numpy()
    return small
