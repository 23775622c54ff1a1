"""Codes that follow one from another, a native frame at a time, and what turns them into clips.

Of every step a network states a Gaussian, given the codes before it, and noise says which of its
values comes: z(k) = mean(z(<k)) + deviation(z(<k)) * noise(k). That can be read both ways: noise
gives codes, and codes, say of a real clip, have one noise that gives them (`noise_of`). So a clip
with an encoder becomes a path, and what follows it is the same path with more noise.

What follows from the recurrence is as in `mocogan.py`: a step needs all noise before it, so a chunk
goes on from where the one before ended, and a loop ends by fading into its own continuation.
Between two native frames a code goes straight from one to the next.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vidgen.latents import knot_count
from vidgen.models.frames import gaussian
from vidgen.models.layers import linear
from vidgen.models.native import frames_of_knot, noise_of_frame
from vidgen.types import GeneratorSpec, LatentPath


class Steps(nn.Module):
    """Codes (B, T, size) of a path; how one follows from those before is the `core`'s to say.

    core(x (R, n, width), state or None) -> (its outputs (R, n, width), the state to go on from),
    as nn.GRU and nn.LSTM have it. The noise of `steps_per_knot` steps lies in one motion knot.
    """

    def __init__(self, spec: GeneratorSpec, core: nn.Module, width: int) -> None:
        super().__init__()
        self.steps_per_knot = frames_of_knot(spec)
        self.fps, self.overlap, self.knot = spec.fps, 2 * spec.knot_seconds, spec.knot_seconds
        self.size, self.actions = noise_of_frame(spec), len(spec.actions)
        self.enter = linear(self.size + self.actions, width)
        self.dropout = nn.Dropout(0.0)  # training sets how likely
        self.core = core
        self.leave = linear(width, 2 * self.size, gain=0.1)  # at first a code is like the last
        self._kept: tuple[Any, ...] | None = None

    def predict(
        self, before: Tensor, action: Tensor | None, state: Any = None
    ) -> tuple[Tensor, Tensor, Any]:
        """What follows each of the codes (R, n, size): mean and deviation, alike; the state.

        `action` (R, A). Without a state the first of them is the code before the first step: 0.
        """
        x = before
        if action is not None:
            x = torch.cat([x, action[:, None].expand(-1, x.shape[1], -1)], -1)
        x, state = self.core(self.dropout(self.enter(x)), state)
        change, deviation = gaussian(self.leave(self.dropout(x)))
        return before + change, deviation, state

    def given(self, codes: Tensor, action: Tensor | None) -> tuple[Tensor, Tensor]:
        """Mean and deviation (R, n, size) of each of the codes, given those before it."""
        before = torch.cat([torch.zeros_like(codes[:, :1]), codes[:, :-1]], 1)
        return self.predict(before, action)[:2]

    def forward(self, path: LatentPath, first: Tensor | None = None) -> Tensor:
        """Codes (B, T, size) at a path's times; `first` (B, size) replaces the first noise."""
        times = path.times.expand(path.batch, path.frames).double().clamp(min=0)
        period = path.period
        if period is None:
            return self.at(path, times, first)
        times = times % period
        code, overlap = self.at(path, times, first), min(self.overlap, period)
        share = (1 - times / overlap).clamp(min=0).to(code.dtype)
        if not share.any():
            return code
        share = (share * share * (3 - 2 * share)).unsqueeze(-1)  # no jerk at its ends
        return torch.lerp(code, self.at(path, times + period, first), share)

    def at(self, path: LatentPath, times: Tensor, first: Tensor | None = None) -> Tensor:
        """Codes (B, T, size) at times (B, T) >= 0, straight from one native frame to the next."""
        position = times * self.fps
        step = (position + 1e-6).floor()  # k / fps * fps may come out just below k
        fraction = (position - step).clamp(min=0).to(path.motion.dtype)[..., None, None]
        step = step.long()
        start, last = int(step.min()), int(step.max()) + 1
        used = [0]
        if path.action is not None:  # every action in it runs apart, so that chunks agree
            used = path.action.flatten(0, 1).amax(0).nonzero().flatten().tolist()
        codes = self.unroll(path.motion, first, used, start, last + 1)  # (B, K, used, size)
        batch = torch.arange(path.batch, device=step.device)[:, None]
        code = torch.lerp(codes[batch, step - start], codes[batch, step - start + 1], fraction)
        if path.action is None:
            return code[:, :, 0]
        return (code * path.action[..., used].unsqueeze(-1)).sum(2)

    def unroll(
        self, motion: Tensor, first: Tensor | None, used: list[int], start: int, stop: int
    ) -> Tensor:
        """Codes (B, stop - start, actions used, size) of the steps from `start` to `stop` - 1.

        Without gradients it goes on from where the call before ended, if the noise is the same: a
        clip drawn chunk by chunk then costs what it costs drawn at once.
        """
        runs, weight = len(used), self.leave.weight
        known = (motion, weight, weight._version, first, used)
        noise = self.noise(motion)
        action = None
        if self.actions:
            action = torch.eye(self.actions, device=motion.device, dtype=motion.dtype)[used]
            action = action.repeat(len(motion), 1)  # (B runs, A)
        code = motion.new_zeros(len(motion) * runs, self.size)
        begin, state = 0, None
        kept = None if torch.is_grad_enabled() else self._kept
        if kept and _same(kept[0], known) and kept[1] <= start:
            begin, code, state = kept[1:]

        found = []
        for step in range(begin, stop):
            # Kept for the next chunk, which begins at the earliest with the last step but one.
            if step == stop - 2 and not torch.is_grad_enabled():
                self._kept = (known, step, code, state)
            drawn = noise[:, step % noise.shape[1]]
            if step == 0 and first is not None:
                drawn = first
            mean, deviation, state = self.predict(code[:, None], action, state)
            code = mean[:, 0] + deviation[:, 0] * drawn.repeat_interleave(runs, 0)
            if step >= start:
                found.append(code)
        return torch.stack(found, 1).unflatten(0, (-1, runs)).transpose(1, 2)

    def noise(self, motion: Tensor) -> Tensor:
        """The noise of all steps (B, steps, size) in the rows of a path's motion."""
        return motion[:, 1:].unflatten(2, (self.steps_per_knot, self.size)).flatten(1, 2)

    def noise_of(self, codes: Tensor, action: Tensor | None) -> Tensor:
        """The noise (B, n, size) which gives these codes (B, n, size)."""
        mean, deviation = self.given(codes, action)
        return (codes - mean) / deviation

    def action_of(self, codes: Tensor) -> Tensor | None:
        """The action (B, A), one-hot, under which the codes (B, n, size) are likeliest."""
        if not self.actions:
            return None
        every = torch.eye(self.actions, device=codes.device, dtype=codes.dtype)
        surprise = []
        for action in every:
            mean, deviation = self.given(codes, action.expand(len(codes), -1))
            surprise.append(
                (((codes - mean) / deviation).square() / 2 + deviation.log()).sum((1, 2))
            )
        return every[torch.stack(surprise).argmin(0)]

    def path(
        self,
        content: Tensor,
        noise: Tensor,
        action: Tensor | None,
        frames: int,
        seed: int | None = None,
    ) -> LatentPath:
        """A path of `frames` native frames: content (B, n), and noise (B, <= frames, size).

        The noise after that is drawn from the seed, or is 0 without one: what is expected.
        """
        rows = 1 + knot_count((frames - 1) / self.fps, self.knot)
        motion = noise.new_zeros(len(noise), rows, self.steps_per_knot * self.size)
        if seed is not None:
            rng = torch.Generator().manual_seed(seed)
            motion = torch.randn(motion.shape, generator=rng).to(noise)
        steps = self.noise(motion).clone()
        steps[:, : noise.shape[1]] = noise
        motion[:, 1:] = steps.unflatten(1, (-1, self.steps_per_knot)).flatten(2)
        return LatentPath(
            content=content[:, None].expand(-1, frames, -1),
            motion=motion,
            times=torch.arange(frames, dtype=torch.float64, device=noise.device) / self.fps,
            action=None if action is None else action[:, None].expand(-1, frames, -1),
            truncation=torch.ones(len(noise), frames, device=noise.device),
        )


def _same(kept: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    """Whether noise, weights, first noise and actions are those that were kept."""
    motion, weight, version, first, used = now
    if kept[0] is not motion or kept[1] is not weight or kept[2] != version or kept[4] != used:
        return False
    return first is kept[3] or (
        first is not None and kept[3] is not None and torch.equal(first, kept[3])
    )
