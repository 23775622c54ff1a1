"""Keeps a line that a library writes about nothing out of the standard error stream."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2  # its number: libraries in C write there, past Python's `sys.stderr`
_lock = threading.Lock()


@contextmanager
def without_lines(part: bytes) -> Iterator[None]:
    """Leaves out the lines that hold `part`, and passes all others on at the end.

    For a few milliseconds and a few lines: what is written waits in a pipe meanwhile.
    """
    with _lock:
        try:
            kept = os.dup(STDERR)
        except OSError:  # there is no such stream
            yield
            return
        source, sink = os.pipe()
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(sink, STDERR)
        os.close(sink)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            with os.fdopen(source, "rb") as written:
                lines = written.read().splitlines(keepends=True)
            others = b"".join(line for line in lines if part not in line)
            if others:
                os.write(STDERR, others)
