"""Clips kept on the accelerator, if they fit: a batch is then a look-up in its own memory."""

from __future__ import annotations

import dataclasses
import math

import torch

from train.data.batches import ClipDataset
from train.data.dataset import Dataset

SHARE = 0.25  # of the free memory that clips may take: the networks want the rest
CHUNK = 4096  # frames that are moved at once


def moved_to(dataset: Dataset, device: torch.device) -> Dataset:
    """The same clips with their pixels, uint8, on `device`; as they are on a CPU or if too many.

    Its batches are those of the data set itself, to the bit; whole clips are asked of that.
    """
    if device.type != "cuda" or not isinstance(dataset, ClipDataset):
        return dataset
    free, _ = torch.cuda.mem_get_info(device)
    if math.prod(dataset.pixels.shape) > SHARE * free:
        return dataset
    return copied_to(dataset, device)


def copied_to(dataset: ClipDataset, device: torch.device) -> ClipDataset:
    """The data set with a tensor for its pixels, (N, H, W, C) on `device`."""
    frames = dataset.pixels
    pixels = torch.empty(frames.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(frames), CHUNK):
        pixels[start : start + CHUNK] = torch.from_numpy(frames[start : start + CHUNK].copy())
    return dataclasses.replace(dataset, pixels=pixels)
