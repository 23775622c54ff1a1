"""The page's programmatic face through gradio_client, and what its server keeps to itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from clips import frames_in

from tests.waiting import waited


def test_gradio_client_gets_what_it_asks_for(page_url: str, tmp_path: Path) -> None:
    from gradio_client import Client

    client = Client(page_url, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {name: parameters(endpoint) for name, endpoint in endpoints.items()} == {
        "/models": "",
        "/generate": "model seed frames fps action truncation loop size format "
        "background snap colors motion_seed",
        "/morph": "model seed_a seed_b mix travel frames fps action truncation loop size format "
        "background snap colors",
        "/sheet": "model seed action truncation scale snap colors format",
        "/invert": "clip model steps",
        "/restore": "clip model shrunk hole steps format",
        "/predict": "clip model given frames steps format",
        "/translate": "clip model content_seed action steps format",
        "/listen": "sound model seed action loudness",
        "/check": "clip",
        "/describe": "sentence model",
    }
    assert endpoints["/generate"]["returns"][0]["python_type"]["type"] == "filepath"
    (model,) = client.predict(api_name="/models")
    assert model["name"] == "tiny" and model["actions"] == ["bend", "wave", "walk"]
    assert frames_in(client.predict(frames=21, seed=3, size=64, api_name="/generate")) == 21
    morph = client.predict("tiny", 1, 2, 0.25, True, 9, size=32, api_name="/morph")
    assert frames_in(morph) == 9
    options = {"travel": True, "frames": 9, "size": 32, "format": "apng", "api_name": "/morph"}
    ways = [Path(client.predict(**options, loop=loop)).read_bytes() for loop in (False, True)]
    assert ways[0] != ways[1], "a loop comes back to A"
    with pytest.raises(Exception, match="^Action must be one of bend, wave, walk, not 'fly'.$"):
        client.predict(action="fly", api_name="/generate")
    assert client.predict(frames=1, api_name="/generate").endswith(".webm")
    client.close()


def test_a_program_brings_a_clip_and_gets_what_comes_of_it(page_url: str, tmp_path: Path) -> None:
    from gradio_client import Client

    client = Client(page_url, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
    mine = client.predict(frames=8, seed=3, size=128, action="wave", api_name="/generate")
    headers = {"Content-Type": "application/octet-stream"}
    sent = urllib.request.Request(
        f"{page_url}gradio_api/clip", Path(mine).read_bytes(), headers, method="POST"
    )
    with urllib.request.urlopen(sent, timeout=60) as reply:
        clip = json.load(reply)["clip"]
    found = client.predict(clip, steps=0, api_name="/invert")
    assert found["psnr"] > 10 and found["place"]["model"] == "tiny" and "notes" in found
    ahead = client.predict(clip, frames=4, steps=0, api_name="/predict")
    assert frames_in(ahead) == 12
    hole = ["0" * 32] * 20 + ["0" * 16 + "1" * 16] * 12
    for options, endpoint in (
        ({"hole": hole}, "/restore"), ({"content_seed": 5, "action": "bend"}, "/translate")
    ):  # fmt: skip
        assert frames_in(client.predict(clip, **options, steps=0, api_name=endpoint)) == 8
    assert "made by vidgen. Its pixels carry the mark" in client.predict(clip, api_name="/check")
    for wrong, sentence in (
        ({"clip": "0" * 32}, "This clip is gone"), ({"clip": clip, "shrunk": 3}, "A clip may have"),
    ):  # fmt: skip
        with pytest.raises(Exception, match=f"^{sentence}"):
            client.predict(**wrong, steps=0, api_name="/restore")
    client.close()


def test_an_assistant_makes_a_clip_at_the_first_try(page_url: str, tmp_path: Path) -> None:
    from mcp import Client

    async def use() -> tuple:
        async with Client(f"{page_url}gradio_api/mcp/") as client:
            listed = await client.list_tools()
            made = await client.call_tool("make_clip", {})  # all that a stranger needs to know
            morph = await client.call_tool("make_morph", {"seed_b": 5, "frames": 9, "size": 32})
            wrong = await client.call_tool("make_clip", {"action": "fly"})
            models = await client.call_tool("list_models", {})
        return listed, made, morph, wrong, models

    listed, made, morph, wrong, models = waited(use())
    assert [tool.name for tool in listed.tools] == ["list_models", "make_clip", "make_morph"]
    for result, frames in ((made, 64), (morph, 9)):
        assert not result.is_error and result.structured_content["frames"] == frames
        file = tmp_path / "clip.webm"
        with urllib.request.urlopen(result.structured_content["url"], timeout=60) as answer:
            file.write_bytes(answer.read())
        assert frames_in(str(file)) == frames
    assert wrong.is_error and wrong.content[0].text.startswith("Action must be one of bend, wave")
    assert models.structured_content["models"][0]["name"] == "tiny"
    with urllib.request.urlopen(f"{page_url}gradio_api/mcp/schema", timeout=60) as answer:
        told = json.load(answer)  # what the API page shows
    assert [tool["name"] for tool in told] == [tool.name for tool in listed.tools]


def parameters(endpoint: dict) -> str:
    return " ".join(parameter["parameter_name"] for parameter in endpoint["parameters"])


@pytest.mark.parametrize(
    "path",
    [
        "file=/etc/passwd", "file=app.py", "file=vidgen/../app.py", "file=..%2f..%2fetc%2fpasswd",
        "file=http://127.0.0.1/", "file=https://example.com/", "file={here}",
        "proxy=https://huggingface.co/", "stream/a/b/1/playlist.m3u8", "vibe-code", "runs",
    ],
)  # fmt: skip
def test_nothing_else_can_be_downloaded(page_url: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{page_url}gradio_api/{path.format(here=__file__)}", timeout=10)
    with refused.value as answer:
        assert answer.code in (403, 404)


def test_nothing_can_be_uploaded(page_url: str) -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--B--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    for path in ("gradio_api/upload", "upload"):
        request = urllib.request.Request(page_url + path, body, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        with refused.value as answer:
            assert answer.code in (403, 404, 405)
