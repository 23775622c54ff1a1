"""What a crowd does to the app: memory, latencies, files and descriptors: `benchmarks load`.

Clients on loopback ask the real app.py for a mixture of all that visitors ask for. It is bounded:
it ends after so many requests or minutes, whichever comes first, or at Ctrl-C, and each request has
a deadline.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import http.client
import itertools
import json
import os
import random
import statistics
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from benchmarks.serving import running_app

API = "/gradio_api"
DEADLINE = 120.0  # seconds that one request may take
SESSION = 40  # requests after which a client calls itself something else
ROWS = 12  # of the table over time
IDLE = 30.0  # seconds after the last request at which memory is looked at once more
MODELS = ("gestures", "actions", "shapes", "sprites")
FORMATS = ("webm", "gif", "webp", "apng", "png")


@dataclass
class Tally:
    """What happened: latencies in seconds by kind, refusals by kind, failures in words."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: collections.defaultdict(list))
    refused: collections.Counter = field(default_factory=collections.Counter)
    failed: collections.Counter = field(default_factory=collections.Counter)
    done: int = 0


class Client:
    """One visitor, who asks for one thing after another."""

    def __init__(
        self, url: str, config: dict, info: dict, seed: int, models: Sequence[str] = MODELS
    ) -> None:
        self.models = models
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.rng = random.Random(seed)
        self.functions = {d["api_name"]: d["id"] for d in config["dependencies"]}
        self.defaults = {  # of each endpoint: what it is given if nothing else is said
            name.lstrip("/"): {
                p["parameter_name"]: p.get("parameter_default") for p in endpoint["parameters"]
            }
            for name, endpoint in info["named_endpoints"].items()
        }
        self.player = next(
            c["id"] for c in config["components"] if c["props"].get("elem_id") == "player-generate"
        )
        self.names = (f"load{seed}x{number}" for number in itertools.count())
        self.session, self.asked = next(self.names), 0
        self.kinds: dict[str, tuple[int, Callable[[], bool]]] = {  # how often, and what
            "player, 16 frames": (40, lambda: self.preview(16)),
            "player, 64 frames": (12, lambda: self.preview(64)),
            "player, 256 frames": (2, lambda: self.preview(256)),
            "clip, 8 to 32 frames": (16, lambda: self.clip(self.rng.choice((8, 16, 32)))),
            "clip, 256 frames": (2, lambda: self.clip(256)),
            "sprite sheet": (2, lambda: self.queued("sheet", seed=self.seed())),
            "list of models": (6, lambda: self.queued("models")),
            "the page": (6, lambda: self.get("/")[0] == 200),
            "a wrong value": (8, lambda: self.clip(5000)),
            "what is shut": (6, lambda: self.get(f"{API}/file=/etc/passwd")[0] == 200),
        }

    def one(self) -> tuple[str, bool]:
        """Asks for something: its kind, and whether it came rather than being refused."""
        self.asked += 1
        if self.asked % SESSION == 0:
            self.session = next(self.names)
        weights = [often for often, _ in self.kinds.values()]
        kind = self.rng.choices(list(self.kinds), weights)[0]
        return kind, self.kinds[kind][1]()

    def seed(self) -> int:
        return self.rng.randrange(10**6)

    def preview(self, frames: int) -> bool:
        wanted = {"model": self.rng.choice(self.models), "seed": self.seed(), "frames": frames}
        body = {
            "data": wanted, "component_id": self.player, "fn_name": "draw",
            "session_hash": self.session,
        }  # fmt: skip
        return "grid" in json.loads(self.post("/component_server/", body))

    def clip(self, frames: int) -> bool:
        return self.queued(
            "generate", model=self.rng.choice(self.models), seed=self.seed(), frames=frames,
            size=self.rng.choice((64, 128, 256)), format=self.rng.choice(FORMATS),
        )  # fmt: skip

    def queued(self, name: str, **wanted: object) -> bool:
        """Asks an endpoint through the queue, and downloads the first file that it makes."""
        values = self.defaults[name] | wanted
        joined = {"data": list(values.values()), "fn_index": self.functions[name]}
        joined["session_hash"] = self.session
        event = json.loads(self.post("/queue/join", joined))["event_id"]
        _, told = self.get(f"{API}/queue/data?session_hash={self.session}")
        for line in told.decode().splitlines():
            message = json.loads(line[5:]) if line.startswith("data:") else {}
            if message.get("event_id") == event and message["msg"] == "process_completed":
                if not message["success"]:
                    assert message["output"]["error"], "refused without a word"
                    return False
                made = message["output"]["data"]
                if name != "models":
                    path = urllib.parse.quote(made[0]["path"])
                    status, content = self.get(f"{API}/file={path}")
                    assert status == 200 and content, f"the file: {status}"
                return True
        raise AssertionError("no result came")

    def post(self, path: str, body: dict) -> bytes:
        status, answer = self.ask("POST", API + path, json.dumps(body))
        assert status == 200, f"{path}: {status}"
        return answer

    def get(self, path: str) -> tuple[int, bytes]:
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()


@dataclass(frozen=True)
class Look:
    """The process at one moment."""

    seconds: float
    requests: int
    mib: float
    threads: int
    descriptors: int
    files: int
    file_mib: float

    @classmethod
    def at(cls, process: int, seconds: float, requests: int) -> Look:
        """How a process stands; its files are those in its temporary folders."""
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
        )
        files = [
            Path(folder, name)
            for top in Path(os.environ.get("TMPDIR", "/tmp")).glob(f"vidgen-{process}-*")
            for folder, _, names in os.walk(top)  # passes over what goes while it looks
            for name in names
        ]
        sizes = 0
        for path in files:
            with contextlib.suppress(OSError):  # it made room for another
                sizes += path.stat().st_size
        return cls(
            seconds, requests, int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]),
            len(os.listdir(f"/proc/{process}/fd")), len(files), sizes / 2**20,
        )  # fmt: skip


def told(url: str, path: str) -> dict:
    """What the app says of itself to whoever asks."""
    with contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)) as plug:
        plug.request("GET", path)
        return json.loads(plug.getresponse().read())


def load(
    url: str, process: int, clients: int, requests: int, minutes: float
) -> tuple[Tally, list[Look]]:
    """Has clients ask an app until there were so many requests or minutes, or until Ctrl-C."""
    tally, lock, started = Tally(), threading.Lock(), time.monotonic()
    config, info = told(url, "/config"), told(url, f"{API}/info")
    looks = [Look.at(process, 0.0, 0)]
    numbers = itertools.count()
    stopped = threading.Event()

    def work(seed: int) -> None:
        client = Client(url, config, info, seed)
        while (
            next(numbers) < requests
            and time.monotonic() - started < 60 * minutes
            and not stopped.is_set()
        ):
            began, kind = time.monotonic(), "?"
            try:
                kind, came = client.one()
            except (OSError, http.client.HTTPException, AssertionError, ValueError) as error:
                with lock:
                    tally.failed[f"{type(error).__name__}: {error}"[:80]] += 1
                    tally.done += 1
                continue
            with lock:
                tally.done += 1
                tally.latencies[kind].append(time.monotonic() - began)
                tally.refused[kind] += not came

    threads = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(clients)]
    for thread in threads:
        thread.start()
    with tqdm(total=requests, unit="request", mininterval=5) as progress:
        while any(thread.is_alive() for thread in threads):
            try:
                time.sleep(0.5)
            except KeyboardInterrupt:
                stopped.set()  # what has been asked for is still waited for
            looks.append(Look.at(process, time.monotonic() - started, tally.done))
            progress.set_postfix_str(f"{looks[-1].mib:.0f} MiB", refresh=False)
            progress.update(tally.done - progress.n)
    time.sleep(IDLE)
    looks.append(Look.at(process, time.monotonic() - started, tally.done))
    return tally, looks


def print_table(tally: Tally, looks: list[Look]) -> None:
    """Prints what `load` found."""
    print(
        f"{'seconds':>8}{'requests':>10}{'MiB':>8}{'threads':>9}{'descr.':>8}{'files':>7}{'MiB':>7}"
    )
    step = max(1, (len(looks) - 1) // ROWS)
    for look in [*looks[:-1:step], looks[-1]]:
        print(
            f"{look.seconds:>8.0f}{look.requests:>10,}{look.mib:>8.0f}{look.threads:>9}"
            f"{look.descriptors:>8}{look.files:>7}{look.file_mib:>7.0f}"
        )
    print(f"\n{'kind':<24}{'number':>8}{'refused':>9}{'p50 ms':>9}{'p95 ms':>9}")
    for kind, seconds in sorted(tally.latencies.items()):
        p95 = statistics.quantiles([*seconds, seconds[-1]], n=20)[-1]
        print(
            f"{kind:<24}{len(seconds):>8,}{tally.refused[kind]:>9,}"
            f"{statistics.median(seconds) * 1e3:>9,.0f}{p95 * 1e3:>9,.0f}"
        )
    for words, number in tally.failed.most_common(5):
        print(f"failed {number} x {words}")


def main(arguments: list[str] | None = None) -> None:
    """Starts the app, loads it and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks load", description=__doc__)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        sys.exit("The load is measured in /proc, which only Linux has.")
    with running_app() as (url, app):
        tally, looks = load(url, app.pid, options.clients, options.requests, options.minutes)
    print_table(tally, looks)
    if tally.failed:
        sys.exit(f"{sum(tally.failed.values())} requests failed.")
