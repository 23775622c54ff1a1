"""What a judge says of clips: accuracy, inception score and its entropies, attributes kept."""

from __future__ import annotations

import numpy as np


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, in float64."""
    logits = np.asarray(logits, np.float64)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def accuracy(judged: np.ndarray, labels: np.ndarray) -> float:
    """The share of clips, probabilities (N, n), whose most probable class is their label (N,)."""
    return float((judged.argmax(1) == labels).mean())


def agreement(judged_a: np.ndarray, judged_b: np.ndarray) -> float:
    """The share of clips that two judges, probabilities (N, n) each, give the same class."""
    return float((judged_a.argmax(1) == judged_b.argmax(1)).mean())


def entropy(judged: np.ndarray) -> np.ndarray:
    """-sum p ln p over the last axis, in nats."""
    return -(judged * np.log(judged.clip(1e-300))).sum(-1)


def class_entropies(judged: np.ndarray) -> tuple[float, float]:
    """H(y|x), the mean doubt about a clip, and H(y), the variety of all: of (N, n), in nats."""
    return float(entropy(judged).mean()), float(entropy(judged.mean(0)))


def inception_score(judged: np.ndarray) -> float:
    """exp(H(y) - H(y|x)), from 1 to the number of classes: Salimans et al. 2016, equation 1.

    Of one batch, as the literature's video tables have it (He et al. 2018), not a mean of splits.
    """
    doubt, variety = class_entropies(judged)
    return float(np.exp(variety - doubt))


def kept(judged: np.ndarray) -> np.ndarray:
    """Which characters are given the same class in all of their clips, (K,).

    judged: probabilities (K, clips, n), of every clip of K characters.
    """
    classes = judged.argmax(-1)
    return (classes == classes[:, :1]).all(1)


def different(judged: dict[str, np.ndarray]) -> float:
    """The share of characters that differ from all before them in some attribute, in [0, 1].

    judged: by attribute, (K, clips, n); a character's class is the most probable one on average.
    """
    rows = np.stack([p.mean(1).argmax(-1) for p in judged.values()], 1)  # (K, attributes)
    return len(np.unique(rows, axis=0)) / len(rows)
