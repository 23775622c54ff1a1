"""Frechet distance between two sets of features."""

from __future__ import annotations

import numpy as np

CLIPS_A_FEATURE = 2  # below this many samples a dimension, covariances are mostly noise


def frechet_distance(features_a: np.ndarray, features_b: np.ndarray) -> float:
    """|mu_a - mu_b|^2 + tr(A + B - 2 (A B)^(1/2)) of features (N, F) and (M, F), in float64.

    Dowson and Landau 1982, for Gaussians; as used by Heusel et al. 2017 (FID) and Unterthiner et
    al. 2018 (FVD). The root's trace is taken of A^(1/2) B A^(1/2), which is symmetric and has the
    same eigenvalues as A B, so that nothing becomes complex. Not below 0. Raises ValueError if
    features are too few or not finite.
    """
    a, b = (np.asarray(features, np.float64) for features in (features_a, features_b))
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            f"A Frechet distance needs two sets of features (N >= 2, F), not {a.shape}, {b.shape}."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("A Frechet distance needs finite features.")
    covariance_a, covariance_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    root_a = symmetric_root(covariance_a)
    eigenvalues = np.linalg.eigvalsh(root_a @ covariance_b @ root_a)
    root_trace = np.sqrt(eigenvalues.clip(0)).sum()
    mean_term = np.square(a.mean(0) - b.mean(0)).sum()
    distance = mean_term + np.trace(covariance_a) + np.trace(covariance_b) - 2 * root_trace
    return max(0.0, float(distance))


def symmetric_root(matrix: np.ndarray) -> np.ndarray:
    """The square root of a symmetric positive semidefinite matrix (F, F)."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def too_few(samples: int, features: int, what: str = "clips") -> str | None:
    """A warning if there are too few samples for a covariance of that size, else None."""
    if samples >= CLIPS_A_FEATURE * features:
        return None
    return (
        f"{samples:,} {what} are few for {features:,} features: compare the Frechet distance with "
        "its floor only, not with other counts."
    )
