"""Small videos, animations, strips and frame folders, written for the tests that read them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from train.data import ClipDataset

CODECS = {".webm": "VP80", ".mkv": "VP80", ".avi": "MJPG", ".mp4": "mp4v", ".mov": "mp4v"}


def pictures(count: int, height: int = 32, width: int = 32, channels: int = 3) -> list[np.ndarray]:
    """BGR(A): frame t has the grey level 10 t in its middle square, blue to the left of it, red to
    the right; opaque in the middle only."""
    left = (width - min(height, width)) // 2
    frames = np.zeros((count, height, width, channels), np.uint8)
    frames[:, :, :left, 0] = frames[:, :, left + height :, 2] = 255
    frames[:, :, left : left + height] = 10 * np.arange(count)[:, None, None, None]
    frames[..., 3:] = 255
    return list(frames)


def write_video(path: Path, count: int = 12, fps: float = 25, height: int = 32, width: int = 48):
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter_fourcc(*CODECS[path.suffix])
    video = cv2.VideoWriter(str(path), codec, fps, (width, height))
    assert video.isOpened()
    for picture in pictures(count, height, width):
        video.write(picture)
    video.release()


def write_animation(path: Path, frames: list[np.ndarray], durations: list[int] | None = None):
    path.parent.mkdir(parents=True, exist_ok=True)
    animation = cv2.Animation()
    animation.frames, animation.durations = frames, durations or [40] * len(frames)
    assert cv2.imwriteanimation(str(path), animation)


def write_strip(path: Path, count: int = 6, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.concatenate(pictures(count, **options), 1))


def write_frames(folder: Path, count: int = 6, name: str = "{}.png", **options):
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures(count, **options)):
        assert cv2.imwrite(str(folder / name.format(number)), picture)


def levels(dataset: ClipDataset, clip: int = 0) -> list[int]:
    """Which frames a clip shows, by the grey level in their middle."""
    return [round(float(frame[4:12, 4:12, :3].mean()) / 10) for frame in dataset.clip(clip)]


def frames_in(path: str | Path) -> int:
    """How many frames a video decodes to."""
    video, frames = cv2.VideoCapture(str(path)), 0
    while video.read()[0]:
        frames += 1
    return frames


def decoded(path: Path) -> np.ndarray:
    """All frames of a file, RGBA, as others read them."""
    if path.suffix in (".webm", ".mp4"):
        with av.open(str(path)) as video:
            return np.stack([frame.to_ndarray(format="rgba") for frame in video.decode(video=0)])
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            files = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
        return np.stack([np.asarray(file.convert("RGBA")) for file in files])
    with Image.open(path) as picture:
        frames = []
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            frames.append(np.asarray(picture.convert("RGBA")))
    return np.stack(frames)
