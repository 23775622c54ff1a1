"""What a page keeps of the memory that its requests took: bounded, and given back.

glibc gives every thread that asks for memory while another does an arena of its own, and each
keeps what its largest request took: twenty visitors made 1.7 GB of what one request takes.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import sys
import threading
import time
from pathlib import Path

# From malloc.h: the names of what is set, and values. A tensor of 16 frames of 64 channels at
# 64 x 64 takes 17 MB: up to that, and some, memory is kept, because fresh pages cost half as much
# again as the drawing.
M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1
ARENAS = 1
LARGE = 32 << 20  # bytes: what is larger has pages of its own and goes back at once; glibc's most
KEPT = 192 << 20  # bytes that are kept at the top of the arena
PAUSE = 3.0  # seconds of rest after which all is given back
BUSY = 0.05  # of a core: the server itself, idle, takes less
# Resident bytes from which what is free is given back in the middle of the work too: the pages
# between what is in use, of which a crowd leaves half a gigabyte and which glibc never looks at.
FULL = 640 << 20


def bound_memory() -> None:
    """Tells glibc to keep some freed memory and not more; before any thread is started.

    A no-op if the C library is not glibc.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Returns all freed memory to the system, as far as the C library is glibc."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(ctypes.c_size_t(0))


class Pauses:
    """Gives memory back after every burst of requests, and in it if there is much of it.

    From a thread of its own. A pause is `pause` seconds in which the process hardly computes:
    neither draws nor encodes.
    """

    def __init__(self, pause: float = PAUSE) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._waiting = False

    def note(self) -> None:
        """A request has begun: there will be something to give back after it."""
        with self._lock:
            if self._waiting:
                return
            self._waiting = True
        threading.Thread(target=self._wait, name="memory", daemon=True).start()

    def _wait(self) -> None:
        busy = True
        while busy:
            before = time.process_time()
            time.sleep(self.pause)
            busy = time.process_time() - before > BUSY * self.pause
            if busy and _resident() > FULL:
                give_back()
        with self._lock:
            self._waiting = False
        gc.collect()
        give_back()


def _resident() -> int:
    """Bytes of this process in memory; 0 if the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * mmap.PAGESIZE


def _of_glibc(name: str):
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
