"""From a clip back to its latents: what was seen is found again, and the rest is filled in."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import tiny_generator

from vidgen import load_generator
from vidgen.inverse import start as search
from vidgen.inverse.distance import multi_scale_distance, psnr
from vidgen.inverse.find import drawn, find, restored
from vidgen.inverse.observe import (
    TASKS,
    Observed,
    corrected,
    every,
    first,
    masked,
    shrunk,
    whole,
)
from vidgen.inverse.refine import refined
from vidgen.inverse.start import Try, first_answer, path_of
from vidgen.latents import seeded_path
from vidgen.pixels.arrays import as_frames
from vidgen.pixels.formats import backdrop_of

T = 8
HOLE = torch.zeros(1, 1, 16, 16)
HOLE[..., 4:12, 4:12] = 1
GIVEN = {"edit": (), "enlarge": (4,), "repair": (HOLE,), "predict": (4,), "slow": (2,)}


@pytest.fixture(scope="module")
def generator():
    return tiny_generator()


@pytest.fixture(scope="module")
def clip(generator):
    """A clip (T, 3, 16, 16) that the generator can draw: one of those that the search tries."""
    content = seeded_path(generator.spec, 0, 1).content[0, 0]
    return drawn(generator, path_of(generator.spec, Try(content, 1, 0.25), T, 25))


@pytest.fixture(autouse=True)
def few_seeds(monkeypatch):
    monkeypatch.setattr(search, "SEEDS", 12)


def noise(channels: int = 3, frames: int = T) -> torch.Tensor:
    return torch.rand(frames, channels, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


def seen_error(observed: Observed, frames: torch.Tensor) -> torch.Tensor:
    return (observed.seen(observed.laid(frames)) - observed.values) * observed.kept


def test_every_task_is_an_operator_of_the_table():
    assert set(TASKS) == set(GIVEN)
    frames = noise()
    for name, given in GIVEN.items():
        observed = TASKS[name](frames, *given)
        assert observed.frames == T, name
        assert seen_error(observed, frames).abs().max() < 1e-6, name  # A(x) is what was seen


def test_an_operator_keeps_what_its_task_says():
    frames = noise()
    assert torch.equal(whole(frames).values, frames)
    assert shrunk(frames, 4).values.shape == (T, 3, 4, 4)
    assert first(frames, 3).moments.tolist() == [0, 1, 2]
    assert every(frames, 3).moments.tolist() == [0, 3, 6]
    kept = masked(frames, HOLE).kept
    assert kept[..., 4:12, 4:12].sum() == 0 and kept.sum() == T * (256 - 64)


@pytest.mark.parametrize("task", GIVEN)
def test_a_corrected_clip_agrees_with_what_was_seen(task):
    wanted, drawn_frames = noise() * 0.5, noise().flip(0) * 0.5
    observed = TASKS[task](wanted, *GIVEN[task])
    result = corrected(observed, drawn_frames)
    assert result.shape == wanted.shape
    before, after = (seen_error(observed, x).abs().mean() for x in (drawn_frames, result))
    assert after < (0.1 * before if task == "enlarge" else 1e-6)


@pytest.mark.parametrize("task", GIVEN)
def test_correcting_the_right_answer_changes_nothing(task):
    frames = noise() * 0.9
    assert (corrected(TASKS[task](frames, *GIVEN[task]), frames) - frames).abs().max() < 1e-5


def test_detail_that_proves_wrong_is_left_out():
    wanted = torch.nn.functional.avg_pool2d(noise(), 5, 1, 2)
    observed = shrunk(wanted, 2)
    wrong, right = corrected(observed, noise().flip(0)), corrected(observed, wanted)
    enlarged = corrected(observed, torch.zeros_like(wanted))
    assert psnr(right, wanted) > 60 and psnr(wrong, wanted) > psnr(enlarged, wanted) - 1


def test_a_hole_is_filled_without_a_seam():
    drawn_frames = torch.zeros(T, 3, 16, 16)
    result = corrected(masked(drawn_frames + 0.5, HOLE), drawn_frames)
    assert (result - 0.5).abs().max() < 1e-5  # off by a constant: the hole too


def test_a_correction_fades_after_the_last_frame_that_is_known():
    drawn_frames = torch.zeros(T, 3, 16, 16)
    result = corrected(first(drawn_frames + 0.5, 4), drawn_frames)[:, 0, 0, 0]
    assert torch.allclose(result[:4], torch.tensor(0.5)) and (result[4:].diff() < 0).all()
    assert result[-1] < 0.2


def test_the_distance_is_that_of_its_formula():
    a, b = noise(frames=2), noise(frames=2).flip(0)
    wanted, difference = 0, a - b
    for _ in range(2):
        wanted = wanted + difference.abs().mean((1, 2, 3))
        wanted = wanted + (difference[..., 1:] - difference[..., :-1]).abs().mean((1, 2, 3))
        wanted = wanted + (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean((1, 2, 3))
        difference = torch.nn.functional.avg_pool2d(difference, 2)
    assert torch.allclose(multi_scale_distance(a, b), wanted)


def test_what_lies_in_a_hole_has_no_say():
    a, b = noise(), noise().flip(0)
    kept = (1 - HOLE).expand(T, -1, -1, -1)
    other = torch.where(HOLE > 0, -a, a)
    assert torch.equal(multi_scale_distance(a, b, kept), multi_scale_distance(other, b, kept))
    assert psnr(a, other, kept) > 90 > psnr(a, other)


def test_a_clip_of_the_generator_is_found_among_what_is_tried(generator, clip):
    found = find(generator, whole(clip), 25, steps=0)
    assert found.action == "wave" and found.error == found.first > 40
    assert found.explained > 0.99 and "far off" not in found.said("tiny")


@pytest.mark.parametrize("task", ["enlarge", "predict"])
def test_refinement_comes_nearer_also_to_what_was_not_seen(task):
    generator = load_generator("shapes")  # untrained ones have no slopes to follow
    path = seeded_path(generator.spec, 11, T)
    clip, rng = drawn(generator, path), torch.Generator().manual_seed(0)
    start = replace(
        path,
        content=path.content + 0.3 * torch.randn(path.content.shape[-1], generator=rng),
        motion=path.motion + 0.1 * torch.randn(path.motion.shape, generator=rng),
    )
    observed = TASKS[task](clip, *GIVEN[task])
    *_, end = refined(generator, observed, start, 8, rng, side=16)
    before, after = (psnr(drawn(generator, each), clip) for each in (start, end))
    assert after > before + 5


def test_the_same_clip_gives_the_same_path(generator, clip):
    a, b = (find(generator, shrunk(clip, 2), 25, steps=3).path for _ in range(2))
    assert torch.equal(a.content, b.content) and torch.equal(a.motion, b.motion)
    assert torch.equal(a.times, b.times)


def test_a_clip_of_another_kind_is_said_to_be_one(generator):
    board = torch.ones(T, 3, 16, 16)
    board[..., ::2, ::2] = board[..., 1::2, 1::2] = -1
    assert "far off" in find(generator, whole(board), 25, steps=3).said("tiny")


def test_refinement_can_be_stopped_and_keeps_what_it_has(generator, clip):
    seen = []
    found = find(
        generator, whole(clip), 25, steps=50, told=lambda *at: seen.append(at) or len(seen) < 3
    )
    assert seen == [(1, 50), (2, 50), (3, 50)] and found.error >= found.first


def test_refinement_leaves_the_weights_as_they_were(generator, clip):
    before = [each.clone() for each in generator.parameters()]
    learning = [each.requires_grad for each in generator.parameters()]
    start = first_answer(generator, whole(clip), 25)
    list(refined(generator, whole(clip), start, 2, torch.Generator().manual_seed(0)))
    after = list(generator.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert [each.requires_grad for each in after] == learning
    assert all(each.grad is None for each in after)


def test_an_action_that_is_known_is_kept_and_an_unknown_one_refused(generator, clip):
    path = first_answer(generator, whole(clip), 25, action="bend")
    assert path.action[0, 0].tolist() == [1, 0, 0]
    with pytest.raises(ValueError, match="Action must be one of bend, wave, walk"):
        first_answer(generator, whole(clip), 25, action="fly")


def test_what_was_seen_over_a_background_is_found_with_its_transparency():
    generator = tiny_generator(channels=4)
    frames = drawn(generator, seeded_path(generator.spec, 3, T, action="walk"))
    under = as_frames(np.ascontiguousarray(backdrop_of("checkerboard", 16, 16)))
    assert under.shape == (3, 16, 16)
    cut_out = Observed(frames, torch.ones(T, 1, 16, 16), under)
    laid = cut_out.laid(frames)
    assert laid.shape == (T, 3, 16, 16)
    clear = (1 - frames[:, 3:]) / 2
    wanted = (frames[:, :3] + 1) / 2 + clear * (under + 1) / 2
    assert torch.allclose((laid + 1) / 2, wanted, atol=1e-5)
    observed = Observed(laid, torch.ones(T, 1, 16, 16), under)
    found = find(generator, observed, 25, steps=2)
    assert found.frames.shape == frames.shape and found.error > 25
    assert (restored(observed, found) - laid.clamp(-1, 1)).abs().max() < 1e-5
