"""What the real app.py answers: to other sites, for files and odd parts of them, when it fails."""

from __future__ import annotations

import io
import json
import re
import urllib.parse

import pytest
from PIL import Image

from tests.attack import ask, config_of, draw, function, join, outcome, player_of

API = "/gradio_api"


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Cookie": "a=b"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_foreign_site_can_draw_or_read(page_url, headers):
    for path, body in (
        ("/queue/join", {"data": [], "fn_index": function(page_url, "models"),
                         "session_hash": "a"}),
        ("/call/models", {"data": []}),
        ("/component_server", {"component_id": player_of(page_url), "fn_name": "draw",
                               "session_hash": "a", "data": {}}),
        ("/queue/data?session_hash=a", None),
        ("/info", None),
    ):  # fmt: skip
        reply = ask(page_url, API + path, body, headers=headers)
        assert reply.status == 403 and reply.sentence
    for method in ("GET", "OPTIONS"):
        asking = headers | {"Access-Control-Request-Method": "POST"}
        reply = ask(page_url, "/config", method=method, headers=asking)
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_the_page_itself_may_draw_also_in_the_frame_of_a_space(page_url):
    host = page_url.removeprefix("http://").rstrip("/")
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"},
        {"Origin": f"http://{host}"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://user-space.hf.space"},
        {"Origin": "https://user-space.hf.space", "Host": "user-space.hf.space"},
        {"Origin": "https://a.hf.space", "X-Forwarded-Host": "a.hf.space"},
        {},
    ):
        assert ask(page_url, f"{API}/call/models", {"data": []}, headers=headers).status == 200
    framed = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Dest": "iframe",
        "Sec-Fetch-Mode": "navigate",
    }
    reply = ask(page_url, "/?__theme=dark", headers=framed)
    assert reply.status == 200 and "x-frame-options" not in reply.headers


def test_the_page_can_be_installed_with_an_icon_of_its_own(page_url):
    manifest = json.loads(ask(page_url, "/manifest.json").body)
    assert (manifest["name"], manifest["display"]) == ("vidgen", "standalone")
    assert b'rel="manifest"' in ask(page_url, "/").body
    for icon, size in zip(manifest["icons"], (192, 512), strict=True):
        reply = ask(page_url, urllib.parse.urlsplit(icon["src"]).path)
        with Image.open(io.BytesIO(reply.body)) as image:
            assert image.size == (size, size) and icon["sizes"] == f"{size}x{size}"
    for size in ("193", "100000", "0", "-1", "192/"):  # any other would be work for the asking
        assert ask(page_url, f"/pwa_icon/{size}").status == 404


@pytest.fixture(scope="module")
def made(page_url):
    """The path of a rendered file."""
    assert join(page_url, function(page_url, "generate"), "maker", frames=8).status == 200
    (file,) = outcome(page_url, "maker")["output"]["data"]
    return f"{API}/file={file['path']}"


def test_a_file_is_served_whole_and_in_parts_and_echoes_nothing(page_url, made):
    whole = ask(page_url, made)
    assert whole.status == 200 and whole.headers["content-type"] == "video/webm"
    size = len(whole.body)
    part = ask(page_url, made, headers={"Range": "bytes=10-19", "Cookie": "secret=1", "X-Own": "2"})
    assert part.status == 206 and part.body == whole.body[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    assert "secret" not in str(part.headers) and not {"cookie", "x-own", "range"} & set(
        part.headers
    )
    assert ask(page_url, made, headers={"Range": "bytes=-5"}).body == whole.body[-5:]
    assert ask(page_url, made, method="HEAD").headers["content-length"] == str(size)


@pytest.mark.parametrize(
    "wanted",
    ["bytes=999999999-", "bytes=5-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes", "bytes=--1", "",
     "bytes=0-1,5-6", "bytes=" + "0-1," * 500, "bytes=-0", "bytes=99999999999999999999-"],
)  # fmt: skip
def test_odd_ranges_are_answered_in_words_or_with_the_file(page_url, made, wanted):
    reply = ask(page_url, made, headers={"Range": wanted})
    assert reply.status in (200, 206, 400, 416)
    assert reply.status < 400 or reply.sentence


def test_only_what_was_made_is_served(page_url, made):
    folder = made.removeprefix(f"{API}/file=").rsplit("/", 2)[0]
    for path in (
        folder, f"{folder}/", "/etc/passwd", f"{folder}/../../etc/passwd", __file__, "app.py", "",
        made.removeprefix(f"{API}/file=") + "/", f"{folder}/{'0' * 32}/a.webm",
        "/proc/self/environ",
        f"{folder}/x/..%2f..%2f..%2fetc%2fpasswd", made.removeprefix(f"{API}/file=") + "%00",
    ):  # fmt: skip
        reply = ask(page_url, f"{API}/file={path}")
        assert reply.status == 404 and reply.sentence


def test_failures_inside_are_told_in_words(page_url):
    """Private functions with values that no page sends."""
    for dependency in config_of(page_url)["dependencies"]:
        if not dependency["backend_fn"]:
            continue
        for value in ([], True, -1, 1e300, "x" * 500, None):
            body = {"data": [value] * len(dependency["inputs"]), "fn_index": dependency["id"]}
            reply = ask(page_url, f"{API}/queue/join", body | {"session_hash": "odd"})
            assert reply.status == 200, reply
            output = outcome(page_url, "odd")["output"]
            assert "error" not in output or (output["error"] and len(output["error"]) > 10), output
    for value in ([], "x", 5, None, [{"seed": 1}], {"seed": []}, {"model": []}, {"action": [1]}):
        body = {"data": value, "component_id": player_of(page_url), "fn_name": "draw"}
        reply = ask(page_url, f"{API}/component_server", body | {"session_hash": "odd"})
        answer = json.loads(reply.body)
        assert answer.get("grid") or re.fullmatch(r".{10,}\.", answer["error"]), answer


def test_a_session_cannot_be_named_anything(page_url):
    for name in ("", "a" * 65, "a/b", "ü", "a\n", 5, None, [], "../x"):
        body = {"data": [], "fn_index": function(page_url, "models"), "session_hash": name}
        assert ask(page_url, f"{API}/queue/join", body).status == 400
    assert draw(page_url, {"seed": 1, "frames": 8}, "plain").status == 200
