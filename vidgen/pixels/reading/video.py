"""Videos to pictures, through PyAV: FFmpeg's own reading of streams, codecs, times and colours.

Only a file of this machine is read, by demuxers that open no other: no network, no playlists.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from vidgen.pixels.reading.timing import (
    MAX_PIXELS,
    Bounds,
    Gate,
    Keep,
    Timing,
    Unreadable,
    open_regular,
)
from vidgen.pixels.reading.upright import Projector

DEMUXERS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,ogg,asf,flv,mxf,dv"
    ",yuv4mpegpipe,nut,rm,wtv,gxf"
)
# FFmpeg's own decoders of VP8 and VP9 leave alpha out.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
ENCRYPTED = {"encv", "drmi", "enca"}
MISSING_PYAV = "Videos are read with PyAV, which is not installed: pip install av"


def decode_video(path: Path, keep: Keep, bounds: Bounds | None = None) -> Timing:
    """Any video file that FFmpeg knows. Raises Unreadable, and ValueError without PyAV."""
    av = pyav()
    gate = Gate(keep, bounds or Bounds())
    with open_regular(path) as file:
        try:
            container = av.open(
                file,
                metadata_errors="replace",
                options={
                    "format_whitelist": DEMUXERS,
                    "protocol_whitelist": "none",
                    "max_pixels": str(MAX_PIXELS),
                },
                io_open=open_nothing,
            )
        except (av.FFmpegError, ValueError) as error:
            raise Unreadable("not a video that can be decoded") from error
        with container:
            return _decode(av, container, gate)


def _decode(av: ModuleType, container, gate: Gate) -> Timing:
    stream, notes = _choose(container)
    gate.check_size(stream.width, stream.height)
    projector = Projector(av, stream.sample_aspect_ratio)
    reader = _Reader(av, container, stream, gate)
    times, last = [], 0.0
    for picture, time, seconds in _shown(av, reader, projector):
        if gate.full:
            notes.append(f"only its first {gate.count} frames are taken")
            break
        gate.keep(picture)
        times.append(time)
        last = seconds
    if not times:
        raise Unreadable("not one frame of the video can be decoded")
    notes += sorted(projector.notes)
    if reader.damaged:
        notes.append(f"{reader.damaged} damaged frames are left out")
    if reader.stops_early:
        notes.append(f"it stops after {reader.length:.2f} of {reader.promised:.2f} seconds")
    declared = [float(rate) for rate in _rates(stream) if rate]
    return Timing.stamped(times, last, declared, float(stream.time_base or 0), notes)


def _shown(av: ModuleType, reader: _Reader, projector: Projector) -> Iterator[tuple]:
    """What the projector makes of the reader's frames."""
    try:
        for frame in reader.frames():
            yield from projector.show(frame)
        yield from projector.finish()
    except av.FFmpegError as error:
        raise Unreadable(f"its pictures can't be converted ({error.strerror})") from error


class _Reader:
    """The frames of one stream; afterwards, how many were damaged and how far the file goes."""

    def __init__(self, av: ModuleType, container, stream, gate: Gate) -> None:
        self._av, self._container, self._stream, self._gate = av, container, stream, gate
        self._decoder = _decoder(av, stream, gate.bounds.pixels)
        self._first: float | None = None  # of all streams, in seconds
        self._end = 0.0
        self._whole = False  # read to its end
        self.damaged = 0
        self.promised = container.duration / 1e6 if container.duration else 0.0

    def frames(self) -> Iterator:
        """Decodes packet by packet. Frames that FFmpeg calls corrupt are counted and left out."""
        for packet in self._packets():
            self._gate.check_time()
            try:
                frames = self._decoder.decode(packet)
            except self._av.FFmpegError:
                self.damaged += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.damaged += 1
                    continue
                self._gate.check_size(frame.width, frame.height)
                frame.time_base = self._stream.time_base  # the last ones come without
                yield frame

    @property
    def length(self) -> float:
        """Seconds to the end of the last packet of any stream, from the first one or from 0."""
        return self._end - min(self._first or 0.0, 0.0)

    @property
    def stops_early(self) -> bool:
        """Whether all streams end well before the container says that it does."""
        return self._whole and self.length < min(0.9 * self.promised, self.promised - 0.25)

    def _packets(self) -> Iterator:
        """The packets of the stream, and None at the end of the file."""
        # All streams are read: sound tells whether a file goes on where its video ends.
        packets = self._container.demux()
        while True:
            try:
                packet = next(packets, None)
            except (self._av.FFmpegError, OSError):  # the rest of the file is missing
                packet = None
            if packet is None:
                break
            if packet.pts is not None and packet.size:
                start = float(packet.pts * packet.time_base)
                self._first = start if self._first is None else min(self._first, start)
                self._end = max(self._end, start + float((packet.duration or 0) * packet.time_base))
            # An empty packet would tell the decoder that no more come.
            if packet.stream_index == self._stream.index and packet.size:
                yield packet
        self._whole = True
        yield None


def _choose(container) -> tuple[Any, list[str]]:
    """The stream that shows the clip, and notes. Raises Unreadable if there is none."""
    streams = [stream for stream in container.streams if stream.type == "video"]
    moving = [stream for stream in streams if not _is_still(stream)]
    if not moving:
        sound = "sound" if container.streams.audio else "other data"
        cover = " and a cover picture" if streams else ""
        raise Unreadable(f"it holds {sound}{cover}, but no video")
    stream = container.streams.best("video")
    stream = stream if stream in moving else moving[0]
    if stream.codec_context is None:
        raise Unreadable("its video has a codec that can't be decoded here")
    tag = stream.codec_context.codec_tag
    if tag in ENCRYPTED:
        raise Unreadable("it is encrypted")
    if len(moving) > 1:
        return stream, [f"it holds {len(moving)} videos, of which one is taken"]
    return stream, []


def _is_still(stream) -> bool:
    kinds = type(stream.disposition)
    return bool(stream.disposition & (kinds.attached_pic | kinds.timed_thumbnails))


def _decoder(av: ModuleType, stream, pixels: int):
    """What decodes a stream's packets, with its alpha if it has some."""
    context = stream.codec_context
    special = ALPHA_DECODERS.get(context.codec.name)
    if special and stream.metadata.get("alpha_mode") == "1":
        with contextlib.suppress(av.FFmpegError, ValueError):  # a PyAV without libvpx
            context = av.CodecContext.create(special, "r")
            context.extradata = stream.codec_context.extradata
    context.thread_type = "AUTO"
    context.options = {"max_pixels": str(pixels)}
    return context


def _rates(stream) -> tuple:
    return stream.average_rate, stream.guessed_rate, stream.base_rate


def pyav(missing: str = MISSING_PYAV) -> ModuleType:
    """PyAV; ValueError with that sentence if it is not installed."""
    try:
        return importlib.import_module("av")
    except ImportError as error:
        raise ValueError(missing) from error


def open_nothing(*_: object) -> None:
    """What a container that wants to open another file gets."""
    raise PermissionError("a clip opens no other file")
