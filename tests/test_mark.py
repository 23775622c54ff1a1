"""The mark in the pixels: invisible, found after all that happens to clips, and nowhere else."""

import math

import av
import cv2
import numpy as np
import pytest
import torch

from vidgen import __main__ as command_line
from vidgen.pixels.clip import write_clip
from vidgen.pixels.mark import SURE, find_mark, marked
from vidgen.pixels.reading.decode import decode

SIDE = 256
QUICK = {"deadline": "realtime", "cpu-used": "8"}


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    """(8, 256, 256, 3): a disc that moves before a checkerboard, soft as rendered things are."""
    row, column = np.mgrid[:SIDE, :SIDE]
    pictures = []
    for frame in range(8):
        board = np.where((row // 8 + column // 8) % 2, 191, 217)[..., None].repeat(3, -1)
        far = np.hypot(row - 128, column - 80 - 8 * frame)
        shade = np.stack([200 - far / 2, 120 + row / 8, 90 + column / 8], -1)
        picture = np.where((far < 60)[..., None], shade, board).astype(np.uint8)
        pictures.append(cv2.GaussianBlur(picture, (3, 3), 0))
    return np.stack(pictures)


@pytest.fixture(scope="module")
def with_mark(clip):
    return [marked(picture) for picture in clip]


def film(path, pictures, codec: str, **options: str):
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 2_000_000
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return watched(path)


def watched(path) -> list[np.ndarray]:
    pictures: list[np.ndarray] = []
    decode(path, pictures.append)
    return pictures


def half(pictures):
    return [cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for p in pictures]


def cropped(pictures):
    return [p[17 : 17 + SIDE * 4 // 5, 31 : 31 + SIDE * 4 // 5] for p in pictures]


def test_nobody_sees_it(clip, with_mark):
    error = (np.stack(with_mark).astype(float) - clip).var()
    assert 10 * math.log10(255**2 / error) >= 42
    assert abs(np.stack(with_mark).astype(int) - clip).max() <= 8


@pytest.mark.parametrize("change", [list, half, cropped, lambda pictures: pictures[:1]])
def test_it_is_found_as_it_is_at_half_the_size_cropped_and_in_one_frame(clip, with_mark, change):
    assert find_mark(change(with_mark)).chance < 1e-20
    assert find_mark(change(clip)).chance > 0.01


def test_the_scale_at_which_it_is_found_is_said(with_mark):
    assert find_mark(with_mark).scale == 1 and find_mark(half(with_mark)).scale == 2


@pytest.mark.parametrize("change", [list, half, cropped])
def test_it_survives_webm(tmp_path, with_mark, change):
    once = film(tmp_path / "a.webm", with_mark, "libvpx", **QUICK)
    assert find_mark(film(tmp_path / "b.webm", change(once), "libvpx", **QUICK)).chance < SURE


@pytest.mark.parametrize("change", [list, cropped])
def test_it_survives_mp4(tmp_path, with_mark, change):
    pictures = [picture[:204, :204] for picture in change(with_mark)]
    assert find_mark(film(tmp_path / "a.mp4", pictures, "libx264", crf="20")).chance < SURE


def test_it_survives_a_jpeg_of_one_frame(with_mark):
    for quality in (90, 75):
        data = cv2.imencode(".jpg", with_mark[3], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        assert find_mark([cv2.imdecode(data, cv2.IMREAD_COLOR)]).chance < SURE


def frames(channels: int = 3, side: int = 128) -> torch.Tensor:
    wave = torch.linspace(0, 3, side).sin()
    picture = (wave[:, None] * wave).expand(4, channels, -1, -1).clone()
    if channels == 4:
        picture[:, 3] = 1.0
        picture[:, :, :, : side // 4] = -1.0
    for frame in range(4):  # neighbours that are alike would become one
        picture[frame, :3, 8 * frame : 8 * frame + 8, side // 2 :] = 0.9
    return picture


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("format", ["webm", "mp4", "gif", "webp", "apng"])
def test_clips_that_say_what_they_are_carry_it(tmp_path, format, channels):
    path = write_clip(tmp_path / f"a.{format}", [frames(channels)], 25, SIDE, note="{}")
    assert find_mark(watched(path)).chance < SURE


def test_what_is_transparent_stays_so(with_mark):
    clear = np.zeros((128, 128, 4), np.uint8)
    clear[:, 64:] = 200
    assert (marked(clear)[:, :64] == 0).all() and (marked(clear)[..., 3] == clear[..., 3]).all()


@pytest.mark.parametrize("format", ["webp", "apng", "png"])
def test_pixel_art_and_sheets_are_exact(tmp_path, format):
    art = format != "png"
    drawn = frames(4, 64) if art else frames(3, 128)
    one, other = (
        write_clip(tmp_path / f"{name}.{format}", [drawn], 25, SIDE, note=note)
        for name, note in (("a", None), ("b", "{}"))
    )
    read = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (one, other)]
    assert np.array_equal(*read)


def test_what_was_made_without_it_has_none():
    """Noise, waves and boards of every size: the worst of many stays above what it should."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:128, :128]
    chances = []
    for _ in range(60):
        angle, period = rng.uniform(0, np.pi), rng.uniform(3, 30)
        wave = np.sin(2 * np.pi * (row * np.cos(angle) + column * np.sin(angle)) / period)
        board = ((row // rng.integers(2, 20) + column // rng.integers(2, 20)) % 2) * 90
        picture = 128 + 40 * wave + board * rng.integers(0, 2) + rng.normal(0, 9, row.shape)
        pictures = [picture.clip(0, 255).astype(np.uint8)[..., None].repeat(3, -1)] * 2
        chances.append(find_mark(pictures).chance)
    assert min(chances) > 1e-3


def test_nothing_at_all_carries_none():
    assert find_mark([]).chance == find_mark([np.zeros((80, 80, 3), np.uint8)]).chance == 1
    tiny = np.full((8, 8, 3), 7, np.uint8)
    assert marked(tiny) is tiny and find_mark([tiny]).chance > SURE


def test_check_says_what_it_finds(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def check(name: str) -> tuple[int, str]:
        code = command_line.main(["check", name])
        return code, "".join(capsys.readouterr())

    write_clip("made.webp", [frames()], 25, SIDE, note='{"vidgen": 1}')
    write_clip("other.webp", [frames()], 25, SIDE)
    write_clip("art.webp", [frames(4, 64)], 25, SIDE, note='{"vidgen": 1}')
    assert check("made.webp")[0] == 0
    assert (
        "made.webp: made by vidgen. Its pixels carry the mark (by chance:" in check("made.webp")[1]
    )
    assert "other.webp: nothing says that vidgen made it" in check("other.webp")[1]
    assert "art.webp: made by vidgen, by its metadata." in check("art.webp")[1]
    (tmp_path / "text.webm").write_text("no video" * 100)
    code, line = check("text.webm")
    assert code == 2 and line.startswith("text.webm can't be looked at: ") and line.count("\n") == 1
    assert check("nothing.webm")[0] == 2
