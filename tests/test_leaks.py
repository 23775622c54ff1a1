"""Nothing of augmentation gets into what is generated (what is shown: tests/test_gallery.py)."""

from __future__ import annotations

import pytest
import torch

from tests.toy import SIDE, toy_objective, train_toy
from train.gan.augment import AugmentConfig

# Changes at their widest: without an unchanged rest to hold on to, they would pass into samples.
WIDE = {"brightness": 0.6, "shift": 0.5, "speed": 0.0, "zoom": 0.0}


def lit_from_the_left(count: int = 64) -> torch.Tensor:
    """Clips (N, 2, 3, 4, 4), bright on the left and dark on the right, reddish: all lopsided."""
    clips = torch.zeros(count, 2, 3, SIDE, SIDE)
    clips[..., :2] = 0.6
    clips[..., 2:] = -0.6
    clips[:, :, 0] += 0.3
    noise = torch.randn(count, 1, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    return clips + 0.05 * noise


@pytest.mark.parametrize(
    "config",
    [
        AugmentConfig(policy="ada", target=-1, speed_clips=8_000, **WIDE),  # rises to 0.7
        AugmentConfig(policy="diffaugment"),
        AugmentConfig(0.5, shift=0.5, pixel=True),
    ],
    ids=["ada", "diffaugment", "pixel"],
)
def test_a_generator_trained_on_augmented_clips_draws_unaugmented_ones(config):
    clips = lit_from_the_left()
    objective = toy_objective(config)
    pictures = train_toy(objective, clips, 350)
    wanted = clips.mean((0, 1))  # (3, 4, 4)
    # Measured: 0.02 to 0.03; 0.12 to 0.35 if only the real clips are augmented.
    assert (pictures.mean(0) - wanted).abs().mean() < 0.1
    # Of the brightness: 0.04, and with real clips alone augmented 0.1 to 0.36.
    assert pictures.mean((1, 2, 3)).std() < 0.08
    if config.policy == "ada":
        assert 0.6 < objective.augmentation.strength < 0.8
