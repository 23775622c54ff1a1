"""Promises of a folder of clips: what is read, at which rate, and which actions there are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from clips import CODECS, levels, pictures, write_animation, write_frames, write_strip, write_video

from train.data import load_dataset
from vidgen.pixels.reading.timing import Timing


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("suffix", CODECS)
def test_videos_of_every_kind_are_read_whole_at_their_rate(tmp_path, suffix):
    write_video(tmp_path / f"clip{suffix}", count=20, fps=12.5)
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.pixels.shape == (20, 16, 16, 3) and dataset.fps == 12.5
    assert levels(dataset) == list(range(20))


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".avif"])
def test_animations_are_read_whole_at_their_rate(tmp_path, suffix):
    write_animation(tmp_path / f"clip{suffix}", pictures(20), [50] * 20)
    dataset = load_dataset(str(tmp_path), 16)
    assert levels(dataset) == list(range(20)) and dataset.fps == 20 and dataset.channels == 3


def test_an_animation_longer_than_a_chunk_is_read_whole(tmp_path):
    frames = [np.full((16, 16, 3), t, np.uint8) for t in range(150)]
    write_animation(tmp_path / "clip.png", frames)
    dataset = load_dataset(str(tmp_path), 16)
    assert np.array_equal(dataset.pixels[:, 0, 0, 0], np.arange(150))


def test_frames_of_an_animation_last_as_long_as_they_did(tmp_path):
    write_animation(tmp_path / "clip.gif", pictures(5), [40, 120, 40, 40, 80])
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.fps == 25 and levels(dataset) == [0, 1, 1, 1, 2, 3, 4, 4]


def test_strips_and_frame_folders_are_clips_at_25_frames_a_second(tmp_path):
    write_strip(tmp_path / "strips" / "a.png", count=7)
    write_frames(tmp_path / "frames" / "b", count=12)  # 10.png comes after 9.png
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.actions == ("frames", "strips") and dataset.fps == 25
    assert levels(dataset, 0) == list(range(12)) and levels(dataset, 1) == list(range(7))


def test_frames_are_cropped_in_the_middle_and_colours_keep_their_order(tmp_path):
    write_frames(tmp_path / "wide", count=3, height=32, width=64 + 1)
    blue, red = np.full((20, 10, 3), (200, 0, 0), np.uint8), np.zeros((20, 10, 3), np.uint8)
    red[..., 2] = 90
    write_animation(tmp_path / "x.png", [np.concatenate([blue, red], 1), blue.repeat(2, 1)])
    dataset = load_dataset(str(tmp_path), 16)
    wide = dataset.clip(1)
    assert (wide[2] == 20).all()  # neither the blue left of it nor the red on the right
    assert tuple(dataset.clip(0)[0, 8, 2]) == (0, 0, 200)
    assert tuple(dataset.clip(0)[0, 8, 13]) == (90, 0, 0)


def test_shrinking_averages_and_does_not_alias(tmp_path):
    board = np.indices((64, 64)).sum(0)[..., None].repeat(3, 2) % 2 * 255
    write_animation(tmp_path / "x.png", [board.astype(np.uint8), board.astype(np.uint8) ^ 255])
    assert np.abs(load_dataset(str(tmp_path), 16).pixels.astype(int) - 128).max() <= 1


def test_alpha_is_kept_premultiplied_where_all_clips_have_it(tmp_path):
    frames = pictures(4, channels=4)
    for number, frame in enumerate(frames):
        frame[:, :16] = (255, 255, 255, 0)  # white, but invisible
        frame[:, 16:] = (100, 150, 200, 128)
        frame[number, -1] = 0  # no two alike
    write_animation(tmp_path / "a.webp", frames)
    (tmp_path / "b").mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / "b" / f"{number}.png"), frame)
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.channels == 4
    assert (dataset.clip(1)[:, :, :8] == 0).all()
    assert np.abs(dataset.clip(1)[:, 2:, 9:] - [100.0, 75, 50, 128]).max() <= 1

    write_strip(tmp_path / "c.jpg")
    assert load_dataset(str(tmp_path), 16).channels == 3


def test_alpha_that_hides_nothing_is_dropped(tmp_path):
    write_strip(tmp_path / "a.png", channels=4)
    assert load_dataset(str(tmp_path), 16).channels == 3


def test_grey_deep_and_turned_pictures_are_read(tmp_path):
    (tmp_path / "a").mkdir()
    grey = np.full((32, 32), 100, np.uint8)
    cv2.imwrite(str(tmp_path / "a" / "0.png"), grey)
    cv2.imwrite(str(tmp_path / "a" / "1.png"), grey.astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "a" / "2.jpg"), grey)
    assert np.abs(load_dataset(str(tmp_path), 16).pixels.astype(int) - 100).max() <= 1


def test_first_level_folders_are_the_actions_in_alphabetical_order(tmp_path):
    for name in ("walk/deep/er/1.png", "walk/2.png", "Bend/3.png", "jump/10.png", "jump/9.png"):
        write_strip(tmp_path / name)
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.actions == ("Bend", "jump", "walk")
    assert dataset.labels.tolist() == [0, 1, 1, 2, 2]


def test_without_subfolders_or_with_frame_folders_only_there_are_no_actions(tmp_path, caplog):
    write_strip(tmp_path / "flat" / "a.png")
    write_frames(tmp_path / "frames" / "clip1")
    write_frames(tmp_path / "frames" / "clip2")
    assert load_dataset(str(tmp_path / "flat"), 16).actions == ()
    assert load_dataset(str(tmp_path / "frames"), 16).actions == ()
    assert load_dataset(str(tmp_path / "frames" / "clip1"), 16).actions == ()
    assert not caplog.records
    write_strip(tmp_path / "frames" / "walk" / "a.png")
    assert load_dataset(str(tmp_path / "frames"), 16).actions == ()
    assert "no actions, as some clips lie in no subfolder" in caplog.text


def test_clips_of_another_rate_are_resampled_to_the_commonest_and_it_is_said(tmp_path, caplog):
    for name, fps in (("a", 10), ("b", 20), ("c", 40), ("d", 20)):
        write_video(tmp_path / f"{name}.avi", count=10, fps=fps)
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.fps == 20 and dataset.lengths.tolist() == [20, 10, 5, 10]
    assert levels(dataset, 0) == [t // 2 for t in range(20)]
    assert levels(dataset, 2) == [0, 2, 4, 6, 8]
    assert "2 of 4 clips resampled from 10, 40 to 20 frames a second" in caplog.text


def test_resampling_keeps_the_length_in_seconds_and_the_nearest_frames():
    assert Timing.even(6, 30).resampled(10).tolist() == [1, 4]
    assert Timing.even(25, 25).resampled(25).tolist() == list(range(25))
    # Stored in whole milliseconds; half the rate must still be every second one.
    rounded = Timing(np.round(np.arange(60) / 60, 3), 1.0, 60)
    assert rounded.resampled(30).tolist() == list(range(0, 60, 2))
    uneven = Timing(np.array([0.0, 0.1, 0.2, 0.7]), 0.8, 10)
    assert uneven.resampled(10).tolist() == [0, 1, 2, 2, 2, 2, 2, 3]
    assert len(Timing.even(2, 100).resampled(10)) == 2  # fewer would be no clip


def test_what_lies_beside_clips_is_ignored_silently(tmp_path, caplog, capfd):
    write_strip(tmp_path / "walk" / "a.jpg")
    for name in ("README.md", "index.csv", "LICENSE", ".DS_Store", "walk/notes.txt"):
        (tmp_path / name).write_text("file,action\n")
    (tmp_path / "empty").mkdir()
    assert load_dataset(str(tmp_path), 16).actions == ("walk",)
    assert not caplog.records
