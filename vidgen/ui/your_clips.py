"""What a page does with a clip that its visitor brought: looks, searches, stops, saves."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vidgen import limits
from vidgen.inverse import tasks
from vidgen.inverse.footage import Footage, hole_of_cells, read_strangers_footage
from vidgen.inverse.watched import LONGEST, Look, Watched, seen_of
from vidgen.limits import Limit, check_choice
from vidgen.pixels.checking import verdict_on_strangers
from vidgen.place import MARK, VERSION
from vidgen.turns import Ticket
from vidgen.types import Generator
from vidgen.ui.drawn import grid_for_page
from vidgen.ui.line import Busy, Line
from vidgen.ui.saving import links
from vidgen.ui.sentences import in_all_languages
from vidgen.ui.sounds import danced_for_page
from vidgen.ui.uploads import Uploads
from vidgen.ui.words import LANGUAGES

if TYPE_CHECKING:
    from vidgen.ui.desk import Desk

log = logging.getLogger(__name__)

FIND, ENLARGE, REPAIR, PREDICT, SLOW, TRANSLATE = WHAT = (
    "find", "enlarge", "repair", "predict", "slow", "translate",
)  # fmt: skip
DOINGS = (
    "look", "start", "watch", "stop", "save", "place", "check", "hear", "listen", "end",
)  # fmt: skip
DANCE = ("sound", "model", "who", "action", "loudness")
FILES = ("clip", "checked", "sound")  # that a page may have brought
MOST = 10  # results of all visitors that are kept
LEASE = 40.0  # seconds without a question until a search ends; at once if one is given up
KEPT = 150.0  # and until its result is forgotten: hidden pages speak seldom
NEWS = 0.8  # seconds that a question waits for news
STEPS = Limit("The number of steps", 0, 400, whole=True)
SEEN = Limit("Report", 0, 2**53, whole=True)
CELLS = 32  # along a side of the picture on which a hole is painted
READING, WORKING = 40, 20  # what they cost, in frames: a file that is decoded, a step
BROKEN = "Something broke while searching; the server's log says what."


def options_of(task: str, values: Mapping) -> dict[str, object]:
    """What a page's controls say of a task, as the plans of vidgen/inverse/tasks.py take it."""
    if task == ENLARGE:
        return {"shrunk": values.get("shrunk")}
    if task == REPAIR:
        return {"hole": partial(hole_of_cells, values.get("hole"), CELLS)}
    if task == PREDICT:
        return {"given": values.get("given") or None, "frames": values.get("ahead")}
    if task == SLOW:
        return {"every": values.get("every")}
    if task == TRANSLATE:
        seed = limits.SEED.check(values.get("who")) if values.get("other") else None
        return {"content_seed": seed, "action": values.get("action") or None}
    return {}


PLANS: dict[str, Callable[..., tasks.Plan]] = {
    FIND: tasks.plan_restore,
    ENLARGE: tasks.plan_restore,
    REPAIR: tasks.plan_restore,
    PREDICT: tasks.plan_predict,
    SLOW: tasks.plan_slow,
    TRANSLATE: tasks.plan_translate,
}


@dataclass(eq=False)
class Search:
    """A search of one page."""

    watched: Watched
    task: str
    options: dict[str, object]
    asked: float = field(default_factory=time.monotonic)
    ended: bool = False
    error: ValueError | None = None

    @property
    def wanted(self) -> bool:
        return not self.ended and time.monotonic() - self.asked < LEASE


class YourClips:
    """All clips that visitors brought, and what is made of them. Safe to use from many threads."""

    def __init__(self) -> None:
        self.uploads = Uploads(self.sweep)
        self.reading = Line("clips to read", places=2, long_places=2, long=99, most=24, each=2)
        self.line = Line("searches", places=2, long_places=2, long=1e9, most=8, each=1)
        self._lock = threading.Lock()
        self._of: dict[tuple[str, str], Search] = {}

    def play(self, desk: Desk, ticket: Ticket, request: object) -> dict:
        """What a page asks, and its answer. Raises ValueError for what is not allowed.

        `request`: {"do": one of DOINGS, "clip": its name, "task", "seen", and the values of the
        tab's controls by name}.
        """
        if not isinstance(request, Mapping):
            raise ValueError("A request about a clip must be an object.")
        do = check_choice("What to do", request.get("do"), DOINGS)
        key = ticket.address, ticket.session
        if do == "end":
            self._end(key)
            for name in FILES:
                self.uploads.drop(request.get(name))
            return {"idle": True}
        if do == "check":
            path = self.uploads.path(request.get("checked"))
            with self._place(self.reading, ticket, READING):
                return {"check": in_all_languages(verdict_on_strangers(path))}
        if do == "hear":
            return desk.heard(request.get("sound"))
        if do == "listen":
            sound, model, seed, action, loudness = map(request.get, DANCE)
            danced = desk.danced(sound, model, seed, action, loudness, page=True)
            return danced_for_page(danced, desk.terms(str(model)))
        if do in ("look", "start"):
            path = self.uploads.path(request.get("clip"))
            if do == "start":
                return self._start(desk, ticket, key, path, request)
            return seen_by_page(self._planned(desk, ticket, path, request, FIND))
        for name in FILES:
            self.uploads.touch(request.get(name))
        search = self._of.get(key)
        if search is None:
            return {"idle": True}
        search.asked = time.monotonic()
        if do == "stop":
            search.watched.stop()
        if do == "save":
            watched = search.watched
            made = desk.saved(watched.model, watched.answer(), search.task, request.get("format"))
            terms = desk.terms(watched.model)
            return {"links": {lang: links([made], lang, terms) for lang in LANGUAGES}}
        if do == "place":
            return {"place": self._placed(desk, ticket, search)}
        return self._news(search, SEEN.check(request.get("seen", 0)), ticket)

    def answer(
        self, desk: Desk, ticket: Ticket, task: str, clip: object, model: object,
        options: Mapping, steps: object,
    ) -> tasks.Answer:  # fmt: skip
        """What a program asks for, all at once; ValueError."""
        path, count = self.uploads.path(clip, page=False), int(STEPS.check(steps))
        generator, until = desk.drawing(model), time.monotonic() + LONGEST
        with self._place(self.reading, ticket, READING):
            plan = PLANS[task](generator, self.read(path, generator), **options)
        with self._place(self.line, ticket, WORKING * (count + WORKING)):
            return tasks.answer(generator, plan, count, lambda done, all: time.monotonic() < until)

    def read(self, path: Path, generator: Generator) -> Callable[[int], Footage]:
        """How a plan reads a file."""
        return lambda by: read_strangers_footage(path, generator.spec, by)

    def sweep(self) -> bool:
        """Forgets the results of pages that are gone. Returns whether there are others."""
        now = time.monotonic()
        with self._lock:
            for key, search in list(self._of.items()):
                if now - search.asked > KEPT:
                    self._of.pop(key).ended = True
            return bool(self._of)

    def close(self) -> None:
        """Ends all searches, and removes all files."""
        with self._lock:
            for search in self._of.values():
                search.ended = True
            self._of.clear()
        self.uploads.close()

    def _planned(
        self, desk: Desk, ticket: Ticket, path: Path, values: Mapping, task: str
    ) -> tasks.Plan:
        generator = desk.drawing(values.get("model"))
        with self._place(self.reading, ticket, READING):
            return PLANS[task](generator, self.read(path, generator), **options_of(task, values))

    def _start(
        self, desk: Desk, ticket: Ticket, key: tuple[str, str], path: Path, values: Mapping
    ) -> dict:
        task = check_choice("Task", values.get("task"), WHAT)
        steps = STEPS.check(values.get("steps"))
        self._end(key)
        plan = self._planned(desk, ticket, path, values, task)
        model = str(values.get("model"))
        options = options_of(task, values) if task == TRANSLATE else {}
        watched = Watched(desk.drawing(model), model, plan, int(steps))
        search = Search(watched, task, options)
        with self._lock:
            self._make_room(ticket)
            self._of[key] = search
        mine = Ticket(*key, cost=WORKING * (steps + WORKING), wanted=lambda: search.wanted)
        threading.Thread(target=self._run, args=(search, mine), name="search", daemon=True).start()
        return seen_by_page(plan) | self._news(search, 0, ticket)

    def _run(self, search: Search, ticket: Ticket) -> None:
        try:
            with self.line.place(ticket):
                search.watched.run()
        except ValueError as error:
            search.error = error
        except Exception:
            log.exception("A search broke.")
            search.error = ValueError(BROKEN)

    def _news(self, search: Search, seen: int, ticket: Ticket) -> dict:
        if search.error is not None:
            raise search.error
        look = search.watched.newer(
            seen, NEWS, lambda: ticket.wanted() and search.error is None and not search.ended
        )
        if search.error is not None:
            raise search.error
        if not ticket.wanted():  # whoever asked has closed the connection
            search.asked -= LEASE
        return told(look, seen, search.watched.fps)

    def _placed(self, desk: Desk, ticket: Ticket, search: Search) -> str:
        options = search.options
        seed, action = options.get("content_seed"), options.get("action")
        with self._place(desk.previews, ticket, 2 * WORKING):
            seed, action = search.watched.nearest_seed(seed, action)  # type: ignore[arg-type]
        place = {MARK: VERSION, "model": search.watched.model, "seed": seed}
        return json.dumps(place | ({"action": action} if action else {}))

    def _place(self, line: Line, ticket: Ticket, cost: float):  # noqa: ANN202 - a context
        return line.place(Ticket(ticket.address, ticket.session, cost, ticket.wanted))

    def _make_room(self, ticket: Ticket) -> None:
        """Forgets what nobody asks for any more, or else the oldest of whoever has most."""
        while len(self._of) >= MOST:
            now = time.monotonic()
            left = [key for key, each in self._of.items() if now - each.asked > LEASE]
            addresses = [address for address, _ in self._of]
            most = max(addresses, key=addresses.count)
            if not left and addresses.count(most) > addresses.count(ticket.address):
                left = [key for key in self._of if key[0] == most]
            if not left:
                left = [key for key, each in self._of.items() if each.watched.done]
            if not left:
                raise Busy(f"{len(self._of)} searches are going on, as many as this server allows.")
            self._of.pop(left[0]).ended = True

    def _end(self, key: tuple[str, str]) -> None:
        with self._lock:
            search = self._of.pop(key, None)
        if search is not None:
            search.ended = True


def told(look: Look, seen: int, fps: float) -> dict:
    """A look as the page gets it; its frames only if they are new."""
    values = {
        "number": look.number, "phase": look.phase, "done": look.done, "steps": look.steps,
        "psnr": look.error, "said": in_all_languages(look.said) if look.said else None,
    }  # fmt: skip
    if look.grid is not None and look.drawn > seen:
        values["made"] = grid_for_page(look.grid, fps)
    return values


def seen_by_page(plan: tasks.Plan) -> dict:
    """What was seen of a clip, and what is to be said of it, as the page gets it."""
    notes = [in_all_languages(f"This clip: {note}.") for note in plan.notes]
    return {"seen": grid_for_page(seen_of(plan), plan.fps), "notes": notes}
