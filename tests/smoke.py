"""Starts the real `app.py`, asks it for a clip as a client would, decodes the clip, ends it.

Not a pytest file: `.ci/run` starts it, and so can anybody with `python tests/smoke.py`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
from gradio_client import Client

ROOT = Path(__file__).parents[1]
FRAMES = 24


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"},
    )
    try:
        wait_for(url, app)
        with tempfile.TemporaryDirectory() as downloads:
            client = Client(url, download_files=downloads, verbose=False)
            names = [model["name"] for model in client.predict(api_name="/models")]
            assert {"actions", "shapes"} <= set(names), names
            for name in ("actions", "shapes"):
                clip = client.predict(name, seed=7, frames=FRAMES, api_name="/generate")
                frames = decode(clip)
                assert len(frames) == FRAMES, f"{len(frames)} frames of {name}"
                assert max(f.std() for f in frames) > 5, f"{name} draws nothing"
                print(f"{name}: {len(frames)} frames of {frames[0].shape}")
    finally:
        for _ in range(3):  # once is what one sends, but others may send it too
            app.terminate()
        app.wait(20)
    print(f"app.py ended with {app.returncode}")


def wait_for(url: str, app: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while True:
        assert app.poll() is None, f"app.py ended with {app.returncode}"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"no answer from {url} in {seconds:g} s"
            time.sleep(0.2)


def decode(clip: str | dict) -> list:
    capture = cv2.VideoCapture(clip["video"] if isinstance(clip, dict) else clip)
    frames = []
    while True:
        more, frame = capture.read()
        if not more:
            return frames
        frames.append(frame)


if __name__ == "__main__":
    main()
