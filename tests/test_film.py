"""Videos with sound: written whole or not at all, read back, and the sound of any file alone."""

from __future__ import annotations

import json
import sys

import av
import numpy as np
import pytest

from vidgen.pixels.film import write_film
from vidgen.pixels.formats import write_frames
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.apart import sound_apart
from vidgen.pixels.reading.sound import LONGEST, SAMPLES_A_SECOND, decode_sound
from vidgen.pixels.reading.timing import Bounds, Unreadable

NOTE = json.dumps({"made": "一段 <视频>"}, ensure_ascii=False)


def tone(seconds: float) -> np.ndarray:
    """A sound of 440 Hz, int16 (N, 2)."""
    times = np.arange(int(seconds * SAMPLES_A_SECOND)) / SAMPLES_A_SECOND
    return np.int16(8000 * np.sin(2 * np.pi * 440 * times))[:, None].repeat(2, 1)


def film(path, sound, frames: int = 25, side: int = 16, note: str | None = NOTE):
    pictures = np.zeros((frames, side, side, 3), np.uint8)
    pictures[...] = 8 * np.arange(frames)[:, None, None, None]
    return write_frames(path, [pictures], 25, "mp4", "transparent", note, False, sound)


def test_a_film_has_its_pictures_its_sound_and_its_note(tmp_path):
    path = film(tmp_path / "a.mp4", tone(3))
    with av.open(str(path)) as file:
        levels = [frame.to_ndarray(format="rgb24").mean() for frame in file.decode(video=0)]
    assert np.allclose(levels, 8 * np.arange(25), atol=3) and read_note(path) == NOTE
    data, notes = decode_sound(path)
    heard = np.frombuffer(data, np.int16).reshape(-1, 2)
    assert 1 <= len(heard) / SAMPLES_A_SECOND < 1.05, "it ends where the pictures do"
    assert abs(heard[5000:40000].astype(int) - tone(1)[5000:40000]).mean() < 200 and notes == []


def test_a_film_without_a_note_says_nothing(tmp_path):
    assert read_note(film(tmp_path / "a.mp4", tone(1), note=None)) is None


def test_what_is_read_apart_is_what_is_read_here_and_no_more_than_the_first_seconds(tmp_path):
    path = tmp_path / "long.wav"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = np.int16(9000 * np.sin(np.arange(8000 * (LONGEST + 2)) / 9))[None]
        block = av.AudioFrame.from_ndarray(sound, "s16", "mono")
        block.sample_rate = 8000
        file.mux([*stream.encode(block), *stream.encode(None)])
    data, notes = decode_sound(path)
    apart, its_notes = sound_apart(path, Bounds(seconds=20))
    assert len(apart) == LONGEST * SAMPLES_A_SECOND and apart.tobytes() == data
    assert notes == its_notes == [f"its first {LONGEST} seconds are taken"]


def test_what_has_no_sound_says_why(tmp_path):
    mute = tmp_path / "mute.mp4"
    write_film(mute, iter(np.zeros((3, 16, 16, 3), np.uint8)), 25)
    letter = tmp_path / "letter.mp3"
    letter.write_text("no music, whatever it is called " * 9)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film(tmp_path / "a.mp4", tone(1)).read_bytes()[:300])
    for path, reason in (
        (mute, "it holds no sound"),
        (letter, "not a sound"),
        (cut, "it holds no sound"),
    ):
        with pytest.raises(Unreadable, match=f"^{reason}"):
            decode_sound(path)
        with pytest.raises(Unreadable, match=f"^{reason}"):
            sound_apart(path, Bounds(seconds=20))


def test_what_can_not_be_written_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="^The size of an MP4 must be even, not 15: choose 16.$"):
        film(tmp_path / "a.mp4", tone(1), side=15)
    with pytest.raises(ValueError, match="^The format of a clip with sound must be one of mp4"):
        write_frames(tmp_path / "a.gif", [], 25, "gif", "transparent", sound=tone(1))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match="^An MP4 is written with PyAV, which is not installed"):
        film(tmp_path / "a.mp4", tone(1))
    with pytest.raises(ValueError, match="^Sound is read with PyAV, which is not installed"):
        decode_sound(tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_film_on_a_full_disk_is_whole_or_an_error_that_names_it(tmp_path):
    resource = pytest.importorskip("resource")
    size = film(tmp_path / "whole.mp4", tone(1)).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for share in (0, 0.5, 0.999):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * size), hard))
        try:
            with pytest.raises(OSError) as failed:
                film(tmp_path / "a.mp4", tone(1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert failed.value.filename == str(tmp_path / "a.mp4")
    assert [each.name for each in tmp_path.iterdir()] == ["whole.mp4"]
