"""Promises of the data sets: what a batch holds, and what the procedural shapes show."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from train.data import ClipDataset, load_dataset
from train.data.shapes import ACTIONS, load_shapes


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(lengths: list[int], actions: tuple[str, ...] = ("a", "b")) -> ClipDataset:
    """Clips whose every pixel is 50 times the clip's number plus that of the frame."""
    values = [50 * clip + frame for clip, n in enumerate(lengths) for frame in range(n)]
    pixels = np.array(values, np.uint8)[:, None, None, None]
    return ClipDataset(
        name="numbered",
        pixels=np.broadcast_to(pixels, (len(values), 8, 8, 3)),
        starts=np.cumsum(lengths) - lengths,
        lengths=np.array(lengths),
        labels=np.arange(len(lengths)) % 2,
        actions=actions,
        fps=10.0,
    )


def values_of(batch) -> torch.Tensor:
    return ((batch.frames[:, :, 0, 0, 0] + 1) * 127.5).round().long()


@pytest.mark.parametrize("channels", [3, 4])
def test_a_batch_has_the_shapes_and_ranges_it_says(channels):
    dataset = load_shapes(16, clips=6)
    if channels == 4:
        rgba = np.concatenate([dataset.pixels[:], dataset.pixels[:][..., :1]], -1)
        dataset = ClipDataset(**vars(dataset) | {"pixels": rgba})
    batch = dataset.batch(5, 4, 20, rng())
    assert batch.frames.shape == (5, 4, channels, 16, 16) and batch.frames.dtype == torch.float32
    assert batch.frames.min() == -1 and -1 < batch.frames.max() <= 1
    assert batch.times.shape == (5, 4) and batch.times.dtype == torch.float32
    assert batch.action.shape == (5, 4, 2) and (batch.action.sum(2) == 1).all()
    assert set(batch.action.unique().tolist()) == {0, 1}


def test_without_classes_a_batch_has_no_action():
    assert numbered([9, 9], actions=()).batch(4, 3, 5, rng()).action is None


def test_frames_times_and_labels_belong_together():
    dataset = numbered([30, 12, 40])
    batch = dataset.batch(200, 4, 16, rng())
    clip, frame = values_of(batch).div(50, rounding_mode="floor"), values_of(batch) % 50
    assert (clip == clip[:, :1]).all()
    torch.testing.assert_close(batch.times, (frame - frame[:, :1]) / 10)
    assert torch.equal(batch.action.argmax(2), clip % 2)


def test_times_start_at_0_and_increase_within_the_span_and_two_frames_are_neighbours():
    for seen, span in ((4, 4), (4, 5), (4, 32), (2, 2), (3, 20)):
        offsets = values_of(numbered([40]).batch(300, seen, span, rng()))
        steps = offsets.diff(dim=1)
        assert (steps > 0).all() and (steps == 1).any(1).all()
        assert (offsets[:, -1] - offsets[:, 0] < span).all()


def test_batches_reach_every_frame_and_every_distance():
    values = values_of(numbered([40]).batch(3000, 3, 10, rng()))
    assert set(values.unique().tolist()) == set(range(40))
    assert set((values[:, -1] - values[:, 0]).tolist()) == set(range(2, 10))
    pairs = (values.diff(dim=1) == 1).float().mean(0)
    assert (pairs - pairs.mean()).abs().max() < 0.05  # first and last pair alike


def test_clips_shorter_than_the_span_work_beside_long_ones():
    lengths = [1, 2, 3, 40]
    values = values_of(numbered(lengths).batch(400, 4, 32, rng()))
    clip, frame = values[:, 0] // 50, values % 50
    for number, length in enumerate(lengths):
        of_clip = frame[clip == number]
        assert 60 < len(of_clip) < 140  # as likely as any other
        assert of_clip.max() < length and (of_clip.diff(dim=1) >= 0).all()
        if length > 1:
            assert (of_clip.diff(dim=1) == 1).any(1).all()


def test_the_same_rng_draws_the_same_batch():
    dataset = load_shapes(16, clips=6)
    first, again, other = (dataset.batch(4, 4, 16, rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(first.frames, again.frames) and torch.equal(first.times, again.times)
    assert not torch.equal(first.frames, other.frames)


def test_shapes_are_the_same_every_time_and_differ_by_seed():
    a, b, c = load_shapes(16, clips=4), load_shapes(16, clips=4), load_shapes(16, 4, seed=1)
    assert np.array_equal(a.pixels[:], b.pixels[:]) and not np.array_equal(a.pixels[:], c.pixels[:])


def test_drawn_pixels_are_indexed_like_an_array():
    pixels = load_shapes(16, clips=3, frames=5).pixels
    every = pixels[:]
    assert every.shape == pixels.shape == (15, 16, 16, 3) and every.dtype == np.uint8
    index = np.array([[14, 0, 3], [7, 7, -1]])
    assert np.array_equal(pixels[index], every[index])
    assert np.array_equal(pixels[4:9], every[4:9]) and np.array_equal(pixels[6], every[6])


def centres(clip: np.ndarray) -> np.ndarray:
    """(T, 2): x and y of the middle of what is not black, in pixels."""
    weight = clip.max(-1).astype(float)
    at = np.arange(clip.shape[1]) + 0.5
    total = weight.sum((1, 2))
    return np.stack([weight.sum(1) @ at, weight.sum(2) @ at], 1) / total[:, None]


def test_a_shape_keeps_colour_and_area_moves_smoothly_and_stays_inside():
    dataset = load_dataset("shapes")
    assert dataset.actions == ACTIONS and dataset.fps == 25 and dataset.resolution == 64
    for number in range(24):
        clip = dataset.clip(number)
        assert clip.shape == (32, 64, 64, 3)
        edges = np.concatenate([clip[:, [0, -1]], clip[:, :, [0, -1]].swapaxes(1, 2)], 1)
        assert edges.max() == 0
        colours = {tuple(frame[frame.max(-1) == frame.max()][0]) for frame in clip}
        assert len(colours) == 1 and max(colours.pop()) > 140
        area = (clip.max(-1) / clip.max()).sum((1, 2))
        assert area.min() > 80 and np.ptp(area) / area.mean() < 0.02
        path = centres(clip)
        assert np.abs(np.diff(path, axis=0)).max() < 6.5  # pixels a frame
        assert np.abs(np.diff(path, 2, axis=0)).max() < 1.7  # so it never jumps nor turns sharply
        travelled = np.ptp(path, axis=0)
        assert travelled.argmax() == dataset.labels[number] and travelled.max() > 12


def test_shapes_look_alike_at_any_resolution():
    small, large = load_shapes(32, clips=4).pixels[:], load_shapes(64, clips=4).pixels[:]
    shrunk = large.reshape(-1, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(shrunk - small).mean() < 1


def test_circles_and_squares_of_both_actions_and_many_colours_occur():
    dataset = load_dataset("shapes", 16)
    scene = dataset.pixels.scene
    assert len(dataset) == 4000
    for square in (True, False):
        for label in (0, 1):
            assert 800 < ((scene.square == square) & (dataset.labels == label)).sum() < 1200
    assert (np.ptp(scene.colour, axis=0) > 0.7).all()


@pytest.mark.parametrize("resolution", [0, -64, 7, 513, 64.5, "64", None, float("nan")])
def test_a_resolution_that_makes_no_sense_is_refused(resolution):
    with pytest.raises(ValueError, match="Resolution must be a whole number from 8 to 512"):
        load_dataset("shapes", resolution)
