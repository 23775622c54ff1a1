"""The scores as functions of arrays: limits, invariances, and values known from elsewhere."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from tests.scored import one_way_shapes
from train.scores import Score, as_json, table
from train.scores.classes import (
    accuracy,
    agreement,
    class_entropies,
    different,
    inception_score,
    kept,
    probabilities,
)  # fmt: skip
from train.scores.clips import proportional_labels, real_halves, window
from train.scores.content import area_variation, content_distance, core_colours, moves_vertically
from train.scores.copies import TrainingClips, copied, copy_ratios
from train.scores.detail import clean_alpha, fine_detail
from train.scores.encoder import FixedRandomEncoder
from train.scores.frechet import frechet_distance, symmetric_root, too_few
from train.scores.manifold import overlap, radii
from train.scores.motion import frame_difference, motion_variance
from train.scores.table import Aim


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def with_moments(rng, mean, covariance, count=64):
    """Features whose sample mean and covariance are exactly these."""
    x = rng.standard_normal((count, len(mean)))
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return x @ np.linalg.cholesky(covariance).T + mean


def test_frechet_is_the_closed_form_of_gaussians(rng):
    a = with_moments(rng, [0, 0], np.diag([1.0, 4.0]))
    b = with_moments(rng, [3, 4], np.diag([9.0, 1.0]))
    # |mu|^2 + sum of (sigma_a - sigma_b)^2, where the covariances commute
    assert frechet_distance(a, b) == pytest.approx(25 + (1 - 3) ** 2 + (2 - 1) ** 2)


def test_frechet_of_covariances_that_do_not_commute_is_that_of_the_product_of_both(rng):
    a, b = (rng.standard_normal((50, 4)) @ rng.standard_normal((4, 4)) for _ in range(2))
    product = np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)
    root_trace = np.sqrt(np.linalg.eigvals(product).real).sum()
    expected = np.square(a.mean(0) - b.mean(0)).sum() - 2 * root_trace
    expected += np.trace(np.cov(a, rowvar=False)) + np.trace(np.cov(b, rowvar=False))
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(b, a) == pytest.approx(expected)


def test_frechet_of_the_same_clips_is_nothing_also_where_they_are_too_few(rng):
    few = rng.standard_normal((8, 64)) * 1e3 + 1e4  # rank-deficient, and far from 0
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-3)
    assert frechet_distance(few.astype(np.float32), few[::-1]) >= 0
    root = symmetric_root(np.cov(few, rowvar=False))
    assert np.allclose(root @ root, np.cov(few, rowvar=False))
    assert "few for 64 features" in too_few(8, 64) and too_few(128, 64) is None


@pytest.mark.parametrize("broken", [np.ones((1, 3)), np.ones((4, 2)), np.full((4, 3), np.nan)])
def test_frechet_refuses_what_has_no_covariance(rng, broken):
    with pytest.raises(ValueError, match="A Frechet distance needs"):
        frechet_distance(rng.standard_normal((9, 3)), broken)


def test_overlap_is_whole_with_itself_none_far_away_and_half_of_half(rng):
    real = rng.standard_normal((80, 3))
    both = overlap(real, real)
    assert all(both[name] == 1 for name in ("precision", "recall", "coverage"))
    away = overlap(real, real + 100)
    assert not any(away.values())
    two = np.concatenate([real, real + 100])
    dropped = overlap(two, real)  # one of two modes
    assert dropped["precision"] == 1
    assert dropped["recall"] == dropped["coverage"] == pytest.approx(0.5)


def test_a_far_off_real_clip_makes_all_precise_but_adds_little_density(rng):
    real = np.concatenate([rng.standard_normal((80, 2)), [[1e3, 0]]])
    found = overlap(real, rng.standard_normal((80, 2)) + [500, 0])
    assert found["precision"] == 1 and found["density"] < 0.5 and found["coverage"] < 0.05


def test_windows_of_one_clip_are_no_neighbours_of_each_other(rng):
    clips = rng.standard_normal((10, 3))
    windows = np.repeat(clips, 8, 0) + rng.standard_normal((80, 3)) * 1e-3
    assert radii(windows).max() < 0.1
    assert radii(windows, np.repeat(np.arange(10), 8)).min() > 0.1
    with pytest.raises(ValueError, match="two different sources"):
        radii(windows, np.zeros(80))


def test_content_distance_is_the_mean_over_all_pairs_of_frames():
    vectors = np.array([[[0, 0], [3, 4], [0, 0]], [[1, 1], [1, 1], [1, 1]]])
    assert content_distance(vectors) == pytest.approx([10 / 3, 0])


def test_shapes_keep_their_colour_area_and_direction():
    dataset = one_way_shapes(24)
    pixels = np.stack([dataset.clip(i) for i in range(24)])
    pixels = pixels.repeat(2, 2).repeat(2, 3)
    assert np.median(content_distance(core_colours(pixels))) == 0
    assert np.median(area_variation(pixels)) < 0.002
    assert (moves_vertically(pixels) == dataset.labels).all()
    colour = np.array([200, 40, 90], np.uint8)
    square = np.zeros((1, 2, 16, 16, 3), np.uint8)
    square[0, :, 4:10, 4:10] = colour
    square[0, :, 3, 4:10] = colour // 2  # its edge
    assert (core_colours(square) == colour).all() and not area_variation(square).any()
    square[0, 1, 4:10, 8:10] = 0
    assert area_variation(square)[0] == pytest.approx((39 - 26) / (39 + 26), abs=0.02)


def test_black_clips_have_scores_too():
    black = np.zeros((2, 4, 8, 8, 3), np.uint8)
    assert not content_distance(core_colours(black)).any()
    assert (area_variation(black) == 1).all() and not moves_vertically(black).any()


def test_differences_of_frames_are_mean_levels_and_nothing_wraps():
    pixels = np.zeros((1, 6, 4, 4, 3), np.uint8)
    pixels[:, 1::2] = 255  # flickers
    assert frame_difference(pixels, 1) == [255] and frame_difference(pixels, 4) == [0]
    with pytest.raises(ValueError, match="Frames 6 apart need clips of 7"):
        frame_difference(pixels, 6)


def test_variance_at_fixed_content_is_of_motions_only(rng):
    contents = rng.integers(0, 200, (3, 1, 2, 4, 4, 3), np.uint8)
    assert motion_variance(contents.repeat(4, 1)) == 0
    two = np.concatenate([contents, contents + 2], 1)
    assert motion_variance(two) == pytest.approx(2)  # of a and a + 2, unbiased


def test_inception_score_is_one_for_the_same_and_the_number_of_classes_for_all():
    sure = np.eye(9).repeat(3, 0)
    assert inception_score(sure) == pytest.approx(9)
    assert class_entropies(sure) == pytest.approx((0, math.log(9)))
    assert inception_score(sure[:3]) == pytest.approx(1)
    unsure = np.full((5, 9), 1 / 9)
    assert inception_score(unsure) == pytest.approx(1)
    assert class_entropies(unsure) == pytest.approx((math.log(9), math.log(9)))


def test_accuracy_agreement_and_characters():
    judged = probabilities(np.array([[900.0, 0, -900], [0, 1, 0], [0, 0, 1]]))
    assert np.isfinite(judged).all() and accuracy(judged, np.array([0, 1, 1])) == 2 / 3
    assert agreement(judged, judged[[0, 1, 0]]) == 2 / 3
    hair = np.eye(3)[[[0, 0], [1, 1], [1, 2]]]  # of three characters, two clips each
    assert kept(hair).tolist() == [True, True, False]
    skin = np.eye(2)[[[0, 0], [1, 1], [1, 1]]]
    assert different({"hair": hair[[0, 1, 1]], "skin": skin}) == pytest.approx(2 / 3)


def test_a_blur_takes_fine_detail_and_alpha_is_clean_at_both_ends(rng):
    noise = rng.integers(0, 255, (2, 2, 16, 16, 4), np.uint8)
    halves = noise // 2
    assert fine_detail(halves) == pytest.approx(fine_detail(noise) / 4, rel=0.05)
    assert not fine_detail(np.full((1, 1, 8, 8, 3), 200, np.uint8)).any()
    noise[..., 3] = [0, 8, 9, 246, 247, 255, 0, 255] * 2
    assert clean_alpha(noise) == 6 / 8
    with pytest.raises(ValueError, match="these clips have 3"):
        clean_alpha(noise[..., :3])


def test_a_copy_is_found_at_any_shift_and_a_new_clip_is_none():
    dataset = one_way_shapes(40, frames=24)
    training = TrainingClips(dataset)
    copy = np.stack([dataset.clip(i)[5:15] for i in (3, 30)])
    ratios, found = copy_ratios(training, copy)
    assert found.clip.tolist() == [3, 30] and found.start.tolist() == [5, 5]
    assert copied(ratios) == 1 and (ratios < 0.02).all()
    ratios, found = copy_ratios(training, copy, without=np.array([3, 30]))
    assert copied(ratios) == 0 and 3 not in found.clip[:1]
    new = one_way_shapes(8, seed=5)
    assert copied(copy_ratios(training, np.stack([new.clip(i)[:10] for i in range(8)]))[0]) == 0


def test_what_is_dim_is_no_copy_for_that():
    bright, new = one_way_shapes(40), one_way_shapes(8, seed=5)
    dim = dataclasses.replace(bright, pixels=bright.pixels[:] // 8)
    clips = np.stack([new.clip(i) for i in range(8)])
    ratios, _ = copy_ratios(TrainingClips(bright), clips)
    dim_ratios, _ = copy_ratios(TrainingClips(dim), clips // 8)
    assert np.median(ratios) == pytest.approx(1, abs=0.4)
    assert np.median(dim_ratios) == pytest.approx(np.median(ratios), rel=0.1)


def test_clips_longer_than_the_training_clips_are_compared_with_their_repeated_last_frame():
    dataset = one_way_shapes(12, frames=6)
    clip = np.stack([window(dataset, i, 10) for i in (2, 7)])
    found = TrainingClips(dataset).nearest(TrainingClips(dataset).small(clip))
    assert found.clip.tolist() == [2, 7] and (found.distance < 0.5).all()


def test_halves_share_no_clip_and_keep_the_proportions_of_actions(rng):
    dataset = one_way_shapes(41)
    a, b = real_halves(dataset, 32, 8, rng)
    assert not set(a.source) & set(b.source)
    assert len(a) == len(b) == 32 and a.pixels.shape[1] == 8
    wanted = np.bincount(proportional_labels(dataset.labels, 32))
    assert (np.bincount(a.labels) == wanted).all() and (np.bincount(b.labels) == wanted).all()


@pytest.mark.parametrize("count", [1, 5, 100])
def test_labels_keep_their_proportions_to_the_nearest_clip(count):
    labels = np.repeat([0, 1, 3], [60, 30, 10])
    numbers = np.bincount(proportional_labels(labels, count), minlength=4)
    assert numbers.sum() == count and numbers[2] == 0
    assert (abs(numbers - np.bincount(labels) / 100 * count) < 1).all()


def test_the_fixed_encoder_is_the_same_everywhere_and_takes_any_size():
    frames = torch.rand(2, 5, 3, 24, 24) * 2 - 1
    one, two = (FixedRandomEncoder(3, 5) for _ in range(2))
    torch.manual_seed(3)
    assert torch.equal(one.features(frames), two.features(frames))
    assert one.features(frames).shape == (2, 64)
    assert one.frame_features(frames).shape == (2, 5, 128)
    alone = one.frame_features(frames[:, 2:3])
    assert torch.allclose(alone, one.frame_features(frames)[:, 2:3], atol=1e-5)


def test_the_table_is_aligned_and_says_what_is_missing_and_what_is_met():
    scores = [
        Score("coverage", (0.95, 0.97), (0.9, 1.0), Aim(low=0.9)),
        Score("FD", (2.0, 2.0), (2.0, 2.0), Aim(high=1.5, of_floor=True), beside=("others: 3",)),
        Score("a long name", missing="there is none"),
        Score("coverage: bend", (1.0, 1.0), detail=True),
    ]
    lines = table(scores).splitlines()
    assert lines[2].endswith(">= 0.9          met") and "0.96 ± 0.014" in lines[2]
    assert lines[3].endswith("<= 1.5 x floor  met")
    assert lines[3].index("<=") == lines[0].index("aim")
    assert lines[-2:] == ["FD: others: 3", "a long name: not computed, there is none"]
    assert not any("bend" in line for line in lines)


def test_json_holds_every_number_and_no_nan():
    scores = [Score("a", (1.0, math.nan), (2.0, 4.0)), Score("b: c", (1.0,), detail=True)]
    found = json.loads(as_json(scores, model="tiny"), parse_constant=pytest.fail)
    assert found["model"] == "tiny"
    a, b = found["scores"]
    assert a["generated"] == {"mean": None, "spread": None, "seeds": [1.0, None]}
    assert a["real"]["mean"] == 3 and a["real"]["spread"] == pytest.approx(2**0.5)
    assert b["generated"] == {"mean": 1, "spread": None, "seeds": [1]}
