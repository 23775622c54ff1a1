"""The clips that visitors bring: bounded in size, number and time, and seen by nobody else.

They lie in a folder that nothing is served from, each under a name of 128 random bits that only who
sent it is told. A page says again and again that it is still open; what it brought goes with it.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Receive

from vidgen.outbox import own_folder
from vidgen.pixels.reading.sniff import HEAD, is_clip
from vidgen.ui.bodies import Refused
from vidgen.ui.sentences import in_all_languages

MOST_BYTES = 25 << 20  # of one
MOST_OF_ONE = 4  # of one session; a newer one takes the place of the oldest
MOST_FILES, MOST_IN_ALL = 64, 256 << 20  # of all visitors, and their bytes
MOST_ARRIVING, MOST_ARRIVING_OF_ONE = 16, 8  # at once, of all and of one address
MAX_AGE = 3600.0  # seconds
LEFT = 150.0  # seconds after which a page that says nothing is gone: hidden ones speak seldom
SILENCE, ARRIVING = 10.0, 180.0  # seconds that bytes and the whole may take to come
SWEEPS = 5.0
KIND = "application/octet-stream"  # which no other site's page may send without leave
GONE = "This clip is gone: they are kept for an hour at most. Choose it again."


@dataclass(eq=False)
class Upload:
    """One file; `page` is whether a page looks after it."""

    name: str
    path: Path
    address: str
    session: str
    size: int
    made: float = field(default_factory=time.monotonic)
    asked: float = field(default_factory=time.monotonic)
    page: bool = False


class Uploads:
    """All of them. Safe to use from many threads.

    `beside` is called every few seconds as long as it says that there is anything, or files are.
    """

    def __init__(self, beside: Callable[[], bool] = lambda: False) -> None:
        self._beside = beside
        self._lock = threading.Lock()
        self._of: dict[str, Upload] = {}
        self._arriving: list[str] = []  # addresses
        self._temporary: tempfile.TemporaryDirectory | None = None
        self._sweeping = False

    async def answer(
        self, address: str, session: str, headers: Headers, receive: Receive
    ) -> JSONResponse:
        """Stores the body of a request, and tells the name that it is asked for by, or why not."""
        try:
            return JSONResponse({"clip": await self.take(address, session, headers, receive)})
        except Refused as refused:
            sentence = refused.sentence
            words = {"error": sentence, "detail": sentence, "words": in_all_languages(sentence)}
            # What still comes is not read.
            return JSONResponse(words, refused.status, {"connection": "close"})

    async def take(self, address: str, session: str, headers: Headers, receive: Receive) -> str:
        """Stores the body of a request. Returns the name of the file; raises Refused."""
        if headers.get("content-type", "").split(";")[0].strip().lower() != KIND:
            raise Refused(f"A clip must come as the body, of the type {KIND}.", 415)
        length = headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 12:
            raise Refused("A clip must come with its length.", 411)
        if not int(length):
            raise Refused("The clip is empty.")
        if int(length) > MOST_BYTES:
            raise Refused(f"A clip may have at most {MOST_BYTES >> 20} MB.", 413)
        with self._lock:
            same = self._arriving.count(address)
            if len(self._arriving) >= MOST_ARRIVING or same >= MOST_ARRIVING_OF_ONE:
                raise Refused("Too many clips are arriving: try again in a moment.", 429)
            self._arriving.append(address)
        upload = None
        try:
            upload = self._begin(address, session, int(length))
            await self._store(upload, receive)
        except BaseException:
            if upload is not None:
                self.drop(upload.name)
            raise
        finally:
            with self._lock:
                self._arriving.remove(address)
        return upload.name

    def path(self, name: object, page: bool = True) -> Path:
        """Where a file lies; asked for by a page it lives as long as that does. ValueError."""
        with self._lock:
            upload = self._of.get(name) if isinstance(name, str) else None
            if upload is None:
                raise ValueError(GONE)
            upload.asked, upload.page = time.monotonic(), upload.page or page
            return upload.path

    def touch(self, name: object) -> None:
        """Notes that the page of a file is still open, if the file is there."""
        with self._lock:
            if isinstance(name, str) and name in self._of:
                self._of[name].asked = time.monotonic()

    def drop(self, name: object) -> None:
        """Removes a file, if it is there."""
        with self._lock:
            if isinstance(name, str) and name in self._of:
                self._remove(name)

    def __len__(self) -> int:
        return len(self._of)

    def close(self) -> None:
        """Removes all of them."""
        with self._lock:
            self._of.clear()
            if self._temporary is not None:
                self._temporary.cleanup()
                self._temporary = None

    def sweep(self) -> None:
        """Removes what is old, and what belongs to pages that are gone."""
        now = time.monotonic()
        with self._lock:
            for name, each in list(self._of.items()):
                if now - each.made > MAX_AGE or (each.page and now - each.asked > LEFT):
                    self._remove(name)

    def _begin(self, address: str, session: str, size: int) -> Upload:
        """A place for a file of that size, for which others may have to go."""
        with self._lock:
            mine = [e for e in self._of.values() if (e.address, e.session) == (address, session)]
            for each in mine[: max(0, len(mine) + 1 - MOST_OF_ONE)]:
                self._remove(each.name)
            while len(self._of) >= MOST_FILES or self._held() + size > MOST_IN_ALL:
                # The oldest of whoever has most.
                addresses = [each.address for each in self._of.values()]
                most = max(addresses, key=addresses.count)
                self._remove(next(n for n, e in self._of.items() if e.address == most))
            if self._temporary is None:
                self._temporary = own_folder(MAX_AGE)
            name = secrets.token_hex(16)
            path = Path(self._temporary.name) / name
            self._of[name] = upload = Upload(name, path, address, session, size)
            if not self._sweeping:
                self._sweeping = True
                threading.Thread(target=self._watch, name="uploads", daemon=True).start()
            return upload

    async def _store(self, upload: Upload, receive: Receive) -> None:
        deadline, come = time.monotonic() + ARRIVING, 0
        try:
            with upload.path.open("xb") as file:
                more = True
                while more:
                    left = min(SILENCE, deadline - time.monotonic())
                    message = await asyncio.wait_for(receive(), max(0.01, left))
                    if message["type"] == "http.disconnect":
                        raise Refused("The clip ended early.")
                    body = message.get("body", b"")
                    come += len(body)
                    if come > upload.size:
                        raise Refused("The clip is larger than was said.", 413)
                    file.write(body)
                    more = message.get("more_body", False)
        except (TimeoutError, asyncio.TimeoutError):
            raise Refused("The clip took too long to arrive.", 408) from None
        except OSError as error:
            raise Refused("There is no room for the clip at the moment.", 507) from error
        if come < upload.size:
            raise Refused("The clip ended early.")
        with upload.path.open("rb") as file:
            if not is_clip(file.read(HEAD)):
                raise Refused("This is neither a video nor a picture nor a sound.", 415)

    def _held(self) -> int:
        return sum(each.size for each in self._of.values())

    def _remove(self, name: str) -> None:
        self._of.pop(name).path.unlink(missing_ok=True)

    def _watch(self) -> None:
        """Sweeps as long as there is anything."""
        while True:
            time.sleep(SWEEPS)
            self.sweep()
            more = self._beside()
            with self._lock:
                if not self._of and not more:
                    self._sweeping = False
                    return
