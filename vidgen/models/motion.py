"""Free motion: smooth noise and the phase of a cycle, read at real-valued moments."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.latents import SPLINE_MARGIN
from vidgen.models.layers import linear
from vidgen.types import GeneratorSpec, LatentPath

CYCLES_PER_SECOND = 0.8  # where an action's tempo starts to learn from, if nobody measured it


class FreeMotion(nn.Module):
    """How it moves at given times: (B, T, width) from the clip's noise and the action's cycle.

    Every action has its own head and its own tempo. The heads have no bias: a head that could
    ignore its input would let all motion collapse into one.
    """

    def __init__(
        self, spec: GeneratorSpec, width: int, harmonics: int = 3, learns_tempo: bool = True
    ) -> None:
        super().__init__()
        actions, noise = max(1, len(spec.actions)), spec.motion_dim
        self.knot_seconds, self.harmonics = spec.knot_seconds, harmonics
        self.rate = nn.Parameter(
            torch.full((actions,), math.log(CYCLES_PER_SECOND)), requires_grad=learns_tempo
        )
        self.rate_spread = nn.Parameter(torch.full((actions,), 0.1), requires_grad=learns_tempo)
        self.smooth = nn.ModuleList(nn.Conv1d(noise, noise, 3, bias=False) for _ in range(2))
        # Smooth motion has little of the higher orders; if they start at equal size, a generator
        # may well settle on two short cycles where the real one is a long one. So they start small,
        # and `phase` makes them smaller still.
        order = torch.arange(1, harmonics + 1).repeat(2).unsqueeze(-1)
        self.cycle = nn.Parameter(torch.randn(actions, 2 * harmonics, width) / order**2)
        self.drift = nn.Parameter(torch.randn(actions, noise, width) / noise**0.5 / 2)
        self.offset = nn.Parameter(torch.zeros(actions, width))
        self.mix = linear(width, width, gain=2**0.5)

    @torch.no_grad()
    def set_tempo(self, cycles_per_second: Sequence[float]) -> None:
        """Where every action's tempo starts to learn from, (A,) in Hz."""
        self.rate.copy_(torch.tensor(cycles_per_second).log())

    def forward(self, path: LatentPath, pace: Tensor | None = None) -> Tensor:
        """(B, T, width); `pace` (B, T) multiplies the tempo of every action's cycle."""
        action = path.action
        if action is None:
            action = path.content.new_ones(path.batch, path.frames, 1)
        times = path.times.expand(path.batch, path.frames).double()
        whole = path.motion[:, 0]
        phase = self.phase(whole, times + path.since, path.period, pace)  # (B, T, A, 2 * harmonics)
        noise = self.noise(path.motion[:, 1:], times, path.period)  # (B, T, noise)
        per_action = (
            torch.einsum("btac,acw->btaw", phase, self.cycle)
            + torch.einsum("btn,anw->btaw", noise, self.drift)
            + self.offset
        )
        return self.mix(F.leaky_relu((action.unsqueeze(-1) * per_action).sum(2), 0.2))

    def cycle_seconds(self, path: LatentPath, pace: Tensor | None) -> float:
        """How long a cycle takes at the first frame of a path (batch of one); `pace` as above."""
        action = 0 if path.action is None else int(path.action[0, 0].argmax())
        rate = (self.rate + self.rate_spread * path.motion[0, 0, 2])[action].exp()
        return 1 / float(rate if pace is None else rate * pace[0, 0])

    def phase(
        self, clip: Tensor, times: Tensor, period: float | None, pace: Tensor | None = None
    ) -> Tensor:
        """Cosines and sines (B, T, A, 2 * harmonics) of every action's cycle.

        `clip` (B, Zm): the angle of its first two numbers is where the cycle starts, the third
        makes it faster or slower. A period takes a whole number of cycles.
        """
        rate = torch.exp(self.rate + self.rate_spread * clip[:, 2:3]).double()  # (B, A), in Hz
        rate = rate[:, None] * (1 if pace is None else pace.double()[..., None])  # (B, 1 or T, A)
        if period is not None:
            rate = (rate * period).round().clamp(min=1) / period
        turns = torch.atan2(clip[:, 1], clip[:, 0]).double() / (2 * math.pi)
        turns = turns[:, None, None] + rate * times[:, :, None]  # (B, T, A)
        turns = turns - turns.detach().floor()  # stays precise hours into a clip
        order = torch.arange(1, self.harmonics + 1, device=turns.device)
        angle = (2 * math.pi * turns[..., None] * order).float()
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
