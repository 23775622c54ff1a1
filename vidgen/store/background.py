"""Work in a thread that may hang, and a caller who waits for it only so long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextvars import copy_context
from math import inf
from typing import TypeVar

from vidgen.store.network import HubError, Unreachable

Result = TypeVar("Result")
Told = TypeVar("Told")
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

    Raises Unreachable if it is silent for `patience` seconds or takes more than `deadline`. It
    is then left to itself: its next word to `tell` ends it, and `leave()` is called after it.
    """
    news = news_of(work, progress, patience=patience, deadline=deadline, leave=leave)
    while True:
        try:
            next(news)
        except StopIteration as end:
            return end.value


def news_of(
    work: Callable[[Progress], Result],
    said: Callable[[int, int], Told],
    *,
    every: float = 0.0,
    patience: float = inf,
    deadline: float = inf,
    leave: Callable[[], None] = lambda: None,
) -> Generator[Told, None, Result]:
    """As `in_background`, but yields said(done, total) of what work tells.

    Between two of them are at least `every` seconds, of which what is told is dropped. Closing the
    generator leaves the work to itself, as waiting too long does.
    """
    news: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
    results: list[Result] = []
    errors: list[BaseException] = []
    abandoned = threading.Event()

    def tell(done: int, total: int) -> None:
        if abandoned.is_set():
            raise HubError("Nobody waits for this download any more.")
        news.put((done, total))

    def run() -> None:
        try:
            results.append(work(tell))
        except BaseException as error:  # carried to the waiting thread, which raises it
            errors.append(error)
        news.put(None)
        if abandoned.is_set():
            leave()

    # A daemon, so that a thread stuck in the network never keeps the program from ending; in the
    # caller's context, by which the page knows for whom it works.
    context = copy_context()
    threading.Thread(target=context.run, args=(run,), name="hub", daemon=True).start()
    end, ended = time.monotonic() + deadline, False
    silent_until = 0.0
    try:
        while True:
            wait = min(patience, end - time.monotonic())
            try:
                told = news.get(timeout=None if wait == inf else max(0.0, wait))
            except queue.Empty:
                seconds = deadline if wait < patience else patience
                raise Unreachable(f"The Hub kept silent or busy for {seconds:g} seconds.") from None
            if told is None:
                ended = True
                break
            if time.monotonic() >= silent_until:
                yield said(*told)
                silent_until = time.monotonic() + every
    finally:
        if not ended:
            abandoned.set()
    if errors:
        raise errors[0]
    return results[0]
