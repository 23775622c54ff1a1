"""What the documentation says of other programs: the API's snippet, the page behind a proxy."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.serving import running_app
from tests.attack import ask
from tests.documents import blocks
from tests.pages import page_of
from tests.waiting import apart


def test_the_api_and_the_tools_answer_as_in_the_snippets(capsys):
    asking = [text for _, text in blocks("python") if "http://" in text]
    asking.sort(key=lambda text: "open(" in text)
    assert len(asking) == 4
    found: dict = {}
    with running_app(environment={"OMP_NUM_THREADS": "1"}) as (url, _):
        for snippet in asking:
            if "open(" in snippet:  # the last one, of a clip from a file
                (clip,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("http")]
                snippet = snippet.replace('"clip.webm"', repr(str(file_of(found["between"]))))
            here = snippet.replace("http://127.0.0.1:7860", url.rstrip("/"))
            apart(lambda here=here: exec(here, found))
        assert "made by vidgen" in capsys.readouterr().out.splitlines()[-1]
        with urllib.request.urlopen(clip, timeout=60) as answer:
            assert answer.headers["Content-Type"] == "video/webm"
    for name in ("longer", "between", "picture", "description"):
        assert file_of(found[name]).stat().st_size


def file_of(answered: object) -> Path:
    """Where `gradio_client` put what an endpoint answered with."""
    return Path(answered["video"] if isinstance(answered, dict) else answered)


class UnderPath(BaseHTTPRequestHandler):
    """A proxy that serves the app under /vidgen/ and takes that away, as in the docs."""

    app = ""

    def do_GET(self) -> None:
        self.pass_on(None)

    def do_POST(self) -> None:
        self.pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, *_: object) -> None: ...

    def pass_on(self, body: bytes | None) -> None:
        if not self.path.startswith("/vidgen/"):
            return self.send_error(404)
        url = self.app + self.path.removeprefix("/vidgen/")
        request = urllib.request.Request(url, body, dict(self.headers), method=self.command)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status)
            for name in ("Content-Type", "Content-Disposition"):
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            while part := answer.read1(65_536):
                self.wfile.write(part)


def test_the_page_works_under_the_path_of_a_proxy(weights_file):
    from gradio_client import Client

    (config,) = (text for _, text in blocks("nginx"))
    assert "location /vidgen/" in config
    with page_of(weights_file, GRADIO_ROOT_PATH="/vidgen") as (url, _):
        handler = type("Handler", (UnderPath,), {"app": url})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
            threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
            try:
                address = f"http://127.0.0.1:{proxy.server_address[1]}/vidgen/"
                page = urllib.request.urlopen(address, timeout=60).read().decode()
                assert "/vidgen/" in page
                client = Client(address, verbose=False)
                names = [model["name"] for model in client.predict(api_name="/models")]
                assert names == ["tiny"]
                call = {"name": "make_clip", "arguments": {"frames": 4, "size": 32}}
                body = {"id": 1, "method": "tools/call", "params": call}
                made = json.loads(ask(address, "/vidgen/gradio_api/mcp/", body).body)["result"]
                assert made["structuredContent"]["url"].startswith("http://")
                assert "/vidgen/gradio_api/file=/" in made["structuredContent"]["url"]
                clip = client.predict("tiny", frames=8, size=64, api_name="/generate")
                assert Path(clip["video"] if isinstance(clip, dict) else clip).stat().st_size
            finally:
                proxy.shutdown()
