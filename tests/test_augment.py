"""Promises of augmentation: one draw a clip, no change at strength 0, gradients, black stays."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from train.gan.augment import Augmentation, AugmentConfig, draw_transforms

ALWAYS = AugmentConfig(strength=1.0)
STILL = AugmentConfig(
    1.0, flip=False, shift=0, zoom=0, brightness=0, contrast=0, saturation=0, speed=0
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def augment(frames: torch.Tensor, times: torch.Tensor, config: AugmentConfig, rng):
    return draw_transforms(len(frames), config, rng).apply(frames, times)


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


PIXEL = AugmentConfig(1.0, pixel=True)
DIFFAUGMENT = AugmentConfig(policy="diffaugment")


def test_none_changes_nothing():
    frames, times = noise()
    changed, changed_times = augment(frames, times, AugmentConfig(1.0, policy="none"), rng())
    assert torch.equal(changed, frames) and torch.equal(changed_times, times)


@pytest.mark.parametrize("channels, empty", [(3, 0.0), (4, -1.0)])
def test_pixel_shifts_move_whole_pixels_and_change_no_colour(channels, empty):
    frames, times = noise(batch=16, channels=channels)
    changed, changed_times = augment(frames, times, PIXEL, rng())
    assert torch.equal(changed_times, times)
    moves = set()
    for before, after in zip(frames, changed, strict=True):
        found = [
            (x, y)
            for x in range(-2, 3)
            for y in range(-2, 3)
            if torch.equal(after, moved(before, x, y, empty))
        ]
        assert len(found) == 1
        moves.add(found[0])
    assert len(moves) > 5


def moved(frames: torch.Tensor, x: int, y: int, empty: float) -> torch.Tensor:
    """Frames (T, C, H, W), x pixels to the right and y down, the slow and certain way."""
    result = torch.full_like(frames, empty)
    side = frames.shape[-1]
    for row in range(max(0, y), min(side, side + y)):
        for column in range(max(0, x), min(side, side + x)):
            result[..., row, column] = frames[..., row - y, column - x]
    return result


def test_diffaugment_changes_every_clip_alike_in_all_frames_and_lets_gradients_through():
    frames, times = noise(batch=8)
    frames = frames[:, :1].expand(-1, 4, -1, -1, -1).clone().requires_grad_()
    changed, changed_times = augment(frames, times, DIFFAUGMENT, rng())
    assert torch.equal(changed_times, times)
    torch.testing.assert_close(changed, changed[:, :1].expand_as(changed))
    assert ((changed - frames).abs().mean((1, 2, 3, 4)) > 0.1).all()
    (gradient,) = torch.autograd.grad(changed.square().sum(), frames)
    assert torch.isfinite(gradient).all() and (gradient.flatten(1).abs().amax(1) > 0.1).all()


def test_cutout_empties_a_square_of_half_the_side_where_it_lies_inside():
    from train.gan.transforms import cut_out

    frames = torch.ones(2, 2, 4, 16, 16)
    cut = cut_out(frames, torch.tensor([[0.5, 0.5], [0.0, 0.99]]))
    assert (cut[0] == -1).sum() == 2 * 4 * 8 * 8 and (cut[0, :, :, 4:12, 4:12] == -1).all()
    assert (cut[1, :, :, 11:, :4] == -1).all() and (cut[1] == -1).sum() == 2 * 4 * 4 * 5


def test_ada_rises_while_the_critic_is_too_certain_and_falls_when_it_is_not():
    augmentation = Augmentation(AugmentConfig(policy="ada", target=0.6, speed_clips=800))
    assert augmentation.strength == 0
    for _ in range(8):
        augmentation.adapt(0.9, clips=10)
    assert augmentation.strength == pytest.approx(8 * 10 / 800)
    for _ in range(4):
        augmentation.adapt(0.2, clips=10)
    assert augmentation.strength == pytest.approx(4 * 10 / 800)
    for _ in range(400):
        augmentation.adapt(1.0, clips=10)
    assert augmentation.strength == Augmentation.HIGHEST < 1
    for _ in range(400):
        augmentation.adapt(-1.0, clips=10)
    assert augmentation.strength == 0


def test_ada_goes_on_where_it_was_saved():
    first = Augmentation(AugmentConfig(policy="ada", speed_clips=100))
    for _ in range(6):
        first.adapt(0.9, clips=10)
    second = Augmentation(first.config)
    second.load_state(first.state())
    for augmentation in (first, second):
        augmentation.adapt(0.9, clips=10)
        augmentation.adapt(0.9, clips=10)
    assert first.strength == second.strength > 0.7


@pytest.mark.parametrize("policy", ["fixed", "diffaugment"])
def test_rows_of_a_draw_are_the_draw_of_those_rows(policy):
    frames, times = noise(batch=6)
    transforms = draw_transforms(6, AugmentConfig(0.7, policy=policy), rng())
    whole = transforms.apply(frames, times)
    part = transforms.rows(slice(2, 4)).apply(frames[2:4], times[2:4])
    for a, b in zip(whole, part, strict=True):
        torch.testing.assert_close(a[2:4], b)


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"strength": 1.2}, "augment strength must be a number from 0 to 1"),
        ({"policy": "mixup"}, "must be one of fixed, ada, diffaugment, none"),
        ({"target": 2}, "ada target"),
    ],
)
def test_augmentation_out_of_range_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        AugmentConfig(**settings)
