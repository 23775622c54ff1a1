"""A Hub on loopback: the routes that huggingface_hub speaks, and ways to get them wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

MAIN = "main"


def commit_of(content: bytes) -> str:
    """A made-up commit: 40 hexadecimal digits."""
    return hashlib.sha1(b"commit" + content).hexdigest()


@dataclass
class Repository:
    """Files by commit, and the branches that point at commits."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    private: bool = False

    def push(self, name: str, content: bytes, branch: str = MAIN) -> str:
        """A new commit that holds one file. Returns it."""
        commit = commit_of(content)
        self.files[commit] = {name: content}
        self.branches[branch] = commit
        return commit

    @property
    def main(self) -> dict[str, bytes]:
        """The files of the main branch, none before the first commit."""
        return self.files.get(self.branches.get(MAIN), {})


class HubServer:
    """Serves repositories by name. `fault` makes it misbehave, `requests` lists what was asked.

    Large files are redirected to a second host, as the Hub does with its storage. Who brings
    `writer` as a token may write to the namespaces in `writable`. `answers` maps a part of a
    request ("POST /api/repos/create") to the status that it is refused with, 0 for silence.
    """

    writer = "hf_writer"

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.fault: str | None = None
        self.large = True  # stored by SHA-256 on the second host rather than by git's SHA-1
        self.writable = {"ann"}
        self.uploads: dict[str, bytes] = {}
        self.answers: dict[str, int] = {}
        self.requests: list[str] = []
        self.tokens: set[str | None] = set()
        self.expired: set[str] = set()  # tokens that are not accepted any more
        self.closing = threading.Event()
        server = self

        class BoundHandler(_Handler):
            hub = server

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), BoundHandler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stops it, once or more; nobody answers at its address any more."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> HubServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def log_message(self, *_: object) -> None: ...

    def _take(self) -> None:
        """What a client that writes asks for. The routes as huggingface_hub 2.4 calls them."""
        request = f"{self.command} {self.path}"
        self.hub.requests.append(request)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = next((s for part, s in self.hub.answers.items() if part in request), None)
        if status == 0 or self.hub.fault == "hang":
            while (self.hub.answers or self.hub.fault) and not self.hub.closing.wait(0.02):
                pass
            self.close_connection = True
            return
        if status is not None:
            return self._refuse(status, "", "refused")
        if self.hub.fault == "no hub":
            return self._send(200, b"<html>hello</html>", {}, True)
        if self.path.startswith("/storage/"):
            digest = self.path.rsplit("/", 1)[1]
            if hashlib.sha256(content).hexdigest() != digest:
                return self._refuse(400, "", "wrong checksum")
            self.hub.uploads[digest] = content
            return self._send(200, b"", {}, True)
        if self.headers.get("Authorization") != f"Bearer {self.hub.writer}":
            return self._refuse(401, "", "Invalid username or password.")
        if self.path == "/api/validate-yaml":
            return self._json({})
        if self.path == "/api/repos/create":
            return self._create(json.loads(content))
        part = self.path.removeprefix("/api/models").strip("/").split("/")
        repository = self.hub.repositories[f"{part[0]}/{part[1].removesuffix('.git')}"]
        if part[2] == "preupload":
            return self._json(
                {"files": [_plan(f, repository) for f in json.loads(content)["files"]]}
            )
        if part[2] == "commit":
            name = "/".join(part[:2])
            return self._commit(name, [json.loads(line) for line in content.splitlines()])
        if self.path.endswith("/objects/batch"):
            objects = json.loads(content)["objects"]
            for item in objects:
                if item["oid"] not in self.hub.uploads:
                    href = f"{self.hub.endpoint}/storage/{item['oid']}"
                    item["actions"] = {"upload": {"href": href}}
            return self._json({"objects": objects})
        self._refuse(404, "", "no such route")

    def _create(self, wanted: dict) -> None:
        if wanted["organization"] not in self.hub.writable:
            return self._refuse(403, "", "You don't have the rights to create a model there.")
        name = f"{wanted['organization']}/{wanted['name']}"
        known = name in self.hub.repositories
        if not known:
            private = wanted.get("visibility") == "private"
            self.hub.repositories[name] = Repository(private=private)
        self._json({"url": f"{self.hub.endpoint}/{name}"}, 409 if known else 200)

    def _commit(self, name: str, lines: list[dict]) -> None:
        repository = self.hub.repositories[name]
        files = dict(repository.main)
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.uploads[value["oid"]]
        commit = commit_of(json.dumps(lines).encode())
        repository.files[commit] = files
        repository.branches[MAIN] = commit
        url = f"{self.hub.endpoint}/{name}/commit/{commit}"
        self._json({"commitUrl": url, "commitOid": commit})

    def _json(self, value: dict, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"}, True)

    def _answer(self, body: bool) -> None:
        self.hub.requests.append(f"{self.command} {self.path}")
        self.hub.tokens.add(self.headers.get("Authorization"))
        if self.hub.fault == "hang":
            self.hub.closing.wait(60)
            self.close_connection = True
            return
        if self.hub.fault == "busy":
            return self._refuse(503, "", "try later")
        if self.hub.fault == "no hub":
            return self._send(200, b"<html>hello</html>", {}, body)
        if self.path.startswith("/storage/"):
            return self._storage(body)
        if (self.headers.get("Authorization") or "").removeprefix("Bearer ") in self.hub.expired:
            return self._refuse(401, "", "Invalid credentials in Authorization header")
        if self.path.startswith("/api/models/"):
            name = "/".join(self.path.split("/")[3:5])
            if name not in self.hub.repositories:
                return self._refuse(404, "RepoNotFound", "Repository not found")
            private = self.hub.repositories[name].private
            sha = self.hub.repositories[name].branches.get(MAIN)
            return self._json({"id": name, "private": private, "sha": sha, "siblings": []})
        user, name, _, revision, *path = unquote(self.path).strip("/").split("/")
        repository = self.hub.repositories.get(f"{user}/{name}")
        if repository is None:
            return self._refuse(401, "RepoNotFound", "Invalid username or password.")
        if repository.gated:
            return self._refuse(403, "GatedRepo", "Access to this model is restricted.")
        commit = repository.branches.get(revision, revision)
        if commit not in repository.files:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id")
        content = repository.files[commit].get("/".join(path))
        if content is None:
            return self._refuse(404, "EntryNotFound", "Entry not found")
        headers = {"X-Repo-Commit": commit}
        if not self.hub.large:
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            return self._send(200, content, headers | {"ETag": f'"{blob}"'}, body)
        digest = hashlib.sha256(content).hexdigest()
        headers |= {
            "X-Linked-ETag": f'"{digest}"',
            "X-Linked-Size": str(len(content)),
            # Another name of this machine: to the client another host.
            "Location": f"http://localhost:{self.hub.port}/storage/{digest}",
        }
        if self.hub.fault == "huge":
            headers["X-Linked-Size"] = str(1 << 40)
        self._send(302, b"", headers, body)

    def _storage(self, body: bool) -> None:
        digest = self.path.rsplit("/", 1)[1]
        files = (
            content
            for repository in self.hub.repositories.values()
            for at_commit in repository.files.values()
            for content in at_commit.values()
        )
        content = next(c for c in files if hashlib.sha256(c).hexdigest() == digest)
        if self.hub.fault == "short":
            content = content[: len(content) // 2]
        if self.hub.fault == "corrupt":
            content = content[:-1] + bytes([content[-1] ^ 1])
        start = 0
        asked = self.headers.get("Range")
        if asked and self.hub.fault != "breaks off":
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._send(206, content[start:], {"Content-Range": span}, body)
        self._send(200, content, {}, body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message}
        self._send(status, message.encode(), headers, body=self.command != "HEAD")

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        headers = headers | {"Content-Length": str(len(content)), "Connection": "close"}
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if not body:
            return
        half = len(content) // 2
        if status == 200 and self.hub.fault in ("breaks off", "breaks off once", "stalls"):
            self.wfile.write(content[:half])
            self.wfile.flush()
            if self.hub.fault == "stalls":
                self.hub.closing.wait(60)
            self.close_connection = True
        elif status == 200 and self.hub.fault == "drips":
            for at in range(len(content)):
                self.wfile.write(content[at : at + 1])
                self.wfile.flush()
                if self.hub.closing.wait(0.05):
                    break
            self.close_connection = True
        else:
            self.wfile.write(content)


def _plan(file: dict, repository: Repository) -> dict:
    """How a file is to be sent: by its SHA-256 to the storage, or as it is in the commit."""
    large = file["path"].endswith((".safetensors", ".jpg"))
    content, oid = repository.main.get(file["path"]), None
    if content is not None:
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        oid = hashlib.sha256(content).hexdigest() if large else blob
    mode = "lfs" if large else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}
