"""Rendered files hold what was drawn: as many frames, as fast, as large, of the same colours."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from vidgen.pixels.clip import Clip, grid_image, render, to_pixels, write_clip
from vidgen.pixels.formats import MAX_SIDE

ORANGE = (230, 120, 40)


def moving_square(frames: int, side: int = 32) -> Tensor:
    """(T, 3, H, W) in [-1, 1]: an orange square that moves to the right over dark blue."""
    clip = torch.tensor((10, 20, 80.0)).view(1, 3, 1, 1).repeat(frames, 1, side, side)
    for t in range(frames):
        left = t * (side - 12) // max(1, frames - 1)
        clip[t, :, 8:20, left : left + 12] = torch.tensor(ORANGE).view(3, 1, 1).float()
    return clip / 127.5 - 1


def decoded(path: Path) -> tuple[list[np.ndarray], float]:
    """The frames of a video, RGB, and its rate."""
    video = cv2.VideoCapture(str(path))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1][..., ::-1])
    return frames, video.get(cv2.CAP_PROP_FPS)


def animation(path: Path) -> cv2.Animation:
    done, animation = cv2.imreadanimation(str(path))
    assert done
    return animation


@pytest.mark.parametrize("fps", [1, 7.5, 25, 60, 120])
def test_a_webm_has_all_frames_at_their_rate(tmp_path: Path, fps: float) -> None:
    path = render(moving_square(21), fps, size=64).save(tmp_path / "clip.webm")
    frames, rate = decoded(path)
    assert len(frames) == 21 and frames[0].shape == (64, 64, 3)
    assert rate == pytest.approx(fps, rel=0.02)


@pytest.mark.parametrize("format", ["webm", "mp4", "gif", "webp", "apng"])
@pytest.mark.parametrize("size", [32, 100, 18])
def test_colours_and_motion_survive_every_format(tmp_path: Path, format: str, size: int) -> None:
    clip = render(moving_square(12), 10, size=size)
    path = clip.save(tmp_path / f"clip.{format}")
    if format in ("webm", "mp4"):
        frames = decoded(path)[0]
    else:
        frames = [frame[..., 2::-1] for frame in animation(path).frames]
    assert len(frames) == 12
    for made, wanted in zip(frames, clip.frames, strict=True):
        assert made.shape == wanted.shape
        assert np.abs(made.astype(int) - wanted).mean() < 12


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
@pytest.mark.parametrize("fps", [3, 24, 30, 50, 90])
def test_an_animation_lasts_as_long_as_its_clip(tmp_path: Path, format: str, fps: float) -> None:
    path = render(moving_square(40), fps).save(tmp_path / f"clip.{format}")
    durations = list(animation(path).durations)
    assert sum(durations) == pytest.approx(40_000 / fps, abs=40)
    if format == "gif":
        assert min(durations) >= 20, "browsers show shorter frames for 100 ms"


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_frames_that_stand_still_keep_their_time(tmp_path: Path, format: str) -> None:
    still = moving_square(2)[:1].repeat(10, 1, 1, 1)
    path = render(torch.cat([still, moving_square(2)[1:]]), 20).save(tmp_path / f"clip.{format}")
    assert sum(animation(path).durations) == 11 * 50


def test_a_sheet_shows_every_frame_row_by_row(tmp_path: Path) -> None:
    clip = render(moving_square(10), 25)
    sheet = cv2.imread(str(clip.save(tmp_path / "clip.png")))[..., ::-1]
    assert sheet.shape == (3 * 32, 4 * 32, 3)
    assert (sheet[32:64, 64:96] == clip.frames[6]).all()


@pytest.mark.parametrize("channels", [3, 4])
def test_a_zip_holds_every_frame_as_a_png_with_its_transparency(tmp_path, channels) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (12, 16, 16, channels), np.uint8)
    path = Clip(frames, 25).save(tmp_path / "clip.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"{number:04}.png" for number in range(12)]
        assert archive.testzip() is None
        for name, wanted in zip(archive.namelist(), frames, strict=True):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                assert (np.asarray(picture) == wanted).all()
    again = Clip(frames, 25).save(tmp_path / "again.zip")
    assert again.read_bytes() == path.read_bytes()


def test_a_sheet_too_wide_to_open_is_refused(tmp_path: Path) -> None:
    side = MAX_SIDE // 2 + 1
    clip = Clip(np.zeros((4, side, side, 3), np.uint8), 25)
    with pytest.raises(ValueError, match="wider than 16,383 pixels"):
        clip.save(tmp_path / "clip.png")
    assert not list(tmp_path.iterdir())


def test_an_odd_size_is_refused_where_the_format_would_cut_it(tmp_path: Path) -> None:
    clip = render(moving_square(2), 25, size=17)
    with pytest.raises(ValueError, match="must be even, not 17"):
        clip.save(tmp_path / "clip.webm")
    assert animation(clip.save(tmp_path / "clip.gif")).frames[0].shape[:2] == (17, 17)


@pytest.mark.parametrize("suffix", [".avi", "", ".webm.exe"])
def test_another_suffix_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="Format must be one of webm, mp4, gif, webp, apng, png"):
        render(moving_square(2), 25).save(tmp_path / f"clip{suffix}")


@pytest.mark.parametrize("bad", [{"fps": 0}, {"fps": float("nan")}, {"size": 8}, {"size": "x"}])
def test_rates_and_sizes_out_of_range_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        render(moving_square(2), **({"fps": 25} | bad))


@pytest.mark.parametrize("shape", [(2, 4, 3, 8, 8), (4, 2, 8, 8), (3, 8, 8), (0, 3, 8, 8)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Frames to render must be"):
        render(torch.zeros(shape), 25)


def test_premultiplied_colour_becomes_straight_and_round_trips(tmp_path: Path) -> None:
    alpha = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 1, 16, 16)
    colour = torch.tensor(ORANGE).view(1, 3, 1, 1) / 255
    frames = torch.cat([colour * alpha, alpha], 1) * 2 - 1
    pixels = to_pixels(frames[None])
    assert (pixels[0] == 0).all()
    assert np.abs(pixels[1:, ..., :3].astype(int) - ORANGE).max() <= 1
    assert pixels[1, 0, 0, 3] in (127, 128) and (pixels[2, ..., 3] == 255).all()
    kept = animation(Clip(pixels, 10).save(tmp_path / "clip.webp")).frames
    assert [frame[0, 0, 3] for frame in kept] == [0, pixels[1, 0, 0, 3], 255]
    # If there is no alpha it is laid over something, not left with the colour of nothing.
    frames = decoded(Clip(pixels, 10).save(tmp_path / "clip.webm"))[0]
    assert frames[0].min() > 180


def test_the_player_s_grid_holds_every_frame() -> None:
    frames = moving_square(11)
    grid = grid_image(frames[None])
    picture = cv2.imdecode(np.frombuffer(grid.image, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert (grid.frames, grid.columns, grid.width, grid.height) == (11, 4, 32, 32)
    tile = picture[2 * 32 : 3 * 32, 2 * 32 : 3 * 32]
    assert np.abs(tile.astype(int) - to_pixels(frames)[10]).mean() < 4


def test_the_player_s_grid_of_transparent_frames_is_exact() -> None:
    frames = torch.cat([moving_square(5), torch.rand(5, 1, 32, 32) * 2 - 1], 1)
    grid = grid_image([frames[:3], frames[3:]])
    picture = cv2.imdecode(np.frombuffer(grid.image, np.uint8), cv2.IMREAD_UNCHANGED)
    tile, wanted = picture[32:64, 32:64][..., [2, 1, 0, 3]], to_pixels(frames)[4]
    seen = wanted[..., 3] > 0
    assert (tile[..., 3] == wanted[..., 3]).all() and (tile[seen] == wanted[seen]).all()


def test_a_webm_is_written_as_its_frames_come(tmp_path: Path) -> None:
    alive, most = 0, 0

    class Counted:
        """Sees how many chunks are held at a time."""

        def __init__(self) -> None:
            nonlocal alive, most
            alive, most = alive + 1, max(most, alive + 1)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def chunks() -> Iterator[Tensor]:
        for _ in range(40):
            chunk = moving_square(4)
            chunk.counted = Counted()
            yield chunk

    told = []
    write_clip(tmp_path / "clip.webm", chunks(), 25, size=32, progress=told.append)
    assert most <= 3
    assert told == list(range(4, 161, 4))
    assert len(decoded(tmp_path / "clip.webm")[0]) == 160


def test_a_clip_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "clip.webm"
    target.write_text("what was there before")

    def chunks() -> Iterator[Tensor]:
        yield moving_square(4)
        raise RuntimeError("the generator broke")

    with pytest.raises(RuntimeError):
        write_clip(target, chunks(), 25)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.webm"]
    assert target.read_text() == "what was there before"


def test_a_clip_of_no_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write_clip(tmp_path / "clip.gif", [], 25)


def test_what_has_alpha_and_is_no_pixel_art_grows_smoothly():
    checks = torch.ones(1, 4, 128, 128)
    checks[:, :3, ::2] = -1  # every second row black
    grown = to_pixels(checks, 256)
    assert len(np.unique(grown[..., 0])) > 2, "greys between the rows"
    small = to_pixels(checks[..., :64, :64], 128)
    assert set(np.unique(small[..., 0])) == {0, 255}, "squares"
