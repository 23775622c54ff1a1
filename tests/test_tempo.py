"""The measured tempo of clips whose tempo is known."""

from __future__ import annotations

import numpy as np
import pytest

from train.data.batches import ClipDataset
from train.data.tempo import measure_tempo


def swinging_clip(hertz: float, frames: int, fps: float, phase: float) -> np.ndarray:
    """A white bar that swings from side to side over black: (T, 32, 32, 3)."""
    clip = np.zeros((frames, 32, 32, 3), np.uint8)
    middle = 16 + 10 * np.sin(2 * np.pi * hertz * np.arange(frames) / fps + phase)
    columns = np.arange(32)
    clip[:] = (255 * np.exp(-(((columns - middle[:, None]) / 6) ** 2)))[:, None, :, None]
    return clip


@pytest.mark.parametrize("fps", [12.0, 25.0])
def test_every_actions_tempo_is_found(fps):
    tempos, phases = (0.5, 1.5), (0.0, 1.0, 2.0)
    clips = [swinging_clip(hz, int(4 * fps), fps, phase) for hz in tempos for phase in phases]
    lengths = np.array([len(clip) for clip in clips])
    dataset = ClipDataset(
        name="bars",
        pixels=np.concatenate(clips),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        labels=np.repeat([0, 1], len(phases)),
        actions=("slow", "fast"),
        fps=fps,
    )
    assert measure_tempo(dataset) == pytest.approx(tempos, rel=0.1)


def test_still_and_short_clips_have_a_tempo_that_can_be_learnt_from():
    still = ClipDataset(
        name="still",
        pixels=np.zeros((24, 32, 32, 3), np.uint8),
        starts=np.array([0, 20]),
        lengths=np.array([20, 4]),
        labels=np.array([0, 0]),
        actions=(),
        fps=25.0,
    )
    (tempo,) = measure_tempo(still)
    assert 0.1 <= tempo <= 4
