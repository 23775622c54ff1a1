"""Latent paths: what a seed means, what lies between two, and what is refused."""

import math

import numpy as np
import pytest
import torch
from tiny import ACTIONS, SPEC

from vidgen.latents import mix, morph, seeded_path, slerp
from vidgen.types import GeneratorSpec, LatentPath

LABELLED = GeneratorSpec("style", **SPEC, actions=ACTIONS)
PLAIN = GeneratorSpec("style", **SPEC)
TENSORS = ("content", "motion", "times", "action", "truncation")


def same(a: LatentPath, b: LatentPath, fields=TENSORS) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in fields)


def test_a_path_has_the_shapes_that_its_spec_says():
    path = seeded_path(LABELLED, 3, 10)
    assert path.content.shape == (1, 10, 8) and path.motion.shape[::2] == (1, 4)
    assert path.times.shape == (10,) and path.action.shape == (1, 10, 3)
    assert path.truncation.shape == (1, 10) and path.period is None
    assert (path.batch, path.frames) == (1, 10)
    assert seeded_path(PLAIN, 3, 10).action is None


def test_the_same_seed_is_the_same_path_and_another_seed_another():
    torch.manual_seed(1)
    first = seeded_path(LABELLED, 3, 10)
    torch.manual_seed(2)
    assert same(first, seeded_path(LABELLED, 3, 10))
    other = seeded_path(LABELLED, 4, 10)
    assert not torch.equal(first.content, other.content)
    assert not torch.equal(first.motion, other.motion)


def test_what_a_seed_means_never_changes():
    # Numbers written down once: a seed that somebody noted shows the same clip in a later version.
    path = seeded_path(LABELLED, 7, 2)
    content, motion = path.content[0, 0, :3].tolist(), path.motion[0, 1, :3].tolist()
    assert content == pytest.approx([-0.146795, 0.786141, 0.946822], abs=1e-5)
    assert motion == pytest.approx([-1.512025, -0.170862, -3.486985], abs=1e-5)
    assert path.action[0, 0].tolist() == [1, 0, 0]


def test_a_longer_path_begins_with_the_shorter():
    short, long = seeded_path(LABELLED, 5, 7), seeded_path(LABELLED, 5, 700)
    assert same(long.between(0, 7), short, ("content", "times", "action", "truncation"))
    assert torch.equal(long.motion[:, : short.motion.shape[1]], short.motion)


def test_twice_the_frame_rate_keeps_every_second_moment():
    slow, fast = seeded_path(LABELLED, 5, 9, fps=12), seeded_path(LABELLED, 5, 17, fps=24)
    assert torch.equal(fast.times[::2], slow.times) and torch.equal(fast.motion, slow.motion)


def test_the_seed_chooses_the_action_where_nobody_does():
    chosen = [int(seeded_path(LABELLED, seed, 1).action.argmax()) for seed in range(60)]
    assert {chosen.count(action) > 8 for action in range(3)} == {True}


@pytest.mark.parametrize(
    "action",
    [1, 1.0, "wave", np.int64(1), torch.tensor(1), torch.tensor([0, 1, 0])],
    ids=lambda action: type(action).__name__,
)
def test_an_action_is_chosen_by_index_name_or_weights(action):
    path = seeded_path(LABELLED, 3, 2, action=action)
    assert path.action.tolist() == [[[0, 1, 0]] * 2] and path.action.dtype == torch.float32
    assert torch.equal(path.content, seeded_path(LABELLED, 3, 2).content)


@pytest.mark.parametrize(
    "action",
    [-1, 3, 1.5, True, "", "run", b"wave", [0, 1, 0], math.nan, torch.zeros(3), torch.ones(2)]
    + [torch.tensor([math.nan, 0, 1]), torch.tensor([0, 2, 0]), torch.ones(1, 3), frozenset()],
    ids=str,
)
def test_an_action_that_is_not_there_is_refused(action):
    with pytest.raises(ValueError, match="^Action .*must be .*[.]$"):
        seeded_path(LABELLED, 3, 2, action=action)


@pytest.mark.parametrize("action", [0, "wave", torch.ones(1)], ids=str)
def test_a_model_without_actions_says_so(action):
    with pytest.raises(ValueError, match="This model has no actions"):
        seeded_path(PLAIN, 3, 2, action=action)


@pytest.mark.parametrize(
    "changes",
    [{"seed": -1}, {"seed": 2**32}, {"seed": None}, {"frames": 0}, {"frames": 4097}]
    + [{"frames": math.nan}, {"fps": 0}, {"fps": math.inf}, {"fps": "25"}, {"truncation": 2}]
    + [{"loop": "yes"}, {"loop": None}],
    ids=str,
)
def test_values_out_of_limits_are_refused(changes):
    with pytest.raises(ValueError, match="must be"):
        seeded_path(LABELLED, **({"seed": 1, "frames": 2} | changes))


@pytest.mark.parametrize("spec", [LABELLED, PLAIN], ids=["labelled", "plain"])
@pytest.mark.parametrize("loop", [False, True])
def test_the_ends_of_a_morph_are_its_two_paths_exactly(spec, loop):
    a, b = (seeded_path(spec, seed, 9, truncation=seed / 9, loop=loop) for seed in (3, 4))
    fields = TENSORS if spec.actions else ("content", "motion", "times", "truncation")
    assert same(morph(a, b, 0), a, fields) and same(morph(a, b, 1), b, fields)
    assert same(morph(a, b, torch.zeros(9)), a, fields)
    assert same(morph(a, b, [1] * 9), b, fields)
    assert morph(a, b, 0.5).period == a.period


def test_a_curve_goes_from_one_content_to_the_other():
    a, b = seeded_path(LABELLED, 3, 9), seeded_path(LABELLED, 4, 9)
    way = morph(a, b, torch.linspace(0, 1, 9))
    assert torch.equal(way.content[:, 0], a.content[:, 0])
    assert torch.equal(way.content[:, -1], b.content[:, -1])
    steps = way.content.diff(dim=1).norm(dim=-1)
    assert steps.max() < 2 * steps.min(), "a jump"


def test_between_two_latents_the_length_is_between_theirs():
    rng = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 100, 512, generator=rng)
    middle = slerp(a, b, torch.tensor(0.5)).norm(dim=-1)
    # A straight line would pass at 0.7 of it, where no latent that the generator learnt from lies.
    assert (middle > 0.95 * torch.minimum(a.norm(dim=-1), b.norm(dim=-1))).all()


def test_parallel_and_opposite_latents_have_a_middle():
    a = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    half = torch.tensor(0.5)
    assert torch.allclose(slerp(a, a, half), a)
    assert torch.allclose(slerp(a, 2 * a, half), 1.5 * a)
    assert slerp(a, -a, half).isfinite().all() and slerp(a, 0 * a, half).isfinite().all()


@pytest.mark.parametrize(
    "value",
    [-0.1, 1.1, math.nan, None, "0.5", True, [0.5], [0.5] * 8 + [2], ["a"] * 9, torch.ones(8)]
    + [torch.ones(1, 9), torch.full((9,), math.nan), np.ones(10)],
    ids=str,
)
def test_a_mix_out_of_limits_is_refused(value):
    a, b = seeded_path(LABELLED, 3, 9), seeded_path(LABELLED, 4, 9)
    with pytest.raises(ValueError, match="^(Mix|A curve of mix) must be .* from 0 to 1.*[.]$"):
        morph(a, b, value)


def test_paths_that_do_not_fit_are_not_morphed():
    a = seeded_path(LABELLED, 3, 9)
    others = [
        seeded_path(LABELLED, 4, 8),
        seeded_path(LABELLED, 4, 9, fps=10),
        seeded_path(LABELLED, 4, 9, loop=True),
        seeded_path(PLAIN, 4, 9),
    ]
    for other in others:
        with pytest.raises(ValueError, match="^To morph, both paths "):
            morph(a, other, 0.5)
    with pytest.raises(ValueError, match="^To mix, both paths "):
        mix(a, others[0])


def test_a_mix_has_the_first_paths_content_and_the_seconds_motion():
    a, b = seeded_path(LABELLED, 3, 9, truncation=0.3), seeded_path(LABELLED, 4, 9, loop=True)
    mixed = mix(a, b)
    assert same(mixed, a, ("content", "truncation"))
    assert same(mixed, b, ("motion", "times", "action")) and mixed.period == b.period


def test_a_part_of_a_path_is_those_frames_of_it():
    path = seeded_path(LABELLED, 3, 9)
    part = path.between(4, 7)
    assert part.frames == 3 and torch.equal(part.times, path.times[4:7])
    assert torch.equal(part.motion, path.motion)
