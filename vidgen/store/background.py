"""Work in a thread that may hang, and a caller who waits for it only so long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from vidgen.store.network import HubError, Unreachable

Result = TypeVar("Result")
Progress = Callable[[int, int], None]


def in_background(
    work: Callable[[Progress], Result],
    progress: Progress = lambda done, total: None,
    *,
    patience: float,
    deadline: float,
    leave: Callable[[], None] = lambda: None,
) -> Result:
    """What work(tell) returns or raises, while `progress` hears what it tells.

    Raises Unreachable where it is silent for `patience` seconds or takes more than `deadline`. It
    is then left to itself: its next word to `tell` ends it, and `leave()` is called after it.
    """
    news: queue.SimpleQueue = queue.SimpleQueue()
    abandoned = threading.Event()

    def tell(done: int, total: int) -> None:
        if abandoned.is_set():
            raise HubError("Nobody waits for this download any more.")
        news.put((progress, done, total))

    def run() -> None:
        try:
            news.put((None, work(tell), None))
        except BaseException as error:  # carried to the waiting thread, which raises it
            news.put((None, None, error))
        if abandoned.is_set():
            leave()

    # A daemon, so that a thread stuck in the network never keeps the program from ending.
    threading.Thread(target=run, name="hub", daemon=True).start()
    end, ended = time.monotonic() + deadline, False
    try:
        while True:
            wait = min(patience, end - time.monotonic())
            try:
                told, first, second = news.get(timeout=max(0.0, wait))
            except queue.Empty:
                seconds = deadline if wait < patience else patience
                raise Unreachable(f"The Hub kept silent or busy for {seconds:g} seconds.") from None
            if told is not None:
                told(first, second)
                continue
            ended = True
            if second is not None:
                raise second
            return first
    finally:
        if not ended:
            abandoned.set()
