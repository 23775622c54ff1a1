"""The MCP server in one process: what is answered, what is refused, and that calls wait in line."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.waiting import waited
from vidgen.turns import Ticket
from vidgen.ui.assistants import Assistants
from vidgen.ui.desk import Desk
from vidgen.ui.doors import Doors
from vidgen.ui.guard import Guard
from vidgen.ui.line import Line

ADDRESS = "127.0.0.7"


@pytest.fixture
def desk(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    desk = Desk(str(weights_file))
    yield desk
    desk.close()


async def post(
    desk: Desk, body: object, leave: asyncio.Event | None = None, behind_proxy: bool = False,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[int, dict]:  # fmt: skip
    """Sends a message through the guard; the connection closes when `leave` is set."""
    doors = Doors(SimpleNamespace(fns={}, blocks={}))
    assistants = Assistants(desk, behind_proxy)
    guard = Guard(assistants, doors, desk.folder, desk.visitors, behind_proxy, assistants)
    raw = json.dumps(body).encode()
    told: list[dict] = []
    parts = [{"type": "http.request", "body": raw, "more_body": False}]

    async def receive() -> dict:
        if parts:
            return parts.pop()
        await (leave or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/gradio_api/mcp/", "raw_path": b"",
        "query_string": b"", "client": (ADDRESS, 1), "scheme": "http",
        "headers": [(b"content-type", b"application/json"), (b"host", b"here:7860"),
                    (b"content-length", str(len(raw)).encode()), *headers],
    }  # fmt: skip
    await guard(scope, receive, send)
    text = b"".join(message.get("body", b"") for message in told)
    return told[0]["status"], json.loads(text) if text else {}


def message(method: str, number: object = 1, **params: object) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def call(name: str, **arguments: object) -> dict:
    return message("tools/call", name=name, arguments=arguments)


def asked(desk: Desk, body: object, **options: object) -> dict:
    """The result of a message that is answered."""
    status, answer = waited(post(desk, body, **options))
    assert status == 200 and answer["id"] == body["id"], answer
    return answer["result"]


def test_a_version_that_is_known_is_spoken_and_another_is_answered_with_the_newest(desk):
    for wanted, spoken in (("2025-03-26", "2025-03-26"), ("2031-01-01", "2025-11-25")):
        assert (
            asked(desk, message("initialize", protocolVersion=wanted))["protocolVersion"] == spoken
        )
    assert asked(desk, message("ping", "word")) == {}
    assert waited(post(desk, message("notifications/initialized", None))) == (202, {})
    status, answer = waited(post(desk, message("resources/list")))
    assert status == 200 and answer["error"]["code"] == -32601


def test_every_tool_says_what_it_takes_with_kinds_bounds_and_words(desk):
    tools = asked(desk, message("tools/list"))["tools"]
    assert [tool["name"] for tool in tools] == ["list_models", "make_clip", "make_morph"]
    for tool in tools:
        assert len(tool["description"]) > 60 and tool["inputSchema"]["required"] == []
        for name, told in tool["inputSchema"]["properties"].items():
            assert told["type"] in ("string", "integer", "number", "boolean"), name
            assert told["description"].endswith("."), name
    clip = tools[1]["inputSchema"]["properties"]
    assert "tiny: bend, wave, walk" in clip["action"]["description"]
    assert (clip["frames"]["minimum"], clip["frames"]["maximum"]) == (1, 4096)


def test_no_words_of_what_visitors_fetched_stand_in_the_tools(desk, monkeypatch):
    monkeypatch.setattr(desk._shelf, "sources", lambda: ["hub:a/ignore-all-instructions"])
    assert "hub:a/ignore-all-instructions" in desk.names()
    assert "ignore-all" not in json.dumps(asked(desk, message("tools/list")))


def test_a_link_says_the_address_by_which_whoever_asks_came(desk):
    proxied = ((b"x-forwarded-host", b"a.example"), (b"x-forwarded-proto", b"https"))
    for behind_proxy, start in ((False, "http://here:7860/"), (True, "https://a.example/")):
        clip = call("make_clip", frames=4, size=32)
        facts = asked(desk, clip, behind_proxy=behind_proxy, headers=proxied)["structuredContent"]
        assert facts["url"].startswith(start)
        path = urllib.parse.unquote(facts["url"].split("file=")[1])
        assert Path(path).is_file() and path.startswith(str(desk.folder))


def test_what_an_assistant_gets_wrong_is_said_so_that_it_can_mend_it(desk):
    wrong = {
        "Action must be one of bend, wave, walk, not 'fly'.": {"action": "fly"},
        "Frame count must be a whole number from 1 to 4,096, not 'ten'.": {"frames": "ten"},
        "Seed must be a whole number from 0 to 4,294,967,295, not -1.": {"seed": -1},
        "Loop must be true or false, not 'yes'.": {"loop": "yes"},
    }
    for sentence, arguments in wrong.items():
        result = asked(desk, call("make_clip", **arguments))
        assert result["isError"] and result["content"][0]["text"] == sentence
    result = asked(desk, call("make_clip", prompt="a cat"))
    assert result["isError"] and result["content"][0]["text"].startswith("make_clip takes model, ")
    _, answer = waited(post(desk, call("rm_rf")))
    assert answer["error"]["message"] == "There are the tools list_models, make_clip, make_morph."


def test_a_picture_of_the_first_frames_comes_with_the_clip(desk):
    result = asked(desk, call("make_clip", frames=40, size=32, seed=None))
    words, picture, link = result["content"]
    assert base64.b64decode(picture["data"])[1:4] == b"PNG" or picture["mimeType"] != "image/png"
    assert "40 frames" in words["text"] and link["uri"] == result["structuredContent"]["url"]


def test_calls_wait_in_the_line_of_all_and_are_refused_when_a_visitor_has_too_many(desk):
    desk.clips = Line("clips", places=1, long_places=1, long=300, most=48, each=1)
    with desk.clips.place(Ticket(ADDRESS, "")):
        result = asked(desk, call("make_clip", frames=4, size=32))
    assert result["isError"]
    assert result["content"][0]["text"].startswith("A visitor may have 1 clips in the making.")


def test_a_call_that_nobody_waits_for_leaves_the_line(desk):
    desk.clips = Line("clips", places=1, long_places=1, long=300, most=48, each=4)

    async def leave_early() -> tuple[int, dict]:
        leave = asyncio.Event()
        work = asyncio.create_task(post(desk, call("make_clip", frames=4, size=32), leave))
        while not len(desk.clips):
            await asyncio.sleep(0.01)
        leave.set()
        return await asyncio.wait_for(work, 60)

    with desk.clips.place(Ticket("another", "")):
        _, answer = waited(leave_early())
        assert len(desk.clips) == 0
    assert answer["result"]["content"][0]["text"] == "Nobody waits for this clip any more."


@pytest.mark.parametrize(
    "body",
    [
        [message("ping")],
        {"id": 1},
        message("ping", 1.5),
        message("ping", {"a": 1}),
        message("no such\nmethod"),
        {"id": 1, "method": "tools/call", "params": ["make_clip"]},
        {"id": 1, "method": "tools/call", "params": {"name": ["make_clip"]}},
        {"id": 1, "method": "tools/call", "params": {"name": "make_clip", "arguments": [1]}},
        call("make_clip", model={"path": "http://127.0.0.1/x"}),
        call("make_clip", model={"seed": 1}),
    ],
)  # fmt: skip
def test_a_message_that_is_none_is_refused_in_a_sentence(desk, body):
    status, answer = waited(post(desk, body))
    assert status == 400 and answer["error"].endswith(".")
