"""Attacks on the real app.py: nothing is fetched, nothing answers that the page doesn't need."""

from __future__ import annotations

import json
import re
import socket
import urllib.parse

import pytest

from tests.attack import (
    CLIP,
    ask,
    config_of,
    foreign_server,
    function,
    player_of,
)

API = "/gradio_api"


def file_value(host: str) -> dict:
    return {
        "path": f"http://{host}/big.bin",
        "url": f"http://{host}/big.bin",
        "orig_name": "big.bin",
        "meta": {"_type": "gradio.FileData"},
    }


def disguises(host: str) -> list[object]:
    """A file's description as it is, nested, and hidden in text."""
    file = file_value(host)
    as_text = json.dumps(file)
    return [
        file,
        [file],
        [[[file]]],
        {"value": file},
        {"a": [{"b": file}]},
        as_text,
        json.dumps(as_text),
        f"  {as_text}",
        {"meta": {"_type": "gradio.FileData"}, "path": f"http://{host}/x"},
        {"path": f"http://{host}/x"},
        {"URL": f"http://{host}/x"},
        "gradio.FileData",
    ]


def bodies(url: str, value: object) -> list[tuple[str, dict]]:
    """A value in every place of every route that takes a body."""
    generate = function(url, "generate")
    data = list((CLIP | {"model": value}).values())
    session = "attacker"
    player = {"component_id": player_of(url), "fn_name": "draw", "session_hash": session}
    return [
        ("/queue/join", {"data": data, "fn_index": generate, "session_hash": session}),
        ("/queue/join/", {"data": data, "fn_index": generate, "session_hash": session}),
        ("/call/generate", {"data": data}),
        ("/call/v2/generate", {"model": value}),
        ("/component_server", player | {"data": {"model": value}}),
        ("/component_server/", player | {"data": value}),
        ("/mcp", tool_call(model=value)),
        ("/mcp/", tool_call() | {"method": value}),
        ("/mcp/", tool_call() | {"params": {"name": "make_clip", "arguments": value}}),
        ("/mcp/schema", tool_call(model=value)),
        ("/run/generate", {"data": data}),
        ("/run/predict", {"data": data, "fn_index": generate, "session_hash": session}),
        ("/api/generate", {"data": data}),
        ("/api/predict", {"data": data, "fn_index": generate, "session_hash": session}),
        ("/stream/0123", {"data": data}),
        ("/reset", {"event_id": value}),
        ("/cancel", {"session_hash": value, "fn_index": 0, "event_id": "a"}),
        ("/upload", {"files": [value]}),
        ("/process_recording", {"data": value}),
        ("/vibe-edit", {"prompt": value}),
        ("/run-history/connect", {"bucket_id": value}),
    ]


def tool_call(**arguments: object) -> dict:
    params = {"name": "make_clip", "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def test_no_body_makes_the_server_fetch_anything(page_url):
    with foreign_server() as (host, asked):
        for value in disguises(host):
            for path, body in bodies(page_url, value):
                reply = ask(page_url, API + path, body)
                assert 400 <= reply.status < 500, (path, value, reply)
                assert reply.sentence
        assert asked == []


def test_what_two_parsers_could_read_differently_is_refused(page_url):
    generate = function(page_url, "generate")
    data = json.dumps(list((CLIP | {"model": "tiny"}).values()))
    with foreign_server() as (host, asked):
        evil = json.dumps(list((CLIP | {"model": file_value(host)}).values()))
        whole = f'"fn_index": {generate}, "session_hash": "twice"'
        for text in (
            f'{{"data": {evil}, "data": {data}, {whole}}}'.encode(),
            f'{{"data": {data}, "data": {evil}, {whole}}}'.encode(),
            f'{{"data": {data}, {whole}}}'.encode("utf-16"),
            b"\xef\xbb\xbf" + f'{{"data": {data}, {whole}}}'.encode(),
            f'{{"data": {data}, {whole}}}'.replace("null", "NaN").encode(),
            f'{{"data": {data}, {whole}}}'.replace("null", "1e999").encode(),
            f'{{"data": {data}, {whole}}}'.replace('"tiny"', r'"\ud800"').encode(),
            b"[" * 50_000,
            b"null",
            b"",
            b"\x00",
        ):
            reply = ask(page_url, f"{API}/queue/join", text)
            assert reply.status == 400 and reply.sentence, text[:80]
        assert asked == []


FETCHES = (
    "file/{u}", "file={u}", "proxy={u}", "file=/{u}", "file//{u}", "/file={u}", "file=%68ttp://{h}/x",
    "file={q}", "file/{q}", "file=http:%2f%2f{h}%2fx", "file=http%3a//{h}/x", "file=%2568ttp://{h}/x",
    "file=HTTP://{h}/x", "file=//{h}/x", "file=\\\\{h}\\x", "proxy/{u}", "f%69le={u}", "file=;{u}",
    "file={u};", "./file={u}", "../gradio_api/file={u}", "file=ftp://{h}/x", "stream/{u}",
    "file=/tmp/../{u}", "custom_component/{h}/client/component/x",
)  # fmt: skip


@pytest.mark.parametrize("shape", FETCHES)
def test_no_address_makes_the_server_fetch_anything(page_url, shape):
    with foreign_server() as (host, asked):
        address = f"http://{host}/x"
        path = shape.format(u=address, h=host, q=urllib.parse.quote(address, safe=""))
        for prefix in (f"{API}/", "/"):
            for method in ("GET", "HEAD", "POST"):
                reply = ask(page_url, prefix + path, method=method)
                assert reply.status in (404, 405), (path, reply)
                assert b"stolen" not in reply.body
                assert method == "HEAD" or reply.sentence
        assert asked == []


SHUT = (
    "upload", "upload_progress?upload_id=a", "dev/reload", "heartbeat/abc",
    "stream/a/b/1/playlist.m3u8",
    "deep_link?session_hash=a", "login_check", "user", "token", "queue/status", "vibe-code", "runs",
    "run-history/buckets", "monitoring", "mcp/sse", "mcp/messages/", "mcp/mcp", "mcp/http",
    "profiling/traces", "reset",
    "run/models", "api/models", "run/predict", "call/models/x", "no-such-thing", "",
    "custom_component/a/b/c/d",
    "clip/", "clip/0123", "clip?", "clip=x",
    "queue/data", "queue/data?session_hash=", "queue/data?session_hash=../a", "openapi.json/x",
)  # fmt: skip


@pytest.mark.parametrize("path", SHUT)
def test_what_the_page_does_not_need_is_shut_in_words(page_url, path):
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        reply = ask(page_url, f"{API}/{path}", method=method, timeout=10)
        assert 400 <= reply.status < 500, reply
        assert reply.sentence


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring", "/login", "/logout", "/pwa_icon", "/pwa_icon/64", "/docs", "/openapi.json",
        "/assets/../config.json", "/assets/%2e%2e/x", "/assets/..%2fx", "/assets//x", "/static/",
        "/assets/no-such-file.js", "//", "/;", "/config;x", "/config%20", "/\\config", "/%2f",
        "/queue/join", "/upload", "/gradio_api", "/gradio_api//queue/data?session_hash=a",
    ],
)  # fmt: skip
def test_no_other_path_answers(page_url, path):
    reply = ask(page_url, path)
    assert reply.status == 404 and reply.sentence


def test_private_and_unknown_functions_are_refused_in_words(page_url):
    config = config_of(page_url)
    scripts = next(d["id"] for d in config["dependencies"] if not d["backend_fn"])
    for number in (-1, 9999, 1.5, True, None, "0", [0], 10**30, scripts):
        body = {"data": [], "fn_index": number, "session_hash": "a"}
        reply = ask(page_url, f"{API}/queue/join", body)
        assert 400 <= reply.status < 500 and reply.sentence
    for name in ("render", "describe_model", "add", "draw", "no_such", "lambda"):
        for path in ("call", "call/v2"):
            assert ask(page_url, f"{API}/{path}/{name}", {"data": []}).status == 404
    for values in ({"component_id": 10**9}, {"fn_name": "__init__"}, {"fn_name": "preprocess"}):
        body = {"data": {}, "component_id": player_of(page_url), "fn_name": "draw"}
        reply = ask(page_url, f"{API}/component_server", body | {"session_hash": "a"} | values)
        assert reply.status == 404 and reply.sentence


def test_bodies_are_bounded_in_size_and_kind(page_url):
    body = {"data": ["x" * 70_000], "fn_index": 0, "session_hash": "a"}
    reply = ask(page_url, f"{API}/queue/join", body)
    assert reply.status == 413 and "64 KiB" in reply.sentence
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    endless = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with socket.create_connection(address(page_url), timeout=20) as plug:
        head = "".join(f"{name}: {value}\r\n" for name, value in chunked.items())
        plug.sendall(
            f"POST {API}/queue/join HTTP/1.1\r\nHost: a\r\n{head}\r\n".encode() + endless * 2
        )
        assert b" 413 " in plug.recv(1000)
    generate = function(page_url, "generate")
    good = {"data": list(CLIP.values()), "fn_index": generate, "session_hash": "a"}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        reply = ask(page_url, f"{API}/queue/join", good, headers={"Content-Type": kind})
        assert reply.status == 415 and "application/json" in reply.sentence


def test_a_clip_that_keeps_to_its_bounds_is_taken_and_nothing_else(page_url):
    octets = {"Content-Type": "application/octet-stream"}
    gif = b"GIF89a" + bytes(500)
    taken = ask(page_url, f"{API}/clip?session=me", gif, headers=octets)
    assert taken.status == 200 and re.fullmatch('{"clip":"[0-9a-f]{32}"}', taken.body.decode())
    name = json.loads(taken.body)["clip"]
    for path in (f"{API}/file={name}", f"{API}/clip/{name}", f"/{name}"):
        assert ask(page_url, path).status == 404, "nobody can download it"
    refusals = [
        (b"no clip at all " * 40, octets, 415, "neither a video"),
        (b"", octets, 400, "empty"),
        (gif, octets | {"Origin": "http://elsewhere.example"}, 403, "this page itself"),
        (gif, octets | {"Sec-Fetch-Site": "cross-site"}, 403, "this page itself"),
        *(
            (gif, {"Content-Type": kind}, 415, "octet-stream")
            for kind in ("multipart/form-data; boundary=B", "text/plain", "application/json", "")
        ),
    ]
    for body, headers, status, word in refusals:
        reply = ask(page_url, f"{API}/clip?session=me", body, headers=headers)
        assert reply.status == status and word in reply.sentence, (headers, reply)
    assert ask(page_url, f"{API}/clip?session=../a", gif, headers=octets).status == 400
    assert ask(page_url, f"{API}/clip").status == 405
    head = f"POST {API}/clip HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n"
    for size, status in (
        (f"Content-Length: {(25 << 20) + 1}", 413),
        ("Transfer-Encoding: chunked", 411),
    ):
        with socket.create_connection(address(page_url), timeout=20) as plug:
            plug.sendall(f"{head}{size}\r\n\r\n".encode())
            assert f" {status} ".encode() in plug.recv(1000), "it is refused before it comes"


def address(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port
