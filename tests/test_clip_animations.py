"""Promises of animated GIF, WebP, PNG and AVIF: every frame, for exactly as long as it says."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from footage import watched
from PIL import GifImagePlugin, Image

from vidgen.pixels.formats import durations, write_frames
from vidgen.pixels.reading.sniff import PICTURE, kind_of
from vidgen.pixels.reading.timing import Bounds, Timing, Unreadable


def save(path, pictures, delays, **options):
    """Writes pictures (H, W, 3 or 4) with Pillow; no two are alike, or it would merge them."""
    images = [Image.fromarray(picture) for picture in pictures]
    options = {"lossless": True} | options if path.suffix == ".webp" else options
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=delays, loop=0, **options
    )
    return path


def steps(count: int, channels: int = 3) -> np.ndarray:
    """(T, 32, 32, C): a dark picture whose upper half gets lighter, frame by frame."""
    pictures = np.full((count, 32, 32, channels), 255, np.uint8)
    pictures[..., :3] = 16
    pictures[:, :16, :, :3] = (20 + np.arange(count) * (230 // count))[:, None, None, None]
    return pictures


def order(kept, count: int) -> list[int]:
    """Which frame each picture is, by its grey."""
    return [round((float(picture[4, 4, 0]) - 20) / (230 // count)) for picture in kept]


def all_frames(timing: Timing, count: int) -> bool:
    """Whether at its own rate every picture is shown once."""
    return timing.resampled(timing.fps).tolist() == list(range(count))


@pytest.mark.parametrize("fps", [10, 12, 15, 24, 25, 30, 33, 40, 50])
def test_a_gif_has_the_rate_that_its_hundredths_mean(tmp_path, fps):
    path = save(tmp_path / "clip.gif", steps(60), durations(60, fps, 10))
    kept, timing = watched(path)
    assert order(kept, 60) == list(range(60)) and timing.fps == pytest.approx(fps)
    assert all_frames(timing, 60) and timing.seconds == pytest.approx(60 / fps, abs=0.006)


@pytest.mark.parametrize("fps", [10, 12.5, 24, 25, 30, 50])
@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_what_the_project_writes_reads_back_frame_by_frame(tmp_path, format, fps):
    path = write_frames(tmp_path / f"clip.{format}", [steps(60)], fps, format, "transparent")
    kept, timing = watched(path)
    assert len(kept) == 60 and all_frames(timing, 60)
    assert timing.fps == pytest.approx(fps) and timing.seconds == pytest.approx(60 / fps, abs=0.006)


@pytest.mark.parametrize("fps", [30, 60, 120])
@pytest.mark.parametrize("suffix", [".webp", ".png", ".avif"])
def test_other_animations_have_the_rate_that_their_thousandths_mean(tmp_path, suffix, fps):
    path = save(tmp_path / f"clip{suffix}", steps(46), durations(46, fps, 1))
    kept, timing = watched(path)
    assert len(kept) == 46 and timing.fps == pytest.approx(fps) and all_frames(timing, 46)


def test_a_steady_delay_is_a_rate_however_odd(tmp_path):
    _, timing = watched(save(tmp_path / "clip.webp", steps(20), 42))
    assert timing.fps == pytest.approx(1000 / 42) and all_frames(timing, 20)
    _, timing = watched(save(tmp_path / "clip.gif", steps(20), 70))
    assert timing.fps == pytest.approx(1000 / 70)


def test_frames_that_last_longer_keep_their_time(tmp_path):
    _, timing = watched(save(tmp_path / "clip.gif", steps(5), [40, 120, 40, 40, 80]))
    assert timing.fps == 25 and timing.starts.tolist() == pytest.approx([0, 0.04, 0.16, 0.2, 0.24])
    assert timing.resampled(25).tolist() == [0, 1, 1, 1, 2, 3, 4, 4]


@pytest.mark.parametrize("delay", [0, 10])
def test_a_delay_that_no_browser_believes_is_a_tenth_and_it_is_said(tmp_path, delay):
    kept, timing = watched(save(tmp_path / "clip.gif", steps(4), [delay] * 4))
    assert len(kept) == 4 and timing.fps == 10
    assert timing.notes == ("4 of its frames say no time, and get 100 ms as in browsers",)


def test_a_long_gif_is_gone_through_once(tmp_path, monkeypatch):
    path = save(tmp_path / "clip.gif", steps(230)[:, :4, :4], 40)
    sought, seek = [], GifImagePlugin.GifImageFile._seek
    monkeypatch.setattr(
        GifImagePlugin.GifImageFile,
        "_seek",
        lambda self, frame, *rest: (sought.append(frame), seek(self, frame, *rest))[1],
    )
    assert len(watched(path)[0]) == 230 and len(sought) <= 235


def test_a_gif_without_its_last_byte_is_whole(tmp_path):
    path = save(tmp_path / "clip.gif", steps(7), 40)
    path.write_bytes(path.read_bytes()[:-1])
    kept, timing = watched(path)
    assert order(kept, 7) == list(range(7)) and not timing.notes


def test_a_gif_that_breaks_off_shows_what_came_and_says_so(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    path = save(tmp_path / "clip.gif", pictures, 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    kept, timing = watched(path)
    assert 2 <= len(kept) < 8
    assert timing.notes == (f"it is damaged after {len(kept)} frames, and the rest is left out",)


def with_bytes(path, at: int, data: bytes):
    content = bytearray(path.read_bytes())
    content[at : at + len(data)] = data
    path.write_bytes(content)
    return path


def test_a_gifs_canvas_cuts_frames_and_none_at_all_is_that_of_the_first(tmp_path):
    path = save(tmp_path / "clip.gif", steps(6), 40)
    kept, _ = watched(with_bytes(path, 6, struct.pack("<HH", 24, 20)))
    assert {picture.shape for picture in kept} == {(20, 24, 4)} and order(kept, 6) == [*range(6)]
    kept, _ = watched(with_bytes(path, 6, bytes(4)))
    assert {picture.shape for picture in kept} == {(32, 32, 4)} and order(kept, 6) == [*range(6)]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_what_is_transparent_stays_so_and_nothing_of_the_frame_before_is_left(tmp_path, suffix):
    pictures = np.zeros((5, 32, 32, 4), np.uint8)
    for number, picture in enumerate(pictures):
        picture[4:12, 4 * number : 4 * number + 8] = (210, 40, 20, 255)
    kept, _ = watched(save(tmp_path / f"clip{suffix}", pictures, 40, disposal=2))
    assert len(kept) == 5
    for picture, wanted in zip(kept, pictures, strict=True):
        assert np.array_equal(picture[..., 3], wanted[..., 3])
        assert (
            np.abs(picture[wanted[..., 3] > 0] - wanted[wanted[..., 3] > 0].astype(int)).max() < 8
        )


def test_frames_laid_over_the_one_before_are_whole(tmp_path):
    pictures = np.full((4, 32, 32, 4), 255, np.uint8)
    pictures[..., :3] = (10, 120, 40)
    parts = np.zeros_like(pictures)
    parts[0] = pictures[0]
    for number in range(1, 4):
        pictures[number:, 8 * number - 8 : 8 * number, :8, :3] = 200
        parts[number, 8 * number - 8 : 8 * number, :8] = (200, 200, 200, 255)
    kept, _ = watched(save(tmp_path / "clip.png", parts, 40, disposal=0, blend=1))
    assert np.array_equal(np.stack(kept), pictures)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_an_apng_that_says_late_that_it_is_one_is_known(tmp_path):
    path = save(tmp_path / "clip.png", steps(6), 40)
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk(b"tEXt", b"Comment\0" + b"x" * (90 << 10)) + data[33:])
    kept, _ = watched(path)
    assert order(kept, 6) == list(range(6))


def test_the_picture_for_programs_that_know_no_apng_is_no_frame(tmp_path):
    images = [Image.fromarray(picture) for picture in steps(5)]
    path = tmp_path / "clip.png"
    images[4].save(path, save_all=True, default_image=True, append_images=images[:4], duration=50)
    kept, timing = watched(path)
    assert order(kept, 5) == [0, 1, 2, 3] and timing.fps == 20


def test_an_animation_is_turned_as_its_exif_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    kept, _ = watched(save(tmp_path / "clip.webp", steps(3)[:, :, :20], 40, exif=exif.tobytes()))
    assert kept[0].shape[:2] == (20, 32) and kept[2][10, 4, 0] == 16 and kept[2][10, 28, 0] > 100


def test_an_animation_is_known_by_its_content_whatever_it_is_called(tmp_path):
    for suffix in (".gif", ".webp", ".png", ".avif"):
        path = save(tmp_path / f"clip{suffix}", steps(4), 40)
        assert len(watched(path.rename(tmp_path / "clip.mp4"))[0]) == 4


def test_pages_of_a_tiff_are_frames_unless_they_are_copies(tmp_path):
    images = [Image.fromarray(picture) for picture in steps(4)]
    images[0].save(tmp_path / "clip.tif", save_all=True, append_images=images[1:])
    kept, timing = watched(tmp_path / "clip.tif")
    assert order(kept, 4) == list(range(4)) and timing.fps == 25 and not timing.notes
    small = images[0].resize((16, 16))
    images[0].save(tmp_path / "still.tif", save_all=True, append_images=[small])
    assert kind_of(tmp_path / "still.tif") == PICTURE


def test_an_animation_keeps_within_its_bounds(tmp_path):
    path = save(tmp_path / "clip.gif", steps(6), 40)
    kept, timing = watched(path, Bounds(frames=2))
    assert len(kept) == 2 and timing.notes == ("only its first 2 frames are taken",)
    with pytest.raises(Unreadable, match="32 x 32 pixels are more than the 1,000 allowed"):
        watched(path, Bounds(pixels=1000))
    # A canvas that the file only claims is not made.
    with pytest.raises(Unreadable, match="pixels"):
        watched(with_bytes(path, 6, b"\xff\xff\xff\xff"))
