"""Work in a thread: what it tells is heard, and nobody waits for what hangs or is not wanted."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from vidgen.store.background import in_background, news_of
from vidgen.store.network import HubError, Unreachable

WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")


def count_to(number: int):
    def work(tell):
        for done in range(number):
            tell(done, number)
        return "all"

    return work


def test_every_word_is_heard_in_the_callers_thread():
    heard = []
    found = in_background(
        count_to(5),
        lambda *at: heard.append((at, threading.current_thread())),
        patience=60,
        deadline=60,
    )
    assert found == "all"
    assert heard == [((done, 5), threading.current_thread()) for done in range(5)]


def test_news_at_intervals_leave_out_what_is_told_between():
    news = news_of(count_to(1000), lambda *at: at, every=60)
    assert next(news) == (0, 1000)
    with pytest.raises(StopIteration) as end:
        next(news)
    assert end.value.value == "all"


def test_who_stops_listening_stops_the_work():
    going, ended = threading.Event(), threading.Event()
    reasons = []

    def work(tell):
        tell(0, 2)
        assert going.wait(60)
        try:
            tell(1, 2)
        except HubError as reason:
            reasons.append(reason)
            raise

    news = news_of(work, lambda *at: at, leave=ended.set)
    assert next(news) == (0, 2)
    news.close()
    going.set()
    assert ended.wait(60) and len(reasons) == 1


def test_what_is_silent_is_left():
    going, ended = threading.Event(), threading.Event()
    with pytest.raises(Unreachable, match=r"silent or busy for 0\.01 seconds"):
        in_background(lambda tell: going.wait(60), patience=0.01, deadline=60, leave=ended.set)
    going.set()
    assert ended.wait(60)


@pytest.mark.parametrize("kind", [HubError, RuntimeError, SystemExit])
def test_what_goes_wrong_reaches_the_caller_whatever_it_is(kind):
    def work(tell):
        raise kind("It broke.")

    with pytest.raises(kind, match="It broke"):
        list(news_of(work, lambda *at: at))


def test_the_work_is_done_for_whom_the_caller_works():
    token = WHOSE.set("ann's")
    try:
        assert in_background(lambda tell: WHOSE.get(), patience=60, deadline=60) == "ann's"
    finally:
        WHOSE.reset(token)
