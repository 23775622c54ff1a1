"""Autoregressive: each frame from those before it, as codes of a small autoencoder.

As in Ha and Schmidhuber, "World models", NeurIPS 2018: a VAE of single frames makes pictures of 16
numbers, and a network states a Gaussian of the next code z(k), given z(<k) and the action. That
network is an LSTM (Hochreiter and Schmidhuber 1997), or a causal Transformer (Vaswani et al. 2017)
whose layers look back over `window` steps, which makes it as good for a clip of any length. The
content of a path is the noise of the first code, its motion the noise of those that follow. The
encoder travels in the weights file, so that a clip can be continued.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.limits import check_choice
from vidgen.models.frames import FrameDecoder, FrameEncoder, gaussian, widths_for
from vidgen.models.layers import linear
from vidgen.models.native import averaged_down, check_widths, latents_by_frame
from vidgen.models.steps import Steps
from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec, LatentPath

CODE = 16  # numbers that a frame becomes
CORES = ("lstm", "transformer")
HEADS = 4  # of attention


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`."""
    return latents_by_frame(CODE, CODE, fps)


@dataclass(frozen=True)
class AutoregressiveConfig:
    """`widths`: channels at 4, 8, 16, ... pixels; `width`, `layers` and `window` are the core's."""

    core: str = setting("lstm", "what states the next frame's code", choices=CORES)
    widths: tuple[int, ...] = (80, 48, 24, 12)
    width: int = 96
    layers: int = 2
    window: int = 8  # steps that a layer of the Transformer looks back over, this one included

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> AutoregressiveConfig:
        """The default sizes for 8, 16, ... pixels: below 0.75 million parameters up to 64."""
        return cls(widths=widths_for(resolution, cls.widths))


class AutoregressiveGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    Truncation pulls the first code to its mean.
    """

    def __init__(self, spec: GeneratorSpec, config: AutoregressiveConfig | None = None) -> None:
        super().__init__()
        config = config or AutoregressiveConfig.for_resolution(spec.resolution)
        check_widths(config.widths, spec.resolution)
        self.spec, self.config = spec, config
        self.steps = Steps(spec, core_of(config), config.width)
        if spec.content_dim != self.steps.size:
            raise ValueError(
                f"content_dim must be {self.steps.size}, the size of a code, "
                f"not {spec.content_dim}."
            )
        self.encoder = FrameEncoder(spec.channels, config.widths, 2 * self.steps.size)
        self.decoder = FrameDecoder(self.steps.size, spec.channels, config.widths)

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        image = self.draw(*self.codes(path))
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def codes(self, path: LatentPath) -> tuple[Tensor]:
        """z(k) of every frame, (B T, Z)."""
        content = path.content * path.truncation.unsqueeze(-1)
        if torch.equal(content, content[:, :1].expand_as(content)):
            return (self.steps(path, content[:, 0]).flatten(0, 1),)
        # What each frame would be if the clip had begun as its own content says.
        return (self.steps(_apart(path), content.flatten(0, 1)).flatten(0, 1),)

    def draw(self, *codes: Tensor) -> Tensor:
        """Images (N, C, H, W) of codes (N, Z)."""
        self.decoder.compute_dtype = self.compute_dtype
        return self.decoder(*codes)

    def posterior(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """q(z) of frames (..., C, H, W): mean and deviation (..., Z)."""
        self.encoder.compute_dtype = self.compute_dtype
        return gaussian(self.encoder(frames))

    def encode(
        self,
        frames: Tensor,
        action: int | str | None = None,
        more: int = 0,
        seed: int | None = None,
    ) -> LatentPath:
        """The path that draws given clips most nearly, see `Generator.encode`."""
        chosen = self._encoded(frames, action)
        codes, _ = self.posterior(frames)
        chosen = self.steps.action_of(codes) if chosen is None else chosen
        noise = self.steps.noise_of(codes, chosen)
        return self.steps.path(noise[:, 0], noise, chosen, frames.shape[1] + more, seed)


def core_of(config: AutoregressiveConfig) -> nn.Module:
    """The network between codes. Raises ValueError for a core that there is not."""
    if check_choice("Core", config.core, CORES) == "lstm":
        return nn.LSTM(config.width, config.width, config.layers, batch_first=True)
    return CausalTransformer(config.width, config.layers, config.window)


class CausalTransformer(nn.Module):
    """x (R, n, width) after `past` -> the same, and the past of what follows.

    A step sees itself and the `window` - 1 before it, in every layer: those are the past.
    """

    def __init__(self, width: int, layers: int, window: int) -> None:
        super().__init__()
        if width % HEADS or window < 2:
            raise ValueError(
                f"a Transformer's width must be a multiple of {HEADS} and its window at least 2, "
                f"not {width} and {window}."
            )
        self.blocks = nn.ModuleList(_Block(width, window) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, past: list[Tensor] | None = None) -> tuple[Tensor, list[Tensor]]:
        follows = []
        for index, block in enumerate(self.blocks):
            x, seen = block(x, past[index] if past else x[:, :0])
            follows.append(seen)
        return self.norm(x), follows


class _Block(nn.Module):
    """Attention and a perceptron, normalised first (Xiong et al. 2020).

    How far back a step lies is learnt as a bias of the attention (Shaw et al. 2018), by head.
    """

    def __init__(self, width: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key_value = linear(width, width), linear(width, 2 * width)
        self.leave = linear(width, width, gain=0.3)
        self.near = nn.Parameter(torch.zeros(HEADS, window))
        self.perceptron = nn.Sequential(
            linear(width, 4 * width), nn.GELU(), linear(4 * width, width, gain=0.3)
        )

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        now = self.norm(x)
        seen = torch.cat([past, now], 1)  # (R, p + n, width)
        back = torch.arange(seen.shape[1], device=x.device)
        back = back[past.shape[1] :, None] - back  # (n, p + n), steps behind
        within = (back >= 0) & (back < self.window)
        bias = self.near[:, back.clamp(0, self.window - 1)].masked_fill(~within, -torch.inf)
        query, key, value = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in (self.query(now), *self.key_value(seen).chunk(2, -1))
        )
        read = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        x = x + self.leave(read.transpose(1, 2).flatten(2))
        return x + self.perceptron(self.second_norm(x)), seen[:, 1 - self.window :]


def _apart(path: LatentPath) -> LatentPath:
    """The frames of a path as clips of one frame each."""
    count, times = path.frames, path.times.expand(path.batch, path.frames)
    return dataclasses.replace(
        path,
        content=path.content.flatten(0, 1)[:, None],
        motion=path.motion.repeat_interleave(count, 0),
        times=times.flatten()[:, None],
        action=None if path.action is None else path.action.flatten(0, 1)[:, None],
        truncation=path.truncation.flatten()[:, None],
    )
