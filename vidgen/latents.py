"""Paths through latent space: from a seed, between two, one's content with another's motion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from vidgen import limits
from vidgen.limits import shown
from vidgen.types import GeneratorSpec, LatentPath

# A cubic B-spline reads 4 knots around a moment and the generator's 1-D convolutions widen that by
# 2 on either side, so this many knots are needed beyond the one that a moment lies behind.
SPLINE_MARGIN = 7
_MOTION_STREAM = 0x5EED_0F_4071  # keeps the motion's noise apart from the content's
# So many rows of a seed's motion are drawn one after another, which is what seeds have always
# meant; those beyond, an hour into a clip, by their numbers, so that any costs the same.
SEQUENCE = 8_208  # of 0.5 s each: 4,096 frames at 1 a second
WINDOW = 8.0  # seconds: noise of clips without an end begins at least so long before a moment
_BLOCK = 16  # numbers that PyTorch draws at a time: rows of whole blocks can be drawn all at once


def knot_count(seconds: float, knot_seconds: float) -> int:
    """How many motion knots the moments from 0 to `seconds` need."""
    return int(math.floor(seconds / knot_seconds + 1e-6)) + 1 + SPLINE_MARGIN


def seeded_path(
    spec: GeneratorSpec,
    seed: int,
    frames: int,
    fps: float | None = None,
    action: int | str | Tensor | None = None,
    truncation: float | None = None,
    loop: bool = False,
    motion_seed: int | None = None,
    speed: float = 1.0,
) -> LatentPath:
    """The path of a seed, batch of one: the same on every machine, whatever the length or rate.

    `fps` defaults to the spec's; `action` is an index, a name or class weights (A,), and the
    seed chooses one when it is None; `truncation` defaults to the spec's. With a `motion_seed` the
    content is that of `seed`, and moves as the clip of `motion_seed` does. A looped path repeats
    after `frames / fps` seconds; `speed` is how many seconds of motion pass in one. Raises
    ValueError for values out of `vidgen.limits` and for an action that the generator does not have.
    """
    moments = Moments.steady(spec, frames, fps, speed, loop)
    return path_at(spec, seed, moments, action, truncation, motion_seed)


@dataclass(frozen=True)
class Moments:
    """When the frames of a clip are: `times` (T,), in seconds since motion knot `first`."""

    times: Tensor
    first: int = 0
    period: float | None = None

    @classmethod
    def steady(
        cls,
        spec: GeneratorSpec,
        frames: int,
        fps: float | None = None,
        speed: float = 1.0,
        loop: bool = False,
    ) -> Moments:
        """Those of a clip from its beginning, see `seeded_path`."""
        frames, speed = limits.FRAMES.check(frames), limits.SPEED.check(speed)
        fps = limits.FPS.check(spec.fps if fps is None else fps)
        times = torch.arange(frames, dtype=torch.float64) / fps * speed
        period = frames / fps * speed if limits.check_switch("Loop", loop) else None
        return cls(times, period=period)

    @classmethod
    def endless(cls, spec: GeneratorSpec, start: float, step: float, frames: int) -> Moments:
        """`frames` of a clip without an end, from `start` seconds on, `step` seconds apart.

        What a step below 0 leads to before the beginning is the beginning. The noise begins a while
        before, at whole steps of WINDOW, so that recurrences have come to where they would be.
        """
        times = start + step * torch.arange(frames, dtype=torch.float64)
        times = times.clamp(min=0)
        window = max(0.0, (float(times.min()) // WINDOW - 1) * WINDOW)
        first = int(window / spec.knot_seconds)
        return cls(times - first * spec.knot_seconds, first)


def path_at(
    spec: GeneratorSpec,
    seed: int,
    moments: Moments,
    action: int | str | Tensor | None = None,
    truncation: float | None = None,
    motion_seed: int | None = None,
) -> LatentPath:
    """The path of a seed at given moments, see `seeded_path`."""
    frames, seed = len(moments.times), limits.SEED.check(seed)
    motion_seed = seed if motion_seed is None else limits.MOTION_SEED.check(motion_seed)
    truncation = limits.TRUNCATION.check(spec.truncation if truncation is None else truncation)
    content, seeded_action = seeded_content(spec, seed)
    if motion_seed != seed:
        seeded_action = seeded_content(spec, motion_seed)[1]
    return LatentPath(
        content=content.expand(1, frames, -1),
        motion=motion_rows(spec, motion_seed, moments)[None],
        times=moments.times,
        action=_action_weights(spec, action, seeded_action, frames),
        truncation=torch.full((1, 1), float(truncation)).expand(1, frames),
        period=moments.period,
        since=moments.first * spec.knot_seconds,
    )


def motion_rows(spec: GeneratorSpec, seed: int, moments: Moments) -> Tensor:
    """A seed's motion for given moments, (1 + K, motion_dim): row 0, then knots from `first` on."""
    first = 1 + moments.first
    stop = first + knot_count(float(moments.times.max()), spec.knot_seconds)
    if first == 1:
        return seeded_motion(seed, 0, stop, spec.motion_dim)
    whole = seeded_motion(seed, 0, 1, spec.motion_dim)
    return torch.cat([whole, seeded_motion(seed, first, stop, spec.motion_dim)])


def seeded_content(spec: GeneratorSpec, seed: int) -> tuple[Tensor, int]:
    """What a seed shows, (content_dim,), and the action that it chooses if nobody else does."""
    # Drawn on the CPU, so that a seed means the same clip everywhere.
    rng = torch.Generator().manual_seed(seed)
    content = torch.randn(spec.content_dim, generator=rng)
    return content, int(torch.randint(max(1, len(spec.actions)), (1,), generator=rng))


def seeded_motion(seed: int, first: int, stop: int, size: int) -> Tensor:
    """Rows `first` to `stop` - 1 of a seed's motion, (stop - first, size): 0, then knots."""
    rng = torch.Generator().manual_seed(seed ^ _MOTION_STREAM)
    count = min(stop, SEQUENCE) if first < SEQUENCE else 0
    if size % _BLOCK == 0:
        rows = torch.randn(count, size, generator=rng)
    else:  # row by row: one draw of all rows would change its beginning with its length
        drawn = [torch.randn(size, generator=rng) for _ in range(count)]
        rows = torch.stack(drawn) if drawn else torch.empty(0, size)
    beyond = [
        torch.randn(size, generator=rng.manual_seed((seed << 31 | row) ^ _MOTION_STREAM))
        for row in range(max(first, SEQUENCE), stop)
    ]
    return torch.cat([rows[first:], torch.stack(beyond)]) if beyond else rows[first:]


def native_path(
    spec: GeneratorSpec, seed: int, action: int | str, truncation: float | None = None
) -> LatentPath:
    """The native frames of one action of a seed, once and in order, as a sprite sheet has them.

    Those of its lead come first, at times below 0. Raises ValueError as `seeded_path` does, and
    for a model whose motion follows no script.
    """
    if not spec.timing:
        raise ValueError("This model has no native frames: its motion follows no script.")
    index = _action_index(spec, action)
    lead, frames = spec.timing[index].lead, spec.timing[index].frames
    path = seeded_path(spec, seed, lead + frames, action=index, truncation=truncation)
    return replace(path, times=torch.arange(-lead, frames, dtype=torch.float64) / spec.fps)


def whole_cycles(
    spec: GeneratorSpec, action: int | str, fps: float | None = None, cycles: float = 1
) -> int:
    """How many frames whole cycles of a scripted action take at a rate, the spec's if None."""
    native = spec.timing[_action_index(spec, action)].frames
    fps = limits.FPS.check(spec.fps if fps is None else fps)
    return max(1, round(cycles * native * fps / spec.fps))


def together(paths: Sequence[LatentPath]) -> LatentPath:
    """Paths of equal length, rate and kind as one batch."""
    actions = [path.action for path in paths if path.action is not None]
    return replace(
        paths[0],
        content=torch.cat([path.content for path in paths]),
        motion=torch.cat([path.motion for path in paths]),
        action=torch.cat(actions) if actions else None,
        truncation=torch.cat([path.truncation for path in paths]),
    )


def _action_weights(
    spec: GeneratorSpec, action: int | str | Tensor | None, seeded: int, frames: int
) -> Tensor | None:
    count = len(spec.actions)
    if not count:
        if action is not None:
            raise ValueError(f"This model has no actions to choose from, not {shown(action)}.")
        return None
    if isinstance(action, Tensor) and action.ndim:
        sound = action.shape == (count,) and bool(((action >= 0) & (action <= 1)).all())
        if not sound or not action.any():
            raise ValueError(f"Action weights must be {count} numbers from 0 to 1, not all 0.")
        return action.float().expand(1, frames, -1)
    index = seeded if action is None else _action_index(spec, action)
    return F.one_hot(torch.tensor(index), count).float().expand(1, frames, -1)


def _action_index(spec: GeneratorSpec, action: int | str | Tensor) -> int:
    if isinstance(action, str):
        return spec.actions.index(limits.check_choice("Action", action, spec.actions))
    return int(limits.Limit("Action", 0, len(spec.actions) - 1, whole=True).check(action))


def slerp(a: Tensor, b: Tensor, mix: Tensor) -> Tensor:
    """Spherical interpolation along the last axis; `mix` broadcasts against it, 0 is a and 1 is b.

    Shoemake, "Animating rotation with quaternion curves", 1985: with angle W between a and b,
    (sin((1 - mix) W) a + sin(mix W) b) / sin W. Exact at both ends.
    """
    cosine = F.cosine_similarity(a, b, dim=-1).unsqueeze(-1).clamp(-1, 1)
    angle = torch.acos(cosine)
    weight_a, weight_b = torch.sin((1 - mix) * angle), torch.sin(mix * angle)
    sine = torch.sin(angle)
    # Parallel vectors span no arc: there a straight line is the same thing.
    flat = sine < 1e-4
    weight_a = torch.where(flat, 1 - mix, weight_a / sine.where(~flat, torch.ones_like(sine)))
    weight_b = torch.where(flat, mix, weight_b / sine.where(~flat, torch.ones_like(sine)))
    return weight_a * a + weight_b * b


def morph(path_a: LatentPath, path_b: LatentPath, mix: float | Tensor) -> LatentPath:
    """The path between two: `mix` 0 is A and 1 is B, a number or a curve (T,) over time.

    Spherical on content and motion, linear on action and truncation. The motion has no frames of
    its own, so it takes the mean of a curve. Raises ValueError if the two do not match.
    """
    if not _alike(path_a, path_b) or not _in_step(path_a, path_b):
        raise ValueError("To morph, both paths need the same frames, rate and model.")
    if path_a.period != path_b.period:
        raise ValueError("To morph, both paths must loop alike.")
    mix = _curve(mix, path_a.frames).to(path_a.content)
    curve = mix.expand(path_a.frames)
    action = path_a.action
    if action is not None and path_b.action is not None:
        action = _lerp(action, path_b.action, curve[:, None])
    return replace(
        path_a,
        content=slerp(path_a.content, path_b.content, curve[:, None]),
        motion=slerp(path_a.motion, path_b.motion, curve.mean() if mix.ndim else mix),
        action=action,
        truncation=_lerp(path_a.truncation, path_b.truncation, curve),
    )


def _curve(mix: float | Tensor, frames: int) -> Tensor:
    """`mix` as a tensor, () or (frames,)."""
    if not isinstance(mix, list | tuple) and not getattr(mix, "ndim", 0):
        return torch.tensor(limits.MIX.check(mix))
    try:
        curve = torch.as_tensor(mix, dtype=torch.float32)
        sound = curve.shape == (frames,) and bool(((curve >= 0) & (curve <= 1)).all())
    except (TypeError, ValueError, RuntimeError):
        sound = False
    if not sound:
        raise ValueError(f"A curve of mix must be {frames:,} numbers from 0 to 1.")
    return curve


def _alike(a: LatentPath, b: LatentPath) -> bool:
    actions = [None if path.action is None else path.action.shape for path in (a, b)]
    return (
        a.content.shape == b.content.shape
        and a.motion.shape == b.motion.shape
        and actions[0] == actions[1]
    )


def _in_step(a: LatentPath, b: LatentPath) -> bool:
    return a.since == b.since and torch.equal(a.times, b.times)


def _lerp(a: Tensor, b: Tensor, mix: Tensor) -> Tensor:
    return (1 - mix) * a + mix * b  # exact at both ends, which a + mix * (b - a) is not


def mix(content_of: LatentPath, motion_of: LatentPath) -> LatentPath:
    """The first path's content, moving as the second does: its motion, action and times."""
    if content_of.content.shape != motion_of.content.shape:
        raise ValueError("To mix, both paths need the same number of frames and the same model.")
    return replace(motion_of, content=content_of.content, truncation=content_of.truncation)
