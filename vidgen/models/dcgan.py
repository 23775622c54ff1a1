"""DCGAN: transposed convolutions draw a picture from 100 random numbers; a clip is many of those.

Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016. It knows nothing of time, which is what it is here to show. Of its
100 numbers 90 are a clip's content and stay; 10 are drawn anew for every frame. So frames of a clip
look alike, each could be a frame of the data, and together they tremble: no frame knows the one
before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidgen.models.layers import premultiply
from vidgen.models.native import (
    averaged_down,
    check_widths,
    conditioned,
    frames_of_knot,
    latents_by_frame,
    native_frames,
    noise_of_frame,
    start_as_dcgan,
)
from vidgen.types import Generator, GeneratorSpec, LatentPath

CONTENT_DIM, NOISE_DIM = 90, 10  # z of the paper has 100 numbers


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`."""
    return latents_by_frame(CONTENT_DIM, NOISE_DIM, fps)


@dataclass(frozen=True)
class DCGANConfig:
    """`widths`: channels at 4, 8, 16, ... pixels; the paper's are 1024, 512, 256, 128."""

    widths: tuple[int, ...] = (192, 96, 48)

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> DCGANConfig:
        """The default sizes for 8, 16, ... pixels: at most 0.75 million parameters."""
        widths = list((160, 80, 40, 20) if resolution > 32 else cls.widths)
        while 4 << len(widths) < resolution:
            widths.append(max(16, widths[-1] // 2))
        return cls(tuple(widths[: max(1, resolution.bit_length() - 3)]))


class DCGANGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    A motion knot holds the noise of `knot_seconds * fps` native frames, one after another.
    Truncation pulls the content to 0, its mean.
    """

    def __init__(self, spec: GeneratorSpec, config: DCGANConfig | None = None) -> None:
        super().__init__()
        config = config or DCGANConfig.for_resolution(spec.resolution)
        self.frames_per_knot = frames_of_knot(spec)
        check_widths(config.widths, spec.resolution)
        self.spec, self.config = spec, config
        noise = noise_of_frame(spec)
        wide, *widths = config.widths
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(spec.content_dim + noise + len(spec.actions), wide, 4, bias=False)
        ]
        for narrow in widths:
            layers += [nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
            wide = narrow
        layers += [nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
        layers += [nn.ConvTranspose2d(wide, spec.channels, 4, 2, 1)]
        self.image = nn.Sequential(*layers)
        start_as_dcgan(self.image)

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        image = self.draw(*self.codes(path))
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def codes(self, path: LatentPath) -> tuple[Tensor]:
        """z and the action of every frame, (B T, n)."""
        frame = native_frames(path, self.spec.fps)  # (B, T)
        noise = path.motion[:, 1:].unflatten(2, (self.frames_per_knot, -1)).flatten(1, 2)
        row = torch.arange(path.batch, device=frame.device)[:, None]
        noise = noise[row, frame % noise.shape[1]]  # (B, T, 10)
        return (conditioned(path.content, noise, path).flatten(0, 1),)

    def draw(self, *codes: Tensor) -> Tensor:
        """Images (N, C, H, W) of codes (N, n)."""
        (code,) = codes
        x = code[:, :, None, None].contiguous(memory_format=torch.channels_last)
        lower = self.compute_dtype != torch.float32
        with torch.autocast(x.device.type, self.compute_dtype, enabled=lower):
            x = self.image(x)
        x = x.float()
        if self.spec.channels == 4:
            return premultiply(torch.cat([torch.tanh(x[:, :3]), x[:, 3:]], 1))
        return torch.tanh(x)
