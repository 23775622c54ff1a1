"""One training a folder: a lock of the system's, which no crash leaves behind."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

NAME = ".lock"


class RunLock:
    """A run's folder, held by this process until `release`, or until it ends in whatever way."""

    def __init__(self, folder: Path, take: bool = True) -> None:
        """Takes the lock of a folder that is there, or, if not to `take` it, stands for it.

        Raises ValueError if another process trains there.
        """
        self._file: int | None = None
        if not take:
            return
        self._file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._file)
        except BlockingIOError:
            owner = _owner(self._file)
            self.release()
            raise ValueError(
                f"{folder} is being trained in by another process{owner}: stop that one first, or "
                "give another --out."
            ) from None
        except OSError:
            return  # a disk that knows no locks, as some of networks: all is as without one
        os.ftruncate(self._file, 0)
        os.write(self._file, b"%-20d" % os.getpid())

    def release(self) -> None:
        """Lets go, once or more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        self.release()


def _lock(file: int) -> None:
    """Raises BlockingIOError if another process, or another file here, has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            # Beyond what is written, so that everybody may read who it is.
            os.lseek(file, 1 << 20, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
        finally:
            os.lseek(file, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _owner(file: int) -> str:
    with suppress(OSError, ValueError):
        os.lseek(file, 0, os.SEEK_SET)
        return f" ({int(os.read(file, 20))})"
    return ""
