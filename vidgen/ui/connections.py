"""Bounds on connections: how many there are, and how slowly one may speak.

uvicorn waits for ever for the rest of a request's head, and takes as many connections as the
system has files.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn import config as uvicorn_config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

MOST = 512  # connections in all
MOST_OF_ONE = 256  # of one address: behind a proxy all come from it
SPEAKING = 15.0  # seconds that a request's head may take to arrive
HEAD_BYTES = 32 << 10


def bound() -> None:
    """Bounds the connections of every uvicorn server that this process starts from now on.

    Gradio makes its server by itself and serves at once, so that what is set on the server
    afterwards comes too late for the first connections.
    """
    uvicorn_config.HTTP_PROTOCOLS["auto"] = f"{__name__}:Bounded"


def refuse_excess() -> None:
    """From now on connections beyond the bounds are refused.

    Not before Gradio has asked its own page: it ends the app if it gets no answer. Those that come
    earlier are counted, and end with everybody's patience.
    """
    Bounded.refuses = True


protocol: Any = AutoHTTPProtocol


class Bounded(protocol):
    """The server's protocol for one connection, with an end to its patience."""

    counts: Counter[str] = Counter()  # of all servers' connections, by address
    refuses = False
    counted: str | None = None
    timer: asyncio.TimerHandle | None = None
    silent_since: float | None = None  # when the head that is awaited began to be

    def __init__(self, config: Any, *further: Any, **named: Any) -> None:
        config.h11_max_incomplete_event_size = HEAD_BYTES
        super().__init__(config, *further, **named)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        address = peer[0] if peer else ""
        full = self.counts.total() >= MOST or self.counts[address] >= MOST_OF_ONE
        if full and self.refuses:
            transport.abort()
            return
        self.counted = address
        self.counts[address] += 1
        self.silent_since = self.loop.time()
        self.look()

    def data_received(self, data: bytes) -> None:
        if self.silent_since is None and not self.answers():
            self.silent_since = self.loop.time()
        super().data_received(data)
        if self.answers():
            self.silent_since = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.counted is not None:
            self.counts[self.counted] -= 1
            if not self.counts[self.counted]:
                del self.counts[self.counted]
            self.counted = None
        super().connection_lost(exc)

    def answers(self) -> bool:
        """Whether there is a request that is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def look(self) -> None:
        """Closes the connection if the head of a request has been awaited for too long."""
        since, now = self.silent_since, self.loop.time()
        if since is not None and now - since >= SPEAKING:
            self.transport.abort()
        else:
            self.timer = self.loop.call_later(SPEAKING / 3, self.look)
