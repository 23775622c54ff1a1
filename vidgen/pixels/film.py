"""Pictures and sound to an MP4, H.264 and AAC, through PyAV: the only writer of videos with sound.

PyAV is an optional extra: OpenCV's wheels have no H.264, and nothing here has sound but this.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from vidgen.files import check_room
from vidgen.pixels.reading.sound import CHANNELS, SAMPLES_A_SECOND
from vidgen.pixels.reading.video import pyav

MISSING_PYAV = "An MP4 is written with PyAV, which is not installed: pip install av"
# CRF 18 is what nobody tells from the original; the mark of mark.py survives up to 23.
PICTURES = {"crf": "18", "preset": "veryfast", "threads": "2"}
SOUND_BITS = 160_000  # a second
BLOCK = 1024  # samples: what AAC takes at a time


def write_film(
    path: Path,
    frames: Iterator[np.ndarray],
    fps: float,
    sound: np.ndarray | None = None,
    note: str | None = None,
) -> None:
    """Writes RGB pictures uint8 (H, W, 3) and maybe a sound int16 (N, 2), SAMPLES_A_SECOND of it.

    The sound ends where the pictures do. `note` goes into the file's comment, and is read by
    `provenance.read_note`. Raises ValueError for an odd side or if PyAV is missing, OSError.
    """
    av = pyav(MISSING_PYAV)
    first = next(frames)
    height, width = first.shape[:2]
    if height % 2 or width % 2:  # H.264 has half as many colours as pixels
        raise ValueError(f"The size of an MP4 must be even, not {width}: choose {width + 1}.")
    try:
        _write(av, path, itertools.chain([first], frames), fps, sound, note)
    except av.FFmpegError as error:
        check_room(path)  # what FFmpeg says of a full disk is only that writing failed
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path)) from error


def _write(
    av: ModuleType,
    path: Path,
    frames: Iterator[np.ndarray],
    fps: float,
    sound: np.ndarray | None,
    note: str | None,
) -> None:
    first = next(frames)
    rate = Fraction(fps).limit_denominator(1001)
    container = av.open(
        str(path.absolute()), "w", format="mp4", container_options={"movflags": "+faststart"}
    )
    with contextlib.closing(container):
        if note is not None:
            container.metadata["comment"] = note
        video = container.add_stream("libx264", rate=rate, options=PICTURES)
        video.height, video.width = first.shape[:2]
        video.pix_fmt = "yuv420p"
        heard: Any = None
        if sound is not None:
            heard = container.add_stream("aac", rate=SAMPLES_A_SECOND)
            heard.layout, heard.bit_rate = "stereo", SOUND_BITS
        done = count = 0
        for count, picture in enumerate(itertools.chain([first], frames), 1):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            if sound is not None:  # as far as the pictures are: players then need no seeking
                until = int(count / fps * SAMPLES_A_SECOND)
                done = _mux(av, container, heard, sound, done, until)
        container.mux(video.encode(None))
        if sound is not None:
            until = round(count / fps * SAMPLES_A_SECOND)
            _mux(av, container, heard, sound, done, until, last=True)
            container.mux(heard.encode(None))


def _mux(
    av: ModuleType,
    container: Any,
    stream: Any,
    sound: np.ndarray,
    done: int,
    until: int,
    last: bool = False,
) -> int:
    """Encodes whole blocks of samples up to `until`, all if they are the last. Returns how far."""
    until = min(until, len(sound))
    while done < until and (last or done + BLOCK <= until):
        samples = np.ascontiguousarray(sound[done : min(done + BLOCK, until)].reshape(1, -1))
        block = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        block.sample_rate, block.pts = SAMPLES_A_SECOND, done
        block.time_base = Fraction(1, SAMPLES_A_SECOND)
        container.mux(stream.encode(block))
        done += samples.shape[1] // CHANNELS
    return done
