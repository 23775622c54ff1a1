"""`python -m train.live`: a small training that another program watches, in lines of JSON.

In come commands, {"do": ..., "lesson": {...}, "pace": ...}; out come reports (show.py). It ends
when nobody can tell it anything any more, and takes what of a core nobody else wants.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from queue import Empty, SimpleQueue

import torch

from train.live.show import Show
from vidgen.lessons import lesson_of

REPORTS = {"points": 0.1, "clips": 0.4}  # seconds between two of them
NICE = 10  # about a tenth of a core that somebody else wants


def main() -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)
    torch.set_num_threads(1)
    commands: SimpleQueue[dict] = SimpleQueue()
    threading.Thread(target=listen, args=(commands,), daemon=True).start()
    try:
        Stage(commands).run()
    except Exception:
        say({"broken": traceback.format_exc()})
        sys.exit(1)


def listen(commands: SimpleQueue[dict]) -> None:
    """Puts every line that comes into the queue; the end of them is the end of everything."""
    for line in sys.stdin:
        commands.put(json.loads(line))
    os._exit(0)


def say(report: dict) -> None:
    """One line."""
    print(json.dumps(report, separators=(",", ":")), flush=True)


class Stage:
    """A show that is told what to do, between its steps."""

    def __init__(self, commands: SimpleQueue[dict]) -> None:
        self.commands = commands
        self.show: Show | None = None
        self.running = self.diverged = False
        self.pace = 0.0  # steps a second, or 0 for as many as there can be
        self.told = 0  # commands, so that a report says what it has heard of

    def run(self) -> None:
        """Does what it is told, for ever."""
        reported = 0.0
        while True:
            news = self._hear()
            if self.show is None:
                continue
            began = time.monotonic()
            if self.running:
                self.show.step()
            if news or began - reported > REPORTS[self.show.kind] or not self.running:
                self._report()
                reported = time.monotonic()
            if self.running and self.pace:
                self._rest(began + 1 / self.pace)

    def _hear(self) -> bool:
        """Follows all commands that have come; waits for one if there is nothing else to do."""
        heard = False
        while True:
            try:
                command = self.commands.get(block=not (self.running or heard))
            except Empty:
                return heard
            self._follow(command)
            heard = True

    def _rest(self, until: float) -> None:
        """Waits for the next step's time, or for a command."""
        while (left := until - time.monotonic()) > 0 and self.commands.empty():
            time.sleep(min(left, 0.02))

    def _follow(self, command: dict) -> None:
        self.told = command["number"]
        self.pace = command["pace"]
        lesson, do = lesson_of(command["lesson"]), command["do"]
        if self.show is None or do == "again":
            self.show, self.diverged = Show(lesson), False
        elif lesson != self.show.game.lesson:
            self.show = self.show.change(lesson)
        if do in ("start", "pause"):
            self.running = do == "start"
        elif do in ("critic", "generator"):
            self.running = False
            game = self.show.game
            (game.critic_step if do == "critic" else game.generator_step)()

    def _report(self) -> None:
        assert self.show is not None
        if not self.show.game.finite():
            self.running, self.diverged = False, True
        state = {"told": self.told, "running": self.running, "diverged": self.diverged}
        say(state if self.diverged else state | self.show.report())


if __name__ == "__main__":
    main()
