"""A page's memory: threads share what they keep, and a pause gives it back."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from vidgen import memory
from vidgen.requests import ClipRequest
from vidgen.studio import Studio

# Every thread makes many arrays of 5 MB one after another, all threads at once, then frees them.
THREADS = """if True:
    import sys, threading
    import numpy as np
    from vidgen import memory
    if sys.argv[1] == "bounded":
        memory.bound_memory()
    def resident():
        with open("/proc/self/status") as status:
            return int(next(l for l in status if l.startswith("VmRSS")).split()[1]) >> 10
    before = resident()
    barrier = threading.Barrier(12)
    def work():
        barrier.wait()
        arrays = [np.ones(5 << 20, np.uint8) for _ in range(20)]
        barrier.wait()
        arrays.clear()
        barrier.wait()
    threads = [threading.Thread(target=work) for _ in range(12)]
    [t.start() for t in threads]; [t.join() for t in threads]
    kept = resident() - before
    memory.give_back()
    print(kept, resident() - before)
"""


def test_what_threads_free_is_kept_up_to_a_bound_and_given_back_in_full():
    run = subprocess.run(
        [sys.executable, "-c", THREADS, "bounded"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    kept, left = map(int, run.stdout.split())
    if memory._of_glibc("mallopt") is None:
        return  # it ran, and other libraries have their own ways
    assert kept <= (memory.KEPT >> 20) + 40, "of 1,200 MiB"
    assert left < 40


def test_a_pause_gives_memory_back_once(monkeypatch):
    given, busy = [], threading.Event()
    others = set(threading.enumerate())  # of studios in tests before this one

    def give_back():
        if threading.current_thread() not in others:
            given.append(time.monotonic())

    monkeypatch.setattr(memory, "give_back", give_back)
    clock = iter(range(10**6))
    monkeypatch.setattr(memory.time, "process_time", lambda: next(clock) if busy.is_set() else 0.0)
    monkeypatch.setattr(memory, "_resident", lambda: 0)
    pauses = memory.Pauses(pause=0.05)
    busy.set()
    for _ in range(5):
        pauses.note()
    time.sleep(0.3)
    assert not given, "the process still works"
    busy.clear()
    for _ in range(200):
        time.sleep(0.05)
        if given:
            break
    time.sleep(0.2)
    assert len(given) == 1
    pauses.note()
    for _ in range(200):
        time.sleep(0.05)
        if len(given) == 2:
            break
    assert len(given) == 2


def test_much_memory_is_given_back_in_the_middle_of_the_work(monkeypatch):
    given, busy, clock = threading.Event(), threading.Event(), iter(range(10**6))
    busy.set()
    monkeypatch.setattr(memory, "give_back", given.set)
    monkeypatch.setattr(memory.time, "process_time", lambda: next(clock) if busy.is_set() else 0.0)
    monkeypatch.setattr(memory, "FULL", memory._resident() // 2)
    memory.Pauses(pause=0.05).note()
    came = given.wait(30)
    busy.clear()
    assert came or memory._resident() == 0, "only where the system says how much it is"


def test_a_request_is_followed_by_a_pause(studio: Studio, monkeypatch):
    noted = []
    monkeypatch.setattr(studio._pauses, "note", lambda: noted.append(1))
    studio.preview(ClipRequest("tiny", frames=2))
    studio.render(ClipRequest("tiny", frames=2), 32, "gif")
    assert len(noted) == 2


def test_previews_are_held_within_a_number_of_bytes(studio: Studio, monkeypatch):
    one = len(studio.preview(ClipRequest("tiny", 0, frames=16)).grid.image)
    monkeypatch.setattr("vidgen.studio.MAX_PREVIEW_BYTES", 3 * one)
    for seed in range(8):
        studio.preview(ClipRequest("tiny", seed, frames=16))
    assert sum(len(p.grid.image) for p in studio._previews.values()) <= 3 * one
    assert studio._previews
