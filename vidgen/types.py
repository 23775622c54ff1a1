"""The shared nouns: a latent path, a generator and its specification.

A rendered clip is `vidgen.pixels.clip.Clip`: it is made of bytes, and nothing here is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

CHUNK_FRAMES = 16  # frames drawn at a time: the memory of a generation does not grow beyond this


@dataclass(frozen=True)
class ActionTiming:
    """The native frames of a scripted action, as a sprite sheet has them.

    `frames` are its cycle; `lead` frames come before it, at times below 0 (a walk that stands
    first); after its last frame it `loops` smoothly to the first of the cycle, or else holds and
    begins again.
    """

    frames: int
    lead: int = 0
    loops: bool = False


@dataclass(frozen=True)
class GeneratorSpec:
    """What a generator makes and which latents it takes: all that the outside needs to know.

    `fps` is the rate of the clips it learnt from, `resolution` the side of a frame in pixels,
    `knot_seconds` the spacing of the motion noise; `actions` is empty if there are no labels.
    `timing` has one entry per action if motion follows a script (frame k of an action is the same
    pose in every clip), and is empty if it does not.
    """

    family: str
    resolution: int
    channels: int
    fps: float
    content_dim: int
    motion_dim: int
    knot_seconds: float = 0.5
    actions: tuple[str, ...] = ()
    truncation: float = 1.0
    timing: tuple[ActionTiming, ...] = ()

    def __post_init__(self) -> None:
        # JSON has lists only; a frozen, hashable spec wants a tuple.
        object.__setattr__(self, "actions", tuple(self.actions))
        object.__setattr__(self, "timing", tuple(self.timing))
        if len(self.timing) not in (0, len(self.actions)):
            raise ValueError(
                f"timing must name {len(self.actions)} actions, not {len(self.timing)}."
            )


@dataclass(frozen=True)
class LatentPath:
    """A walk through latent space, one step a frame; what a generator turns into frames.

    content: (B, T, content_dim), what is shown.
    motion: (B, 1 + K, motion_dim), how it moves: row 0 belongs to the whole clip (its phase and
        tempo), rows 1.. are noise knots `knot_seconds` apart, so that it does not depend on T.
    times: (T,) or (B, T), in seconds, real-valued; of a part of a long clip, since its first knot.
    action: (B, T, A) class weights, or None.
    truncation: (B, T), 1 leaves the content alone and 0 draws the average of all contents.
    period: seconds after which the clip repeats, or None.
    since: when time 0 is, in seconds of the clip: above 0 the knots before it are left out.
    """

    content: Tensor
    motion: Tensor
    times: Tensor
    action: Tensor | None
    truncation: Tensor
    period: float | None = None
    since: float = 0.0

    @property
    def batch(self) -> int:
        return self.content.shape[0]

    @property
    def frames(self) -> int:
        return self.content.shape[1]

    def between(self, start: int, stop: int) -> LatentPath:
        """The part from frame `start` up to, not including, frame `stop`."""
        return replace(
            self,
            content=self.content[:, start:stop],
            times=self.times[..., start:stop],
            action=None if self.action is None else self.action[:, start:stop],
            truncation=self.truncation[:, start:stop],
        )

    def to(self, device: torch.device | str) -> LatentPath:
        """The same path on another device."""
        return replace(
            self,
            content=self.content.to(device),
            motion=self.motion.to(device),
            times=self.times.to(device),
            action=None if self.action is None else self.action.to(device),
            truncation=self.truncation.to(device),
        )


class Generator(nn.Module):
    """Turns a latent path into frames. A family derives from it and sets `spec` and `config`.

    `spec` and `config` (the family's dataclass) are all that is needed to rebuild the network.
    `compute_dtype` is the number format of its convolutions, bfloat16 if that is faster; what
    comes out is float32 in any case. `origin` says where its weights are from; loading sets it.
    """

    spec: GeneratorSpec
    config: Any
    compute_dtype: torch.dtype = torch.float32
    clip_encoder: Any = None  # models/guess.py: lay beside its weights, and is no part of it
    origin: str = "no file"

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        """Frames (B, T, C, H, W) of a path, about in [-1, 1], C = 3 or 4 (colour premultiplied).

        H and W are `spec.resolution`, or a smaller `resolution` (8, 16, ...), as growing training
        and previews want it.
        """
        raise NotImplementedError

    def codes(self, path: LatentPath) -> tuple[Tensor, ...]:
        """What `draw` draws the images of a path from, each (B T, n).

        A family whose images need nothing of each other splits `forward` into these two; then
        other engines than PyTorch can take over `draw`, which is nearly all of the work.
        """
        raise NotImplementedError

    def draw(self, *codes: Tensor) -> Tensor:
        """Images (N, C, H, W), about in [-1, 1], of codes (N, n)."""
        raise NotImplementedError

    def cycle_seconds(self, path: LatentPath) -> float | None:
        """How long a cycle of its motion takes on a path (batch of one); None without cycles."""
        return None

    def encode(
        self,
        frames: Tensor,
        action: int | str | None = None,
        more: int = 0,
        seed: int | None = None,
    ) -> LatentPath:
        """The path that draws given clips most nearly, and then `more` frames.

        `frames` (B, T, C, H, W) in [-1, 1] at the native rate and resolution; the action is the
        likeliest if None. What follows the clips is what is expected, or a sample with a seed.
        Raises ValueError if they do not fit, or if the family has no encoder.
        """
        raise ValueError(
            f"A model of the family {self.spec.family} has no encoder, so it can't tell which "
            "latents a clip has."
        )

    @torch.inference_mode()
    def reconstruct(self, frames: Tensor, action: int | str | None = None) -> Tensor:
        """Given clips (B, T, C, H, W) as this model draws them, in [-1, 1]; as `encode`."""
        return self(self.encode(frames, action)).clamp(-1, 1)

    @torch.inference_mode()
    def continue_(
        self,
        frames: Tensor,
        more: int,
        action: int | str | None = None,
        seed: int | None = None,
    ) -> Tensor:
        """What follows given clips, (B, `more`, C, H, W) in [-1, 1]; as `encode`."""
        path = self.encode(frames, action, more, seed)
        return self(path)[:, frames.shape[1] :].clamp(-1, 1)

    def _encoded(self, frames: Tensor, action: int | str | None) -> Tensor | None:
        """The action's weights (B, A), None if it is not given. Raises ValueError."""
        spec = self.spec
        wanted = (spec.channels, spec.resolution, spec.resolution)
        if frames.ndim != 5 or tuple(frames.shape[2:]) != wanted or 0 in frames.shape:
            raise ValueError(
                f"Clips to encode must be (B, T, {', '.join(map(str, wanted))}) in [-1, 1], not "
                f"{tuple(frames.shape)}."
            )
        if action is None:
            return None
        index = spec.actions.index(action) if action in spec.actions else action
        if not isinstance(index, int) or not 0 <= index < len(spec.actions):
            there = ", ".join(spec.actions) or "none"
            raise ValueError(f"This model has no action {action!r:.40}; it has {there}.")
        weights = frames.new_zeros(len(frames), len(spec.actions))
        weights[:, index] = 1
        return weights

    @torch.inference_mode()
    def stream(self, path: LatentPath, chunk: int = CHUNK_FRAMES) -> Iterator[Tensor]:
        """Yields the frames of a path in order, (B, <= chunk, C, H, W) at a time, on the CPU.

        By PyTorch and unlocked; whoever shows clips to people calls `vidgen.engine.draw`.
        """
        device = next(self.parameters()).device
        for start in range(0, path.frames, chunk):
            part = path.between(start, start + chunk).to(device)
            yield self(part).float().clamp(-1, 1).cpu()
