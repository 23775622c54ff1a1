"""Ctrl-C and SIGTERM: the step in progress is finished and saved first."""

from __future__ import annotations

import signal


class Interrupt:
    """Lets the step in progress finish on Ctrl-C or SIGTERM; a second Ctrl-C stops at once."""

    def __enter__(self) -> Interrupt:
        self.requested = False
        self.before = {s: signal.signal(s, self._note) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: object) -> None:
        self.requested = True
        signal.signal(number, self.before[signal.Signals(number)])
