"""Time in whole frames, for families that know the frames of their data and nothing in between."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidgen.types import GeneratorSpec, LatentPath


def native_frames(path: LatentPath, fps: float) -> Tensor:
    """Which native frame, at `fps`, every moment of a path lies in: (B, T), from 0.

    At another frame rate a frame is shown for longer, or left out. A loop begins again.
    """
    times = path.times.expand(path.batch, path.frames).double()
    if path.period is not None:
        times = times % path.period
    return (times * fps + 1e-6).floor().long().clamp(min=0)  # k / fps * fps may come out below k


def frames_of_knot(spec: GeneratorSpec) -> int:
    """How many native frames lie between two knots of noise. Raises ValueError if not whole."""
    frames = spec.knot_seconds * spec.fps
    if round(frames) < 1 or abs(frames - round(frames)) > 1e-6:
        raise ValueError(f"A knot of noise must be a whole number of frames, not {frames:g}.")
    return round(frames)


def conditioned(content: Tensor, motion: Tensor, path: LatentPath) -> Tensor:
    """What frames are drawn from, (B, T, n): content under truncation, motion, and the action."""
    parts = [content * path.truncation.unsqueeze(-1), motion]
    if path.action is not None:
        parts.append(path.action)
    return torch.cat(parts, -1)


def start_as_dcgan(network: nn.Module) -> None:
    """Weights as DCGAN starts them (Radford et al. 2016, section 4): N(0, 0.02)."""
    for layer in network.modules():
        weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
        norm = isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d)
        if isinstance(weight, Tensor):
            nn.init.normal_(weight, 1.0 if norm else 0.0, 0.02)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
