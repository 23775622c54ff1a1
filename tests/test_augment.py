"""Promises of augmentation: one draw a clip, no change at strength 0, gradients, black stays."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from train.augment import AugmentConfig, augment

ALWAYS = AugmentConfig(strength=1.0)
STILL = AugmentConfig(
    1.0, flip=False, shift=0, zoom=0, brightness=0, contrast=0, saturation=0, speed=0
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(batch: int = 3, channels: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    frames = torch.rand(batch, 4, channels, 16, 16, generator=rng(1)) * 2 - 1
    return frames, torch.arange(4).expand(batch, 4) / 25


def test_strength_0_changes_nothing():
    frames, times = noise()
    changed, changed_times = augment(frames, times, AugmentConfig(strength=0), rng())
    assert torch.equal(changed, frames) and torch.equal(changed_times, times)


def test_no_room_for_change_is_no_change():
    frames, times = noise()
    changed, changed_times = augment(frames, times, STILL, rng())
    torch.testing.assert_close(changed, frames, atol=1e-5, rtol=0)
    assert torch.equal(changed_times, times)


@pytest.mark.parametrize("channels", [3, 4])
def test_all_frames_of_a_clip_change_alike_and_clips_differently(channels):
    frames, times = noise(channels=channels)
    frames = frames[:1, :1].expand(3, 4, -1, -1, -1)  # the same picture everywhere
    changed, _ = augment(frames, times, ALWAYS, rng())
    torch.testing.assert_close(changed, changed[:, :1].expand_as(changed))
    assert (changed[0] - changed[1]).abs().mean() > 0.05
    assert (changed[0] - frames[0]).abs().mean() > 0.05


def test_the_same_rng_makes_the_same_change():
    frames, times = noise()
    for a, b in zip(
        augment(frames, times, ALWAYS, rng(5)), augment(frames, times, ALWAYS, rng(5)), strict=True
    ):
        assert torch.equal(a, b)
    assert not torch.equal(augment(frames, times, ALWAYS, rng(6))[0], b)


@pytest.mark.parametrize("name", ["flip", "shift", "zoom", "brightness", "contrast", "saturation"])
def test_every_change_moves_pixels_and_lets_gradients_through(name):
    frames, times = noise(batch=8)
    frames.requires_grad_()
    amount = getattr(AugmentConfig(), name)
    changed, _ = augment(frames, times, dataclasses.replace(STILL, **{name: amount}), rng())
    assert (changed - frames).abs().amax() > 0.05
    (gradient,) = torch.autograd.grad(changed.square().sum(), frames)
    assert torch.isfinite(gradient).all() and (gradient.flatten(1).abs().amax(1) > 0.1).all()


def test_a_flip_mirrors_left_and_right_only():
    frames, times = noise(batch=8)
    changed, _ = augment(frames, times, dataclasses.replace(STILL, flip=True), rng())
    for before, after in zip(frames, changed, strict=True):
        same = torch.allclose(after, before, atol=1e-4)
        mirrored = torch.allclose(after, before.flip(-1), atol=1e-4)
        assert same != mirrored
    assert not torch.allclose(changed, frames)


def test_speed_stretches_time_from_0():
    _, times = noise(batch=64)
    frames = torch.zeros(64, 4, 3, 4, 4)
    _, changed = augment(frames, times, dataclasses.replace(STILL, speed=0.2), rng())
    assert (changed[:, 0] == 0).all() and (changed.diff(dim=1) > 0).all()
    stretch = changed[:, -1] / times[:, -1]
    assert 0.8 < stretch.min() < 0.9 and 1.1 < stretch.max() < 1.23


def test_strength_is_the_share_of_clips_that_change():
    frames = torch.zeros(400, 1, 3, 4, 4)
    config = dataclasses.replace(STILL, strength=0.3, brightness=0.5)
    changed, _ = augment(frames, torch.zeros(400, 1), config, rng())
    share = (changed.abs().amax((1, 2, 3, 4)) > 0).float().mean()
    assert 0.2 < share < 0.4


def test_the_unseen_stays_black_and_alpha_stays_as_it_is():
    frames, times = noise(channels=4)
    frames[:, :, 3] = -1
    frames[:, :, :3] = -1
    frames[..., 4:8] = 1  # an opaque white bar
    config = dataclasses.replace(STILL, brightness=0.9, contrast=0.9, saturation=0.9)
    changed, _ = augment(frames, times, config, rng())
    torch.testing.assert_close(changed[..., :4], frames[..., :4], atol=1e-5, rtol=0)
    torch.testing.assert_close(changed[:, :, 3], frames[:, :, 3], atol=1e-5, rtol=0)
    assert (changed[:, :, :3, :, 4:8] - 1).abs().amax() > 0.1
