"""Who asks: visitors as the server can tell them apart, and whether they still listen.

A visitor is an address and, within it, a session. The session is a word that the browser makes up,
so it only divides what its address has. The address is the one that the connection comes from; an
IPv6 network of one household (/64) counts as one. Behind a proxy all connections come from the
proxy, and only if the app is told to trust one is `X-Forwarded-For` read: of the addresses in it
the last public one, because a visitor can only put words before what the proxy appends.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

GRACE = 30.0  # seconds that work waits for somebody who listens
CALL = "vidgen.call"  # where a request's scope keeps its `Call`
MOST_SESSIONS = 4_000  # that are remembered


def address_of(scope: MutableMapping[str, Any], behind_proxy: bool) -> str:
    """The address of whoever sent a request, as text; what can't be read counts as one visitor."""
    peer = (scope.get("client") or ("",))[0]
    if behind_proxy:
        lines = [v.decode("latin-1") for k, v in scope["headers"] if k == b"x-forwarded-for"]
        hops = [network_of(hop) for hop in ",".join(lines).split(",")]
        public = [hop for hop in hops if hop is not None and hop.is_global]
        if public:
            return str(public[-1])
    return str(network_of(peer) or peer)


def network_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in a text, an IPv6 one without its last 64 bits; None if there is none."""
    try:
        address = ipaddress.ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv6Address(int(address) >> 64 << 64)


@dataclass(eq=False)
class Call:
    """One request: whose it is, and whether its connection still stands.

    `answers_itself`: the result comes as its answer and not through another connection.
    """

    address: str
    session: str = ""
    answers_itself: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Visitors:
    """Which sessions listen for their results. Safe to use from many threads."""

    def __init__(self, grace: float = GRACE) -> None:
        self.grace = grace
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()  # streams of results that are open
        self._left: OrderedDict[str, float] = OrderedDict()  # when the last stream was given up

    def listens(self, session: str) -> None:
        """A stream of a session's results is opened."""
        with self._lock:
            self._open[session] += 1

    def ends(self, session: str, gone: bool) -> None:
        """A stream ended: all was told, or whoever listened is `gone`."""
        with self._lock:
            self._open[session] -= 1
            if self._open[session] > 0:
                return
            del self._open[session]
            if gone:
                self._left[session] = time.monotonic()
                self._left.move_to_end(session)
                while len(self._left) > MOST_SESSIONS:
                    self._left.popitem(last=False)

    def listening(self, session: str) -> bool:
        """Whether a stream of a session's results is open."""
        return session in self._open

    def wants(self, session: str, since: float) -> bool:
        """Whether somebody waits for what was asked for at `since` (`time.monotonic()`)."""
        with self._lock:
            if self._left.get(session, 0.0) > since:
                return False  # Gradio tells whoever comes back no results of before either
            if session in self._open:
                return True
        return time.monotonic() - since < self.grace
