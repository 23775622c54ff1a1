"""Promises about a folder's bad files, each named with a reason, and about the cache."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import levels, pictures, write_animation, write_frames, write_strip, write_video

from train.data import load_dataset
from train.data.clips import folder
from vidgen.pixels.reading import timing
from vidgen.pixels.reading.timing import Unreadable


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "vidgen"


def bad_files(folder: Path) -> dict[str, str]:
    """Writes what can't be read, and says why each can't."""
    folder.mkdir(parents=True, exist_ok=True)
    write_video(folder / "cut.mp4", count=60)
    write_video(folder / "one.avi", count=1)
    write_strip(folder / "cut.jpg", count=60)
    write_strip(folder / "cut.png", count=12)
    write_animation(folder / "cut.webp", pictures(12))
    for path in folder.glob("cut.*"):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
    noise = np.random.default_rng(0).bytes(5000)
    for name in ("noise.mp4", "noise.gif", "noise.jpg", "noise.png", "noise.webm"):
        (folder / name).write_bytes(noise)
    (folder / "empty.mp4").touch()
    (folder / "empty.png").touch()
    write_animation(folder / "one.gif", pictures(1))
    cv2.imwrite(str(folder / "square.png"), pictures(1)[0])
    (folder / "clips.zip").write_bytes(noise)
    return {
        "cut.mp4": "not a video",
        "one.avi": "a single frame is no clip",
        "cut.jpg": "the picture is truncated",
        "cut.png": "the picture is truncated",
        "cut.webp": "not an animation that can be decoded",
        "noise.mp4": "not a video",
        "noise.webm": "not a video",
        "noise.gif": "not a picture",
        "noise.jpg": "not a picture",
        "noise.png": "not a picture",
        "empty.mp4": "the file is empty",
        "empty.png": "the file is empty",
        "one.gif": "a single frame is no clip",
        "square.png": "32x32 pixels are no strip of two or more square frames",
        "clips.zip": "not a video or a picture",
    }


def test_unreadable_files_are_named_with_a_reason_every_time_and_skipped(tmp_path, caplog, capfd):
    write_strip(tmp_path / "walk" / "good.png")
    reasons = bad_files(tmp_path / "bad")
    capfd.readouterr()
    for _ in range(2):  # the second time from the cache
        caplog.clear()
        dataset = load_dataset(str(tmp_path), 16)
        assert len(dataset) == 1 and levels(dataset) == list(range(6))
        assert dataset.actions == ("walk",)
        assert len(caplog.records) == len(reasons)
        for name, reason in reasons.items():
            assert re.search(f"skipped bad/{name}: {reason}", caplog.text), name
    noise = capfd.readouterr().err
    assert "decoding" in noise  # the progress bar
    for word in ("OpenCV", "ERROR", "WARN", "moov", "libpng", "JPEG"):
        assert word not in noise


def test_a_clip_that_is_refused_leaves_nothing_in_its_neighbours(tmp_path, monkeypatch):
    write_strip(tmp_path / "a.png", count=5)
    write_video(tmp_path / "b.avi", count=60)
    write_strip(tmp_path / "c.png", count=7)
    decode = folder.decode_video

    def break_off(path, keep):
        decode(path, keep)
        raise Unreadable("it broke off at its end")

    monkeypatch.setattr(folder, "decode_video", break_off)
    dataset = load_dataset(str(tmp_path), 16)
    assert levels(dataset, 0) == list(range(5)) and levels(dataset, 1) == list(range(7))


def test_a_broken_picture_of_a_frame_folder_is_reported_and_the_others_keep_their_time(
    tmp_path, caplog
):
    write_frames(tmp_path / "clip", count=8)
    (tmp_path / "clip" / "3.png").write_bytes(b"\x89PNG\r\n")
    assert levels(load_dataset(str(tmp_path), 16)) == [0, 1, 2, 2, 4, 5, 6, 7]
    assert "clip/3.png" in caplog.text


def test_a_picture_beside_videos_is_no_frame_of_a_clip(tmp_path, caplog):
    write_video(tmp_path / "a.avi")
    for name in ("cover1.png", "cover2.png"):
        cv2.imwrite(str(tmp_path / name), pictures(1)[0])
    assert len(load_dataset(str(tmp_path), 16)) == 1
    assert "cover1.png" in caplog.text and "cover2.png" in caplog.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_files_without_permission_are_reported(tmp_path, caplog):
    write_strip(tmp_path / "a.png")
    write_strip(tmp_path / "b.png")
    write_video(tmp_path / "c.avi")
    for name in ("b.png", "c.avi"):
        (tmp_path / name).chmod(0)
    assert len(load_dataset(str(tmp_path), 16)) == 1
    assert caplog.text.count("permission denied") == 2
    (tmp_path / "b.png").chmod(0o600)
    assert len(load_dataset(str(tmp_path), 16)) == 2


def test_names_that_are_no_unicode_do_no_harm(tmp_path):
    write_strip(tmp_path / "a.png")
    write_video(tmp_path / "b.avi")
    try:
        (tmp_path / "a.png").rename(tmp_path / "\udcff.png")
        (tmp_path / "b.avi").rename(tmp_path / "\udcff.avi")
    except OSError:
        pytest.skip("this file system has Unicode names only")
    dataset = load_dataset(str(tmp_path), 16)
    assert sorted(dataset.lengths) == [6, 12]


def test_files_that_the_system_refuses_are_reported(tmp_path, caplog, monkeypatch):
    write_strip(tmp_path / "a.png")
    write_strip(tmp_path / "b.png")
    stat = os.stat

    def refuse(path, **options):
        if str(path).endswith("b.png") and not options:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(timing.os, "stat", refuse)
    assert len(load_dataset(str(tmp_path), 16)) == 1
    assert "skipped b.png: permission denied" in caplog.text


def test_missing_empty_and_useless_folders_are_one_clear_sentence(tmp_path):
    with pytest.raises(ValueError, match="There is no folder .*nowhere"):
        load_dataset(str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="There are no clips in .*wanted"):
        load_dataset(str(tmp_path))
    (tmp_path / "file.mp4").touch()
    with pytest.raises(ValueError, match="is a file: a folder of clips is wanted"):
        load_dataset(str(tmp_path / "file.mp4"))
    with pytest.raises(ValueError, match="file.mp4 can't be used .the file is empty"):
        load_dataset(str(tmp_path))
    (tmp_path / "b.png").touch()
    with pytest.raises(ValueError, match="none of 2 can be used"):
        load_dataset(str(tmp_path))


def test_a_link_upwards_does_not_go_round_for_ever(tmp_path):
    write_strip(tmp_path / "walk" / "a.png")
    (tmp_path / "walk" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(load_dataset(str(tmp_path), 16)) == 1


def test_a_file_of_the_same_size_that_is_newer_is_decoded_anew(tmp_path):
    write_strip(tmp_path / "a.bmp")
    load_dataset(str(tmp_path), 16)
    cv2.imwrite(str(tmp_path / "a.bmp"), np.concatenate(pictures(6)[::-1], 1))
    os.utime(tmp_path / "a.bmp", (1, 1))
    assert levels(load_dataset(str(tmp_path), 16)) == [5, 4, 3, 2, 1, 0]


def test_the_second_load_decodes_nothing_until_a_file_changes(tmp_path, cache, monkeypatch):
    write_strip(tmp_path / "a.png")
    first = load_dataset(str(tmp_path), 16)
    monkeypatch.setattr(folder, "_decode", None)
    again = load_dataset(str(tmp_path), 16)
    assert isinstance(again.pixels, np.memmap) and np.array_equal(first.pixels, again.pixels)
    monkeypatch.undo()
    os.environ["XDG_CACHE_HOME"] = str(cache.parent)
    write_strip(tmp_path / "a.png", count=9)
    assert len(load_dataset(str(tmp_path), 16).pixels) == 9
    assert len(load_dataset(str(tmp_path), 8).pixels) == 9
    # What the folder was before is gone, the other resolution is not.
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".json", ".npy", ".npy"]


@pytest.mark.parametrize("damage", ["cut", "emptied", "foreign", "no index", "wrong index", "gone"])
def test_a_damaged_cache_is_made_anew(tmp_path, cache, damage):
    write_strip(tmp_path / "walk" / "a.png")
    write_strip(tmp_path / "bend" / "a.png", count=4)
    expected = np.array(load_dataset(str(tmp_path), 16).pixels)
    (array,), (index,) = cache.glob("*.npy"), cache.glob("*.json")
    match damage:
        case "cut":
            array.write_bytes(array.read_bytes()[:-100])
        case "emptied":
            array.write_bytes(b"")
        case "foreign":
            array.write_bytes(b"PK\x03\x04" + bytes(9000))
        case "no index":
            index.write_text("{")
        case "wrong index":
            index.write_text(json.dumps(json.loads(index.read_text()) | {"lengths": [5, 7]}))
        case "gone":
            index.unlink()
    dataset = load_dataset(str(tmp_path), 16)
    assert np.array_equal(dataset.pixels, expected) and dataset.lengths.tolist() == [4, 6]


def test_a_cache_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path, monkeypatch):
    write_strip(tmp_path / "a.png")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a.png"))
    with pytest.raises(ValueError, match="cache folder .* can't be written .*XDG_CACHE_HOME"):
        load_dataset(str(tmp_path), 16)


def load_and_sum(folder: str) -> tuple[int, ...]:
    dataset = load_dataset(folder, 32)
    return *dataset.pixels.shape, int(dataset.pixels.sum(dtype=np.int64))


def test_processes_that_decode_the_same_folder_at_once_do_not_disturb_each_other(tmp_path, cache):
    for number in range(12):
        write_strip(tmp_path / "walk" / f"{number}.png", count=20)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(load_and_sum, [str(tmp_path)] * 2, chunksize=1)
    assert results == [load_and_sum(str(tmp_path))] * 2
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".npy"]


def test_an_interrupted_decoding_leaves_nothing_behind(tmp_path, cache, monkeypatch):
    write_strip(tmp_path / "a.png")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("vidgen.pixels.reading.picture.strip_length", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_dataset(str(tmp_path), 16)
    assert list(cache.iterdir()) == []
