"""The flagship: a style-based generator of continuous-time video.

Content enters through the style w of a mapping network only (Karras et al. 2019); motion is smooth
noise and the phase of a cycle, read at real-valued times, so that frames are independent of each
other and any moment can be drawn alone (after StyleGAN-V, Skorokhodov et al. 2022).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.latents import SPLINE_MARGIN
from vidgen.models.script import ScriptWeights
from vidgen.types import Generator, GeneratorSpec, LatentPath

HARMONICS = 3  # of the cycle: cos and sin of 1, 2 and 3 times its phase
CYCLES_PER_SECOND = 0.8  # where an action's tempo starts to learn from, if nobody measured it


@dataclass(frozen=True)
class StyleConfig:
    """Sizes of the network. `widths` are the channels at 4, 8, 16, ... pixels.

    With `still_colours` what a pose draws is coloured by the content alone, so that a character
    keeps its colours whatever it does; without, colours may change with the motion, as light does.
    With `roaming` the input is a plane that the style moves, for things that travel far.
    """

    widths: tuple[int, ...] = (224, 224, 160, 96, 48)
    style_dim: int = 256
    pose_channels: int = 64  # of the 4x4 input, drawn by the style rather than constant
    still_colours: bool = False
    roaming: bool = False

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

    def __init__(self, spec: GeneratorSpec, config: StyleConfig | None = None) -> None:
        super().__init__()
        config = config or StyleConfig()
        if 4 << (len(config.widths) - 1) != spec.resolution:
            raise ValueError(
                f"{len(config.widths)} widths make {4 << (len(config.widths) - 1)} pixels, "
                f"not {spec.resolution}."
            )
        self.spec, self.config = spec, config
        self.compute_dtype = torch.float32  # of the convolutions; bfloat16 where it is faster
        width, widths = config.style_dim, config.widths

        self.mapping = Mapping(spec.content_dim, width)
        self.motion = (Script if spec.timing else Motion)(spec, width // 2)
        self.join = _perceptron(width + width // 2, width)

        channels = widths[0] - config.pose_channels
        if config.roaming:
            self.plane = Roaming(channels, width)
        else:
            self.constant = nn.Parameter(torch.randn(channels, 4, 4))
        self.pose = _linear(width, config.pose_channels * 16)
        self.first = StyleConv(widths[0], widths[0], width)
        self.blocks = nn.ModuleList(
            Block(narrow, wide, width) for narrow, wide in zip(widths[:-1], widths[1:], strict=True)
        )
        self.to_image = nn.ModuleList(ToImage(c, spec.channels, width) for c in widths[1:])

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` (8, 16, ...) stops early at that size."""
        content = self.mapping(path.content, path.truncation)  # (B, T, S)
        style = self.join(torch.cat([content, self.motion(path)], -1)).flatten(0, 1)
        colours = content.flatten(0, 1) if self.config.still_colours else style
        image = self.draw(style, colours, resolution or self.spec.resolution)
        return image.unflatten(0, content.shape[:2])

    def draw(self, style: Tensor, colours: Tensor, resolution: int) -> Tensor:
        """Images (N, C, H, W) of styles (N, S), coloured by styles (N, S)."""
        pose = self.pose(style).unflatten(1, (-1, 4, 4))
        plane = self.plane(style) if self.config.roaming else self.constant
        x = torch.cat([plane.expand(len(style), -1, -1, -1), pose], 1)
        x = x.to(self.compute_dtype, memory_format=torch.channels_last)
        x = self.first(x, style)

        image = None
        for block, to_image in zip(self.blocks, self.to_image, strict=True):
            x = block(x, style)
            image = (
                to_image(x, colours) if image is None else upsample(image) + to_image(x, colours)
            )
            if x.shape[-1] >= resolution:
                break
        return premultiply(image.float()) if self.spec.channels == 4 else image.float()


class Mapping(nn.Module):
    """Content latent -> content style. Keeps the average style, towards which truncation pulls."""

    def __init__(self, content_dim: int, width: int) -> None:
        super().__init__()
        self.layers = _perceptron(content_dim, width)
        self.register_buffer("mean", torch.zeros(width))

    def forward(self, content: Tensor, truncation: Tensor) -> Tensor:
        # (B, T, Zc), (B, T) -> (B, T, S)
        content = content * torch.rsqrt(content.square().mean(-1, keepdim=True) + 1e-8)
        style = self.layers(content)
        if self.training:
            self.mean.lerp_(style.detach().mean((0, 1)), 0.005)
        return torch.lerp(self.mean.expand_as(style), style, truncation.unsqueeze(-1))


class Roaming(nn.Module):
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
        self.place = _linear(style_dim, 2, gain=self.REACH)

    def forward(self, style: Tensor) -> Tensor:
        x = (torch.arange(4, device=style.device) + 0.5) / 4 - 0.5  # centres, in frames
        grid = torch.stack(torch.meshgrid(x, x, indexing="xy"), -1)  # (4, 4, 2)
        seen = grid - self.place(style)[:, None, None]  # (N, 4, 4, 2)
        waves = torch.sin(2 * math.pi * (seen @ self.waves + self.phase))
        return 2**0.5 * waves.permute(0, 3, 1, 2)


class Motion(nn.Module):
    """How it moves at given times: (B, T, width) from the clip's noise and the action's cycle.

    Every action has its own head and its own tempo. The heads have no bias: a head that could
    ignore its input would let all motion collapse into one.
    """

    def __init__(self, spec: GeneratorSpec, width: int) -> None:
        super().__init__()
        actions, noise = max(1, len(spec.actions)), spec.motion_dim
        self.knot_seconds = spec.knot_seconds
        self.rate = nn.Parameter(torch.full((actions,), math.log(CYCLES_PER_SECOND)))
        self.rate_spread = nn.Parameter(torch.full((actions,), 0.1))
        self.smooth = nn.ModuleList(nn.Conv1d(noise, noise, 3, bias=False) for _ in range(2))
        self.cycle = nn.Parameter(torch.randn(actions, 2 * HARMONICS, width) / HARMONICS**0.5)
        self.drift = nn.Parameter(torch.randn(actions, noise, width) / noise**0.5 / 2)
        self.offset = nn.Parameter(torch.zeros(actions, width))
        self.mix = _linear(width, width, gain=2**0.5)

    @torch.no_grad()
    def set_tempo(self, cycles_per_second: Sequence[float]) -> None:
        """Where every action's tempo starts to learn from, (A,) in Hz."""
        self.rate.copy_(torch.tensor(cycles_per_second).log())

    def forward(self, path: LatentPath) -> Tensor:
        action = path.action
        if action is None:
            action = path.content.new_ones(path.batch, path.frames, 1)
        times = path.times.expand(path.batch, path.frames).double()
        phase = self.phase(path.motion[:, 0], times, path.period)  # (B, T, A, 2 * HARMONICS)
        noise = self.noise(path.motion[:, 1:], times, path.period)  # (B, T, noise)
        per_action = (
            torch.einsum("btac,acw->btaw", phase, self.cycle)
            + torch.einsum("btn,anw->btaw", noise, self.drift)
            + self.offset
        )
        return self.mix(F.leaky_relu((action.unsqueeze(-1) * per_action).sum(2), 0.2))

    def phase(self, clip: Tensor, times: Tensor, period: float | None) -> Tensor:
        """Cosines and sines (B, T, A, 2 * HARMONICS) of every action's cycle.

        `clip` (B, Zm): the angle of its first two numbers is where the cycle starts, the third
        makes it faster or slower. A period takes a whole number of cycles.
        """
        rate = torch.exp(self.rate + self.rate_spread * clip[:, 2:3]).double()  # (B, A), in Hz
        if period is not None:
            rate = (rate * period).round().clamp(min=1) / period
        turns = torch.atan2(clip[:, 1], clip[:, 0]).double() / (2 * math.pi)
        turns = turns[:, None, None] + rate[:, None] * times[:, :, None]  # (B, T, A)
        turns = turns - turns.detach().floor()  # stays precise hours into a clip
        order = torch.arange(1, HARMONICS + 1, device=turns.device)
        angle = (2 * math.pi * turns[..., None] * order).float()
        # Smooth motion has little of the higher orders; at equal size, a generator may well settle
        # on two short cycles where the real one is a long one.
        return torch.cat([torch.cos(angle) / order, torch.sin(angle) / order], -1)

    def noise(self, knots: Tensor, times: Tensor, period: float | None) -> Tensor:
        """Smooth noise (B, T, Zm): knots (B, K, Zm), convolved, then a cubic B-spline through them.

        Only the few knots around a moment are read, so it costs the same at any length.
        """
        spacing, wrap = self.knot_seconds, None
        if period is not None:
            wrap = max(1, round(period / spacing))
            spacing = period / wrap
        position = times / spacing
        knot = position.floor()
        fraction = (position - knot).to(knots.dtype).unsqueeze(-1)  # (B, T, 1)
        index = knot.long().unsqueeze(-1) + torch.arange(SPLINE_MARGIN + 1, device=knots.device)
        if wrap is not None:
            index = index % wrap
        batch = torch.arange(len(knots), device=knots.device)[:, None, None]
        window = knots[batch, index]  # (B, T, 8, Zm)
        x = window.flatten(0, 1).transpose(1, 2)  # (B T, Zm, 8)
        for conv in self.smooth:
            x = x[..., 1:-1] + F.leaky_relu(conv(x), 0.2)
        around = x.unflatten(0, times.shape)  # (B, T, Zm, 4)
        # Uniform cubic B-spline: twice continuously differentiable, so no jerk at a knot.
        f = fraction
        basis = torch.cat(
            [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3], -1
        )
        return (around * (basis / 6).unsqueeze(-2)).sum(-1)


class Script(nn.Module):
    """How it moves where motion follows a script: (B, T, width), a learnt vector a native frame.

    Between two native frames it goes straight from one vector to the next.
    """

    def __init__(self, spec: GeneratorSpec, width: int) -> None:
        super().__init__()
        self.weights = ScriptWeights(spec)
        self.keyframes = nn.Parameter(torch.randn(self.weights.count, width))
        self.mix = _linear(width, width, gain=2**0.5)

    def forward(self, path: LatentPath) -> Tensor:
        times = path.times.expand(path.batch, path.frames)
        weights = self.weights(times, path.action, path.period)
        return self.mix(F.leaky_relu(weights @ self.keyframes, 0.2))


class StyleConv(nn.Module):
    """3x3 convolution modulated by a style, then bias and leaky ReLU.

    Scales inputs and demodulates outputs rather than weights (Karras et al. 2020, section 2.2), so
    that the whole batch is one plain convolution: y = d * conv(s * x), d = 1 / |s W|.
    """

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self._kept: tuple | None = None
        fan_in = channels_in * 9
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, 3, 3) / fan_in**0.5)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.affine = _linear(style_dim, channels_in)
        nn.init.ones_(self.affine.bias)

    def forward(self, x: Tensor, style: Tensor, up: bool = False) -> Tensor:
        """(N, Cin, H, W) -> (N, Cout, H, W), or twice the size with `up`."""
        scale = self.affine(style)  # (N, Cin)
        weight, power = self._prepared(x.dtype)
        demodulation = torch.rsqrt(scale.square() @ power + 1e-8)  # (N, Cout)
        x = F.conv2d(x * _map(scale, x), weight, padding=1)
        if up:
            x = upsample(x)
        # The gain of a leaky ReLU is part of the demodulation: one pass over the pixels less. Two
        # passes then, because addcmul is several times slower in bfloat16 on a CPU.
        x = x * _map(demodulation * 2**0.5, x) + self.bias.to(x.dtype)[:, None, None]
        return F.leaky_relu(x, 0.2, inplace=True)

    def _prepared(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The weight in `dtype`, and |W|^2 (Cin, Cout); kept between calls while nothing learns."""
        state = (dtype, self.weight._version, self.weight.data_ptr())
        if torch.is_grad_enabled() or self._kept is None or self._kept[0] != state:
            weight = self.weight.to(dtype, memory_format=torch.channels_last)
            power = self.weight.square().sum((2, 3)).T
            if torch.is_grad_enabled():
                return weight, power
            self._kept = (state, weight, power)
        return self._kept[1:]


class Block(nn.Module):
    """Twice the size: a convolution at the small size, which is cheap, then one at the large."""

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self.up = StyleConv(channels_in, channels_out, style_dim)
        self.same = StyleConv(channels_out, channels_out, style_dim)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return self.same(self.up(x, style, up=True), style)


class ToImage(nn.Module):
    """Modulated 1x1 convolution to colours. Starts at nothing, so that a size can be added late."""

    def __init__(self, channels_in: int, channels_out: int, style_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels_out, channels_in, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.affine = _linear(style_dim, channels_in)
        nn.init.ones_(self.affine.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale = _map(self.affine(style), x)
        return F.conv2d(x * scale, self.weight.to(x.dtype), self.bias.to(x.dtype))


def _linear(features_in: int, features_out: int, gain: float = 1.0) -> nn.Linear:
    # Unit variance at the start: PyTorch's own initialisation is a third of that a layer, and
    # styles that hardly differ make every clip the same one for thousands of steps.
    linear = nn.Linear(features_in, features_out)
    nn.init.normal_(linear.weight, std=gain / features_in**0.5)
    nn.init.zeros_(linear.bias)
    return linear


def _perceptron(features_in: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        _linear(features_in, width), nn.LeakyReLU(0.2), _linear(width, width, gain=2**0.5)
    )


def premultiply(image: Tensor) -> Tensor:
    """Straight colour and unbounded alpha (N, 4, H, W) -> premultiplied RGBA in about [-1, 1].

    What is transparent comes out black and what is clearly opaque solid, without being learnt.
    """
    colour, alpha = image[:, :3], (1 + torch.tanh(2 * image[:, 3:])) / 2
    return torch.cat([(colour + 1) * alpha, 2 * alpha], 1) - 1


def upsample(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W), low-pass: bilinear is the [1, 3, 3, 1] filter."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _map(vector: Tensor, like: Tensor) -> Tensor:
    return vector.to(like.dtype)[:, :, None, None]
