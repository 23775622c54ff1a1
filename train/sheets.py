"""Sample sheets: generated clips as a picture, one clip a row, time from left to right."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from train.data.batches import ClipDataset
from vidgen.latents import seeded_path
from vidgen.types import Generator

ROWS, COLUMNS = 16, 12
STEP = 4  # native frames from column to column


def generated_rows(generator: Generator, resolution: int | None = None) -> np.ndarray:
    """uint8 (ROWS, COLUMNS, H, W, C): seeds 0, 1, 2, ..., actions in turn. Nothing is picked."""
    spec, rows = generator.spec, []
    for seed in range(ROWS):
        action = seed % len(spec.actions) if spec.actions else None
        path = seeded_path(spec, seed, COLUMNS, spec.fps / STEP, action)
        path = path.to(next(generator.parameters()).device)
        with torch.inference_mode():
            frames = generator(path, resolution) if resolution else generator(path)
        rows.append(_pixels(frames[0]))
    return np.stack(rows)


def real_rows(dataset: ClipDataset, resolution: int) -> np.ndarray:
    """uint8 (ROWS, COLUMNS, H, W, C): clips spread over the set, actions in turn."""
    groups = [np.flatnonzero(dataset.labels == a) for a in range(max(1, len(dataset.actions)))]
    rows = []
    for row in range(ROWS):
        group = groups[row % len(groups)]
        clip = dataset.clip(group[row // len(groups) * len(group) // (ROWS // len(groups))])
        index = np.minimum(np.arange(COLUMNS) * STEP, len(clip) - 1)
        rows.append(np.stack([_resize(clip[i], resolution) for i in index]))
    return np.stack(rows)


def write_sheet(rows: np.ndarray, path: Path) -> None:
    """Writes rows (R, N, H, W, C) uint8 as one PNG, RGBA over grey."""
    if rows.shape[-1] == 4:
        alpha = rows[..., 3:].astype(np.float32) / 255
        rows = (rows[..., :3] + (1 - alpha) * 128).clip(0, 255).astype(np.uint8)
    picture = np.concatenate([np.concatenate(list(row), 1) for row in rows], 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise OSError(f"Could not write {path}.")


def _pixels(frames: Tensor) -> np.ndarray:
    frames = ((frames.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return frames.permute(0, 2, 3, 1).cpu().numpy()


def _resize(image: np.ndarray, resolution: int) -> np.ndarray:
    return cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_AREA)
