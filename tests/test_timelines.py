"""What the Timeline tab asks, without a browser: looks, frames, pictures, files in the making."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tests.clips import decoded
from vidgen.place import Place
from vidgen.timeline import Keyframe, Timeline, write_timeline
from vidgen.turns import Ticket
from vidgen.ui import timelines
from vidgen.ui.desk import Desk
from vidgen.ui.tabs.timeline import stage
from vidgen.ui.timelines import play

KEYS = tuple(Keyframe(at, Place("tiny", seed)) for at, seed in ((0.0, 3), (1.0, 4), (2.0, 5)))
DOCUMENT = write_timeline(Timeline(KEYS, fps=8))
FILE = {"do": "start", "timeline": DOCUMENT, "size": 32, "format": "webm"}


@pytest.fixture
def desk(weights_file, monkeypatch):
    """A desk whose only model is `tiny`."""
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    desk = Desk(str(weights_file))
    yield desk
    desk.close()


def asked(desk: Desk, **request: object) -> dict:
    return play(desk, Ticket("here", "me"), request)


def finished(desk: Desk, job: object) -> dict:
    """What is said of a file when it is made."""
    until = time.monotonic() + 60
    while "made" not in (news := asked(desk, do="watch", job=job)):
        assert time.monotonic() < until
        time.sleep(0.02)
    return news


def test_a_timeline_is_looked_at_and_comes_back_written_anew(desk):
    extra = DOCUMENT["keyframes"][0]["place"] | {"flavour": "mint"}
    first, *others = DOCUMENT["keyframes"]
    document = DOCUMENT | {"keyframes": [*others, first | {"place": extra}], "size": 64.0}
    told = asked(desk, do="look", timeline=document)
    assert told["timeline"] == DOCUMENT | {"size": 64}
    assert (told["frames"], told["fps"], told["seconds"], told["alpha"]) == (17, 8, 2, False)
    assert [remark["English"] for remark in told["remarks"]] == [
        "'flavour' is not known here: left out."
    ]


def test_its_frames_come_a_few_at_a_time_and_its_keyframes_have_pictures(desk):
    start, seen = 0, []
    while start < 17:
        drawn = asked(desk, do="draw", timeline=DOCUMENT, start=start)
        assert drawn["start"] == start and drawn["total"] == 17
        start += drawn["frames"]
        seen.append(drawn["frames"])
    assert seen == [8, 9], "none goes over a keyframe"
    picture = asked(desk, do="picture", place=DOCUMENT["keyframes"][0]["place"])
    assert picture["frames"] == 1
    two = asked(desk, do="picture", place={"vidgen": 1, "model": "tiny", "seed": 1, "seed_b": 2})
    assert two["frames"] == 1 and two["grid"] != picture["grid"]


def test_a_file_is_made_in_the_background_and_is_what_the_studio_renders(desk):
    news = finished(desk, asked(desk, **FILE)["job"])
    assert set(news["made"]) == {"English", "中文"} and ".webm" in news["made"]["English"]
    [made] = desk.folder.rglob("*.webm")
    again = desk.render(Timeline(KEYS, fps=8), 32)
    assert np.array_equal(decoded(made), decoded(again))


def test_a_file_that_is_given_up_ends_and_leaves_nothing(desk, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    draw = Desk._chunks

    def slow(self, *values):
        begun.set()
        assert go_on.wait(60)
        yield from draw(self, *values)

    monkeypatch.setattr(Desk, "_chunks", slow)
    job = asked(desk, **FILE)["job"]
    assert begun.wait(60) and asked(desk, do="watch", job=job) == {"done": 0, "total": 17}
    assert asked(desk, do="stop", job=job) == {"stopped": True}
    go_on.set()
    until = time.monotonic() + 60
    while desk.renderings._known[job].error is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert not list(desk.folder.rglob("*.webm"))
    with pytest.raises(ValueError, match="Nobody waits"):
        asked(desk, do="watch", job=job)


def test_a_file_that_nobody_asks_for_any_more_ends(desk, monkeypatch):
    monkeypatch.setattr(timelines, "LEASE", 0.0)
    job = asked(desk, **FILE)["job"]
    until = time.monotonic() + 60
    while desk.renderings._known[job].error is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert desk.renderings._known[job].made is None


def test_a_crowd_of_files_is_refused_and_only_so_many_are_remembered(desk, monkeypatch):
    monkeypatch.setattr(timelines, "KEPT", 3)
    jobs = [asked(desk, **FILE)["job"] for _ in range(12)]
    assert len(desk.renderings._known) == 3
    with pytest.raises(ValueError, match="not known here any more"):
        asked(desk, do="watch", job=jobs[0])
    until = time.monotonic() + 60
    while True:  # a visitor has only so many at a time, and those of before may not have ended yet
        try:
            assert finished(desk, asked(desk, **FILE | {"format": "gif"})["job"])
            break
        except ValueError as busy:
            assert "A visitor may have 8 clips" in str(busy) and time.monotonic() < until
            time.sleep(0.02)


@pytest.mark.parametrize(
    "request_",
    [
        None, {}, {"do": "look"}, {"do": "fly"}, {"do": "look", "timeline": "x" * 99_999},
        {"do": "look", "timeline": {"vidgen": 1, "keyframes": [{}] * 500}},
        {"do": "look", "timeline": DOCUMENT | {"size": "big"}},
        {"do": "look", "timeline": DOCUMENT | {"background": "red"}},
        FILE | {"size": 10**9}, FILE | {"format": "exe"}, FILE | {"background": [1]},
        FILE | {"size": None}, {"do": "watch", "job": 3}, {"do": "stop", "job": "a"},
        FILE | {"timeline": DOCUMENT | {"fps": 10**9}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(desk, request_):
    with pytest.raises(ValueError, match=r"\.$"):
        play(desk, Ticket("here", "me"), request_)
    assert not desk.renderings._known


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "draw", "timeline": DOCUMENT, "start": -1}, {"do": "picture", "place": None},
        {"do": "draw", "timeline": DOCUMENT, "start": "x"},
        {"do": "picture", "place": {"vidgen": 1, "model": "gone"}},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_in_both_languages(desk, request_):
    refused = play(desk, Ticket("here", "me"), request_)
    assert refused["error"].endswith(".") and refused["words"]["中文"] != refused["error"]


def test_the_stage_offers_every_format_and_says_no_word_of_its_own():
    page = stage()
    assert "FORMATS" not in page and "<option>gif</option>" in page
    assert "<option selected>256</option>" in page
