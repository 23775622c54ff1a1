"""Whose turn it is, if there is one of something and many visitors want it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field


class Gone(ValueError):
    """Nobody waits for this any more: whoever asked has closed the connection."""


@dataclass(eq=False)
class Ticket:
    """One piece of work of a visitor, who is known by an address and a session.

    `cost` is roughly the number of frames that it takes. `wanted` says whether anybody still waits
    for it.
    """

    address: str = ""
    session: str = ""
    cost: float = 1
    wanted: Callable[[], bool] = field(default=lambda: True, repr=False)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Who shares: addresses with each other, and the sessions of one address."""
        return (self.address,), (self.address, self.session)

    def check(self) -> None:
        """Raises Gone if nobody waits for it."""
        if not self.wanted():
            raise Gone("Nobody waits for this clip any more.")


PATIENCE = 10  # the turns that a second of waiting makes up for
OWNER = Ticket()  # the command line, and what the app draws for itself
CURRENT: ContextVar[Ticket] = ContextVar("ticket", default=OWNER)  # whose work a thread does


class Shares:
    """Start-time fair queueing (Goyal, Vin and Cheng, 1996) on two levels.

    Whoever has had least goes first: among addresses, then among the sessions of one address. A
    newcomer begins at what those who are served have had, so that nobody saves up turns. Not safe
    to use from many threads: its owner has a lock.
    """

    def __init__(self) -> None:
        self._had: dict[tuple[str, ...], float] = {}
        self._clocks: dict[tuple[str, ...], float] = {}

    def start(self, ticket: Ticket) -> float:
        """What its address and its session have had, added up; the least goes first."""
        return sum(map(self._start, ticket.keys))

    def _start(self, key: tuple[str, ...]) -> float:
        return max(self._had.get(key, 0.0), self._clocks.get(key[:-1], 0.0))

    def charge(self, ticket: Ticket, cost: float) -> None:
        """Notes that its visitor has had `cost`."""
        for key in ticket.keys:
            start = self._start(key)
            self._had[key] = start + cost
            self._clocks[key[:-1]] = max(start, self._clocks.get(key[:-1], 0.0))

    def clear(self) -> None:
        """Forgets everybody: for when nobody waits."""
        self._had.clear()
        self._clocks.clear()


class Turns:
    """A lock like `threading.Lock`, which goes to the visitor who has had it least often.

    `with turns:` raises Gone if nobody waits for the work of the current ticket any more, so that a
    long clip ends between two chunks when its visitor leaves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._shares = Shares()
        self._waiting: list[tuple[Ticket, float, threading.Event]] = []

    def __enter__(self) -> None:
        ticket = CURRENT.get()
        ticket.check()
        with self._lock:
            if not self._busy:
                self._busy = True
                self._shares.charge(ticket, 1)
                return
            turn = threading.Event()
            self._waiting.append((ticket, time.monotonic(), turn))
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if not self._waiting:
                self._busy = False
                self._shares.clear()
                return
            # What has been waited is subtracted, or a stream of newcomers would go before for ever.
            chosen = min(
                self._waiting, key=lambda entry: self._shares.start(entry[0]) + PATIENCE * entry[1]
            )
            self._waiting.remove(chosen)
            self._shares.charge(chosen[0], 1)
            chosen[2].set()
