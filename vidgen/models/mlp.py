"""The fully connected GAN: random numbers through layers of 256, 512 and 1,024 to pixels.

Goodfellow et al., "Generative adversarial nets", NIPS 2014, in the sizes that courses teach. Pixels
know no neighbours, in space or in time: that what is near belongs together has to be learnt, for
every pixel anew. Time: a clip has `knot_seconds * fps` frames, 16 as trained, and which of them is
to be drawn is one more input, a 1 among zeros. With an output for every pixel of every frame the
last layer alone would have 50 million weights; here frames share it. A longer clip is several of
these, one after another: the content stays, and the motion begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.models.layers import premultiply
from vidgen.models.native import (
    WIDTHS,
    averaged_down,
    conditioned,
    frames_of_knot,
    native_frames,
)
from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec, LatentPath

CONTENT_DIM, MOTION_DIM = 50, 50  # z has 100 numbers
CLIP_FRAMES = 16


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`: a knot for each 16 frames."""
    return {
        "content_dim": CONTENT_DIM,
        "motion_dim": MOTION_DIM,
        "knot_seconds": CLIP_FRAMES / fps,
    }


@dataclass(frozen=True)
class MLPConfig:
    """`hidden`: how wide the layers between latent and pixels are."""

    hidden: tuple[int, ...] = setting((256, 512, 1024), "widths of its layers", **WIDTHS)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not self.hidden or min(self.hidden) < 1:
            raise ValueError(f"hidden must be widths of 1 or more, not {self.hidden}.")

    @classmethod
    def for_resolution(cls, resolution: int) -> MLPConfig:
        return cls()


class MLPGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    Truncation pulls the content to 0, its mean.
    """

    def __init__(self, spec: GeneratorSpec, config: MLPConfig | None = None) -> None:
        super().__init__()
        self.spec, self.config = spec, config or MLPConfig()
        self.clip_frames = frames_of_knot(spec)
        width = spec.content_dim + spec.motion_dim + len(spec.actions) + self.clip_frames
        layers: list[nn.Module] = []
        for place, wide in enumerate(self.config.hidden):
            layers += [nn.Linear(width, wide)]
            layers += [nn.BatchNorm1d(wide)] if place else []
            layers += [nn.LeakyReLU(0.2)]
            width = wide
        pixels = spec.channels * spec.resolution**2
        self.layers = nn.Sequential(*layers, nn.Linear(width, pixels))

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        image = self.draw(*self.codes(path))
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def codes(self, path: LatentPath) -> tuple[Tensor]:
        """z, the action and the number of every frame in its clip of 16, (B T, n)."""
        frame = native_frames(path, self.spec.fps)  # (B, T)
        row = torch.arange(path.batch, device=frame.device)[:, None]
        motion = path.motion[row, 1 + frame // self.clip_frames]
        z = conditioned(path.content, motion, path)
        number = F.one_hot(frame % self.clip_frames, self.clip_frames).to(z.dtype)
        return (torch.cat([z, number], -1).flatten(0, 1),)

    def draw(self, *codes: Tensor) -> Tensor:
        """Images (N, C, H, W) of codes (N, n)."""
        (code,) = codes
        lower = self.compute_dtype != torch.float32
        with torch.autocast(code.device.type, self.compute_dtype, enabled=lower):
            x = self.layers(code)
        side = self.spec.resolution
        x = x.float().unflatten(1, (self.spec.channels, side, side))
        if self.spec.channels == 4:
            return premultiply(torch.cat([torch.tanh(x[:, :3]), x[:, 3:]], 1))
        return torch.tanh(x)
