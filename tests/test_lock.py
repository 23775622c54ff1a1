"""One training a folder at a time, whatever became of the one before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from train.__main__ import main
from train.runtime.lock import NAME, RunLock

ROOT = Path(__file__).parent.parent
HOLD = """if True:
    import signal, sys, time
    from pathlib import Path
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
    from train.runtime.lock import RunLock
    lock = RunLock(Path(sys.argv[1]))
    print("taken", flush=True)
    time.sleep(600)
"""


def holder(folder: Path) -> subprocess.Popen:
    """A process that has the lock of a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout.readline() == "taken\n"
    return process


def test_a_second_training_is_refused_and_the_first_named(tmp_path, capsys):
    first = holder(tmp_path)
    try:
        with pytest.raises(ValueError, match=rf"another process \({first.pid}\)"):
            RunLock(tmp_path)
        new = ["--data", "shapes", "--out", str(tmp_path), "--resolution", "32", "--device", "cpu"]
        assert main([*new, "--batch", "1", "--clips", "1"]) == 2
        said = capsys.readouterr().err
        assert "is being trained in by another process" in said and "Traceback" not in said
        assert [file.name for file in tmp_path.iterdir()] == [NAME]
    finally:
        first.kill()
        first.communicate()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_crash_leaves_no_lock_behind(end, tmp_path):
    first = holder(tmp_path)
    os.kill(first.pid, end)
    first.communicate()
    RunLock(tmp_path).release()


def test_a_run_that_is_over_lets_go(tmp_path, capsys):
    new = ["--data", "shapes", "--out", str(tmp_path), "--resolution", "32", "--device", "cpu"]
    assert main([*new, "--batch", "1", "--clips", "1", "--sheet-every", "9"]) == 0
    assert main(["--resume", str(tmp_path), "--clips", "2"]) == 0
    assert main([*new, "--clips", "2"]) == 2
    assert "already holds a run" in capsys.readouterr().err
    RunLock(tmp_path).release()


def test_a_disk_without_locks_is_trained_on_all_the_same(tmp_path, monkeypatch):
    def none(file):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("train.runtime.lock._lock", none)
    lock = RunLock(tmp_path)
    lock.release()
    lock.release()
