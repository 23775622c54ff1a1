"""Trainings of visitors: bounded, at rest while nobody asks, ended when somebody leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vidgen.lessons import Lesson, as_values
from vidgen.turns import Ticket
from vidgen.ui import trainings
from vidgen.ui.line import Busy
from vidgen.ui.sentences import translated
from vidgen.ui.trainings import Trainings
from vidgen.ui.words import LANGUAGES

PATIENCE = 120  # seconds, on a busy machine


def asked(do: str, seen: int = 0, **settings: object) -> dict:
    lesson = as_values(Lesson(batch=16)) | settings
    return {"do": do, "lesson": lesson, "pace": 0, "seen": seen}


def cpu_ticks(pid: int) -> int:
    """The time that a process has used, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class Idle:
    """A training that does nothing."""

    def __init__(self) -> None:
        self.began = self.asked = time.monotonic()
        self.broken = self.ended = self.paused = False

    def tell(self, *_: object) -> None:
        self.paused = False

    def newer(self, seen: int, ticket: Ticket) -> dict:
        return {"number": seen + 1, "running": True}

    def pause(self) -> None:
        self.paused = True

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def idle(monkeypatch):
    """At most two trainings, which do nothing."""
    monkeypatch.setattr(trainings, "Training", Idle)
    each = Trainings(most=2)
    yield each
    each.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_training_runs_while_somebody_asks_and_rests_within_two_seconds_after():
    server, here = Trainings(), True
    ticket = Ticket("address", "session", 1, lambda: here)
    try:
        report = server.play(ticket, asked("start"))
        until = time.monotonic() + PATIENCE
        while report.get("steps", 0) < 5 and time.monotonic() < until:
            report = server.play(ticket, asked("watch", report["number"]))
        assert report["steps"] >= 5 and report["running"]
        (training,) = server._of.values()
        mine, its = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (0, training.process.pid))
        assert its == min(19, mine + 10)
        here = False
        time.sleep(2)
        rested = cpu_ticks(training.process.pid)
        time.sleep(0.5)
        assert cpu_ticks(training.process.pid) - rested <= 2
        here = True
        report = server.play(ticket, asked("critic"))
        assert not report["running"]
    finally:
        server.close()
    assert training.process.poll() is not None and len(server) == 0


def test_a_training_ends_with_whoever_started_it():
    program = [sys.executable, "-m", "train.live"]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    command = asked("start") | {"number": 1}
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["told"] == 1
    process.stdin.close()
    process.stdout.close()
    assert process.wait(PATIENCE) is not None


def test_the_server_bounds_how_many_there_are(idle):
    for visitor in "ab":
        idle.play(Ticket(visitor, "s"), asked("start"))
    with pytest.raises(Busy, match="2 trainings are running") as refused:
        idle.play(Ticket("c", "s"), asked("start"))
    assert translated(str(refused.value), LANGUAGES[1]).startswith("已有 2 个训练")
    assert len(idle) == 2


def test_one_session_has_one_training(idle):
    for _ in range(3):
        idle.play(Ticket("a", "s"), asked("start"))
    assert len(idle) == 1
    idle.play(Ticket("a", "s"), asked("end"))
    assert len(idle) == 0


def test_one_that_nobody_asks_for_makes_room(idle):
    for visitor in "ab":
        idle.play(Ticket(visitor, "s"), asked("start"))
    left = idle._of["a", "s"]
    left.asked -= 3
    idle.play(Ticket("c", "s"), asked("start"))
    assert left.ended and len(idle) == 2


def test_an_address_that_has_them_all_gives_one_to_a_newcomer(idle):
    for session in "st":
        idle.play(Ticket("a", session), asked("start"))
    first = idle._of["a", "s"]
    idle.play(Ticket("b", "s"), asked("start"))
    assert first.ended and len(idle) == 2
    with pytest.raises(Busy):
        idle.play(Ticket("c", "s"), asked("start"))


def test_who_asks_no_more_is_paused_and_then_ended(idle, monkeypatch):
    monkeypatch.setattr(trainings, "LEASE", 0.2)
    monkeypatch.setattr(trainings, "KEPT", 0.6)
    idle.play(Ticket("a", "s"), asked("start"))
    training = idle._of["a", "s"]
    until = time.monotonic() + PATIENCE
    while not training.ended and time.monotonic() < until:
        time.sleep(0.05)
    assert training.paused and training.ended and len(idle) == 0


@pytest.mark.parametrize(
    "request_",
    [
        None, [], {"do": "start"}, {"do": "start", "lesson": 3}, asked("rm -rf"),
        asked("start") | {"pace": -1}, asked("start") | {"seen": "x"}, asked("start", loss="x"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_starts_nothing(idle, request_):
    with pytest.raises(ValueError):
        idle.play(Ticket("a", "s"), request_)
    assert len(idle) == 0


def test_watching_starts_nothing(idle):
    assert idle.play(Ticket("a", "s"), asked("watch"))["idle"]
    assert len(idle) == 0
