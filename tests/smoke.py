"""Starts the real `app.py`, asks it for a clip as a client would, decodes the clip, ends it.

Not a pytest file: `.ci/run` starts it, and so can anybody with `python -m tests.smoke`.
"""

from __future__ import annotations

import tempfile

import cv2
from gradio_client import Client

from benchmarks.serving import running_app

FRAMES = 24


def main() -> None:
    with tempfile.TemporaryFile() as said, running_app(output=said) as (url, app):
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
        for _ in range(3):  # once is what one sends, but others may send it too
            app.terminate()
        app.wait(20)
        said.seek(0)
        assert said.read().decode() == f"The page is at {url}\n"
    print(f"app.py ended with {app.returncode}")


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
