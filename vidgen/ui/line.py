"""A waiting line in front of a few places: bounded, fair between visitors, the short ones first."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vidgen.turns import CURRENT, Shares, Ticket

GLANCE = 0.5  # seconds between two looks at whether a visitor is still there
FIRST_GUESS = 0.02  # seconds that a cost of 1 takes, until it has been measured
NEWEST = 0.1  # how much the newest measurement counts
PATIENCE = 20  # the cost that a second of waiting makes up for


class Busy(ValueError):
    """There is too much to do. The sentence says how long that will take."""


@dataclass(eq=False)
class _Entry:
    ticket: Ticket
    arrival: int
    since: float = field(default_factory=time.monotonic)
    admitted: threading.Event = field(default_factory=threading.Event)
    refused: bool = False


class Line:
    """At most `places` at work at once, of which at most `long_places` cost more than `long`.

    At most `most` wait in all and at most `each` of one session wait or are at work. When it is
    full, whoever would be served last is refused, a newcomer or not: so a visitor with many
    requests can't shut others out. Safe to use from many threads.
    """

    def __init__(
        self, what: str, places: int, long_places: int, long: float, most: int, each: int
    ) -> None:
        self.what, self.places, self.long_places = what, places, long_places
        self.long, self.most, self.each = long, most, each
        self._lock = threading.Lock()
        self._shares = Shares()
        self._waiting: list[_Entry] = []
        self._working: list[_Entry] = []
        self._arrivals = itertools.count()
        self._pace = FIRST_GUESS

    @contextmanager
    def place(self, ticket: Ticket) -> Iterator[None]:
        """Waits for a place, and has it for as long as the context lasts.

        Raises Busy when the line is full, Gone when nobody waits for the ticket any more.
        """
        ticket.check()
        entry = self._join(ticket)
        try:
            while not entry.admitted.wait(GLANCE):
                ticket.check()
            if entry.refused:
                raise Busy(self._full())
            started = time.monotonic()
            token = CURRENT.set(ticket)
            try:
                yield
            finally:
                CURRENT.reset(token)
            self._learn((time.monotonic() - started) / ticket.cost)
        finally:
            self._leave(entry)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _join(self, ticket: Ticket) -> _Entry:
        with self._lock:
            mine = [e for e in self._waiting + self._working if e.ticket.keys == ticket.keys]
            if len(mine) >= self.each:
                raise Busy(
                    f"A visitor may have {self.each} {self.what} in the making. {self._advice()}"
                )
            entry = _Entry(ticket, next(self._arrivals))
            self._waiting.append(entry)
            self._admit()
            if len(self._waiting) > self.most:
                last = max(self._waiting, key=self._order)
                self._waiting.remove(last)
                last.refused = True
                last.admitted.set()
        return entry

    def _leave(self, entry: _Entry) -> None:
        with self._lock:
            for entries in (self._waiting, self._working):
                if entry in entries:
                    entries.remove(entry)
            if not self._waiting and not self._working:
                self._shares.clear()
            self._admit()

    def _admit(self) -> None:
        for entry in sorted(self._waiting, key=self._order):
            long = [e for e in self._working if self._is_long(e)]
            if len(self._working) >= self.places:
                return
            if self._is_long(entry) and len(long) >= self.long_places:
                continue
            self._waiting.remove(entry)
            self._working.append(entry)
            self._shares.charge(entry.ticket, entry.ticket.cost)
            entry.admitted.set()

    def _is_long(self, entry: _Entry) -> bool:
        return entry.ticket.cost > self.long

    def _order(self, entry: _Entry) -> tuple[float, int]:
        """The least is served first: by what its visitor will have had when it is done.

        Patience counts too, or long work would wait for as long as short work keeps coming.
        """
        waited = time.monotonic() - entry.since
        had = self._shares.start(entry.ticket) + entry.ticket.cost
        return had - PATIENCE * waited, entry.arrival

    def _learn(self, pace: float) -> None:
        with self._lock:
            self._pace += NEWEST * (pace - self._pace)

    def _full(self) -> str:
        return f"Too many {self.what} are wanted at once: {len(self)} wait. {self._advice()}"

    def _advice(self) -> str:
        work = sum(e.ticket.cost for e in self._waiting + self._working)
        seconds = max(1, round(work * self._pace / self.places))
        if seconds == 1:
            return "Try again in about 1 second."
        return f"Try again in about {seconds:,} seconds."
