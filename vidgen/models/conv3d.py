"""VGAN: convolutions in space and time draw a whole clip at once, over a background that stays.

Vondrick, Pirsiavash and Torralba, "Generating videos with scene dynamics", NIPS 2016. Two streams
from one latent z: a foreground f and a mask m, by convolutions in three dimensions, and a still
background b, by convolutions in two:

    G(z) = m(z) * f(z) + (1 - m(z)) * b(z)        (equation 2)

Time is a third direction in space, and what moves does so before something that does not. A clip
has a fixed length, half as many frames as a frame has rows: 16 at 32 pixels, 32 at 64 as published.
A longer one is several of those, one after another: content stays, motion begins anew, and where
one ends the picture jumps; a shorter one is the beginning of one. To draw one frame, the whole clip
around it is drawn.
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
    native_frames,
    start_as_dcgan,
)
from vidgen.types import Generator, GeneratorSpec, LatentPath

CONTENT_DIM, MOTION_DIM = 50, 50  # z of the paper has 100 numbers
FRAMES_PER_KNOT = 16  # of the shortest clip that is trained


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`."""
    return {
        "content_dim": CONTENT_DIM,
        "motion_dim": MOTION_DIM,
        "knot_seconds": FRAMES_PER_KNOT / fps,
    }


@dataclass(frozen=True)
class Conv3dConfig:
    """Channels at 4, 8, 16, ... pixels of the `moving` stream and of the `still` one.

    The paper's are 512, 256, 128, 64 of both.
    """

    moving: tuple[int, ...] = (80, 40, 24)
    still: tuple[int, ...] = (48, 24, 16)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moving", tuple(self.moving))
        object.__setattr__(self, "still", tuple(self.still))

    @classmethod
    def for_resolution(cls, resolution: int) -> Conv3dConfig:
        """The default sizes for 8, 16, ... pixels: at most 0.75 million parameters."""

        def fitted(widths: tuple[int, ...]) -> tuple[int, ...]:
            more = list(widths)
            while 4 << len(more) < resolution:
                more.append(max(12, more[-1] // 2))
            return tuple(more[: max(1, resolution.bit_length() - 3)])

        return cls(fitted(cls.moving), fitted(cls.still))


class Conv3dGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    `clip_frames` is the length of what it draws at once. Truncation pulls the content to 0, its
    mean. `mask` is that of the last clips it drew while learning, (N, 1, T, H, W) in [0, 1].
    """

    mask: Tensor | None = None

    def __init__(self, spec: GeneratorSpec, config: Conv3dConfig | None = None) -> None:
        super().__init__()
        config = config or Conv3dConfig.for_resolution(spec.resolution)
        self.frames_per_knot = frames_of_knot(spec)
        for widths in (config.moving, config.still):
            check_widths(widths, spec.resolution)
        self.spec, self.config = spec, config
        self.clip_frames = spec.resolution // 2
        if self.clip_frames % self.frames_per_knot:
            raise ValueError(
                f"A clip of {self.clip_frames} frames must have whole knots of noise, not of "
                f"{self.frames_per_knot} frames."
            )
        inputs = spec.content_dim + spec.motion_dim + len(spec.actions)
        self.moving = _stream(
            nn.ConvTranspose3d, nn.BatchNorm3d, (2, 4, 4), [inputs, *config.moving]
        )
        wide = config.moving[-1]
        self.foreground = nn.ConvTranspose3d(wide, spec.channels, 4, 2, 1)
        self.masking = nn.ConvTranspose3d(wide, 1, 4, 2, 1)
        self.still = _stream(nn.ConvTranspose2d, nn.BatchNorm2d, (4, 4), [inputs, *config.still])
        self.background = nn.ConvTranspose2d(config.still[-1], spec.channels, 4, 2, 1)
        start_as_dcgan(self)

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        frame = native_frames(path, self.spec.fps)  # (B, T)
        row = torch.arange(path.batch, device=frame.device)[:, None]
        first = frame // self.clip_frames * self.clip_frames  # of the clip that a frame lies in
        motion = path.motion[row, 1 + first // self.frames_per_knot]
        z = conditioned(path.content, motion, path)  # (B, T, n)

        # Frames with one z after another are of one clip, which is drawn once.
        new = torch.ones_like(frame, dtype=torch.bool)
        new[:, 1:] = (z[:, 1:] != z[:, :-1]).any(-1)
        clips = self.clips(z[new])  # (N, C, T', H, W)
        which = new.flatten().cumsum(0) - 1
        image = clips.transpose(1, 2)[which, (frame % self.clip_frames).flatten()]
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def clips(self, z: Tensor) -> Tensor:
        """Whole clips (N, C, T, H, W) of latents (N, n): equation 2."""
        lower = self.compute_dtype != torch.float32
        with torch.autocast(z.device.type, self.compute_dtype, enabled=lower):
            x = self.moving(z[:, :, None, None, None])
            foreground, mask = self.foreground(x), self.masking(x)
            background = self.background(self.still(z[:, :, None, None]))
        foreground, background = self._colour(foreground.float()), self._colour(background.float())
        mask = torch.sigmoid(mask.float())
        if self.training and torch.is_grad_enabled():
            self.mask = mask
        return mask * foreground + (1 - mask) * background.unsqueeze(2)

    def _colour(self, x: Tensor) -> Tensor:
        if self.spec.channels == 4:
            return premultiply(torch.cat([torch.tanh(x[:, :3]), x[:, 3:]], 1))
        return torch.tanh(x)


def _stream(
    up: type[nn.Module], norm: type[nn.Module], first: tuple[int, ...], widths: list[int]
) -> nn.Sequential:
    """From one point to half the size of the clip: `first`, then twice as large at every layer."""
    layers: list[nn.Module] = []
    for place, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
        kernel, stride, padding = (4, 2, 1) if place else (first, 1, 0)
        layers += [up(before, after, kernel, stride, padding, bias=False), norm(after)]
        layers += [nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
