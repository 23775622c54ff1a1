"""When the beats of a sound are and how loud it is, in a few lines of signal processing.

Onsets are where the spectrum grows; their autocorrelation says the tempo; and dynamic programming
puts beats on onsets that lie a steady distance apart (Ellis, "Beat tracking by dynamic
programming", 2007). docs/your-clip.md compares it with librosa's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vidgen.pixels.reading.sound import SAMPLES_A_SECOND

RATE = SAMPLES_A_SECOND // 2  # samples a second that are looked at
WINDOW, HOP = 1024, 256  # samples
MOMENTS = RATE / HOP  # a second: one is 12 ms
BANDS = 40  # of the spectrum, evenly on a scale like that of the ear
COMPRESSION = 1000.0  # of magnitudes, before logarithms: soft onsets count too
SLOWEST, FASTEST, USUAL = 50, 210, 120  # beats a minute
OCTAVES = 0.9  # around the usual tempo within which most music is
TIGHTNESS = 100.0  # of the distance between beats, against the strength of onsets
SILENT = 0.001  # of full scale, -60 dB: nowhere louder, it is no sound
SHORTEST = 0.5  # seconds
# Of the autocorrelation at the tempo, and of the onsets' deviation. Drums and melodies have 0.6 and
# 0.03 at least; noise, speech and a hum 0.13 at most of the first; a pad 0.003 of the second.
STEADY, SHARP = 0.25, 0.01
SMOOTH = 0.05  # seconds over which loudness is averaged


@dataclass(frozen=True, eq=False)
class Heard:
    """What was heard: beats (N,) in seconds, none if there is no steady beat; loudness (M,), 0 to
    1, MOMENTS a second; seconds: how long it is."""

    beats: np.ndarray
    loudness: np.ndarray
    seconds: float

    @property
    def tempo(self) -> float | None:
        """Beats a minute."""
        return 60 / float(np.median(np.diff(self.beats))) if len(self.beats) > 1 else None

    def loud(self, times: np.ndarray) -> np.ndarray:
        """How loud it is at moments in seconds, 0 to 1."""
        return np.interp(times, np.arange(len(self.loudness)) / MOMENTS, self.loudness)


def hear(sound: np.ndarray) -> Heard:
    """Listens to a sound, int16 (N, 2). Raises ValueError if it is silent or very short."""
    seconds = len(sound) / SAMPLES_A_SECOND
    if seconds < SHORTEST:
        raise ValueError(f"This sound lasts {seconds:.1f} seconds, and needs {SHORTEST:g}.")
    even = sound[: len(sound) // 2 * 2].astype(np.float32) / 32768
    samples = even.reshape(-1, 2 * sound.shape[1]).mean(1)
    if abs(samples).max() < SILENT:
        raise ValueError("This sound is silent: there is nothing to move to.")
    return Heard(_beats(samples), _loudness(samples), seconds)


def _loudness(samples: np.ndarray) -> np.ndarray:
    """(M,): root mean square around each moment, 1 where it is loudest."""
    width = int(SMOOTH * RATE) // 2 * 2 + 1
    power = np.cumsum(np.pad(samples.astype(np.float64) ** 2, (width // 2 + 1, width // 2)))
    around = np.sqrt(np.maximum(power[width:] - power[:-width], 0)[::HOP] / width)
    return around / around.max()


def _beats(samples: np.ndarray) -> np.ndarray:
    onsets, sharpness = _onsets(samples)
    lag, steadiness = _lag(onsets)
    if steadiness < STEADY or sharpness < SHARP:
        return np.zeros(0)
    return _tracked(onsets, lag) / MOMENTS


def _onsets(samples: np.ndarray) -> tuple[np.ndarray, float]:
    """(M,): how much the spectrum grows, beyond what a second around does on average.

    And the deviation of the growth itself.
    """
    padded = np.pad(samples, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]  # (M, WINDOW)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32)))
    bands = np.log1p(COMPRESSION * (spectrum @ _filters().T) / WINDOW)  # (M, BANDS)
    growth = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0).mean(1)
    width = int(MOMENTS) // 2 * 2 + 1
    usual = np.convolve(np.pad(growth, width // 2, "edge"), np.ones(width) / width, "valid")
    return np.maximum(growth - usual, 0), float(growth.std())


def _filters() -> np.ndarray:
    """Triangles on the mel scale, (BANDS, WINDOW / 2 + 1), each of area 1 or less."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (30, RATE / 2))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1) * WINDOW / RATE
    bins, widths = np.arange(WINDOW // 2 + 1), np.diff(edges)[:, None]
    up, down = (bins - edges[:-2, None]) / widths[:-1], (edges[2:, None] - bins) / widths[1:]
    triangles = np.minimum(up, down).clip(0)
    return triangles / np.maximum(triangles.sum(1, keepdims=True), 1)


def _lag(onsets: np.ndarray) -> tuple[int, float]:
    """Moments from beat to beat, and how much onsets look like themselves after so many."""
    swing = onsets - onsets.mean()
    size = 1 << (2 * len(swing) - 1).bit_length()
    alike = np.fft.irfft(np.abs(np.fft.rfft(swing, size)) ** 2)[: len(swing)]
    slowest = min(len(swing) // 2 - 1, int(60 / SLOWEST * MOMENTS))
    lags = np.arange(int(60 / FASTEST * MOMENTS), slowest + 1)
    if not len(lags) or alike[0] < 1e-9:
        return 1, 0.0
    alike = alike / alike[0]
    # Music that has beats has them twice as far apart, too.
    scores = alike[lags] + 0.5 * alike[2 * lags]
    likely = np.exp(-0.5 * (np.log2(lags * USUAL / 60 / MOMENTS) / OCTAVES) ** 2)
    lag = int(lags[np.argmax(scores * likely)])
    return lag, float(alike[lag])


def _tracked(onsets: np.ndarray, lag: int) -> np.ndarray:
    """The moments that collect most onsets at about that distance, (N,) in order."""
    around = np.exp(-0.5 * (32 * np.arange(-lag, lag + 1) / lag) ** 2)
    strength = np.convolve(onsets / onsets.std(), around, "same")
    gaps = np.arange(-2 * lag, -lag // 2 + 1)
    cost = -TIGHTNESS * np.log(-gaps / lag) ** 2
    total, before = strength.copy(), np.full(len(strength), -1)
    begun = False
    for moment in range(-gaps[-1], len(strength)):
        past = moment + gaps
        scores = np.where(past >= 0, cost + total[past.clip(0)], -np.inf)
        best = int(scores.argmax())
        begun = begun or strength[moment] > 0.01 * strength.max()
        if begun:
            total[moment] += scores[best]
            before[moment] = past[best]
    inner = total[1:-1]
    peaks = 1 + np.flatnonzero((inner >= total[:-2]) & (inner >= total[2:]))
    if not len(peaks):
        return np.zeros(0)
    beats = [int(peaks[total[peaks] >= 0.5 * np.median(total[peaks])][-1])]
    while before[beats[-1]] >= 0:
        beats.append(int(before[beats[-1]]))
    found = np.array(beats[::-1])
    # Where nothing is heard, at both ends, beats only go on because they did so before.
    sure = strength[found] > 0.5 * np.sqrt(np.mean(strength[found] ** 2))
    return found[sure.argmax() : len(found) - sure[::-1].argmax()] if sure.any() else np.zeros(0)
