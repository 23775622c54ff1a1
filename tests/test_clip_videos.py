"""Promises of video files: every frame, whole, in its colours, upright, in its shape."""

from __future__ import annotations

import multiprocessing
import os
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from footage import CORNERS, H264, bars, corner, cornered, film, place_of, watched


def fields(count: int, top_first: bool) -> list[np.ndarray]:
    """Interlaced pictures: of two moments each, one in the even rows and one in the odd."""
    moments = bars(2 * count, height=64, width=96, step=3)
    pictures = []
    for first, second in zip(moments[::2], moments[1::2], strict=True):
        even, odd = (first, second) if top_first else (second, first)
        picture = even.copy()
        picture[1::2] = odd[1::2]
        pictures.append(picture)
    return pictures


def combs(picture: np.ndarray) -> float:
    """How much every second row differs from the rows above and below it."""
    rows = picture[..., :3].astype(float)
    return float(np.abs(rows[2:-2] - (rows[1:-3] + rows[3:-1]) / 2).max(-1).mean())


INTERLACED = {"flags": "+ildct+ilme"}


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize(
    "codec, suffix, pixels, options",
    [
        ("libx264", "mp4", "yuv420p", {"crf": "8"}),
        ("libx264", "mts", "yuv420p", {"crf": "8"}),
        ("mpeg2video", "mpg", "yuv422p", {"b": "8M"}),
    ],
)
def test_interlaced_video_becomes_whole_pictures(
    tmp_path, codec, suffix, pixels, options, top_first
):
    order = {"x264-params": f"{'tff' if top_first else 'bff'}=1"} if codec == "libx264" else {}
    if not top_first and not order:
        pytest.skip("PyAV can't tell this encoder which field comes first")
    kind = "mpegts" if suffix == "mts" else None
    path = tmp_path / f"clip.{suffix}"
    film(path, fields(12, top_first), codec, pixels, kind=kind, **INTERLACED, **order, **options)
    with av.open(str(path)) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))
    kept, timing = watched(path)
    assert len(kept) == 12 and timing.fps == 25 and not timing.notes
    places = [place_of(picture) for picture in kept]
    assert np.abs(np.diff(places) - 6).max() < 1.5  # forwards, two fields at a time
    assert max(combs(picture) for picture in kept) < 4 < combs(fields(12, top_first)[5])


def test_an_interlaced_video_beside_a_progressive_one_harms_neither(tmp_path):
    film(tmp_path / "a.mp4", bars(10), **H264)
    film(tmp_path / "b.mp4", fields(10, True), **H264, flags="+ildct+ilme")
    for name in ("a.mp4", "b.mp4", "a.mp4"):
        kept, _ = watched(tmp_path / name)
        assert len({picture.tobytes() for picture in kept}) == 10


MATRICES = [(1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1)]
MATRICES += [(0, 1, -1, 0), (0, -1, 1, 0), (0, 1, 1, 0), (0, -1, -1, 0)]


def put_matrix(path, a: float, b: float, c: float, d: float) -> None:
    """Writes a display matrix into the header of an MP4's track."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    numbers = [round(number * 65536) for number in (a, b, 0, c, d, 0, 0, 0)] + [1 << 30]
    data[at : at + 36] = struct.pack(">9i", *numbers)
    path.write_bytes(data)


@pytest.mark.parametrize("a, b, c, d", MATRICES)
def test_quarter_turns_and_mirrors_are_as_the_matrix_says(tmp_path, a, b, c, d):
    film(tmp_path / "clip.mp4", [cornered()] * 3, **H264)
    put_matrix(tmp_path / "clip.mp4", a, b, c, d)
    kept, timing = watched(tmp_path / "clip.mp4")
    assert kept[0].shape == ((32, 48, 3) if a else (48, 32, 3)) and not timing.notes
    for (x, y), colour in CORNERS.items():
        shown = corner(kept[0], a * x + c * y, b * x + d * y)
        assert np.abs(shown - colour).max() < 12


def test_a_turn_by_no_quarter_is_said(tmp_path):
    film(tmp_path / "clip.mp4", [cornered()] * 3, **H264)
    put_matrix(tmp_path / "clip.mp4", 0.9, 0.43, -0.43, 0.9)
    kept, timing = watched(tmp_path / "clip.mp4")
    assert kept[0].shape == (32, 48, 3) and "nearest quarter" in timing.notes[0]


@pytest.mark.parametrize("aspect, shape", [("2/1", (32, 96)), ("1/2", (64, 48)), ("0/1", (32, 48))])
def test_pixels_that_are_not_square_are_stretched(tmp_path, aspect, shape):
    film(tmp_path / "clip.mp4", [cornered()] * 3, **H264, aspect=aspect)
    assert watched(tmp_path / "clip.mp4")[0][0].shape[:2] == shape
    put_matrix(tmp_path / "clip.mp4", 0, 1, -1, 0)
    kept, timing = watched(tmp_path / "clip.mp4")
    assert kept[0].shape[:2] == shape[::-1] and not timing.notes


def test_a_pixel_aspect_that_nobody_can_mean_is_said_and_not_believed(tmp_path):
    film(tmp_path / "clip.mp4", bars(3), **H264, aspect="10/1")
    kept, timing = watched(tmp_path / "clip.mp4")
    assert kept[0].shape == (32, 64, 3) and "can't be 10 as wide as high" in timing.notes[0]


@pytest.mark.parametrize(
    "suffix, codec, pixels, options",
    [
        ("mov", "qtrle", "argb", {}),
        ("mov", "png", "rgba", {}),
        ("mov", "prores_ks", "yuva444p10le", {"profile": "4"}),
        ("webm", "libvpx", "yuva420p", {"b": "4M", "auto-alt-ref": "0"}),
        ("webm", "libvpx-vp9", "yuva420p", {"crf": "8", "b": "4M"}),
        ("mkv", "ffv1", "yuva420p", {}),
    ],
)
def test_alpha_is_kept(tmp_path, suffix, codec, pixels, options):
    pictures = np.zeros((4, 64, 64, 4), np.uint8)
    pictures[..., :3] = 255  # white, but invisible
    for number, picture in enumerate(pictures):
        picture[:, 32:] = (200, 40, 30 + 20 * number, 255)
    film(tmp_path / f"clip.{suffix}", pictures, codec, pixels, **options)
    kept, _ = watched(tmp_path / f"clip.{suffix}")
    assert len(kept) == 4
    for number, picture in enumerate(kept):
        assert picture.shape == (64, 64, 4)
        assert picture[:, :28, 3].max() < 8 and picture[:, 36:, 3].min() > 247
        assert np.abs(picture[16, 48, :3] - np.array([200.0, 40, 30 + 20 * number])).max() < 8


def rgb(y: float, u: float, v: float, kr: float, kb: float, full: bool) -> np.ndarray:
    """Red, green and blue of a pixel Y'CbCr of 8 bits, by the matrix of ITU-R BT.601 or BT.709."""
    light, u, v = (y if full else (y - 16) * 255 / 219), u - 128, v - 128
    u, v = (u, v) if full else (u * 255 / 224, v * 255 / 224)
    red, blue = light + 2 * (1 - kr) * v, light + 2 * (1 - kb) * u
    return np.array([red, (light - kr * red - kb * blue) / (1 - kr - kb), blue]).clip(0, 255)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("space, kr, kb", [("bt709", 0.2126, 0.0722), ("smpte170m", 0.299, 0.114)])
@pytest.mark.parametrize("pixels", ["yuv444p", "yuv420p", "yuv444p10le"])
def test_colours_are_those_of_the_stream(tmp_path, space, kr, kb, full, pixels):
    y, u, v = 120, 90, 170
    deep = pixels.endswith("10le")
    chroma = (16, 24) if "420" in pixels else (32, 48)
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        options = {"colorspace": space, "color_range": "pc" if full else "tv"}
        stream = container.add_stream("ffv1", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 48, 32, pixels
        for number in range(3):
            frame = av.VideoFrame(48, 32, pixels)
            for plane, value, (height, _) in zip(
                frame.planes, (y, u, v), ((32, 48), chroma, chroma), strict=True
            ):
                kind = np.dtype("<u2") if deep else np.dtype(np.uint8)
                row = np.full(plane.line_size // kind.itemsize, value * (4 if deep else 1), kind)
                plane.update(np.tile(row, height).tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    kept, _ = watched(tmp_path / "clip.mkv")
    assert np.abs(kept[1] - rgb(y, u, v, kr, kb, full)).max() <= 3


@pytest.mark.parametrize("pixels, most", [("gray", 1), ("gray16le", 1), ("rgb48le", 1)])
def test_grey_and_deep_video_is_read(tmp_path, pixels, most):
    film(tmp_path / "clip.mkv", bars(5, 33, 65), "ffv1", pixels)  # of odd size, too
    kept, _ = watched(tmp_path / "clip.mkv")
    assert len(kept) == 5 and kept[0].shape == (33, 65, 3)
    assert np.abs(kept[2].astype(int) - bars(5, 33, 65)[2]).max() <= 2 * most


def test_av1_is_read(tmp_path):
    # SVT-AV1, run by root, gives its process real-time priority: in the tests' own, the browser of
    # a later test would starve.
    arguments = (tmp_path / "clip.mp4", bars(10, 64, 128), "libsvtav1", "yuv420p")
    options = {"crf": "20", "preset": "12"}
    child = multiprocessing.get_context("spawn").Process(
        target=film, args=arguments, kwargs=options
    )
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 0
    if hasattr(os, "sched_getscheduler"):
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
    kept, timing = watched(tmp_path / "clip.mp4")
    assert [round(place_of(picture) / 4) for picture in kept] == list(range(10))
    assert timing.fps == 25
