"""MoCoGAN: a recurrent network walks through motion space, a 2-D network draws each of its steps.

Tulyakov et al., "MoCoGAN: Decomposing motion and content for video generation", CVPR 2018, written
from the paper. Content z_C is one code a clip; motion codes are the states of a GRU that reads
fresh noise and the action at every frame: z_M(k) = R_M([epsilon(k), z_A], z_M(k - 1)); a frame is
G_I([z_C, z_M(k)]), transposed convolutions as in DCGAN. The baseline of the scoreboard.

What follows from the recurrence: a frame needs all noise before it, so a chunk from the middle of a
clip runs the GRU from the first frame (or from where the chunk before ended); the images need none
of each other. Time is in native frames. Beside the paper: between two of them the motion code goes
straight from one to the next, and a loop ends by fading into its own continuation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidgen.models.layers import premultiply
from vidgen.models.native import (
    WIDTHS,
    averaged_down,
    check_widths,
    frames_of_knot,
    latents_by_frame,
    noise_of_frame,
)
from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec, LatentPath

CONTENT_DIM, MOTION_DIM = 50, 10  # d_C and d_M of the paper


def latent_sizes(fps: float) -> dict[str, float]:
    """The latent fields of a GeneratorSpec for clips at `fps`, as in the paper."""
    return latents_by_frame(CONTENT_DIM, MOTION_DIM, fps)


@dataclass(frozen=True)
class MoCoGANConfig:
    """Sizes of the image generator: its channels at 4, 8, 16, ... pixels."""

    widths: tuple[int, ...] = setting(
        (512, 256, 128, 64), "channels at 4, 8, 16, ... pixels", **WIDTHS
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))

    @classmethod
    def for_resolution(cls, resolution: int) -> MoCoGANConfig:
        """The default sizes for 8, 16, ... pixels."""
        widths = list(cls.widths[: max(1, resolution.bit_length() - 3)])
        while 4 << len(widths) < resolution:
            widths.append(max(16, widths[-1] // 2))
        return cls(widths=tuple(widths))


class MoCoGANGenerator(Generator):
    """LatentPath -> frames (B, T, C, H, W) in [-1, 1]; RGB, or RGBA with premultiplied colour.

    A motion knot holds the noise of `knot_seconds * fps` native frames, one after another; row 0
    of the motion is where the GRU starts. Truncation pulls the content to 0, its mean.
    """

    def __init__(self, spec: GeneratorSpec, config: MoCoGANConfig | None = None) -> None:
        super().__init__()
        config = config or MoCoGANConfig.for_resolution(spec.resolution)
        check_widths(config.widths, spec.resolution)
        self.spec, self.config = spec, config
        self.motion = MotionGRU(spec)

        widths = config.widths
        layers = [_up(spec.content_dim + self.motion.size, widths[0], first=True)]
        for narrow, wide in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.BatchNorm2d(narrow), nn.ReLU(inplace=True), _up(narrow, wide)]
        layers += [nn.BatchNorm2d(widths[-1]), nn.ReLU(inplace=True)]
        self.image = nn.Sequential(*layers, _up(widths[-1], spec.channels, bias=True))

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames of a path; a smaller `resolution` is the full picture, averaged down."""
        image = self.draw(*self.codes(path))
        image = averaged_down(image, resolution)
        return image.unflatten(0, (path.batch, path.frames))

    def codes(self, path: LatentPath) -> tuple[Tensor]:
        """Content and motion side by side, (B T, Zc + Zm)."""
        content = path.content * path.truncation.unsqueeze(-1)
        return (torch.cat([content, self.motion(path)], -1).flatten(0, 1),)

    def draw(self, code: Tensor) -> Tensor:  # type: ignore[override]  # its own number of codes
        """Images (N, C, H, W) of codes (N, Zc + Zm)."""
        x = code[:, :, None, None].contiguous(memory_format=torch.channels_last)
        lower = self.compute_dtype != torch.float32
        with torch.autocast(x.device.type, self.compute_dtype, enabled=lower):
            x = self.image(x)
        x = x.float()
        if self.spec.channels == 4:
            return premultiply(torch.cat([torch.tanh(x[:, :3]), x[:, 3:]], 1))
        return torch.tanh(x)


class MotionGRU(nn.Module):
    """Motion codes (B, T, size) at given times: R_M, a GRU over the noise of every native frame.

    It runs once for every action; the weights of a path's actions mix the codes. For one action
    that is the paper's; and as a frame's code depends on no other frame's action, chunks agree.
    """

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.steps_per_knot = frames_of_knot(spec)
        self.fps, self.overlap = spec.fps, 2 * spec.knot_seconds
        self.size = noise_of_frame(spec)
        self.actions = len(spec.actions)
        self.recurrence = nn.GRU(self.size + self.actions, self.size, batch_first=True)
        self._kept: tuple | None = None

    def forward(self, path: LatentPath) -> Tensor:
        times = path.times.expand(path.batch, path.frames).double().clamp(min=0)
        period = path.period
        if period is None:
            return self.at(path, times)
        # A recurrence never comes back to where it began. So a loop begins with what would follow
        # its end, and fades over to its own beginning.
        times = times % period
        code, overlap = self.at(path, times), min(self.overlap, period)
        share = (1 - times / overlap).clamp(min=0).to(code.dtype)
        if not share.any():
            return code
        share = (share * share * (3 - 2 * share)).unsqueeze(-1)  # no jerk at its ends
        return torch.lerp(code, self.at(path, times + period), share)

    def at(self, path: LatentPath, times: Tensor) -> Tensor:
        """Codes (B, T, size) at times (B, T) >= 0, straight from one native frame to the next."""
        position = times * self.fps
        step = (position + 1e-6).floor()  # k / fps * fps may come out just below k
        fraction = (position - step).clamp(min=0).to(path.motion.dtype)[..., None, None]
        step = step.long()
        first, last = int(step.min()), int(step.max()) + 1
        states = self.states(path.motion, first, last + 1)  # (B, K, A, size)
        batch = torch.arange(path.batch, device=step.device)[:, None]
        before, after = states[batch, step - first], states[batch, step - first + 1]
        code = torch.lerp(before, after, fraction)  # (B, T, A, size)
        if path.action is None:
            return code[:, :, 0]
        return (code * path.action.unsqueeze(-1)).sum(2)

    def states(self, motion: Tensor, first: int, stop: int) -> Tensor:
        """The GRU's states (B, stop - first, A or 1, size) at steps `first` to `stop` - 1.

        Without gradients it goes on from where the call before ended, if the noise is the same: a
        clip drawn chunk by chunk then costs what it costs drawn at once.
        """
        weight, runs = self.recurrence.weight_hh_l0, max(1, self.actions)
        known = (motion, weight, weight._version)
        start, state = 0, motion[:, None, 0, : self.size].expand(-1, runs, -1)
        kept = None if torch.is_grad_enabled() else self._kept
        if kept and kept[0] is motion and kept[1] is weight and kept[2] == known[2]:
            start, state = kept[3:] if kept[3] <= first else (start, state)

        noise = motion[:, 1:].unflatten(2, (self.steps_per_knot, self.size)).flatten(1, 2)
        step = torch.arange(start, stop, device=motion.device) % noise.shape[1]
        inputs = noise[:, None, step].expand(-1, runs, -1, -1)  # (B, A, K, size)
        if self.actions:
            action = torch.eye(runs, device=motion.device, dtype=motion.dtype)[:, None]
            action = action.expand(len(motion), -1, len(step), -1)
            inputs = torch.cat([inputs, action], -1)
        state = state.flatten(0, 1).unsqueeze(0).contiguous()  # (1, B A, size)
        states = self.recurrence(inputs.flatten(0, 1), state)[0].unflatten(0, (-1, runs))

        # The next chunk begins at the earliest with the last step but one.
        if not torch.is_grad_enabled() and stop - 3 >= start:
            self._kept = (*known, stop - 2, states[:, :, stop - 3 - start].clone())
        return states[:, :, first - start :].transpose(1, 2)


def _up(channels_in: int, channels_out: int, first: bool = False, bias: bool = False) -> nn.Module:
    """Twice the size, or from 1 to 4 pixels."""
    stride, padding = (1, 0) if first else (2, 1)
    layer = nn.ConvTranspose2d(channels_in, channels_out, 4, stride, padding, bias=bias)
    # As in DCGAN: batch normalisation takes the size out again, but the smaller the weights, the
    # more a step of Adam turns them. At unit variance the critics ran away from the generator.
    nn.init.normal_(layer.weight, std=0.02)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
