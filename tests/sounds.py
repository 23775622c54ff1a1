"""Sounds whose beats are known: drums, a swing, a pad, noise, something like speech, silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from vidgen.pixels.reading.sound import SAMPLES_A_SECOND as RATE


def drums(
    tempo: float, seconds: float, swing: float = 0.5, hiss: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A kick and a snare in turn, and hats between; with its beats in seconds."""
    rng = np.random.default_rng(0)
    times = np.arange(int(0.2 * RATE)) / RATE
    noise = rng.normal(size=len(times))
    kick = np.sin(2 * np.pi * 55 * times) * np.exp(-12 * times)
    snare = (0.6 * noise + 0.5 * np.sin(2 * np.pi * 190 * times)) * np.exp(-22 * times)
    hat = 0.4 * noise * np.exp(-80 * times)
    sound = hiss * rng.normal(size=int(seconds * RATE))
    beats = np.arange(0.3, seconds - 0.25, 60 / tempo)
    for number, beat in enumerate(beats):
        _add(sound, beat, 0.7 * (snare if number % 2 else kick) + 0.5 * hat)
        _add(sound, beat + swing * 60 / tempo, 0.35 * hat)
    return stereo(sound), beats


def _add(sound: np.ndarray, time: float, what: np.ndarray) -> None:
    room = sound[int(time * RATE) :][: len(what)]
    room += what[: len(room)]


def pad(seconds: float) -> np.ndarray:
    """A chord that swells slowly."""
    times = np.arange(int(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * note * times) for note in (220, 277.1, 330.2, 440.3))
    return stereo(0.1 * chord * (0.6 + 0.4 * np.sin(0.8 * times)))


def noise(seconds: float) -> np.ndarray:
    return stereo(0.2 * np.random.default_rng(0).normal(size=int(seconds * RATE)))


def speech(seconds: float) -> np.ndarray:
    """Syllables of any length at any distance."""
    rng, sound, time = np.random.default_rng(0), np.zeros(int(seconds * RATE)), 0.2
    while time < seconds:
        times = np.arange(int(rng.uniform(0.08, 0.25) * RATE)) / RATE
        voice = sum(np.sin(2 * np.pi * rng.uniform(100, 200) * n * times) for n in range(1, 12))
        _add(sound, time, 0.05 * voice * np.hanning(len(times)))
        time += rng.uniform(0.12, 0.5)
    return stereo(sound)


def silence(seconds: float) -> np.ndarray:
    return stereo(np.zeros(int(seconds * RATE)))


BEATLESS: tuple[Callable[[float], np.ndarray], ...] = (pad, noise, speech)


def stereo(sound: np.ndarray) -> np.ndarray:
    """Numbers in [-1, 1], (N,), as int16 (N, 2)."""
    return np.int16(30000 * (0.5 * sound).clip(-1, 1))[:, None].repeat(2, 1)


def write_sound(path: Path, sound: np.ndarray, codec: str = "pcm_s16le") -> Path:
    """A sound as a file of its suffix."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=RATE, layout="stereo")
        block = av.AudioFrame.from_ndarray(sound.reshape(1, -1), "s16", "stereo")
        block.sample_rate = RATE
        size = stream.codec_context.frame_size or 1024
        cut = av.AudioResampler(stream.format.name, "stereo", RATE, frame_size=size)
        for part in [*cut.resample(block), *cut.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path
