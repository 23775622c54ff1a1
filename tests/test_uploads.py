"""Clips that visitors bring: bounded, seen by nobody else, and gone when their page is."""

from __future__ import annotations

import asyncio

import pytest
from starlette.datastructures import Headers

from tests.waiting import waited
from vidgen.ui import uploads as module
from vidgen.ui.bodies import Refused
from vidgen.ui.uploads import GONE, KIND, Uploads

GIF = b"GIF89a" + bytes(94)


@pytest.fixture
def uploads():
    each = Uploads()
    yield each
    each.close()


def take(uploads, body: bytes = GIF, address="a", session="s", length=None, pause=0.0) -> str:
    """Brings a body in two parts."""
    parts = [body[:50], body[50:]]

    async def receive() -> dict:
        await asyncio.sleep(pause)
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {
            "type": "http.request",
            "body": part,
            "more_body": bool(parts) or length is not None,
        }

    size = len(body) if length is None else length
    headers = Headers({"content-type": KIND, "content-length": str(size)})
    return waited(uploads.take(address, session, headers, receive))


def held(uploads, names) -> list[bool]:
    return [name in uploads._of for name in names]


def test_a_clip_lies_where_only_its_name_leads(uploads):
    name = take(uploads)
    assert uploads.path(name).read_bytes() == GIF
    with pytest.raises(ValueError, match=GONE):
        uploads.path("0" * 32)
    uploads.drop(name)
    with pytest.raises(ValueError, match=GONE):
        uploads.path(name)


def test_a_newer_clip_takes_the_place_of_the_oldest_of_its_session(uploads):
    other = take(uploads, session="other")
    names = [take(uploads) for _ in range(module.MOST_OF_ONE + 1)]
    assert held(uploads, names) == [False] + [True] * module.MOST_OF_ONE
    assert held(uploads, [other]) == [True]
    assert len(list(uploads.path(other).parent.iterdir())) == len(uploads)


def test_whoever_has_most_makes_room(uploads, monkeypatch):
    monkeypatch.setattr(module, "MOST_IN_ALL", 4 * len(GIF))
    modest = take(uploads, address="modest")
    many = [take(uploads, address="many", session=f"{n}") for n in range(5)]
    assert held(uploads, [modest, *many]) == [True, False, False, True, True, True]


def test_a_clip_goes_with_its_page_and_after_an_hour(uploads):
    page, idle, old = (take(uploads, session=session) for session in "pio")
    uploads.path(page)
    uploads.path(idle, page=False)  # a program's, which says nothing
    for name in (page, idle):
        uploads._of[name].asked -= module.LEFT + 1
    uploads._of[old].made -= module.MAX_AGE + 1
    files = [uploads._of[name].path for name in (page, idle, old)]
    uploads.sweep()
    assert held(uploads, [page, idle, old]) == [False, True, False]
    assert [file.exists() for file in files] == [False, True, False]


def test_what_is_beside_is_swept_as_long_as_there_is_any(monkeypatch):
    monkeypatch.setattr(module, "SWEEPS", 0.01)
    asked = []
    uploads = Uploads(lambda: len(asked) < 3 and not asked.append(1))
    uploads.drop(take(uploads))
    for _ in range(1000):
        if not uploads._sweeping:
            break
        waited(asyncio.sleep(0.01))
    assert len(asked) == 3 and not uploads._sweeping
    uploads.close()


@pytest.mark.parametrize(
    "how, status, sentence",
    [
        ({"length": len(GIF) + 1}, 400, "ended early"),
        ({"length": len(GIF) - 1}, 413, "larger than was said"),
        ({"length": len(GIF) + 1, "pause": 0.2}, 408, "too long to arrive"),
        ({"body": b"#!/bin/sh\n" * 20}, 415, "neither a video nor a picture"),
    ],
)
def test_a_clip_that_does_not_come_as_said_is_not_kept(uploads, monkeypatch, how, status, sentence):
    monkeypatch.setattr(module, "SILENCE", 0.1 if "pause" in how else 10)
    with pytest.raises(Refused, match=sentence) as refused:
        take(uploads, **how)
    assert refused.value.status == status and not len(uploads)
    assert not any(module.Path(uploads._temporary.name).iterdir()) and not uploads._arriving


def test_few_clips_arrive_at_once(uploads, monkeypatch):
    uploads._arriving = ["a"] * module.MOST_ARRIVING_OF_ONE
    with pytest.raises(Refused, match="Too many clips are arriving"):
        take(uploads)
    assert take(uploads, address="b")
    uploads._arriving = ["c"] * module.MOST_ARRIVING
    with pytest.raises(Refused, match="Too many clips are arriving"):
        take(uploads, address="b")
