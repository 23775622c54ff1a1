"""What a player gets while its video never stops: a few frames, and where the next ones begin."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

from vidgen.live import LiveRequest
from vidgen.previews import Preview
from vidgen.requests import ClipRequest, read_request, write_request
from vidgen.studio import Studio
from vidgen.ui.characters import request_of
from vidgen.ui.drawn import drawn_for_page

OWN = {"start", "frames", "fps", "back"}  # of a chunk, besides the places that it glides between


def chunk(studio: Studio, kind: type[ClipRequest], names: Collection[str], request: object) -> dict:
    """The answer to {"now": controls, "speed", "before": a place or null, ...}; never an exception.

    It comes from a page, so from anyone: only `names` and what is known of a chunk are taken from
    it, and the studio checks their values. `place` is what the next chunk glides from, `next`
    where it begins, and from frame `settled` on nothing glides any more.
    """
    made: list[tuple[LiveRequest, str]] = []

    def make() -> Preview:
        wanted = live_request(studio, kind, names, request)
        # Two places are compared at the same moments: how fast these follow is none of theirs.
        made.append((wanted, json.dumps(write_request(replace(wanted.now, speed=1.0)))))
        return studio.live(wanted)

    drawn = drawn_for_page(make)
    if "grid" not in drawn:
        return drawn
    wanted, place = made[0]
    ways = {"place": place, "next": wanted.end, "settled": wanted.settled, "step": wanted.step}
    return drawn | ways


def live_request(
    studio: Studio, kind: type[ClipRequest], names: Collection[str], request: object
) -> LiveRequest:
    """A chunk as a page asks for it, checked. Raises ValueError."""
    if not isinstance(request, dict) or not isinstance(request.get("now"), dict):
        raise ValueError("A request to the player must be an object.")
    controls = {name: request["now"][name] for name in names if name in request["now"]}
    defaults = {"model": None, "action": "", "direction": ""}
    now = request_of(studio, kind, **defaults | controls | {"speed": request.get("speed", 1)})
    before = request.get("before")
    if before is not None:
        before, _, _ = read_request(before)
    own = {name: request[name] for name in OWN if name in request}
    return LiveRequest(now, before, **own)
