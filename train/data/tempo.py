"""How fast the clips of each action repeat: where the generator's cycles start to learn from."""

from __future__ import annotations

import numpy as np

from train.data.batches import ClipDataset

SLOWEST, FASTEST = 0.1, 4.0  # cycles a second that are believed
SIDE = 16  # pixels: enough to see a body move
MOST_CLIPS = 64  # of an action are looked at


def measure_tempo(dataset: ClipDataset) -> np.ndarray:
    """Cycles a second of every action (A,), or of the whole set (1,): the median of its clips.

    A gradient finds a tempo only from nearby: at twice the right one, two cycles fit where one
    should be, and the critic, which sees a few frames, has little against it.
    """
    trained = dataset.trained
    groups = [trained[dataset.labels[trained] == a] for a in range(max(1, len(dataset.actions)))]
    tempo = []
    for group in groups:
        clips = [dataset.clip(index) for index in group[:MOST_CLIPS]]
        found = [clip_tempo(clip, dataset.fps) for clip in clips if len(clip) >= 8]
        tempo.append(np.median(found) if found else 1.0)
    return np.clip(tempo, SLOWEST, FASTEST)


def clip_tempo(clip: np.ndarray, fps: float) -> float:
    """The strongest frequency of a clip (T, H, W, C) along its first principal component, in Hz."""
    step = max(1, clip.shape[1] // SIDE)
    signal = np.asarray(clip)[:, ::step, ::step].reshape(len(clip), -1).astype(np.float32)
    signal -= signal.mean(0)
    directions, _, _ = np.linalg.svd(signal, full_matrices=False)
    padded = 1 << int(np.ceil(np.log2(len(clip) * 8)))  # interpolates between frequencies
    strength = np.abs(np.fft.rfft(directions[:, 0] * np.hanning(len(clip)), padded))
    frequency = np.fft.rfftfreq(padded, 1 / fps)
    return float(frequency[1 + strength[1:].argmax()])
