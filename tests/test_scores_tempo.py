"""The scoreboard hears the beat: an action that is played twice as fast, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.scored import small_generator
from train.data import ClipDataset
from train.data.shapes import load_shapes
from train.scores.clips import Sampler, real_halves
from train.scores.cycles import tempos
from train.scores.encoder import FixedRandomEncoder
from train.scores.sample import Counts, Sample


@dataclass
class Player:
    """Draws real clips of another seed; those of the first action at a tempo of its own."""

    dataset: ClipDataset
    faster: int
    labelled: bool = True

    def __post_init__(self):
        self.shown = load_shapes(32, clips=64, frames=128, seed=5)

    def path(self, seed, label, frames):
        return 2 * (seed % 32) + label, self.faster if label == 0 else 1

    def draw(self, path, frames):
        clip, step = path
        return self.shown.clip(clip)[: frames * step : step]


def sample_with(dataset: ClipDataset, sampler: object) -> Sample:
    real, other = real_halves(dataset, 32, 16, np.random.default_rng(0))
    counts = Counts(seeds=1, clips=128)
    encoder = FixedRandomEncoder(3, 16)
    return Sample(0, counts, sampler, real, real, other, encoder, [], "not compared")


@pytest.mark.parametrize("faster", [1, 2])
def test_an_action_twice_too_fast_is_told_and_the_other_is_not_blamed(faster):
    dataset = load_shapes(32, clips=64, frames=64)
    rows = tempos(sample_with(dataset, Player(dataset, faster)))
    assert list(rows) == ["tempo over real: left_right", "tempo over real: bottom_top"]
    assert rows["tempo over real: left_right"][0] == pytest.approx(faster, rel=0.2)
    assert rows["tempo over real: bottom_top"][0] == pytest.approx(1, rel=0.2)
    assert all(floor == pytest.approx(1, rel=0.2) for _, floor in rows.values())


def test_clips_too_short_for_a_beat_say_so():
    dataset = load_shapes(32, clips=64, frames=12)
    rows = tempos(sample_with(dataset, Sampler(small_generator(), dataset)))
    assert set(rows.values()) == {"clips have 12 frames"}
