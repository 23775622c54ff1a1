"""Places: a point that can be drawn, there and back as JSON, and what of a foreign one is kept."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import torch

from tests.tiny import ACTIONS, CONTINUOUS, SPEC, draw, tiny_generator
from vidgen.latents import SEQUENCE, mix, morph, seeded_content, seeded_motion, seeded_path
from vidgen.place import FIELDS, Place, around, axis_seeds, fitted, read_place, written
from vidgen.requests import ClipRequest, MorphRequest
from vidgen.types import GeneratorSpec

LABELLED = GeneratorSpec("style", **SPEC, actions=ACTIONS)
EVERYTHING = Place(
    "tiny", 3, 4, (("bend", 0.25), ("walk", 1.0)), 0.5, 2.0, (0.5, -1.0), (0.0, 0.25), 9, 8, 0.3
)


def test_a_place_is_the_same_after_it_was_a_json():
    document = json.dumps(written(EVERYTHING, FIELDS))
    assert read_place(document) == (EVERYTHING, [])
    assert read_place(written(Place(), FIELDS)) == (Place(), [])
    assert written(Place(seed=5), FIELDS) == {"vidgen": 1, "seed": 5}, (
        "it says no more than it must"
    )


def test_what_makes_sense_of_a_foreign_place_is_kept_and_the_rest_is_said():
    document = {
        "vidgen": 7, "seed": 5, "flavour": "mint", "truncation": 9, "mix": "half", "speed": 2,
        "content": [5, 0], "motion": [1], "action": {"wave": 2}, "motion_seed": -3,
    }  # fmt: skip
    place, remarks = read_place(document)
    assert place == Place(seed=5, truncation=1.5, speed=2, content=(2, 0), motion_seed=0)
    assert remarks == [
        "This was written by another version (7).",
        "'flavour' is not known here: left out.",
        "truncation 9 became 1.5.",
        "'mix' can't be 'half': left out.",
        "content 5 became 2.",
        "'motion' can't be [1]: left out.",
        "'action' can't be {'wave': 2}: left out.",
        "motion_seed -3 became 0.",
    ]


@pytest.mark.parametrize(
    "document",
    ["", "7", "[]", "{}", '{"seed": 3}', "{" * 5000, '{"vidgen": 1, "model": "' + "a" * 9000]
    + [None, 5, ["vidgen"], b'{"vidgen": 1}'],
    ids=lambda document: str(document)[:12],
)
def test_what_is_no_place_is_refused_in_a_sentence(document):
    with pytest.raises(ValueError, match="place.*[.]$"):
        read_place(document)


@pytest.mark.parametrize(
    "value", [None, [], {}, True, 1.5, "x" * 400, float("nan"), float("inf"), 10**400, [1, 2, 3]],
    ids=lambda value: str(value)[:8],
)  # fmt: skip
@pytest.mark.parametrize("name", FIELDS)
def test_whatever_stands_in_a_place_gives_one_that_can_be_drawn(name, value):
    place, remarks = read_place({"vidgen": 1, name: value})
    action, _ = fitted(place.action, LABELLED)
    path = replace(place, action=action).path(LABELLED, 2)
    assert path.content.isfinite().all() and path.motion.isfinite().all()
    assert all(remark.endswith(".") and len(remark) < 120 for remark in remarks)


def test_an_action_that_a_model_does_not_have_is_left_out():
    assert fitted("wave", LABELLED) == ("wave", True)
    assert fitted("fly", LABELLED) == (None, False)
    assert fitted((("fly", 1.0), ("bend", 0.5)), LABELLED) == ((("bend", 0.5),), False)
    assert fitted(None, LABELLED) == (None, True)


@CONTINUOUS
def test_who_and_how_are_two_things(family):
    generator = tiny_generator(family)
    spec = generator.spec
    a, b = (seeded_path(spec, seed, 4) for seed in (1, 2))
    both = Place(seed=1, motion_seed=2).path(spec, 4)
    assert torch.equal(draw(generator, both), draw(generator, mix(content_of=a, motion_of=b)))
    assert torch.equal(both.action, b.action), "what is done is a matter of how"
    same = Place(seed=1, motion_seed=1).path(spec, 4)
    assert torch.equal(draw(generator, same), draw(generator, a))


def test_twice_the_speed_shows_every_second_moment():
    plain, fast = (
        Place(seed=3).path(LABELLED, 9, 10),
        Place(seed=3, speed=2.0).path(LABELLED, 5, 10),
    )
    assert torch.equal(fast.times, plain.times[::2]) and torch.equal(fast.motion, plain.motion)
    assert Place(seed=3, speed=2.0).path(LABELLED, 10, 10, loop=True).period == 2.0


def test_the_middle_of_a_pad_is_the_seed_and_its_edges_are_others():
    right, up = axis_seeds(0)
    plain = Place(seed=3).path(LABELLED, 2)
    assert torch.equal(Place(seed=3, plane=5).path(LABELLED, 2).content, plain.content)
    for offset, seed in (((1, 0), right), ((0, 1), up)):
        edge = Place(seed=3, content=offset, motion=offset).path(LABELLED, 2)
        other = seeded_path(LABELLED, seed, 2)
        assert torch.allclose(edge.content, other.content, atol=1e-6)
        assert torch.allclose(edge.motion, other.motion, atol=1e-6)
    assert len({seed for plane in range(50) for seed in axis_seeds(plane)}) == 100


def test_what_lies_on_a_pad_is_noise_of_the_same_spread():
    start, right, up = torch.randn(3, 10_000, generator=torch.Generator().manual_seed(1))
    for offset in ((0.3, 0.4), (-1.0, 1.0), (2.0, -0.5)):
        assert around(start, right, up, offset).std() == pytest.approx(1, abs=0.03)
    with pytest.raises(ValueError, match="^Pad must be"):
        around(start, right, up, [0.3, 0.4])


def test_a_second_seed_is_mixed_in_as_morph_does_it():
    a, b = (seeded_path(LABELLED, seed, 3, action="bend") for seed in (1, 2))
    place = Place(seed=1, seed_b=2, mix=0.25, action="bend")
    assert torch.equal(place.path(LABELLED, 3).content, morph(a, b, 0.25).content)


def test_actions_have_weights():
    path = Place(action=(("bend", 0.5), ("walk", 1.0))).path(LABELLED, 2)
    assert path.action[0, 0].tolist() == [0.5, 0, 1]
    with pytest.raises(ValueError, match="^Action must be one of"):
        Place(action=(("fly", 1.0),)).path(LABELLED, 2)


def test_a_request_is_a_place_and_how_much_of_it():
    request = ClipRequest("tiny", 3, 4, motion_seed=5, content=(0.5, 0), action="wave")
    assert request.place == Place("tiny", 3, 5, "wave", content=(0.5, 0))
    assert request.name == "seed-3-motion-5-wave"
    assert MorphRequest(seed=1, seed_b=2, mix=0.2).place == Place(seed=1, seed_b=2, mix=0.2)


@pytest.mark.parametrize("size", [4, 16, 24])
def test_motion_rows_are_those_that_seeds_have_always_had(size):
    rng = torch.Generator().manual_seed(7 ^ 0x5EED_0F_4071)
    rows = torch.stack([torch.randn(size, generator=rng) for _ in range(40)])
    assert torch.equal(seeded_motion(7, 0, 40, size), rows)
    assert torch.equal(seeded_motion(7, 30, 40, size), rows[30:])


def test_motion_has_no_end_and_an_hour_in_costs_what_a_second_costs():
    across = seeded_motion(7, SEQUENCE - 3, SEQUENCE + 3, 16)
    assert torch.equal(across[:4], seeded_motion(7, SEQUENCE - 3, SEQUENCE + 1, 16))
    far = seeded_motion(7, 10**9, 10**9 + 5, 16)
    assert torch.equal(far[2:], seeded_motion(7, 10**9 + 2, 10**9 + 5, 16))
    assert not torch.equal(far[0], far[1]) and far.isfinite().all()
    assert not torch.equal(far, seeded_motion(8, 10**9, 10**9 + 5, 16))
    started = time.perf_counter()
    for _ in range(10):
        seeded_motion(7, 10**9, 10**9 + 20, 16)
    assert (time.perf_counter() - started) / 10 < 0.1


def test_a_content_is_that_of_its_path():
    content, action = seeded_content(LABELLED, 11)
    path = seeded_path(LABELLED, 11, 1)
    assert torch.equal(path.content[0, 0], content) and path.action[0, 0].argmax() == action
