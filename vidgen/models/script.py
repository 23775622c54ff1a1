"""Motion that follows a script: which native frames of which action a moment lies between."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.models.layers import linear
from vidgen.types import GeneratorSpec, LatentPath


class ScriptWeights(nn.Module):
    """Moments -> weights (B, T, K) over all K native frames of all actions of a spec's `timing`.

    The native frames of action a stand at `first[a]` and after, those of its lead before those of
    its cycle. At a native moment all weight is on one of them, between two it is shared linearly.
    """

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        timing = spec.timing
        self.fps = spec.fps
        self.first: Tensor
        self.lead: Tensor
        self.cycle: Tensor
        self.loops: Tensor
        lengths = torch.tensor([t.lead + t.frames for t in timing])
        self.count = int(lengths.sum())
        for name, value in {
            "first": lengths.cumsum(0) - lengths,
            "lead": torch.tensor([t.lead for t in timing]),
            "cycle": torch.tensor([t.frames for t in timing]),
            "loops": torch.tensor([t.loops for t in timing]),
        }.items():
            self.register_buffer(name, value, persistent=False)

    def forward(self, times: Tensor, action: Tensor, period: float | None = None) -> Tensor:
        """times (B, T) in seconds, action (B, T, A) weights; a period takes whole cycles."""
        rate = self.fps / self.cycle.double()  # (A,), in cycles a second
        if period is not None:
            rate = (rate * period).round().clamp(min=1) / period
        # Rounding must not turn the first frame of a cycle into the last of the one before.
        frame = times.double()[..., None] * (rate * self.cycle) + 1e-6  # (B, T, A)
        frame = torch.where(
            frame < 0, torch.maximum(frame, -self.lead.double()), frame % self.cycle
        )
        before = frame.floor()
        share = (frame - before).float()
        after = before.long() + 1
        end = torch.where(self.loops, 0, self.cycle - 1)  # what follows the last frame
        after = self.first + self.lead + torch.where(after == self.cycle, end, after)
        before = self.first + self.lead + before.long()
        weights = times.new_zeros(*times.shape, self.count, dtype=torch.float32)
        weights.scatter_add_(-1, before, (1 - share) * action)
        return weights.scatter_add_(-1, after, share * action)


class ScriptedMotion(nn.Module):
    """How it moves if motion follows a script: (B, T, width), one learnt vector per native frame.

    Between two native frames it goes straight from one vector to the next. A script has one tempo.
    """

    def __init__(self, spec: GeneratorSpec, width: int) -> None:
        super().__init__()
        self.weights = ScriptWeights(spec)
        self.keyframes = nn.Parameter(torch.randn(self.weights.count, width))
        self.mix = linear(width, width, gain=2**0.5)

    def forward(self, path: LatentPath, pace: Tensor | None = None) -> Tensor:
        times = path.times.expand(path.batch, path.frames) + path.since
        weights = self.weights(times, path.action, path.period)
        return self.mix(F.leaky_relu(weights @ self.keyframes, 0.2))
