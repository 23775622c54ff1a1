"""Precision, recall, density and coverage: how two sets of features overlap."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 5


def pairwise_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distances (N, M) of features (N, F) and (M, F), in float64."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    centre = a.mean(0)  # a common shift changes no distance, and keeps rounding small
    a, b = a - centre, b - centre
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.sqrt(squares.clip(0))


def radii(
    features: np.ndarray, groups: np.ndarray | None = None, k: int = NEIGHBOURS
) -> np.ndarray:
    """The distance (N,) of each to its k-th nearest of another group; all are groups by default.

    Windows of one real clip are nearly the same: they are a group, or every ball would be tiny.
    """
    groups = np.arange(len(features)) if groups is None else np.asarray(groups)
    distances = pairwise_distances(features, features)
    distances[groups[:, None] == groups] = np.inf
    nearest = np.sort(distances, 1)
    others = np.isfinite(nearest).sum(1)
    if (others == 0).any():
        raise ValueError("Precision and recall need clips of two different sources or more.")
    return nearest[np.arange(len(nearest)), np.minimum(k, others) - 1]


def overlap(
    real: np.ndarray,
    generated: np.ndarray,
    real_groups: np.ndarray | None = None,
    generated_groups: np.ndarray | None = None,
    k: int = NEIGHBOURS,
) -> dict[str, float]:
    """Precision, recall, density and coverage of generated features (M, F) for real ones (N, F).

    Precision: the share of generated ones within a ball around any real one that reaches to its
    k-th neighbour; recall: the same with the roles exchanged (Kynkaanniemi et al. 2019, equations
    1 and 2). Density: in how many such balls a generated one lies, over k; coverage: the share of
    real balls that hold any generated one (Naeem et al. 2020, equations 3 and 4). All but density
    are in [0, 1]; density is about 1 if both are the same.
    """
    distances = pairwise_distances(real, generated)  # (N, M)
    in_real = distances <= radii(real, real_groups, k)[:, None]
    in_generated = distances <= radii(generated, generated_groups, k)
    return {
        "precision": float(in_real.any(0).mean()),
        "recall": float(in_generated.any(1).mean()),
        "density": float(in_real.sum(0).mean() / k),
        "coverage": float(in_real.any(1).mean()),
    }
