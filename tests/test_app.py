"""app.py as a process: how it begins, how it ends, and what it says if it can't begin."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.serving import ROOT
from tests.attack import ask
from tests.pages import page_of

PATIENCE = 300
# Gradio serves before its launch returns: here a second before. What asks whether its own page
# answers within three seconds is told that it does not, as on a machine that is busy.
PROGRAM = """
import app, gradio, time, vidgen.store.weights as w; w.bundled_models = list
gradio.networking.url_ok = lambda url: False
import vidgen.ui.connections; vidgen.ui.connections.SPEAKING = 6.0  # seconds, and not 15
launch = gradio.Blocks.launch
gradio.Blocks.launch = lambda *a, **b: (launch(*a, **b), time.sleep(1))
app.main()
"""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the app makes its temporary ones."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def app(weights_file, temporary):
    """Address and process of an app that has just begun; to start one takes seconds, so there is
    one for all of this, and Ctrl-C comes last."""
    with page_of(weights_file, program=PROGRAM, TMPDIR=str(temporary)) as it:
        yield it


@pytest.fixture(scope="module")
def url(app):
    return app[0]


def test_who_comes_while_the_server_starts_is_answered_and_counted(url):
    """Gradio asks its own page while it starts, and ends the app if it gets no answer."""
    with contextlib.ExitStack() as early:
        page = ("127.0.0.1", port_of(url))
        first, *_ = [
            early.enter_context(socket.create_connection(page, timeout=PATIENCE))
            for _ in range(300)
        ]
        time.sleep(2)
        late = early.enter_context(socket.create_connection(page, timeout=PATIENCE))
        first.sendall(b"GET /theme.css HTTP/1.1\r\nHost: a\r\n\r\n")
        assert first.recv(1000).startswith(b"HTTP/1.1 200")
        assert late.recv(1) == b""  # one address has too many


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux")
def test_an_app_that_nobody_asks_sleeps(app):
    """Counted, not timed: how often its threads woke up while another second went by."""

    def woken() -> int:
        states = Path(f"/proc/{app[1].pid}/task").glob("*/status")
        return sum(
            int(s.read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0]) for s in states
        )

    before = woken()
    time.sleep(1)
    assert woken() - before < 400


def port_of(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def ended(*options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "app.py", "--no-browser", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize("port", ["99999", "0", "-1", "8080.5", "eighty", "9" * 5000])
def test_a_port_that_is_none_is_refused_in_a_sentence(port, capsys):
    import app

    with pytest.raises(SystemExit) as refused:
        app.parse(["--port", port])
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert "must be a whole number from 1 to 65,535" in said and len(said) < 1000


def test_a_busy_port_ends_the_app_with_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        app = ended("--port", str(port))
    assert app.returncode == 1
    assert app.stderr.strip() == f"The page cannot be served: port {port} is taken."


def test_slow_and_oversized_heads_are_cut_off(url):
    host, port = "127.0.0.1", port_of(url)
    slow = socket.create_connection((host, port), timeout=PATIENCE)
    slow.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    with socket.create_connection((host, port), timeout=PATIENCE) as large:
        large.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + b"x" * 100_000)
        assert b" 400 " in large.recv(1000)
    assert slow.recv(100) == b""
    slow.close()


def test_a_thousand_connections_leave_room_for_others(url):
    plugs = [socket.create_connection(("127.0.0.1", port_of(url)), timeout=60) for _ in range(400)]
    try:
        assert ask(url, "/theme.css", source="127.0.0.2", timeout=PATIENCE).status == 200
    finally:
        for plug in plugs:
            plug.close()


@pytest.mark.parametrize(
    "behind_proxy, forwarded, address",
    [
        (False, "8.8.8.8", "10.0.0.1"),
        (True, "8.8.8.8", "8.8.8.8"),
        (True, "1.2.3.4, 8.8.8.8, 10.0.0.7", "8.8.8.8"),
        (True, "nonsense", "10.0.0.1"),
        (True, "2001:4860:4860:1:2:3:4:5", "2001:4860:4860:1::"),
        (True, "::ffff:8.8.8.8", "8.8.8.8"),
    ],
)
def test_only_a_trusted_proxy_says_who_a_visitor_is(behind_proxy, forwarded, address):
    from vidgen.ui.visitors import address_of

    headers = [(b"x-forwarded-for", forwarded.encode())]
    scope = {"client": ("10.0.0.1", 5), "headers": headers}
    assert address_of(scope, behind_proxy) == address


def seconds_of_an_empty_program() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", "import json, logging, socket"], check=True)
    return time.monotonic() - started


def test_ctrl_c_ends_the_app_at_once_and_leaves_nothing(app, temporary):
    url, process = app
    # Something is being drawn, and somebody listens.
    plug = socket.create_connection(("127.0.0.1", port_of(url)))
    plug.sendall(b"GET /gradio_api/queue/data?session_hash=a HTTP/1.1\r\nHost: a\r\n\r\n")
    assert ask(url, "/").status == 200
    usual = seconds_of_an_empty_program()
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130
    # Within a second; an empty program takes 0.05 s on a machine that does nothing else.
    assert time.monotonic() - started < 1 + 5 * usual
    plug.close()
    assert list(temporary.iterdir()) == []
