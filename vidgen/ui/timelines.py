"""What the page does with a timeline: looks at it, plays it, renders it in the background."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgen import limits
from vidgen.limits import check_choice
from vidgen.pixels.formats import check_format
from vidgen.place import read_place
from vidgen.requests import ClipRequest, MorphRequest
from vidgen.studio import SIZE, Studio
from vidgen.timeline import Timeline, read_timeline, write_timeline
from vidgen.turns import Ticket
from vidgen.ui.drawn import BROKEN, drawn_for_page
from vidgen.ui.said import Failure, said
from vidgen.ui.saving import shown
from vidgen.ui.sentences import in_all_languages
from vidgen.ui.words import LANGUAGES

if TYPE_CHECKING:
    from vidgen.ui.desk import Desk

log = logging.getLogger(__name__)

DOINGS = ("look", "draw", "picture", "start", "watch", "stop")
KEPT = 100  # renderings of all visitors that are remembered
LEASE = 45.0  # seconds without a question until a rendering ends: a reload takes fewer
FORGOTTEN = "This rendering is not known here any more."


@dataclass(eq=False)
class Rendering:
    """A file in the making."""

    model: str | None
    total: int
    done: int = 0
    made: Path | None = None
    error: str | None = None
    asked: float = field(default_factory=time.monotonic)
    ended: bool = False

    @property
    def wanted(self) -> bool:
        return not self.ended and time.monotonic() - self.asked < LEASE

    @property
    def going_on(self) -> bool:
        return self.wanted and self.made is None and self.error is None

    def report(self, done: int, total: int) -> None:
        """Hears how many frames are drawn."""
        self.done = done


class Renderings:
    """The files that visitors have made of timelines, by secret names. Safe for many threads.

    A file is made while its page asks how far it is, whoever that page is by then: one that was
    loaded again knows the name. How many are made at once is the desk's line of clips.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Rendering] = {}

    def start(
        self,
        desk: Desk,
        ticket: Ticket,
        timeline: Timeline,
        size: Any,
        format: Any,
        background: Any,
    ) -> str:
        """Begins a file, and returns its name. Raises ValueError for what is not allowed."""
        cost = desk.cost(timeline, size, format, background)
        total, _ = timeline.extent(desk.spec(timeline.model))
        rendering, name = Rendering(timeline.model, total), secrets.token_hex(16)
        mine = Ticket(ticket.address, ticket.session, cost, lambda: rendering.wanted)
        waiting = desk.clips.place(mine)

        def run() -> None:
            try:
                with waiting:
                    rendering.made = Studio.render(
                        desk, timeline, size, format, background, rendering.report
                    )
            except Failure as error:
                rendering.error = said(error)
            except Exception:
                log.exception("A timeline could not be rendered.")
                rendering.error = BROKEN

        with self._lock:
            while len(self._known) >= KEPT:
                over = (name for name, each in self._known.items() if not each.going_on)
                self._known.pop(next(over, next(iter(self._known)))).ended = True
            self._known[name] = rendering
        threading.Thread(target=run, name="timeline", daemon=True).start()
        return name

    def news(self, desk: Desk, name: object, stop: bool = False) -> dict:
        """How far a file is, or the file as HTML by language. Raises ValueError."""
        rendering = self._known.get(name) if isinstance(name, str) else None
        if rendering is None:
            raise ValueError(FORGOTTEN)
        rendering.asked = time.monotonic()
        if stop:
            rendering.ended = True
            return {"stopped": True}
        if rendering.error is not None:
            raise ValueError(rendering.error)
        if rendering.made is None:
            return {"done": rendering.done, "total": rendering.total}
        made, terms = rendering.made, desk.terms(rendering.model)
        if not made.exists():  # others have been made since, and there is only so much room
            raise ValueError(FORGOTTEN)
        return {"made": {language: shown(made, language, terms) for language in LANGUAGES}}

    def close(self) -> None:
        """Ends all of them."""
        with self._lock:
            for rendering in self._known.values():
                rendering.ended = True


def play(desk: Desk, ticket: Ticket, request: object) -> dict:
    """What a page asks, and its answer. Raises ValueError for what is not allowed.

    `request`: {"do": one of DOINGS, "timeline": its JSON, and "start" to draw from that frame on,
    "place" for its picture, "size", "format", "background" of a file, "job" of one in the making}.
    """
    if not isinstance(request, Mapping):
        raise ValueError("A request about a timeline must be an object.")
    do = check_choice("What to do", request.get("do"), DOINGS)
    if do in ("watch", "stop"):
        return desk.renderings.news(desk, request.get("job"), stop=do == "stop")
    if do == "picture":
        return drawn_for_page(lambda: desk.preview(picture_of(request.get("place"))))
    timeline, file, remarks = read_timeline(request.get("timeline"))
    if do == "draw":
        return drawn_for_page(lambda: desk.preview(timeline, request.get("start", 0)))
    if do == "look":
        return looked_at(desk, timeline, file) | {
            "remarks": [in_all_languages(remark) for remark in remarks]
        }
    size = request.get("size", SIZE)
    format = check_format(request.get("format"))
    background = request.get("background", limits.TRANSPARENT)
    return {"job": desk.renderings.start(desk, ticket, timeline, size, format, background)}


def looked_at(studio: Studio, timeline: Timeline, file: Mapping) -> dict:
    """A timeline's JSON written anew, and how long it is; ValueError."""
    spec = studio.spec(timeline.model)
    frames, _ = timeline.extent(spec)
    kept: dict[str, object] = {}
    if "size" in file:
        kept["size"] = int(limits.SIZE.check(file["size"]))
    if "background" in file:
        kept["background"] = limits.check_background(file["background"])
    return {
        "timeline": write_timeline(timeline, **kept),
        "frames": frames,
        "fps": timeline.rate(spec),
        "seconds": timeline.length,
        "alpha": spec.channels == 4,
    }


def picture_of(place: object) -> ClipRequest:
    """The first frame of a place; ValueError."""
    wanted, _ = read_place(place)
    kind = ClipRequest if wanted.seed_b is None else MorphRequest
    names = {each.name for each in fields(kind)} & {each.name for each in fields(wanted)}
    return kind(frames=1, **{name: getattr(wanted, name) for name in names})
