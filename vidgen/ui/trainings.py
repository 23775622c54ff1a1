"""The small trainings that visitors watch: each a process of its own, and only so many at once.

A training is one thread of the lowest priority, so it takes what nobody else wants. It runs while
its page asks for news; a page that is closed stops asking.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vidgen.lessons import Lesson, as_values, lesson_of
from vidgen.limits import Limit, check_choice
from vidgen.turns import Ticket
from vidgen.ui.line import Busy

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]  # train/ is run from the repository
MOST = 3  # trainings of all visitors
LEASE = 1.4  # seconds without a question until a training pauses
KEPT = 20.0  # and until it ends
LONGEST = 1200.0  # seconds from its beginning to its end, in any case
NEWS = 0.8  # seconds that a question waits for news
GLANCE = 0.1  # seconds between two looks at who still asks
DOINGS = ("watch", "start", "pause", "critic", "generator", "again", "end")
PACE = Limit("Pace", 0, 1000)  # steps a second; 0: as many as there can be
SEEN = Limit("Report", 0, 2**53, whole=True)
THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
IDLE = {"number": 0, "running": False, "idle": True}
BROKEN = "The training broke; the server's log says why."
FULL = (
    "{} trainings are running, as many as this server allows. One ends within {} minutes, sooner "
    "if somebody leaves."
)


def possible() -> bool:
    """Whether the training module is here: an installed package has none."""
    return (ROOT / "train" / "live").is_dir()


class Training:
    """One process, its newest report, and when its page asked last."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "train.live"], cwd=ROOT, env={**os.environ, **THREADS},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.began = self.asked = time.monotonic()
        self.news = threading.Condition()
        self.report: dict = {}
        self.number = self.told = self.watchers = 0
        self.running = self.broken = self.ended = False
        self.command: tuple[object, ...] = ()
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, do: str, lesson: Lesson, pace: float) -> None:
        """Passes on what to do, unless it is nothing new. Raises OSError if the process ended."""
        with self.news:
            if do == "watch" and self.command == (lesson, pace):
                return
            self.command = (lesson, pace)
            self.told += 1
            if do in ("start", "pause", "critic", "generator"):
                self.running = do == "start"
            message = {
                "do": do, "lesson": as_values(lesson), "pace": pace, "number": self.told,
            }  # fmt: skip
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()

    def newer(self, seen: int, ticket: Ticket) -> dict:
        """The first report after number `seen`; after a while without one, that there is none.

        Only one question waits at a time: a newer one sends an older one home.
        """
        until = time.monotonic() + NEWS
        with self.news:
            self.watchers += 1
            me = self.watchers
            while self.number <= seen and not self.broken and self.watchers == me:
                self.asked = time.monotonic()
                if self.asked > until:
                    break
                if not ticket.wanted():
                    self.asked -= LEASE
                    break
                self.news.wait(GLANCE)
            if self.ended:
                return IDLE
            if self.broken:
                raise ValueError(BROKEN)
            state = {"number": self.number, "running": self.running, "ready": self.number > 0}
            return state | (self.report if self.number > seen else {})

    def pause(self) -> None:
        """Frees its core; what it has learnt is kept."""
        if self.running and self.command:
            lesson, pace = self.command
            assert isinstance(lesson, Lesson) and isinstance(pace, float)
            try:
                self.tell("pause", lesson, pace)
            except OSError:
                self.broken = True

    def end(self) -> None:
        """Ends the process."""
        self.ended = True
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        with suppress(OSError):  # what it was not told any more
            self.process.stdin.close()
        with self.news:
            self.broken = True
            self.news.notify_all()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            report = json.loads(line)
            with self.news:
                if "broken" in report:
                    log.error("A training broke: %s", report["broken"])
                    break
                self.report, self.number = report, self.number + 1
                if report["told"] == self.told:
                    self.running = report["running"]
                self.news.notify_all()
        self.process.stdout.close()
        with self.news:
            self.broken = True
            self.news.notify_all()


class Trainings:
    """All trainings of a server, at most `most`. Safe to use from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._of: dict[tuple[str, str], Training] = {}
        self._watched = False

    def play(self, ticket: Ticket, request: object) -> dict:
        """What a page asks of its training, and the news of it.

        `request`: {"do": one of DOINGS, "lesson": values by name, "pace": steps a second, "seen":
        the number of the newest report that the page has}. Raises ValueError for what is not
        allowed, Busy if too many are running.
        """
        if not isinstance(request, Mapping) or not isinstance(request.get("lesson"), Mapping):
            raise ValueError("A request to a training must be an object.")
        do = check_choice("What to do", request.get("do"), DOINGS)
        lesson, pace = lesson_of(request["lesson"]), PACE.check(request.get("pace", 0))
        seen = SEEN.check(request.get("seen", 0))
        key = ticket.address, ticket.session
        with self._lock:
            training = self._of.get(key)
            if training is not None and (do == "end" or training.broken):
                self._end(key)
                training = None
            if training is None and do in ("watch", "pause", "end"):
                return IDLE
            if training is None:
                training, seen = self._begin(ticket), 0
            training.asked = time.monotonic()
        try:
            training.tell(do, lesson, pace)
        except OSError:
            raise ValueError(BROKEN) from None
        return training.newer(seen, ticket)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._of)

    def close(self) -> None:
        """Ends all of them."""
        with self._lock:
            self.most = 0
            for key in list(self._of):
                self._end(key)

    def _begin(self, ticket: Ticket) -> Training:
        if len(self._of) >= self.most:
            self._make_room(ticket)
        training = self._of[ticket.address, ticket.session] = Training()
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, daemon=True).start()
        return training

    def _make_room(self, ticket: Ticket) -> None:
        """Ends one that nobody asks for, or the oldest of an address with two more than this."""
        now = time.monotonic()
        left = [key for key, each in self._of.items() if now - each.asked > 2 * LEASE]
        addresses = [address for address, _ in self._of]
        most = max(addresses, key=addresses.count, default="")
        if not left and addresses.count(most) >= addresses.count(ticket.address) + 2:
            left = [key for key in self._of if key[0] == most]
        if not left:
            first = min((each.began for each in self._of.values()), default=now)
            minutes = max(1, round((first + LONGEST - now) / 60))
            raise Busy(FULL.format(len(self._of), minutes))
        self._end(min(left, key=lambda key: self._of[key].began))

    def _end(self, key: tuple[str, str]) -> None:
        self._of.pop(key).end()

    def _watch(self) -> None:
        """Pauses and ends what nobody asks for; runs while there is any training."""
        while True:
            time.sleep(GLANCE)
            with self._lock:
                now = time.monotonic()
                for key, training in list(self._of.items()):
                    if now - training.asked > KEPT or now - training.began > LONGEST:
                        self._end(key)
                    elif now - training.asked > LEASE:
                        training.pause()
                if not self._of:
                    self._watched = False
                    return
