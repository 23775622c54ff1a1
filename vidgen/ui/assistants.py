"""The MCP server: tools for assistants over HTTP, in the same line as everybody else's clips.

The Model Context Protocol without sessions: each request is one POST of JSON-RPC and is answered
as JSON (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports). Gradio has an
MCP server as well, but its tools answer beside the queue and take addresses to fetch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import anyio
from anyio import CapacityLimiter
from gradio.context import LocalContext
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from vidgen.studio import Studio
from vidgen.ui.said import Failure, said
from vidgen.ui.tools import Address, Tool, tools

log = logging.getLogger(__name__)
Result = TypeVar("Result")

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of the protocol
VERSION = "1"  # of these tools
MOST_AT_ONCE = 96  # tools that are waited for; the desk lets fewer wait
NO_METHOD, WRONG = -32601, -32602  # JSON-RPC's codes
BROKEN = "Something broke while drawing; the server's log says what."
INSTRUCTIONS = (
    "vidgen makes short video clips with small generative models (GANs), on this machine. Call "
    "make_clip to make one; it works without arguments. Show people the link that comes back."
)


class Assistants:
    """An ASGI app that answers what the guard has checked and written anew.

    `behind_proxy`: a proxy says under which address visitors reach the page; `root` is the path, or
    the whole address, that a proxy serves it under.
    """

    def __init__(self, studio: Studio, behind_proxy: bool = False, root: str = "") -> None:
        self.studio, self.behind_proxy, self.root = studio, behind_proxy, root.rstrip("/")
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if scope["method"] == "GET":
            answer: Response = JSONResponse(await self._aside(self._schema))
        else:
            answer = await self._answer(await request.json(), request)
        await answer(scope, receive, send)

    async def _answer(self, asked: dict, request: Any) -> Response:
        """The answer to one message of JSON-RPC; 202 to what wants none."""
        number, method, params = asked["id"], asked["method"], asked["params"]
        if number is None:
            return Response(status_code=202)
        if method == "initialize":
            wanted = params.get("protocolVersion")
            result = {
                "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
                "capabilities": {"tools": {"listChanged": False}},
                "serverInfo": {"name": "vidgen", "title": "vidgen", "version": VERSION},
                "instructions": INSTRUCTIONS,
            }
        elif method == "ping":
            result = {}
        elif method == "tools/list":
            found = await self._aside(lambda: list(tools(self.studio).values()))
            result = {"tools": [tool.describe() for tool in found]}
        elif method == "tools/call":
            known = await self._aside(lambda: tools(self.studio))
            tool = known.get(params["name"])
            if tool is None:
                return _wrong(number, WRONG, f"There are the tools {', '.join(known)}.")
            LocalContext.request.set(request)  # by which the desk knows whose it is
            result = await self._aside(
                lambda: called(tool, params["arguments"], lambda path: self._url(request, path))
            )
        else:
            return _wrong(number, NO_METHOD, "There is no such method here, only tools.")
        return JSONResponse({"jsonrpc": "2.0", "id": number, "result": result})

    async def _aside(self, work: Callable[[], Result]) -> Result:
        """Does work that may wait in a thread, in this request's context."""
        self._limiter = self._limiter or CapacityLimiter(MOST_AT_ONCE)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    def _schema(self) -> list[dict]:
        """The tools as the API page and the Hub read them."""
        described = [tool.describe() for tool in tools(self.studio).values()]
        meta = {"file_data_present": False, "headers": []}
        return [tool | {"endpoint_name": "", "meta": meta} for tool in described]

    def _url(self, request: Request, file: Path) -> str:
        """Where whoever asks can download a file."""
        headers = request.headers
        host = headers.get("host", "")
        scheme = request.scope.get("scheme", "http")
        if self.behind_proxy:
            host = headers.get("x-forwarded-host", host).split(",")[0].strip()
            proto = headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
            scheme = proto if proto in ("http", "https") else scheme
        root = self.root if "://" in self.root else f"{scheme}://{host}{self.root}"
        return f"{root}/gradio_api/file={quote(str(file))}"


def called(tool: Tool, arguments: dict, address: Address) -> dict:
    """What a tool answers, or the sentence that an assistant can mend its call by."""
    try:
        content, facts = tool.call(arguments, address)
    except Failure as error:
        return {"content": [{"type": "text", "text": said(error)}], "isError": True}
    except Exception:
        log.exception("The tool %s failed.", tool.name)
        return {"content": [{"type": "text", "text": BROKEN}], "isError": True}
    return {"content": content, "structuredContent": facts, "isError": False}


def _wrong(number: object, code: int, sentence: str) -> JSONResponse:
    return JSONResponse(
        {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": sentence}}
    )
