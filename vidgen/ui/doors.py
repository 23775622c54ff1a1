"""The routes that are open: what the page, `gradio_client` and the API page need, found by watching
them, and how a body looks at each of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from gradio import Blocks
from gradio.block_function import BlockFunction
from starlette.types import Scope

from vidgen.ui.bodies import Refused, check_plain, session_of, whole

API = "/gradio_api"
NAME = r"[a-z0-9_]{1,64}"
METHOD = re.compile(r"[\w/]{1,64}", re.ASCII)  # of JSON-RPC
NOTHING = "There is nothing here."


@dataclass(frozen=True)
class Door:
    """An open route: `rebuild` names the method that checks its body, if it has one.

    `from_anywhere`: other sites may link to it. `stream`: it tells results as they come.
    """

    name: str
    pattern: str
    methods: tuple[str, ...] = ("GET",)
    rebuild: str | None = None
    from_anywhere: bool = False
    stream: bool = False
    answers_itself: bool = False  # the result comes as the answer, not through a stream
    compressed: bool = True  # pictures don't get smaller, and it takes the server's time
    query_without: tuple[str, ...] = ("deep_link",)


DOORS = (
    Door("page", "/", ("GET", "HEAD"), from_anywhere=True),
    Door(
        "looks",
        r"/(config|theme\.css|robots\.txt|favicon\.ico|manifest\.json|pwa_icon/(192|512)"
        r"|(assets|static|svelte)/[\w@-][\w@.-]*(/[\w@-][\w@.-]*)*)",
        from_anywhere=True,
    ),
    Door("info", rf"{API}/(info|openapi\.json)/?", query_without=("all_endpoints", "page")),
    Door("start", rf"{API}/(startup-events|app_id)"),
    Door("file", rf"{API}/file=(?P<path>.+)", ("GET", "HEAD"), from_anywhere=True),
    Door("data", rf"{API}/queue/data", stream=True, compressed=False),
    Door(
        "result", rf"{API}/call/(v2/)?{NAME}/(?P<session>[0-9a-f]{{32}})", stream=True,
        compressed=False,
    ),
    Door("join", rf"{API}/queue/join/?", ("POST",), "join"),
    Door("call", rf"{API}/call/(?P<api>{NAME})/?", ("POST",), "call"),
    Door("call by names", rf"{API}/call/v2/(?P<api>{NAME})/?", ("POST",), "named"),
    Door("cancel", rf"{API}/cancel", ("POST",), "cancel"),
    Door(
        "player", rf"{API}/component_server/?", ("POST",), "player", answers_itself=True,
        compressed=False,
    ),
    Door("assistants", rf"{API}/mcp/?", ("POST",), "message", answers_itself=True),
    Door("assistants", rf"{API}/mcp/schema"),
    Door("clip", rf"{API}/clip", ("POST",)),
)  # fmt: skip


class Doors:
    """The open routes of a page and the bodies that they take."""

    def __init__(self, page: Blocks) -> None:
        self._functions = {n: fn for n, fn in page.fns.items() if fn.fn is not None}
        self._public = {
            fn.api_name: fn for fn in self._functions.values() if fn.api_visibility == "public"
        }
        self._players = {
            number: {fn.__name__ for fn in getattr(block, "server_fns", ())}
            for number, block in page.blocks.items()
        }
        self._compiled = [(door, re.compile(door.pattern)) for door in DOORS]

    def find(self, scope: Scope) -> tuple[Door, dict[str, str]]:
        """The door of a request and what its path says. Raises Refused."""
        path, raw = scope["path"], scope.get("raw_path") or b""
        other_methods: set[str] = set()
        for door, pattern in self._compiled:
            found = pattern.fullmatch(path)
            # Nothing but a file's name needs characters that have to be encoded.
            if found is None or (b"%" in raw and door.name != "file"):
                continue
            if scope["method"] in door.methods:
                return door, found.groupdict()
            other_methods |= set(door.methods)
        if other_methods:
            wanted = " or ".join(sorted(other_methods))
            raise Refused(f"This is asked for with {wanted}, not {scope['method'][:16]}.", 405)
        raise Refused(NOTHING, 404)

    def session(self, door: Door, values: dict[str, str], scope: Scope) -> str:
        """Whose results a stream tells."""
        if door.name == "result":
            return values["session"]  # Gradio's own name for what was asked for without one
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return session_of(query.get("session_hash", [""])[0])

    def rebuild(self, door: Door, values: dict[str, str], body: dict) -> tuple[str, dict]:
        """Whose session it is, and the body that Gradio gets for the one that came.

        Raises Refused.
        """
        checks: dict[str, Callable[[dict, dict], dict]] = {
            "join": self._join, "call": self._call, "named": self._named,
            "cancel": self._cancel, "player": self._player, "message": self._message,
        }  # fmt: skip
        rebuilt = checks[door.rebuild or ""](values, body)
        session = rebuilt.get("session_hash", "")
        # The player's functions know no session, and Gradio would begin one for each name.
        return session, rebuilt | ({"session_hash": "player"} if door.name == "player" else {})

    def _join(self, values: dict, body: dict) -> dict:
        number = whole("fn_index", body.get("fn_index"))
        if number not in self._functions:
            raise Refused("There is no such function.", 404)
        trigger = body.get("trigger_id")
        return {
            "data": self._data(self._functions[number], body),
            "event_data": check_plain(body.get("event_data"), nested=True),
            "fn_index": number,
            "trigger_id": None if trigger is None else whole("trigger_id", trigger),
            "session_hash": session_of(body.get("session_hash")),
        }

    def _call(self, values: dict, body: dict) -> dict:
        return {"data": self._data(self._endpoint(values["api"]), body)}

    def _named(self, values: dict, body: dict) -> dict:
        function = self._endpoint(values["api"]).fn
        assert function is not None  # only such are known
        known = inspect.signature(function).parameters
        unknown = [name for name in body if name not in known]
        if unknown:
            raise Refused(f"/{values['api']} takes {', '.join(known) or 'nothing'}.")
        return {name: check_plain(value) for name, value in body.items()}

    def _endpoint(self, name: str) -> BlockFunction:
        if name not in self._public:
            names = ", ".join(f"/{known}" for known in self._public)
            raise Refused(f"There is no such endpoint: there are {names}.", 404)
        return self._public[name]

    def _data(self, function: BlockFunction, body: dict) -> list:
        data, wanted = body.get("data"), len(function.inputs)
        if not isinstance(data, list) or len(data) != wanted:
            raise Refused(f"data must be a list of {wanted} values.")
        return [check_plain(value) for value in data]

    def _cancel(self, values: dict, body: dict) -> dict:
        return {
            "session_hash": session_of(body.get("session_hash")),
            "fn_index": whole("fn_index", body.get("fn_index")),
            "event_id": session_of(body.get("event_id")),
        }

    def _player(self, values: dict, body: dict) -> dict:
        number, name = whole("component_id", body.get("component_id")), body.get("fn_name")
        if not isinstance(name, str) or name not in self._players.get(number, ()):
            raise Refused("There is no such function.", 404)
        return {
            "data": check_plain(body.get("data"), nested=True),
            "component_id": number,
            "fn_name": name,
            "session_hash": session_of(body.get("session_hash")),
        }

    def _message(self, values: dict, body: dict) -> dict:
        """A message of JSON-RPC; of its parameters only those that are known."""
        number, method = body.get("id"), body.get("method")
        if not isinstance(method, str) or not METHOD.fullmatch(method):
            raise Refused("The body must be a request of JSON-RPC with a method.")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int | str)):
            raise Refused("id must be a whole number or a text.")
        given = body.get("params") or {}
        if not isinstance(given, dict):
            raise Refused("params must be an object.")
        params: dict[str, object] = {}
        if method == "initialize":
            params["protocolVersion"] = check_plain(given.get("protocolVersion"))
        elif method == "tools/call":
            arguments = given.get("arguments") or {}
            if not isinstance(given.get("name"), str) or not isinstance(arguments, dict):
                raise Refused("tools/call needs the name of a tool, and arguments as an object.")
            params["name"] = given["name"]
            check_plain(arguments, nested=True)  # of names, too
            params["arguments"] = {name: check_plain(arguments[name]) for name in arguments}
        return {"id": number, "method": method, "params": params}
