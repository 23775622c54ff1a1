"""Coroutines in tests: Playwright leaves an event loop in the thread of whoever has used it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def apart(work: Callable[[], Any]) -> Any:
    """What a function returns that is called in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def waited(coroutine: Coroutine) -> Any:
    """The result of a coroutine."""
    return apart(lambda: asyncio.run(coroutine))
