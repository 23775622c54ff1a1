"""The files that visitors had fetched: bounded in number and bytes, the least used goes first."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vidgen.outbox import own_folder
from vidgen.store.hub import Fetched, HubError

MAX_FILES = 32
MAX_BYTES = 512 << 20


class Shelf:
    """A temporary folder of its own, gone at exit. Safe to use from many threads.

    What is being fetched counts as what is already here, so that the bytes on the disk stay
    within `max_bytes` at every moment.
    """

    def __init__(self, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES) -> None:
        self.max_files, self.max_bytes = max_files, max_bytes
        self._lock = threading.Lock()  # of all below
        self._temporary: tempfile.TemporaryDirectory | None = None
        self._files: OrderedDict[str, Fetched] = OrderedDict()  # by source; least used first
        self._sizes: dict[str, int] = {}  # bytes by source, and by folder while it is fetched

    def sources(self) -> list[str]:
        """Where the files are from, in no order."""
        with self._lock:
            return list(self._files)

    def get(self, source: str) -> Fetched | None:
        """The file of a source, which counts as used now; None if there is none."""
        with self._lock:
            if source in self._files:
                self._files.move_to_end(source)
            return self._files.get(source)

    @contextmanager
    def room(self, source: str) -> Iterator[Room]:
        """A folder to fetch the file of a source into; removed at the end, whatever happens."""
        with self._lock:
            if self._temporary is None:
                self._temporary = own_folder()
            folder = Path(tempfile.mkdtemp(dir=self._temporary.name))
        try:
            yield Room(self, source, folder)
        finally:
            with self._lock:
                self._sizes.pop(str(folder), None)
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Removes every file."""
        with self._lock:
            self._files.clear()
            self._sizes.clear()
            if self._temporary is not None:
                self._temporary.cleanup()
                self._temporary = None

    def _admit(self, room: Room, size: int) -> None:
        with self._lock:
            # What it replaces stays until the new file has proved good.
            others = [source for source in self._files if source != room.source]
            staying = len(self._sizes) - len(others) - (room.source in self._files)
            staying_bytes = sum(self._sizes.values()) - sum(self._sizes[s] for s in others)
            if staying >= self.max_files or staying_bytes + size > self.max_bytes:
                raise HubError(
                    "Other models are being fetched, and there is no room for one more: "
                    "try again in a minute."
                )
            self._sizes[str(room.folder)] = size
            replaced = room.source in self._files
            for least_used in others:
                too_many = len(self._sizes) - replaced > self.max_files
                if too_many or sum(self._sizes.values()) > self.max_bytes:
                    self._remove(least_used)

    def _put(self, room: Room, found: Fetched) -> Fetched:
        with self._lock:
            if self._temporary is None:
                raise HubError("The page is being closed.")
            if not found.path.is_relative_to(room.folder):  # nothing newer than what is here
                if room.source not in self._files:
                    raise HubError("It gave way to other models meanwhile; try again.")
                self._files[room.source] = found
                return found
            kept = Path(f"{room.folder}.safetensors")
            found.path.resolve().replace(kept)
            self._remove(room.source)
            self._files[room.source] = replace(found, path=kept)
            self._sizes[room.source] = self._sizes.pop(str(room.folder))
            return self._files[room.source]

    def _remove(self, source: str) -> None:
        self._sizes.pop(source, None)
        if found := self._files.pop(source, None):
            try:
                found.path.unlink(missing_ok=True)
            except OSError:  # Windows keeps what is being read; it goes with the folder
                return


class Room:
    """A place on a shelf for one file that is coming."""

    def __init__(self, shelf: Shelf, source: str, folder: Path) -> None:
        self.shelf, self.source, self.folder = shelf, source, folder

    def admit(self, size: int) -> None:
        """Makes room for so many bytes; others' files go. Raises HubError if that is not enough."""
        self.shelf._admit(self, size)

    def put(self, found: Fetched) -> Fetched:
        """Puts the file that came into the folder on the shelf, in place of the source's older one.

        Takes the older one, too, if there is nothing newer. Raises HubError.
        """
        return self.shelf._put(self, found)
