"""Frechet distance between two sets of features, and FVD where its network is at hand."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vidgen.pixels.arrays import as_levels

CLIPS_A_FEATURE = 2  # below this many samples a dimension, covariances are mostly noise
I3D_FRAMES = 10  # fewer do not survive the network's pooling over time


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


class Inception3D:
    """Features (N, 400) of the Inception-3D network of the literature's FVD, from its TorchScript.

    The file is `i3d_torchscript.pt` of StyleGAN-V (Skorokhodov et al. 2022), which is called as
    its `frechet_video_distance.py` does. Raises ValueError if it is no such file.
    """

    def __init__(self, path: str | Path, device: torch.device | str = "cpu") -> None:
        if not Path(path).is_file():
            raise ValueError(f"There is no file {path}: --i3d wants i3d_torchscript.pt.")
        try:
            with warnings.catch_warnings():
                # The published network is TorchScript and nothing else.
                warnings.simplefilter("ignore", DeprecationWarning)
                self.network = torch.jit.load(str(path), map_location=device).eval()
        except RuntimeError as error:
            raise ValueError(f"{path} is no TorchScript file.") from error
        self.path, self.device = path, device

    @torch.inference_mode()
    def features(self, frames: Tensor) -> Tensor:
        """Of frames (N, T, C, H, W) in [-1, 1]; alpha is laid over black."""
        if frames.shape[1] < I3D_FRAMES:
            raise ValueError(
                f"FVD needs clips of {I3D_FRAMES} frames or more, not {frames.shape[1]}."
            )
        levels = as_levels(frames[:, :, :3].transpose(1, 2))  # (N, 3, T, H, W) in 0..255
        try:
            found = self.network(
                levels.to(self.device), rescale=True, resize=True, return_features=True
            )
        except RuntimeError as error:
            raise ValueError(
                f"{self.path} does not take clips as i3d_torchscript.pt does."
            ) from error
        return found.flatten(1).cpu()
