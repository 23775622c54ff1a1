"""What attacks need: raw requests to a page on loopback, and a server that says who came."""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def sentence(self) -> str:
        """The words of a refusal. Raises AssertionError if there are none."""
        words = json.loads(self.body)["error"]
        assert isinstance(words, str) and len(words) > 10 and words.endswith("."), self.body
        return words


def ask(
    url: str,
    path: str,
    body: object = None,
    method: str | None = None,
    headers: dict[str, str] | None = None,
    source: str = "127.0.0.1",
    timeout: float = 600,
) -> Reply:
    """One request, its path sent as it is. A body that is not bytes is sent as JSON."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname, parts.port, timeout=timeout, source_address=(source, 0)
    )
    sent = {"Content-Type": "application/json"} if body is not None else {}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    with contextlib.closing(connection):
        connection.request(
            method or ("GET" if body is None else "POST"), path, body, sent | (headers or {})
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())


@contextlib.contextmanager
def foreign_server() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should ask for anything: its address, and the paths that were asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"stolen " * 1000)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@functools.cache
def config_of(url: str) -> dict:
    """What the page tells its browser of its functions and components."""
    return json.loads(ask(url, "/config").body)


def function(url: str, name: str) -> int:
    """The number of an endpoint."""
    dependencies = config_of(url)["dependencies"]
    return next(d["id"] for d in dependencies if d["api_name"] == name)


def player_of(url: str, tab: str = "generate") -> int:
    """The number of a tab's player."""
    components = config_of(url)["components"]
    return next(c["id"] for c in components if c["props"].get("elem_id") == f"player-{tab}")


def draw(url: str, values: dict, session: str, source: str = "127.0.0.1") -> Reply:
    """Asks a player for a clip."""
    body = {
        "data": values, "component_id": player_of(url), "fn_name": "draw", "session_hash": session,
    }  # fmt: skip
    return ask(url, "/gradio_api/component_server/", body, source=source)


CLIP = {
    "model": None, "seed": 0, "frames": None, "fps": None, "action": None, "truncation": None,
    "loop": False, "size": 64, "format": "webm", "background": "transparent", "snap": False,
    "colors": None, "motion_seed": None,
}  # fmt: skip


def join(url: str, number: int, session: str, source: str = "127.0.0.1", **values: object) -> Reply:
    """Puts /generate with some values into the queue."""
    data = list((CLIP | {"model": "tiny"} | values).values())
    body = {"data": data, "fn_index": number, "session_hash": session}
    return ask(url, "/gradio_api/queue/join", body, source=source)


def outcome(url: str, session: str, source: str = "127.0.0.1") -> dict:
    """Waits for the first result of a session: the message in which Gradio tells it."""
    path = f"/gradio_api/queue/data?session_hash={session}"
    for line in ask(url, path, source=source).body.decode().splitlines():
        if line.startswith("data:"):
            message = json.loads(line[5:])
            if message["msg"] == "process_completed":
                return message
    raise AssertionError("The stream ended without a result.")


def timed(work: object, *values: object, **named: object) -> tuple[float, object]:
    """Seconds that a call took, and what it returned."""
    started = time.monotonic()
    result = work(*values, **named)
    return time.monotonic() - started, result
