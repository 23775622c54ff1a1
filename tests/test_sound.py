"""Sound drives motion: beats are heard where they are, and a cycle locks to them."""

from __future__ import annotations

import json
from dataclasses import replace

import av
import numpy as np
import pytest
import torch
from tiny import TIMING, tiny_generator

from tests.calling import called
from tests.sounds import BEATLESS, drums, noise, pad, silence, write_sound
from vidgen.pixels.checking import verdict_on
from vidgen.pixels.mark import find_mark
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.apart import first_pictures
from vidgen.pixels.reading.sound import LONGEST
from vidgen.pixels.reading.timing import Bounds
from vidgen.sound.beats import Heard, hear
from vidgen.sound.dance import HASTE, LEAST, NOTHING, SPEED, VARIETY, dance
from vidgen.store.weights import save_generator


def heard_at(beats: np.ndarray, seconds: float, loudness: np.ndarray | None = None) -> Heard:
    """Something with these beats, as loud throughout unless it is said."""
    return Heard(np.asarray(beats), np.ones(1000) if loudness is None else loudness, seconds)


def cycles_at(danced, cycle: float, moments: np.ndarray) -> np.ndarray:
    """How many cycles have passed at moments in seconds."""
    frames = np.arange(danced.path.frames) / danced.fps
    return np.interp(moments, frames, danced.path.times.numpy()) / cycle


@pytest.mark.parametrize("tempo", [75, 120, 133])
@pytest.mark.parametrize("swing, hiss", [(0.5, 0), (0.67, 0.05)])
def test_beats_are_heard_where_they_are(tempo, swing, hiss):
    sound, beats = drums(tempo, 10, swing, hiss)
    heard = hear(sound)
    assert heard.tempo == pytest.approx(tempo, rel=0.03)
    far = abs(heard.beats[:, None] - beats).min(1)
    assert far.max() < 0.07 and 0 <= len(beats) - len(heard.beats) <= 2


@pytest.mark.parametrize("sound", BEATLESS)
def test_no_beats_are_heard_where_there_are_none(sound):
    heard = hear(sound(10))
    assert len(heard.beats) == 0 and heard.tempo is None


def test_loudness_follows_the_sound():
    sound = np.concatenate([noise(2), silence(1), noise(2) // 4])
    loud = hear(sound).loud(np.array([1.0, 2.5, 4.0]))
    assert loud[0] > 0.8 and loud[1] < 0.01 and loud[2] == pytest.approx(loud[0] / 4, rel=0.2)


@pytest.mark.parametrize(
    "sound, sentence",
    [
        (silence(2), "This sound is silent: there is nothing to move to."),
        (noise(2) // 5000, "This sound is silent"),
        (pad(0.3), "This sound lasts 0.3 seconds, and needs 0.5."),
        (silence(0), "This sound lasts 0.0 seconds"),
    ],
)
def test_what_can_not_be_danced_to_is_said(sound, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        hear(sound)


@pytest.mark.parametrize("timing, gap", [((), 0.51), (TIMING, 0.2)])
@pytest.mark.parametrize("follows", [SPEED, NOTHING])
def test_on_every_beat_a_cycle_is_where_it_is_on_every_beat(timing, gap, follows):
    generator = tiny_generator(timing=timing)
    beats = np.arange(0.37, 5.9, gap)
    loudness = np.random.default_rng(0).uniform(0.1, 1, 1000)
    danced = dance(generator, heard_at(beats, 6, loudness), 3, "wave", follows=follows)
    cycle = generator.cycle_seconds(danced.path)
    passed = cycles_at(danced, cycle, beats)
    assert np.allclose(np.diff(passed), 1 / danced.beats, atol=0.05 / danced.beats)
    assert 0.5 < danced.beats * gap / cycle < 2, "about as fast as it is"
    assert (np.diff(danced.path.times) >= 0).all() and danced.path.times[0] >= 0


def test_the_tempo_of_music_makes_the_tempo_of_the_cycle():
    generator = tiny_generator()
    slow, fast = (
        dance(generator, heard_at(np.arange(0, 8, gap), 8), 3, "wave", follows=NOTHING)
        for gap in (0.4, 0.32)
    )
    assert slow.beats == fast.beats
    assert np.ptp(fast.path.times.numpy()) == pytest.approx(1.25 * np.ptp(slow.path.times.numpy()))


def test_motion_hurries_where_it_is_loud_and_rests_where_nothing_is_heard():
    loudness = np.full(1200, 0.05)
    loudness[::50] = loudness[1::50] = loudness[2::50] = 1  # a hit on every beat, every 0.25 s
    loudness[600:900] = 0
    heard = heard_at(np.arange(0, 6, 0.25), 6, loudness)
    moved = dance(tiny_generator(), replace(heard), 3, "wave").path.times.numpy()
    steps = np.diff(moved)
    assert steps[75:110].max() == 0 < steps[:70].min(), "frames 75 to 112 are silent"
    assert steps[:70].max() > 1.5 * steps[:70].mean()


def test_without_beats_the_louder_the_faster():
    loudness = np.concatenate([np.full(500, 0.1), np.full(500, 0.3)])
    heard = Heard(np.zeros(0), loudness, 1000 * 256 / 22050)
    danced = dance(tiny_generator(), heard, 3)
    steps = np.diff(danced.path.times.numpy()) * danced.fps
    assert steps[10] == pytest.approx(0.5, rel=0.05) and steps[-10] == pytest.approx(1.5, rel=0.05)
    assert steps.max() <= HASTE and danced.beats is None
    assert danced.said(heard).startswith("No steady beat was heard")


def test_loudness_may_say_how_far_from_the_average_a_clip_is():
    loudness = np.linspace(0, 1, 500)
    heard = heard_at(np.arange(0, 5, 0.5), 5, loudness)
    path = dance(tiny_generator(), heard, 3, follows=VARIETY).path
    assert path.truncation[0, 0] == pytest.approx(LEAST, abs=0.01)
    assert path.truncation[0, -1] > 0.8 and (path.truncation.diff() >= 0).all()
    assert torch.equal(dance(tiny_generator(), heard, 3).path.truncation, torch.ones(1, 125))


def test_a_model_without_cycles_moves_on_every_beat():
    heard = heard_at(np.arange(0.5, 4, 0.5), 4)
    danced = dance(tiny_generator("vae"), heard, 3)
    assert danced.beats is None and "this model has no cycle" in danced.said(heard)
    assert danced.path.times[-1] - danced.path.times[0] == pytest.approx(4, abs=0.1)


@pytest.fixture
def listen(tmp_path, monkeypatch, capsys):
    """listen("song.mp3", "out.mp4") -> (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    save_generator(tiny_generator(), tmp_path / "tiny.safetensors")

    def run(sound: str, out: str, *more: object):
        given = ["listen", sound, out, "--model", "tiny.safetensors", "--size", 128, *more]
        return called(capsys, *given)

    return run


def test_a_song_becomes_a_film_that_has_it(listen, tmp_path):
    write_sound(tmp_path / "song.mp3", drums(120, 3)[0], "libmp3lame")
    code, out, err = listen("song.mp3", "out.mp4", "--action", "wave", "--seed", 3)
    assert (code, out) == (0, "out.mp4: by file tiny.safetensors\n") and " a minute; a cycle" in err
    with av.open(str(tmp_path / "out.mp4")) as file:
        kinds = {stream.type: stream.codec_context.name for stream in file.streams}
        assert kinds == {"video": "h264", "audio": "aac"} and abs(file.duration - 3e6) < 1e5
    note = json.loads(read_note(tmp_path / "out.mp4"))
    assert note["made"] == "a dance to a sound" and note["generated"] == "generated by vidgen"
    assert find_mark(first_pictures(tmp_path / "out.mp4", Bounds(16))).marked
    assert "Its metadata say so too" in verdict_on(tmp_path / "out.mp4")
    assert len(hear_of(tmp_path / "out.mp4").beats) >= 4, "its own sound is heard in it"


def hear_of(path):
    from vidgen.sound.film import read_sound

    return read_sound(path).heard


def test_of_a_long_sound_the_first_seconds_are_taken_and_that_is_said(listen, tmp_path):
    write_sound(tmp_path / "long.wav", pad(LONGEST + 1))
    code, _, err = listen("long.wav", "out.mp4", "--size", 16, "--loudness", "nothing")
    assert code == 0 and f"long.wav: its first {LONGEST} seconds are taken.\nNo steady" in err


@pytest.mark.parametrize(
    "sound, more, sentence",
    [
        ("none.mp3", [], "none.mp3 is no sound that can be used: no such file or directory."),
        ("letter.mp3", [], "letter.mp3 is no sound that can be used: not a sound that can be dec"),
        ("silent.wav", [], "This sound is silent: there is nothing to move to."),
        ("pad.wav", ["--action", "fly"], "Action must be one of bend, wave, walk, not 'fly'."),
        ("pad.wav", ["--seed", -1], "Seed must be a whole number from 0 to"),
        ("pad.wav", ["--size", 17], "The size of an MP4 must be even, not 17: choose 18."),
        ("pad.wav", ["--loudness", "colour"], "Argument --loudness: invalid choice: 'colour'"),
    ],
)
def test_a_mistake_is_answered_with_one_sentence(listen, tmp_path, sound, more, sentence):
    write_sound(tmp_path / "silent.wav", silence(1))
    write_sound(tmp_path / "pad.wav", pad(1))
    (tmp_path / "letter.mp3").write_text("no music, whatever it is called " * 9)
    code, out, err = listen(sound, "out.mp4", *more)
    assert (code, out) == (2, "") and err.splitlines()[-1].startswith(sentence), err
    assert not (tmp_path / "out.mp4").exists()


def test_a_dance_is_an_mp4_and_nothing_else(listen, tmp_path):
    code, _, err = listen("pad.wav", "out.gif")
    assert code == 2 and err.startswith("The file's suffix must be one of mp4, not 'gif'.")
