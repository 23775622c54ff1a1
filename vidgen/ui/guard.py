"""Shuts what Gradio's server offers and this page has no use for.

Gradio takes uploads and then serves them, and fetches any public address for whoever asks. Nothing
but what the page made is to be had from here.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SHUT = (
    "/upload",
    "/proxy=",
    "/process_recording",
    "/vibe-",
    "/undo-vibe-edit",
    "/stream/",
    "/deep_link",
)
PREFIX = "/gradio_api"


class Guard:
    """ASGI middleware: answers 403 for what is shut, and passes on the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _shut(scope["path"]):
            answer = PlainTextResponse("This page neither takes nor fetches files.", 403)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _shut(path: str) -> bool:
    path = path.removeprefix(PREFIX)
    # A file's path is absolute or relative; anything with a scheme would be fetched from elsewhere.
    return path.startswith(SHUT) or (path.startswith("/file=") and "://" in path)
