"""The flagship: a style-based generator of continuous-time video.

Content enters through the style w of a mapping network only (Karras et al. 2019); motion is smooth
noise and the phase of a cycle, read at real-valued times, so that frames are independent of each
other and any moment can be drawn alone (after StyleGAN-V, Skorokhodov et al. 2022).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidgen import limits
from vidgen.models.anchored import AnchoredMapping
from vidgen.models.layers import linear, perceptron
from vidgen.models.modulated import modulated, modulated_colours, upsample
from vidgen.models.motion import FreeMotion
from vidgen.models.palette import AnyColour, Palette
from vidgen.models.script import ScriptedMotion
from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec, LatentPath


@dataclass(frozen=True)
class StyleConfig:
    """Sizes of the network. `widths` are the channels at 4, 8, 16, ... pixels.

    With `still_colours` what a pose draws is coloured by the content alone, so that a character
    keeps its colours whatever it does; without, colours may change with the motion, as light does.
    With a `palette` of so many colours, chosen by the content, a pixel is a mixture of those: for
    pixel art, and whatever else is of few colours. With `fourier_input` the input is a plane that
    the style moves, for things that travel far. With `anchors`, so many contents have places of
    their own in the latent space (anchored.py); the higher the `sharpness`, the fewer seeds lie
    between two. `harmonics` is the number of multiples of the cycle's frequency that motion is
    made of.
    """

    widths: tuple[int, ...] = (224, 224, 160, 96, 48)
    style_dim: int = 256
    pose_channels: int = 64  # of the 4x4 input, drawn by the style rather than constant
    still_colours: bool = setting(
        False, "colours depend on the content and not on the motion: for sprites"
    )
    palette: int = setting(
        0,
        "pixels are mixtures of so many, which the content chooses: for pixel art and flat "
        "colours; 0: any colour",
        metavar="COLOURS",
    )
    fourier_input: bool = setting(
        False,
        "the style moves the plane that is drawn on: for things that travel far",
        once="roaming",
    )
    anchors: int = setting(
        0,
        "subjects that clips show again and again, as files of the same name under every action: "
        "each gets a place in the latent space, and learns from its clips directly; for loops",
        metavar="SUBJECTS",
    )
    sharpness: float = 12.0
    harmonics: int = setting(3, "of the cycle: more for quick moves within a slow one")

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> StyleConfig:
        """The default sizes for 8, 16, ... pixels: half the channels of 64 at each doubling."""
        widths = list(cls.widths[: max(2, resolution.bit_length() - 2)])
        while 4 << (len(widths) - 1) < resolution:
            widths.append(max(16, widths[-1] // 2))
        return cls(widths=tuple(widths))


class StyleGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour."""

    config: StyleConfig

    def __init__(self, spec: GeneratorSpec, config: StyleConfig | None = None) -> None:
        super().__init__()
        config = config or StyleConfig()
        if 4 << (len(config.widths) - 1) != spec.resolution:
            raise ValueError(
                f"{len(config.widths)} widths make {4 << (len(config.widths) - 1)} pixels, "
                f"not {spec.resolution}."
            )
        self.spec, self.config = spec, config
        width, widths = config.style_dim, config.widths

        self.mapping: Mapping | AnchoredMapping
        self.motion: ScriptedMotion | FreeMotion
        self.palette: Palette | AnyColour
        if config.anchors:
            self.mapping = AnchoredMapping(spec, config.anchors, config.sharpness, width)
        else:
            self.mapping = Mapping(spec.content_dim, width)
        if spec.timing:
            self.motion = ScriptedMotion(spec, width // 2)
        else:
            known = config.anchors > 0  # the tempo: anchors are for cycles whose length is known
            self.motion = FreeMotion(spec, width // 2, config.harmonics, learns_tempo=not known)
        self.join = perceptron(width + width // 2, width)

        channels = widths[0] - config.pose_channels
        self.plane = FourierInput(channels, width) if config.fourier_input else None
        if self.plane is None:
            self.constant = nn.Parameter(torch.randn(channels, 4, 4))
        self.pose = linear(width, config.pose_channels * 16)
        self.first = StyleConv(widths[0], widths[0], width)
        self.blocks = nn.ModuleList(
            Block(narrow, wide, width) for narrow, wide in zip(widths[:-1], widths[1:], strict=True)
        )
        drawn = limits.PALETTE.check(config.palette) if config.palette else spec.channels
        to_image = [ToImage(c, drawn, width) for c in widths[1:]]
        self.to_image = nn.ModuleList(to_image)
        self.still_colours = config.still_colours or config.palette > 0
        if config.palette:
            self.palette = Palette(config.palette, spec.channels, width)
            # Colours that differ nowhere would all learn the same.
            nn.init.normal_(to_image[0].weight, std=0.1)
        else:
            self.palette = AnyColour(spec.channels)

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` (8, 16, ...) stops early at that size."""
        image = self.draw(*self.codes(path), resolution)
        return image.unflatten(0, (path.batch, path.frames))

    @torch.no_grad()
    def cycle_seconds(self, path: LatentPath) -> float | None:
        """A cycle of its action's: scripted, or at the tempo of the clip and of its content."""
        if self.spec.timing and path.action is not None:
            return self.spec.timing[int(path.action[0, 0].argmax())].frames / self.spec.fps
        assert isinstance(self.motion, FreeMotion)
        path = path.to(next(self.parameters()).device)
        _, pace = self.mapping(path.content, path.truncation, path.action)
        return self.motion.cycle_seconds(path, pace)

    def codes(self, path: LatentPath) -> tuple[Tensor, Tensor]:
        """Styles (B T, S) of a path, and those that colour it."""
        content, pace = self.mapping(path.content, path.truncation, path.action)  # (B, T, S)
        style = self.join(torch.cat([content, self.motion(path, pace)], -1)).flatten(0, 1)
        return style, content.flatten(0, 1) if self.still_colours else style

    def draw(  # type: ignore[override]  # its own number of codes
        self, style: Tensor, colours: Tensor, resolution: int | None = None
    ) -> Tensor:
        """Images (N, C, H, W) of styles (N, S), coloured by styles (N, S)."""
        resolution = resolution or self.spec.resolution
        pose = self.pose(style).unflatten(1, (-1, 4, 4))
        plane = self.constant if self.plane is None else self.plane(style)
        x = torch.cat([plane.expand(len(style), -1, -1, -1), pose], 1)
        x = x.to(self.compute_dtype, memory_format=torch.channels_last)
        x, gain = self.first(x, None, style)

        image = None
        for block, to_image in zip(self.blocks, self.to_image, strict=True):
            x, gain = block(x, gain, style)
            more = to_image(x, gain, colours)
            image = more if image is None else upsample(image) + more
            if x.shape[-1] >= resolution:
                break
        assert image is not None, "there are blocks"
        return self.palette(image.float(), colours)


class Mapping(nn.Module):
    """Content latent -> content style. Keeps the average style, towards which truncation pulls."""

    def __init__(self, content_dim: int, width: int) -> None:
        super().__init__()
        self.layers = perceptron(content_dim, width)
        self.mean: Tensor
        self.register_buffer("mean", torch.zeros(width))

    def forward(
        self, content: Tensor, truncation: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, None]:
        """(B, T, Zc), (B, T) -> styles (B, T, S); no content has a tempo of its own."""
        content = content * torch.rsqrt(content.square().mean(-1, keepdim=True) + 1e-8)
        style = self.layers(content)
        if self.training:
            self.mean.lerp_(style.detach().mean((0, 1)), 0.005)
        return torch.lerp(self.mean.expand_as(style), style, truncation.unsqueeze(-1)), None


class FourierInput(nn.Module):
    """Waves over a plane (N, C, 4, 4), seen from where the style says (Karras et al. 2021, 3.1).

    To move what is drawn, the style has to learn two numbers rather than new pictures.
    """

    HIGHEST = 2.0  # waves across the frame: what four pixels can tell apart
    REACH = 0.25  # of the frame: how far styles are apart at the start

    def __init__(self, channels: int, style_dim: int) -> None:
        super().__init__()
        angle, radius, phase = torch.rand(3, channels)
        angle, radius = 2 * math.pi * angle, self.HIGHEST * radius
        self.register_buffer("waves", torch.stack([radius * angle.cos(), radius * angle.sin()]))
        self.register_buffer("phase", phase)
        self.place = linear(style_dim, 2, gain=self.REACH)

    def forward(self, style: Tensor) -> Tensor:
        x = (torch.arange(4, device=style.device) + 0.5) / 4 - 0.5  # centres, in frames
        grid = torch.stack(torch.meshgrid(x, x, indexing="xy"), -1)  # (4, 4, 2)
        seen = grid - self.place(style)[:, None, None]  # (N, 4, 4, 2)
        waves = torch.sin(2 * math.pi * (seen @ self.waves + self.phase))
        return 2**0.5 * waves.permute(0, 3, 1, 2)


class StyleConv(nn.Module):
    """3x3 convolution modulated by a style, then bias and leaky ReLU.

    Scales inputs and demodulates outputs rather than weights (Karras et al. 2020, section 2.2), so
    that the whole batch is one plain convolution: y = d * conv(s * x), d = 1 / |s W|. What is
    multiplied by d is left to the next layer.
    """

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self._kept: tuple | None = None
        fan_in = channels_in * 9
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, 3, 3) / fan_in**0.5)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.affine = linear(style_dim, channels_in)
        nn.init.ones_(self.affine.bias)

    def forward(
        self, x: Tensor, gain: Tensor | None, style: Tensor, up: bool = False
    ) -> tuple[Tensor, Tensor]:
        """(N, Cin, H, W), its factors -> (N, Cout, H, W), its factors; twice the size with `up`.

        Factors (N, C) are what channels have yet to be multiplied by. d > 0 passes through a leaky
        ReLU, so it joins the scale of the next layer: one pass over the pixels less.
        """
        scale = self.affine(style)  # (N, Cin)
        weight, power = self._prepared(x.dtype)
        # The gain of a leaky ReLU is part of the demodulation.
        demodulation = torch.rsqrt(scale.square() @ power + 1e-8) * 2**0.5  # (N, Cout)
        scale = scale if gain is None else scale * gain
        bias = (self.bias / demodulation).to(x.dtype)
        return modulated(x, weight, bias, scale.to(x.dtype), up), demodulation

    def _prepared(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The weight in `dtype`, and |W|^2 (Cin, Cout); kept between calls while nothing learns."""
        learns = torch.is_grad_enabled() or torch.compiler.is_compiling()
        state = None if learns else (dtype, self.weight._version, self.weight.data_ptr())
        if learns or self._kept is None or self._kept[0] != state:
            weight = self.weight.to(dtype, memory_format=torch.channels_last)
            power = self.weight.square().sum((2, 3)).T
            if learns:
                return weight, power
            self._kept = (state, weight, power)
        return self._kept[1:]


class Block(nn.Module):
    """Twice the size: a convolution at the small size, which is cheap, then one at the large."""

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self.up = StyleConv(channels_in, channels_out, style_dim)
        self.same = StyleConv(channels_out, channels_out, style_dim)

    def forward(self, x: Tensor, gain: Tensor | None, style: Tensor) -> tuple[Tensor, Tensor]:
        return self.same(*self.up(x, gain, style, up=True), style)


class ToImage(nn.Module):
    """Modulated 1x1 convolution to colours, initialised to zero: a size can be added late."""

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels_out, channels_in, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.affine = linear(style_dim, channels_in)
        nn.init.ones_(self.affine.bias)

    def forward(self, x: Tensor, gain: Tensor, style: Tensor) -> Tensor:
        return modulated_colours(x, self.weight, self.bias, self.affine(style) * gain)
