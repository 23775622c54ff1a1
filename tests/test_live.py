"""Live: chunks that join without a seam, glide, and cost the same an hour in."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny import draw, every_family, tiny_generator

from tests.hero import character
from vidgen import engine
from vidgen.latents import Moments, path_at, seeded_path
from vidgen.live import GLIDE, LiveRequest
from vidgen.requests import ClipRequest, MorphRequest
from vidgen.ui.live import chunk

NAMES = ("model", "seed", "own_motion", "motion_seed", "action", "direction", "truncation", "snap")
ROUNDING = 2e-5


def drawn(generator, request: LiveRequest) -> torch.Tensor:
    spec = generator.spec
    before = request.path_before(spec)
    share = None if before is None else request.share()
    path = request.path(spec)
    return torch.cat(list(engine.draw(generator, path, before=before, share=share)), 1)


@every_family
def test_chunks_are_the_clip_of_the_seed_cut_in_pieces(family):
    generator = tiny_generator(family)
    whole = draw(generator, seeded_path(generator.spec, 3, 24, action=1))
    now = ClipRequest("tiny", 3, action="wave")
    first = LiveRequest(now, frames=11)
    second = LiveRequest(now, now, start=first.end, frames=13)
    pieces = torch.cat([drawn(generator, first), drawn(generator, second)], 1)
    assert torch.allclose(pieces, whole, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("make", [tiny_generator, character])
def test_an_hour_in_it_is_what_it_would_be_without_an_end(make):
    generator = make()
    spec = generator.spec
    far = seeded_path(spec, 3, 3_700, fps=1, action=0)  # of one frame a second
    wanted = draw(generator, far.between(3_601, 3_605))
    now = ClipRequest(seed=3, action=spec.actions[0])
    found = drawn(generator, LiveRequest(now, start=3_601, frames=4, fps=1))
    assert torch.allclose(found, wanted, rtol=0, atol=1e-4)
    assert LiveRequest(now, start=3_601).path(spec).motion.shape[1] < 64, "no older noise is held"
    assert LiveRequest(now, start=9_999_000).path(spec).motion.shape[1] < 64


def test_it_runs_backwards_to_its_beginning_and_stays_there():
    spec = tiny_generator().spec
    request = LiveRequest(ClipRequest(), start=0.1, frames=4, fps=20, back=True)
    assert request.path(spec).times.tolist() == pytest.approx([0.1, 0.05, 0, 0])
    assert request.end == 0


def test_a_chunk_glides_from_the_place_before_to_the_place_now():
    generator = tiny_generator()
    a, b = ClipRequest("tiny", 3, action="wave"), ClipRequest("tiny", 9, action="walk")
    request = LiveRequest(b, a, start=4_000, frames=8, fps=25)
    found = drawn(generator, request)
    ends = [drawn(generator, replace(request, now=now, before=None)) for now in (a, b)]
    glides = request.settled
    assert 2 <= glides <= GLIDE * 25 and not torch.equal(found[:, 0], ends[1][:, 0])
    assert torch.allclose(found[:, glides:], ends[1][:, glides:], rtol=0, atol=ROUNDING)
    steps = [(found[:, t] - ends[0][:, t]).abs().mean() for t in range(glides + 1)]
    assert steps == sorted(steps) and steps[0] < steps[-1] / 3, "it does not jump"


def test_what_has_no_codes_is_faded():
    generator = tiny_generator("conv3d")
    a, b = ClipRequest("tiny", 3, action="wave"), ClipRequest("tiny", 9, action="wave")
    request = LiveRequest(b, a, frames=6)
    ends = [drawn(generator, replace(request, now=now, before=None)) for now in (a, b)]
    share = request.share()[None, :, None, None, None]
    assert torch.allclose(drawn(generator, request), torch.lerp(*ends, share), atol=ROUNDING)


def test_it_does_not_glide_between_models_or_from_what_the_model_lacks():
    spec = tiny_generator().spec
    now = ClipRequest("tiny", 3)
    for before in (None, now, ClipRequest("other", 3), ClipRequest("tiny", 3, action="fly")):
        assert LiveRequest(now, before).path_before(spec) is None
    assert LiveRequest(now, MorphRequest("tiny", 3, seed_b=4)).path_before(spec) is not None


def test_the_noise_of_a_moment_does_not_depend_on_the_chunk_it_is_in():
    spec = tiny_generator().spec
    early = path_at(spec, 3, Moments.endless(spec, 20, 0.04, 30))
    late = path_at(spec, 3, Moments.endless(spec, 21, 0.04, 5))
    knots = early.motion.shape[1] - 1
    shift = round((late.since - early.since) / spec.knot_seconds)
    rows = min(knots - shift, late.motion.shape[1] - 1)
    assert torch.equal(early.motion[:, 1 + shift :][:, :rows], late.motion[:, 1 : 1 + rows])
    assert torch.equal(early.motion[:, 0], late.motion[:, 0])


def test_the_page_gets_a_chunk_and_where_the_next_one_begins(studio):
    controls = {"model": "tiny", "seed": 3, "action": "wave", "truncation": 0.5}
    first = chunk(studio, ClipRequest, NAMES, {"now": controls, "frames": 8, "fps": 25})
    assert (first["frames"], first["settled"]) == (8, 0)
    assert first["next"] == pytest.approx(0.32)
    wanted = {
        "now": controls | {"seed": 4}, "before": first["place"], "start": first["next"],
        "frames": 8, "fps": 25, "speed": 2, "back": True,
    }  # fmt: skip
    second = chunk(studio, ClipRequest, NAMES, wanted)
    assert second["settled"] == 3 and second["next"] == 0 and second["step"] == -0.08
    assert not studio._previews, "chunks are not kept: nobody asks for one again"


@pytest.mark.parametrize(
    "bad",
    [
        None, [], {}, {"now": []}, {"now": {"model": "none"}}, {"now": {"model": {"path": "x"}}},
        {"frames": 0}, {"frames": 17}, {"frames": None}, {"fps": 0}, {"fps": "fast"},
        {"start": -1}, {"start": 1e12}, {"start": "now"}, {"back": "yes"}, {"speed": 0},
        {"speed": float("nan")}, {"before": "nonsense"}, {"before": 3}, {"before": {}},
    ],
)  # fmt: skip
def test_what_is_no_chunk_is_answered_in_a_sentence(studio, bad):
    good = {"now": {"model": "tiny", "seed": 3}, "frames": 4}
    asked = good | bad if isinstance(bad, dict) and bad else bad
    answer = chunk(studio, ClipRequest, NAMES, asked)
    assert answer["error"].endswith(".") and "\n" not in answer["error"]
    assert answer["words"]["中文"] != answer["error"]
    assert "grid" in chunk(studio, ClipRequest, NAMES, good)


def test_a_visitors_chunks_wait_in_line_as_drawing_does(weights_file):
    from vidgen.ui.desk import Desk

    desk = Desk(str(weights_file))
    seen = []
    desk.previews._shares.charge = lambda ticket, cost: seen.append(cost)
    desk.live(LiveRequest(ClipRequest("tiny"), frames=7))
    assert seen == [7]
    desk.close()
