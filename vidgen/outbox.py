"""Temporary folders that are gone at exit; the one that rendered files wait in, bounded."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path

MAX_FILES = 64
MAX_BYTES = 512 << 20
MAX_AGE = 3600.0  # seconds
PREFIX = "vidgen-"  # of the folder's name; the number of its process follows


class Outbox:
    """A temporary folder of its own. Every file lies in a subfolder that cannot be guessed."""

    def __init__(
        self, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES, max_age: float = MAX_AGE
    ) -> None:
        self.max_files, self.max_bytes, self.max_age = max_files, max_bytes, max_age
        self._temporary = own_folder(max_age)
        self.folder = Path(self._temporary.name).resolve()
        self._lock = threading.Lock()
        self._files: list[tuple[float, Path]] = []  # when it was made; oldest first

    def reserve(self, name: str) -> Path:
        """A path for a new file called `name`, after making room for it."""
        folder = self.folder / secrets.token_hex(16)
        folder.mkdir()
        with self._lock:
            self._files.append((time.monotonic(), folder / name))
            self._make_room()
        return folder / name

    def files(self) -> list[Path]:
        """The finished files that wait, oldest first."""
        with self._lock:
            return [path for _, path in self._files if path.exists()]

    def drop(self, path: Path) -> None:
        """Gives up a file that was reserved."""
        with self._lock:
            self._files = [entry for entry in self._files if entry[1] != path]
        shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        """Removes the folder and everything in it."""
        self._temporary.cleanup()

    def _make_room(self) -> None:
        sizes = {path: path.stat().st_size for _, path in self._files if path.exists()}
        total, oldest_allowed = sum(sizes.values()), time.monotonic() - self.max_age
        for entry in self._files[:-1]:  # never the newest
            made, path = entry
            full = len(self._files) > self.max_files or total > self.max_bytes
            # What is being made goes only by its age, however many short ones overtake it.
            if made >= oldest_allowed and not (full and path in sizes):
                continue
            shutil.rmtree(path.parent, ignore_errors=True)
            total -= sizes.get(path, 0)
            self._files.remove(entry)


def own_folder(max_age: float = MAX_AGE) -> tempfile.TemporaryDirectory:
    """A new folder of this process; those of killed ones go if they are older than `max_age`.

    Removed when the object is collected or the interpreter ends, whichever comes first.
    """
    sweep(max_age)
    return tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", ignore_cleanup_errors=True)


def sweep(max_age: float) -> None:
    """Removes the folders of killed processes, if nothing is younger than `max_age` seconds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        try:
            old = time.time() - folder.stat().st_mtime > max_age
        except OSError:
            continue
        if old and owner.isdecimal() and not _is_running(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
