"""The sound of a file, through PyAV: of a piece of music, or of a video."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from vidgen.pixels.reading.timing import Bounds, Unreadable, open_regular
from vidgen.pixels.reading.video import DEMUXERS, open_nothing, pyav

SAMPLES_A_SECOND, CHANNELS = 44_100, 2  # of what comes out; its numbers are of two bytes
LONGEST = 20  # seconds that are taken
SOUNDS = "mp3,wav,w64,aiff,flac,aac,au,caf,amr,ac3,eac3,dts,ape,wv,tta,mpc,mpc8"
MISSING_PYAV = "Sound is read with PyAV, which is not installed: pip install av"


def decode_sound(path: Path, bounds: Bounds | None = None) -> tuple[bytes, list[str]]:
    """The first seconds of a file's sound, int16 stereo, and in words what was left out.

    Raises Unreadable if it has none that can be decoded, and ValueError without PyAV.
    """
    av = pyav(MISSING_PYAV)
    most = LONGEST * SAMPLES_A_SECOND * CHANNELS * 2
    with open_regular(path) as file:
        options = {"format_whitelist": f"{DEMUXERS},{SOUNDS}", "protocol_whitelist": "none"}
        try:
            container = av.open(
                file, metadata_errors="replace", options=options, io_open=open_nothing
            )
        except (av.FFmpegError, ValueError) as error:
            raise Unreadable("not a sound that can be decoded") from error
        with container:
            if not container.streams.audio:
                raise Unreadable("it holds no sound")
            heard = bytearray()
            for part in _parts(av, container, bounds or Bounds()):
                heard += part
                if len(heard) > most:
                    break
    if not heard:
        raise Unreadable("its sound can't be decoded")
    notes = [f"its first {LONGEST} seconds are taken"] if len(heard) > most else []
    return bytes(heard[:most]), notes


def as_samples(data: bytes) -> np.ndarray:
    """What `decode_sound` gives, as int16 (N, CHANNELS)."""
    return np.frombuffer(data, np.int16).reshape(-1, CHANNELS)


def _parts(av: ModuleType, container: Any, bounds: Bounds) -> Iterator[bytes]:
    """The first sound of a file, piece by piece; what is damaged is left out."""
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise Unreadable("its sound has a codec that can't be decoded here")
    resampler = av.AudioResampler("s16", "stereo", SAMPLES_A_SECOND)
    deadline = time.monotonic() + bounds.seconds if bounds.seconds else None
    packets = container.demux(stream)
    while True:
        if deadline is not None and time.monotonic() > deadline:
            raise Unreadable(f"it takes longer than {bounds.seconds:g} seconds to decode")
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):  # the rest of the file is missing
            packet = None
        try:
            frames = [] if packet is None else stream.codec_context.decode(packet)
        except av.FFmpegError:
            continue
        for frame in frames:
            for piece in resampler.resample(frame):
                yield piece.to_ndarray().tobytes()
        if packet is None:
            return
