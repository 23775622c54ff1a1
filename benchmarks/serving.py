"""app.py as a process of its own, for benchmarks and tests: started, waited for, ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
PATIENCE = 600.0  # seconds until a page has to answer


@contextlib.contextmanager
def running_app(
    *options: str,
    program: Sequence[str] = ("app.py",),
    environment: Mapping[str, str] | None = None,
    output: IO | int = subprocess.DEVNULL,
) -> Iterator[tuple[str, subprocess.Popen]]:
    """The app, from when its page answers until it is ended: its address and its process.

    `options` are further ones of the command line, `environment` further variables; `program` is
    what Python runs; what it prints goes to `output`. Raises RuntimeError if the page does not
    answer within PATIENCE.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, *program, "--no-browser", "--port", str(port), *options]
    variables = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"} | (environment or {})
    # In a session of its own, so that Ctrl-C ends who measures and not what is measured.
    app = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, start_new_session=True)
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(url, app)
        yield url, app
    finally:
        app.terminate()
        app.wait(20)


def _wait_for(url: str, app: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while app.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=60).close()
            return
        time.sleep(0.02)
    ended = f"app.py ended with {app.returncode}"
    raise RuntimeError(ended if app.returncode is not None else f"No answer from {url}.")
