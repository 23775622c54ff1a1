"""Promises of what lies in a folder: which files make which clip, and whose folders are classes."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from footage import bars, film
from PIL import Image
from test_clip_animations import save, steps

from train.checks import check_data
from train.data import load_dataset
from train.data.clips import folder
from train.data.clips.listing import find_sources, list_folder, natural


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def found(root):
    """{name: kind} of the clips, {path: reason} of what is none, and notes."""
    listing = list_folder(root)
    sources, skipped, notes = find_sources(root, listing)
    kinds = {source.name: source.kind for source in sources}
    return kinds, dict(listing.skipped + skipped), listing.notes + notes


def street(number: int, squares: int) -> np.ndarray:
    """A wide picture of noise-like houses past which the camera goes."""
    rng = np.random.default_rng(0)
    houses = np.kron(rng.integers(0, 256, (8, 4 * squares + 8, 3)), np.ones((8, 16, 1)))
    return houses[:, 4 * number : 4 * number + 64 * squares].astype(np.uint8)


def strip(number: int, squares: int) -> np.ndarray:
    """One square picture again and again, in which something small moves."""
    rng = np.random.default_rng(number)
    still = np.kron(rng.integers(0, 256, (8, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    frames = [still.copy() for _ in range(squares)]
    for place, frame in enumerate(frames):
        frame[20:30, 2 * place : 2 * place + 10] = 255
    return np.concatenate(frames, 1)


@pytest.mark.parametrize("squares", [2, 3, 5])
def test_wide_frames_are_frames_and_strips_are_strips(tmp_path, squares):
    for kind, draw in (("frames", street), ("strips", strip)):
        (tmp_path / kind).mkdir()
        for number in range(6):
            Image.fromarray(draw(number, squares)).save(tmp_path / kind / f"{number}.png")
    kinds, skipped, notes = found(tmp_path)
    assert kinds == {"frames": "frames"} | {f"strips/{n}.png": "strip" for n in range(6)}
    assert not skipped
    assert notes == [
        "frames: 6 wide pictures are taken as frames of one clip, not as strips of square ones"
    ]


@pytest.mark.parametrize(
    "name",
    ["@eaDir", "__MACOSX", "lost+found", ".AppleDouble", "#recycle", "$RECYCLE.BIN", "@Recycle"],
)
def test_folders_that_a_system_puts_there_are_no_classes_and_hold_no_clips(tmp_path, name):
    (tmp_path / "walk").mkdir()
    film(tmp_path / "walk" / "a.mkv", bars(4))
    for place in (tmp_path / name, tmp_path / "walk" / name / "a.mkv"):
        place.mkdir(parents=True)
        for number in range(2):
            Image.fromarray(steps(2)[number]).save(place / f"thumb{number}.jpg")
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.names == ("walk/a.mkv",) and dataset.actions == ("walk",)
    check_data(str(tmp_path), dataset)


def test_a_class_that_is_a_link_has_the_clips_and_takes_them_from_nobody(tmp_path):
    outside = tmp_path / "outside"
    for place in (tmp_path / "set" / "walk", outside):
        place.mkdir(parents=True)
        film(place / "a.mkv", bars(4))
    (tmp_path / "set" / "amble").symlink_to(tmp_path / "set" / "walk")
    (tmp_path / "set" / "jump").symlink_to(outside)
    (tmp_path / "set" / "walk" / "again").symlink_to(tmp_path / "set")  # upwards
    (tmp_path / "set" / "walk" / "same").symlink_to(tmp_path / "set" / "walk")
    (tmp_path / "set" / "walk" / "all").symlink_to("/")
    kinds, skipped, notes = found(tmp_path / "set")
    assert sorted(kinds) == ["amble/a.mkv", "jump/a.mkv", "walk/a.mkv"] and not skipped
    assert notes == ["walk and amble are the same folder: both have its clips"]


def test_names_with_digits_that_are_no_decimals_are_names(tmp_path):
    for name in ("2²5.mkv", "①2.mkv", "a٣.mkv", "10.mkv", "9.mkv"):
        film(tmp_path / name, bars(2))
    assert len(found(tmp_path)[0]) == 5
    names = ["10", "9", "x²", "x10", "x9"]
    assert sorted(names, key=natural) == ["9", "10", "x9", "x10", "x²"]


def test_files_are_known_by_content_and_the_rest_by_name(tmp_path):
    film(tmp_path / "a", bars(2), kind="matroska")  # without a suffix
    film(tmp_path / "b.dat", bars(2), kind="matroska")
    film(tmp_path / "c.gif", bars(2), kind="matroska")
    save(tmp_path / "d.gif", steps(2), 40).rename(tmp_path / "d.mp4")
    (tmp_path / "e.mp4").write_bytes(b"")
    (tmp_path / "clip.mp4").mkdir()
    film(tmp_path / "clip.mp4" / "f.mkv", bars(2))
    for name in ("README", "notes.txt", "index.csv", "VIDEO_TS.IFO", "subtitles.srt"):
        (tmp_path / name).write_text("text")
    (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04")
    film(tmp_path / "GOPR0001.LRV", bars(2), kind="mp4", codec="mpeg4", pixels="yuv420p")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    kinds, skipped, _ = found(tmp_path)
    videos = ("a", "b.dat", "c.gif", "e.mp4", "clip.mp4/f.mkv")
    assert kinds == dict.fromkeys(videos, "video") | {"d.mp4": "animation"}
    assert skipped == {
        "archive.zip": "not a video or a picture",
        "GOPR0001.LRV": "a camera's preview of a clip",
        "gone.mp4": "a link to nothing",
    }


def test_music_beside_frames_does_not_make_covers_of_them(tmp_path):
    (tmp_path / "clip").mkdir()
    for number in range(3):
        Image.fromarray(steps(3)[number]).save(tmp_path / "clip" / f"{number}.png")
    for name in ("sound.m4a", "sound.mp3", "sound.ogg"):
        (tmp_path / "clip" / name).write_bytes(b"OggS\0\2 vorbis" if "ogg" in name else b"ID3")
    kinds, skipped, _ = found(tmp_path)
    assert kinds == {"clip": "frames"} and len(skipped) == 3


def test_what_was_guessed_is_said_by_name_and_once(tmp_path, caplog):
    for number in range(5):
        save(tmp_path / f"{number}.gif", steps(4), [0] * 4)
    load_dataset(str(tmp_path), 16)
    said = "0.gif, 1.gif, 2.gif and 2 others: 4 of its frames say no time, and get 100 ms"
    assert caplog.text.count(said) == 1 and caplog.text.count("100 ms") == 1


def test_transparency_that_others_lack_is_said_to_be_lost(tmp_path, caplog):
    clear = steps(4, channels=4)
    clear[:, :8, :, 3] = 0
    save(tmp_path / "a.webp", clear, 40)
    film(tmp_path / "b.mkv", bars(4, 32, 32))
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.channels == 3 and (dataset.clip(0)[:, :3] == 0).all()
    assert "the transparency of 1 of 2 clips is laid over black" in caplog.text


def test_a_rate_beyond_what_may_be_asked_for_is_brought_within(tmp_path, caplog):
    film(tmp_path / "a.mkv", bars(32, width=192), fps=480)
    dataset = load_dataset(str(tmp_path), 16)
    assert dataset.fps == 120 and dataset.lengths.tolist() == [8]
    assert "resampled from 480 to 120 frames a second" in caplog.text


def test_what_an_older_version_decoded_is_not_used(tmp_path, monkeypatch):
    film(tmp_path / "a.mkv", bars(4))
    listing = list_folder(tmp_path)
    keys = set()
    for version in (1, 2, folder.FORMAT):
        monkeypatch.setattr(folder, "FORMAT", version)
        keys.add(folder._keys(tmp_path, 16, listing)[1])
    monkeypatch.setattr(folder, "_pyav_version", lambda: "another")
    keys.add(folder._keys(tmp_path, 16, listing)[1])
    assert len(keys) == 4


def test_without_pyav_nothing_is_left_out_in_silence(tmp_path, monkeypatch, caplog):
    film(tmp_path / "a.mkv", bars(4))
    save(tmp_path / "b.gif", steps(4), 40)

    def absent():
        raise ValueError("Videos are read with PyAV, which is not installed: pip install av")

    monkeypatch.setattr("vidgen.pixels.reading.video.pyav", absent)
    with caplog.at_level(logging.WARNING), pytest.raises(ValueError, match="pip install av"):
        load_dataset(str(tmp_path), 16)
