"""VAE: a decoder draws clips from latents, and an encoder says which latents a clip has.

Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, for video as in Li and Mandt,
"Disentangled sequential autoencoder", ICML 2018: one content c for a clip, one motion m(k) for a
frame, p(c) = N(0, 1), and a GRU that states p(m(k) | m(<k), action). The encoder reads a whole clip
and states q(c | clip) and q(m(k) | clip); how both are learnt is in `train/families/vae.py`. It
travels in the weights file, so that a clip can be reconstructed, or continued.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidgen.models.frames import FrameDecoder, FrameEncoder, gaussian, widths_for
from vidgen.models.layers import linear
from vidgen.models.native import averaged_down, check_widths, latents_by_frame
from vidgen.models.steps import Steps
from vidgen.types import Generator, GeneratorSpec, LatentPath

# Of c and of each m(k). More than clips need leaves room between those of the data, and what is
# drawn from there is no picture.
CONTENT_DIM, MOTION_DIM = 8, 8
Gaussian = tuple[Tensor, Tensor]  # mean and deviation


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`."""
    return latents_by_frame(CONTENT_DIM, MOTION_DIM, fps)


@dataclass(frozen=True)
class VAEConfig:
    """`widths`: channels at 4, 8, 16, ... pixels; `features` are what the encoder keeps of a frame,
    `width` is that of the GRUs."""

    widths: tuple[int, ...] = (80, 48, 24, 12)
    features: int = 96
    width: int = 96

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> VAEConfig:
        """The default sizes for 8, 16, ... pixels: below 0.75 million parameters up to 64."""
        return cls(widths=widths_for(resolution, cls.widths))


class VAEGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    A motion knot holds the noise of some native frames, see `Steps`. Truncation pulls the content
    to 0, its mean.
    """

    def __init__(self, spec: GeneratorSpec, config: VAEConfig | None = None) -> None:
        super().__init__()
        config = config or VAEConfig.for_resolution(spec.resolution)
        check_widths(config.widths, spec.resolution)
        self.spec, self.config = spec, config
        width, features = config.width, config.features
        self.prior = Steps(spec, nn.GRU(width, width, batch_first=True), width)
        self.decoder = FrameDecoder(
            spec.content_dim + self.prior.size, spec.channels, config.widths
        )
        self.encoder = FrameEncoder(spec.channels, config.widths, features)
        self.reader = nn.GRU(features, width, batch_first=True, bidirectional=True)
        self.content = linear(features + 2 * width, 2 * spec.content_dim)
        self.pose = linear(features + 2 * width, 2 * self.prior.size)

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        image = self.draw(*self.codes(path))
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def codes(self, path: LatentPath) -> tuple[Tensor]:
        """c and m(k) side by side, (B T, Zc + Zm)."""
        content = path.content * path.truncation.unsqueeze(-1)
        return (torch.cat([content, self.prior(path)], -1).flatten(0, 1),)

    def draw(self, *codes: Tensor) -> Tensor:
        """Images (N, C, H, W) of codes (N, Zc + Zm)."""
        self.decoder.compute_dtype = self.compute_dtype
        return self.decoder(*codes)

    def posterior(self, frames: Tensor) -> tuple[Gaussian, Gaussian]:
        """q(c) (B, Zc) and q(m) (B, T, Zm) of clips (B, T, C, H, W) at the native frame rate."""
        self.encoder.compute_dtype = self.compute_dtype
        features = self.encoder(frames)  # (B, T, features)
        around, _ = self.reader(features)  # (B, T, 2 width): what came before, and what comes
        read = torch.cat([features, around], -1)
        return gaussian(self.content(read.mean(1))), gaussian(self.pose(read))

    def encode(
        self,
        frames: Tensor,
        action: int | str | None = None,
        more: int = 0,
        seed: int | None = None,
    ) -> LatentPath:
        """The path that draws given clips most nearly, see `Generator.encode`."""
        chosen = self._encoded(frames, action)
        (content, _), (motion, _) = self.posterior(frames)
        chosen = self.prior.action_of(motion) if chosen is None else chosen
        noise = self.prior.noise_of(motion, chosen)
        return self.prior.path(content, noise, chosen, frames.shape[1] + more, seed)
