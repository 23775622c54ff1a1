"""The door in front of Gradio: what may be asked for, by whom and in which form.

Gradio's server takes uploads, fetches what it is pointed at, answers beside its own queue and says
nothing where something fails. So everything is shut but what `doors.py` names; bodies are read
whole, checked and written anew before Gradio sees them; and whatever goes wrong is said in words.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import FileResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidgen.ui.bodies import MAX_BYTES, Refused, parse, session_of, write
from vidgen.ui.doors import Door, Doors
from vidgen.ui.uploads import Uploads
from vidgen.ui.visitors import CALL, Call, Visitors, address_of

log = logging.getLogger(__name__)

READING = 10.0  # seconds that a body may take to arrive
MAX_QUERY = 4_000  # bytes of an address behind its question mark: a link may carry all controls
MAX_STREAMS = 128  # of results that one address may have open
SENTENCES = {
    404: "There is nothing here.",
    405: "This can't be asked for in this way.",
    413: "This is too large.",
    416: "The file has no such part.",
    429: "Too many requests: try again in a moment.",
    503: "The server is busy: try again in a moment.",
}
REFUSED = "The server can't do anything with this request."
BROKEN = "Something broke while answering; the server's log says what."
FILE = re.compile(r"[/\\][0-9a-f]{32}[/\\]\w[^/\\\0]*")  # inside the folder, as the outbox names it
WORDLESS = re.compile(rb'"error": ?null')
IN_WORDS = b'"error":"' + BROKEN.encode() + b'"'
# Shown by a browser as they are; anything else is only offered for download.
SHOWN = {".webm": "video/webm", ".mp4": "video/mp4", ".gif": "image/gif", ".webp": "image/webp",
         ".apng": "image/apng", ".png": "image/png"}  # fmt: skip
SAFE = [(b"x-content-type-options", b"nosniff")]


class Guard:
    """ASGI middleware in front of all others; `folder` holds the files that may be downloaded.

    `assistants` answers beside Gradio what comes through the door of its name; `uploads` takes the
    clips that visitors bring, without which there are none.
    """

    def __init__(
        self,
        app: ASGIApp,
        doors: Doors,
        folder: Path,
        visitors: Visitors,
        behind_proxy: bool = False,
        assistants: ASGIApp | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self.beside = {"assistants": assistants or app}
        self.app, self.doors, self.folder = app, doors, folder
        self.visitors, self.behind_proxy = visitors, behind_proxy
        self.uploads = uploads
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            try:
                await self._answer(scope, receive, send)
            except Refused as refused:
                answer = said(refused.sentence, refused.status)
                if refused.status in (408, 413):
                    answer.headers["connection"] = "close"  # what comes is not read
                await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        door, values = self.doors.find(scope)
        headers = Headers(scope=scope)
        if len(scope["query_string"]) > MAX_QUERY:
            raise Refused("The address is too long.", 414)
        if not door.from_anywhere:
            check_site(headers)
        if door.name == "file":
            await spoken(self._file(values["path"]), scope, receive, send)
            return
        call = Call(address_of(scope, self.behind_proxy))
        if door.name == "clip":
            await self._take(call.address, headers, scope, receive, send)
            return
        body = b""
        if door.rebuild is not None:
            kind = headers.get("content-type", "").split(";")[0].strip().lower()
            if kind != "application/json":  # other kinds need no leave to come from another site
                raise Refused("The body must be of the type application/json.", 415)
            sent = parse(await read(receive, headers))
            call.session, rebuilt = self.doors.rebuild(door, values, sent)
            call.answers_itself = door.answers_itself
            body = write(rebuilt)
        if door.stream:
            call.session = self.doors.session(door, values, scope)
        await self._pass_on(door, call, body, scope, receive, send)

    async def _take(
        self, address: str, headers: Headers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Stores a clip, and tells the name that it is asked for by."""
        if self.uploads is None:
            raise Refused(SENTENCES[404], 404)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        session = session_of(query.get("session", "none"))
        answer = await self.uploads.answer(address, session, headers, receive)
        answer.headers.update(dict(decoded(SAFE)))
        await answer(scope, receive, send)

    def _file(self, path: str) -> FileResponse:
        """The answer with a file of the folder, or with a part of it."""
        file = Path(path)
        # Compared as text, because a path has many names.
        inside = FILE.fullmatch(path.removeprefix(str(self.folder)))
        if not inside or not path.startswith(str(self.folder)):
            raise Refused(SENTENCES[404], 404)
        if not file.is_file() or file.is_symlink():
            raise Refused("This file is gone: files are kept for an hour at most.", 404)
        kind = SHOWN.get(file.suffix)
        return FileResponse(
            file,
            media_type=kind or "application/octet-stream",
            filename=file.name,
            content_disposition_type="inline" if kind else "attachment",
            headers={"x-content-type-options": "nosniff"},
        )

    async def _pass_on(
        self, door: Door, call: Call, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Lets Gradio answer, and says in words what it says without."""
        status = None
        ended = False
        pending = [{"type": "http.request", "body": body, "more_body": False}]

        async def heard() -> Message:
            if pending:
                return pending.pop()
            await call.gone.wait()
            return {"type": "http.disconnect"}

        async def answer(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *SAFE]
            else:
                ended = not message.get("more_body", False)
                if door.stream:  # Gradio's word for what went wrong, where it isn't to be told
                    message["body"] = WORDLESS.sub(IN_WORDS, message.get("body", b""))
            if status is not None and status < 400:
                await send(message)

        if door.stream:
            if self._streams[call.address] >= MAX_STREAMS:
                raise Refused("Too many streams are open from this address.", 429)
            self._streams[call.address] += 1
            self.visitors.listens(call.session)
        watching = asyncio.create_task(watch(receive, call))
        try:
            app = self.beside.get(door.name, self.app)
            await app(prepared(scope, door, call, body), heard, answer)
        except Exception:
            log.exception("%s %s failed.", scope["method"], scope["path"])
            if status is not None and status < 400:
                raise  # it is too late for words
            status = 500
        finally:
            watching.cancel()
            if door.stream:
                self.visitors.ends(call.session, call.gone.is_set() and not ended)
                self._streams[call.address] -= 1
                if not self._streams[call.address]:
                    del self._streams[call.address]
        if status is None or status >= 400:
            words = SENTENCES.get(status or 500, REFUSED if status and status < 500 else BROKEN)
            await said(words, status or 500)(scope, receive, send)


def said(sentence: str, status: int) -> JSONResponse:
    """An answer in words, where Gradio's clients look for them."""
    return JSONResponse({"error": sentence, "detail": sentence}, status, dict(decoded(SAFE)))


async def spoken(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Passes on what an app answers, or a sentence if that is a refusal."""
    refused: int | None = None
    begun = False

    async def heard(message: Message) -> None:
        nonlocal refused, begun
        if message["type"] == "http.response.start" and message["status"] >= 400:
            refused = message["status"]
        if refused is None:
            begun = True
            await send(message)

    try:
        await app(scope, receive, heard)
    except (OSError, RuntimeError):  # it was there a moment ago
        if begun:
            raise
        refused = 404
    if refused is not None:
        raise Refused(SENTENCES.get(refused, REFUSED), refused)


def decoded(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """ASGI's headers as text."""
    return [(name.decode(), value.decode()) for name, value in headers]


def check_site(headers: Headers) -> None:
    """Raises Refused if a browser says that another site's page sends this.

    `Sec-Fetch-Site` is the browser's own word and scripts can't set it; browsers leave it out if
    the page came unencrypted, and then the page's origin has to be the host that was asked.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        origin = headers.get("origin")
        hosts = (headers.get("host"), headers.get("x-forwarded-host"))
        foreign = origin is not None and urlsplit(origin).netloc not in filter(None, hosts)
    if foreign:
        raise Refused("Only this page itself may ask for this from a browser.", 403)


async def read(receive: Receive, headers: Headers) -> bytes:
    """The whole body of a request. Raises Refused if it is too long or takes too long."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > MAX_BYTES:
        raise Refused(f"The body may have at most {MAX_BYTES >> 10} KiB.", 413)
    try:
        return await asyncio.wait_for(gather(receive), READING)
    except (TimeoutError, asyncio.TimeoutError):
        raise Refused("The body took too long to arrive.", 408) from None


async def gather(receive: Receive) -> bytes:
    """The parts of a body in one. Raises Refused if they are too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("The body ended early.")
        body += message.get("body", b"")
        if len(body) > MAX_BYTES:
            raise Refused(f"The body may have at most {MAX_BYTES >> 10} KiB.", 413)
        if not message.get("more_body", False):
            return bytes(body)


async def watch(receive: Receive, call: Call) -> None:
    """Waits until the connection of a request is closed, and says so to whoever works for it."""
    while (await receive())["type"] != "http.disconnect":
        pass
    call.gone.set()


def prepared(scope: Scope, door: Door, call: Call, body: bytes) -> Scope:
    """The request as Gradio gets it: without what it would be led astray by."""
    # Without an origin Gradio allows no other site anything.
    left_out = {b"origin", b"content-length", b"transfer-encoding"}
    if not door.compressed:
        left_out.add(b"accept-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in left_out]
    if body:
        headers.append((b"content-length", str(len(body)).encode()))
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in query if name not in door.query_without]
    return {**scope, "headers": headers, "query_string": urlencode(kept).encode(), CALL: call}
