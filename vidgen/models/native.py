"""What families share that know the frames of their data and nothing in between.

Time in whole frames, noise by frame, and pictures that double in size from 4 pixels on.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vidgen.types import GeneratorSpec, LatentPath

# Frames whose noise lies in one knot: weights files allow no knots that are one frame apart.
FRAMES_PER_KNOT = 8


def latents_by_frame(content_dim: int, noise_dim: int, fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec if every frame, at `fps`, has noise of its own."""
    return {
        "content_dim": content_dim,
        "motion_dim": noise_dim * FRAMES_PER_KNOT,
        "knot_seconds": FRAMES_PER_KNOT / fps,
    }


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


def noise_of_frame(spec: GeneratorSpec) -> int:
    """How many numbers of a knot's noise are each frame's. Raises ValueError if not whole."""
    frames = frames_of_knot(spec)
    if spec.motion_dim % frames:
        raise ValueError(
            f"motion_dim must be a multiple of {frames}, the frames of a knot, "
            f"not {spec.motion_dim}."
        )
    return spec.motion_dim // frames


def check_widths(widths: tuple[int, ...], resolution: int) -> None:
    """Raises ValueError unless so many layers, each of which doubles the size, fit the pixels."""
    if 4 << len(widths) != resolution:
        raise ValueError(f"{len(widths)} widths make {4 << len(widths)} pixels, not {resolution}.")


def averaged_down(image: Tensor, resolution: int | None) -> Tensor:
    """Pictures (N, C, H, W) at a smaller `resolution`, or as they are."""
    if resolution and resolution < image.shape[-1]:
        return nn.functional.avg_pool2d(image, image.shape[-1] // resolution)
    return image


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


def parse_widths(text: str) -> tuple[int, ...]:
    return tuple(int(width) for width in text.split(","))


def write_widths(widths: tuple[int, ...]) -> str:
    return ",".join(map(str, widths))


# Of a setting that the command line takes as numbers with commas: 64,128,256.
WIDTHS: dict[str, Any] = {"parse": parse_widths, "written": write_widths}
