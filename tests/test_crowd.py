"""Many visitors at once on the real app.py: one's requests are bounded and never hold up another.

What is asked is who is served before whom, and not after how many seconds: so a busy machine
doesn't matter.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from tests.attack import draw, function, join, outcome
from tests.hero import character
from tests.pages import page_of
from vidgen.store.weights import save_generator

API = "/gradio_api"
PATIENCE = 180.0
LONG = {"frames": 4096, "size": 256}


@pytest.fixture(scope="module")
def app(weights_file, tmp_path_factory):
    """The address and the process of an app with a plain model and one with transparency."""
    hero = tmp_path_factory.mktemp("weights") / "hero.safetensors"
    save_generator(character(), hero)
    with page_of(weights_file, hero) as it:
        yield it


@pytest.fixture(scope="module")
def url(app):
    return app[0]


class Listener:
    """A visitor's stream of results, as a browser keeps it open; closing it is leaving."""

    def __init__(self, url: str, session: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.plug = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        path = f"{API}/queue/data?session_hash={session}"
        self.plug.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        self.told: list[dict] = []
        self.open = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.open.wait(PATIENCE)

    def _read(self) -> None:
        with contextlib.suppress(OSError), self.plug.makefile("rb") as lines:
            for line in lines:
                self.open.set()
                if line.startswith(b"data:"):
                    self.told.append(json.loads(line[5:]))

    def ended(self, number: int = 1) -> list[dict]:
        """Waits for so many results."""
        deadline = time.monotonic() + PATIENCE
        while True:
            done = [m for m in self.told if m["msg"] == "process_completed"]
            if len(done) >= number:
                return done
            assert time.monotonic() < deadline, f"{len(done)} of {number} results came"
            time.sleep(0.02)

    def first(self, seconds: float) -> dict | None:
        """The first result, if one comes within so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done = [m for m in self.told if m["msg"] == "process_completed"]
            if done:
                return done[0]
            time.sleep(0.02)
        return None

    def leave(self) -> None:
        self.plug.shutdown(socket.SHUT_RDWR)
        self.plug.close()


def sentence(message: dict) -> str | None:
    return message["output"].get("error")


def test_work_ends_when_its_visitor_leaves(url):
    generate = function(url, "generate")
    for number in range(9):
        join(url, generate, "leaver", seed=number, **LONG)
    leaver = Listener(url, "leaver")
    assert "A visitor may have 8 clips" in sentence(leaver.ended()[0])  # the ninth
    leaver.leave()
    deadline = time.monotonic() + PATIENCE
    while True:  # until what was in the making is given up
        time.sleep(1)
        again = Listener(url, "leaver")
        join(url, generate, "leaver", frames=2)
        result = again.first(20)
        again.leave()
        if result is not None and result["success"]:
            break
        assert time.monotonic() < deadline


def test_hundreds_of_long_clips_do_not_hold_up_somebody_elses_eight_frames(url):
    generate = function(url, "generate")
    for number in range(40):
        assert join(url, generate, "greedy", seed=number, **LONG).status == 200
    greedy = Listener(url, "greedy")
    refused = greedy.ended(32)  # 8 are in the making
    for message in refused[:32]:
        assert "A visitor may have 8 clips" in sentence(message)
        assert "Try again in about" in sentence(message) and "second" in sentence(message)
    join(url, generate, "modest", frames=8)
    assert outcome(url, "modest")["success"]
    assert len(greedy.ended(32)) == 32, "a long clip was finished first"
    greedy.leave()


def test_made_up_sessions_do_not_hold_up_somebody_elses_eight_frames(url):
    generate = function(url, "generate")
    for number in range(80):
        assert join(url, generate, f"sybil{number}", seed=number, **LONG).status == 200
    join(url, generate, "modest2", frames=8)
    assert outcome(url, "modest2")["success"]
    crowd = [Listener(url, f"sybil{number}") for number in range(80)]
    done = [m for listener in crowd for m in listener.told if m["msg"] == "process_completed"]
    assert not [m for m in done if m["success"]], "a long clip was finished first"
    for listener in crowd:
        listener.leave()


def test_wrong_values_are_refused_while_long_clips_are_made(url):
    generate = function(url, "generate")
    for number in range(8):
        join(url, generate, "longer", seed=number, **LONG)
    longer = Listener(url, "longer")
    join(url, generate, "wrong", frames=5000)
    assert sentence(outcome(url, "wrong")).startswith("Frame count must be a whole number")
    join(url, generate, "wrong", size=1024, frames=4096)
    assert sentence(outcome(url, "wrong")).startswith("At 1024 pixels a clip may have at most")
    done = [m for m in longer.told if m["msg"] == "process_completed"]
    assert not [m for m in done if m["success"]], "a long clip was finished first"
    longer.leave()


def test_forty_players_of_256_frames_do_not_make_another_wait(url):
    finished: list[int] = []

    def greedy(number: int) -> None:
        reply = draw(url, {"model": "tiny", "seed": number, "frames": 256}, f"player{number}")
        finished.append(number)
        assert reply.status == 200 and "grid" in json.loads(reply.body)

    threads = [threading.Thread(target=greedy, args=(n,), daemon=True) for n in range(40)]
    for thread in threads:
        thread.start()
    while not finished:
        time.sleep(0.01)
    before = len(finished)
    assert "grid" in json.loads(draw(url, {"model": "tiny", "frames": 16}, "modest").body)
    # Measured: 1 to 8, and 29 on a machine that did much else; all of them if the first goes first.
    assert len(finished) - before <= 30
    for thread in threads:
        thread.join(PATIENCE)
    assert len(finished) == 40


def test_one_session_has_a_ration_of_the_player(url):
    replies: list[dict] = []

    def greedy(number: int) -> None:
        values = {"model": "tiny", "seed": 1000 + number, "frames": 256}
        replies.append(json.loads(draw(url, values, "same").body))

    threads = [threading.Thread(target=greedy, args=(n,), daemon=True) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    refused = [reply["error"] for reply in replies if "error" in reply]
    assert len(replies) == 40 and refused
    assert all("Try again in about" in words for words in refused)


def peak(process: int) -> int:
    """The most memory that a process has had, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return (
        int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10
    )


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="only Linux tells")
def test_no_arguments_make_one_request_take_much_memory(app):
    url, process = app
    generate = function(url, "generate")
    join(url, generate, "first", model="hero", frames=8, colors=8)
    outcome(url, "first")
    before = peak(process.pid)
    for number, values in enumerate(
        (
            {"frames": 1024, "colors": 8, "size": 256, "snap": True},  # 256 MiB, a colour a byte
            {"frames": 500, "size": 256, "format": "png"},
            {"frames": 250, "size": 256, "format": "apng"},
        )
    ):
        join(url, generate, f"much{number}", model="hero", **values)
        assert outcome(url, f"much{number}") is not None
    # Measured: 17, 203 and 203 MiB; a clip that is held whole takes 425 and more.
    assert peak(process.pid) - before < 300
