"""Promises of video files: their times, their sound, their cuts, and what may not be followed."""

from __future__ import annotations

import os
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from footage import H264, bars, film, place_of, watched

from vidgen.pixels.reading import video
from vidgen.pixels.reading.decode import decode
from vidgen.pixels.reading.timing import Bounds, Timing, Unreadable

KINDS = "mp4 mov matroska avi mpegts vob ogg asf flv mxf nut 3g2"


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), 480, Fraction(25, 2), 1000])
def test_the_rate_is_that_of_the_file_however_high(tmp_path, fps):
    for suffix in ("mp4", "mkv"):
        film(tmp_path / f"clip.{suffix}", bars(12), **H264, fps=fps)
        kept, timing = watched(tmp_path / f"clip.{suffix}")
        assert len(kept) == 12 and timing.fps == pytest.approx(float(fps), rel=1e-4)
        assert timing.resampled(timing.fps).tolist() == list(range(12))


@pytest.mark.parametrize("first", [0, 5000, -200])
def test_an_uneven_rate_keeps_its_times_wherever_they_begin(tmp_path, first):
    steps = np.array([33, 34, 33, 100, 33, 33, 34, 400, 33])
    times = (first + np.concatenate([[0], np.cumsum(steps)])).tolist()
    film(tmp_path / "clip.nut", bars(10), times=times)
    kept, timing = watched(tmp_path / "clip.nut")
    assert len(kept) == 10 and not timing.notes
    assert np.allclose(timing.starts * 1000, np.array(times) - first, atol=1.5)
    assert timing.fps == pytest.approx(30, rel=0.01)


def test_times_that_jump_go_on_and_it_is_said():
    times = [*np.arange(10) / 25, *(4000 + np.arange(10) / 25)]
    timing = Timing.stamped(times, 0.04, [25.0], 1e-3)
    assert timing.seconds == pytest.approx(0.8) and "jump at 1 places" in timing.notes[0]
    timing = Timing.stamped([0.0] * 10, 0.04, [50.0], 1e-3)
    assert timing.fps == 50 and timing.seconds == 0.2 and "make no sense" in timing.notes[0]
    assert Timing.stamped([None] * 10, 0, [], 1e-3).notes == (
        "it says no frame rate: 25 a second are taken",
    )


def test_a_trimmed_file_shows_what_its_edit_list_shows(tmp_path):
    path = film(tmp_path / "clip.mp4", bars(12), **H264, bf="0", fps=10)
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    seconds, media = struct.unpack(">Ii", data[at : at + 8])
    tick = struct.unpack(">I", data[data.index(b"mdhd") + 16 :][:4])[0] // 10  # of one frame
    data[at : at + 8] = struct.pack(">Ii", seconds * 7 // 12, media + 5 * tick)
    path.write_bytes(data)
    kept, timing = watched(path)
    assert [round(place_of(picture) / 4) for picture in kept] == list(range(5, 12))
    assert timing.seconds == pytest.approx(0.7) and not timing.notes


def with_sound(path, seconds: float, pictures=(), cover: bool = False) -> None:
    """A file with silence, and a video or a cover picture."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac" if path.suffix == ".mp4" else "pcm_s16le", 8000)
        if len(pictures):
            shown = container.add_stream("mjpeg" if cover else "mpeg4", rate=25)
            shown.pix_fmt = "yuvj420p" if cover else "yuv420p"
            shown.height, shown.width = pictures[0].shape[:2]
            if cover:
                shown.disposition = av.stream.Disposition.attached_pic
        for start in range(0, int(seconds * 8000), 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 8000, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=shown.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(shown.encode(frame))
        if len(pictures):
            container.mux(shown.encode(None))


def test_sound_longer_than_the_video_is_no_damage(tmp_path):
    with_sound(tmp_path / "clip.mkv", 3, bars(12))
    kept, timing = watched(tmp_path / "clip.mkv")
    assert len(kept) == 12 and timing.seconds == pytest.approx(0.48) and not timing.notes


def test_sound_alone_and_sound_with_a_cover_are_refused_in_words(tmp_path):
    with_sound(tmp_path / "clip.mkv", 1)
    with pytest.raises(Unreadable, match="it holds sound, but no video"):
        watched(tmp_path / "clip.mkv")
    with_sound(tmp_path / "clip.mp4", 1, bars(1), cover=True)
    with pytest.raises(Unreadable, match="it holds sound and a cover picture, but no video"):
        watched(tmp_path / "clip.mp4")


@pytest.mark.parametrize("suffix, codec", [("mkv", "libx264"), ("ts", "mpeg2video")])
def test_a_stream_that_is_cut_shows_what_came(tmp_path, suffix, codec):
    pictures = bars(40, width=200)
    options = {"bf": "0"} if codec == "libx264" else {"b": "2M"}
    film(tmp_path / f"clip.{suffix}", pictures, codec, "yuv420p", **options)
    data = (tmp_path / f"clip.{suffix}").read_bytes()
    (tmp_path / f"clip.{suffix}").write_bytes(data[: len(data) // 2])
    kept, timing = watched(tmp_path / f"clip.{suffix}")
    assert 2 < len(kept) < 40
    assert [round(place_of(picture) / 4) for picture in kept] == list(range(len(kept)))
    if suffix == "mkv":  # a transport stream does not say how long it is
        assert any("it stops after" in note for note in timing.notes)


def test_of_two_videos_one_is_taken_and_it_is_said(tmp_path):
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for number, picture in enumerate(bars(6)):
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    kept, timing = watched(tmp_path / "clip.mkv")
    assert len(kept) == 6 and timing.notes == ("it holds 2 videos, of which one is taken",)


@pytest.mark.parametrize("kind", KINDS.split())
def test_a_video_is_known_by_its_content_whatever_it_is_called(tmp_path, kind):
    codecs = {"ogg": "libtheora", "asf": "wmv2", "mxf": "mpeg2video", "vob": "mpeg2video"}
    codec = codecs.get(kind, "flv" if kind == "flv" else "mpeg4")
    if codec not in av.codecs_available:
        codec, kind = "mpeg4", "mp4"
    film(tmp_path / "clip.bin", bars(8, 48, 64), codec, "yuv420p", kind=kind, b="4M")
    kept, _ = watched(tmp_path / "clip.bin")
    assert [round(place_of(picture) / 4) for picture in kept] == list(range(8))


def test_a_file_keeps_within_its_bounds(tmp_path):
    path = film(tmp_path / "clip.mkv", bars(12))
    kept, timing = watched(path, Bounds(frames=5))
    assert len(kept) == 5 and timing.notes == ("only its first 5 frames are taken",)
    assert watched(path, Bounds(frames=12))[1].notes == ()
    with pytest.raises(Unreadable, match="64 x 32 pixels are more than the 2,000 allowed"):
        watched(path, Bounds(pixels=2000))
    with pytest.raises(Unreadable, match="it takes longer than 1e-09 seconds"):
        watched(path, Bounds(seconds=1e-9))


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mkv\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.mkv\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        "<?xml version='1.0'?><MPD><BaseURL>secret.mkv</BaseURL></MPD>",
    ],
)
def test_a_list_of_other_files_or_addresses_is_never_followed(tmp_path, text):
    film(tmp_path / "secret.mkv", bars(4))
    for name in ("list.mp4", "list.mkv", "list.ts"):
        (tmp_path / name).write_text(text)
        with pytest.raises(Unreadable, match="not a video that can be decoded"):
            watched(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    for name in ("pipe.mp4", "folder.mp4"):
        with pytest.raises(Unreadable, match="not a regular file"):
            watched(tmp_path / name)
    with pytest.raises(Unreadable, match="no such file"):
        watched(tmp_path / "absent.mp4")


def test_without_pyav_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    path = film(tmp_path / "clip.mkv", bars(3))

    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(video.importlib, "import_module", absent)
    with pytest.raises(ValueError, match=r"PyAV, which is not installed: pip install av"):
        decode(path, list)


def test_what_keep_raises_is_no_fault_of_the_file(tmp_path):
    def full(picture):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        decode(film(tmp_path / "clip.mkv", bars(3)), full)
