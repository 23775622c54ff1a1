"""What the page's players show: small clips, and what they are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from vidgen import limits
from vidgen.directions import side_by_side
from vidgen.live import LiveRequest
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.clip import Grid
from vidgen.requests import ClipRequest
from vidgen.store.library import Loaded
from vidgen.timeline import Timeline
from vidgen.types import CHUNK_FRAMES, Generator, LatentPath


@dataclass(frozen=True)
class Preview:
    """A small clip for the player: its grid and rate, which weights and engine made it, how fast.

    `pixel_art` wants its pixels seen, not smoothed. It begins at frame `start` of `total`.
    """

    grid: Grid
    fps: float
    origin: str
    engine: str
    seconds: float
    pixel_art: bool
    start: int
    total: int


@dataclass(frozen=True)
class PreviewPlan:
    """What a preview is drawn from; `start` of `total` frames come before it.

    `key` is the same for the same preview; None for one that nobody asks for again. Its frames are
    `share` (T,) of `path`, and the rest of `before`, if there is one.
    """

    generator: Generator
    path: LatentPath
    fps: float
    clean_up: CleanUp
    key: tuple | None
    start: int = 0
    total: int = 0
    shrink: int = 1  # how many times smaller it is shown than it is drawn
    before: LatentPath | None = None
    share: Tensor | None = None
    laid: Callable[[Tensor], Tensor] = side_by_side  # frames of a batch as those of one clip

    @property
    def cost(self) -> int:
        """How many frames are drawn."""
        return self.path.frames * self.path.batch


def plan_clip(loaded: Loaded, request: ClipRequest, start: int | None = None) -> PreviewPlan:
    """What a clip, or with `start` a part of it, will be drawn from; see `Studio.preview`."""
    generator, spec = loaded.generator, loaded.generator.spec
    path, fps, clean_up = request.path(spec), request.rate(spec), request.clean_up(spec)
    limits.PREVIEW_FRAMES.check(path.frames)
    limits.check_preview(path.frames, spec.resolution, path.batch)
    total, stop = path.frames, path.frames
    if start is None or clean_up.colors is not None:  # all frames share a palette
        start = 0
    else:
        start = max(0, min(limits.FRAME.check(start), total - CHUNK_FRAMES))
        stop = min(start + CHUNK_FRAMES, total)
    # A file or a branch may be new since.
    key = (generator.origin, loaded.stamp, request, start, stop)
    part, shrink = path.between(start, stop), request.shrink(spec)
    return PreviewPlan(generator, part, fps, clean_up, key, start, total, shrink, laid=request.laid)


def plan_live(loaded: Loaded, request: LiveRequest) -> PreviewPlan:
    """What a chunk of live video will be drawn from; ValueError for what is not allowed."""
    generator, spec = loaded.generator, loaded.generator.spec
    path, before = request.path(spec), request.path_before(spec)
    return PreviewPlan(
        generator, path, request.fps, request.clean_up(spec), None, total=path.frames,
        before=before, share=None if before is None else request.share(),
    )  # fmt: skip


def plan_timeline(loaded: Loaded, timeline: Timeline, start: int) -> PreviewPlan:
    """What the frames of a timeline from `start` on will be drawn from, a few; ValueError."""
    generator, spec = loaded.generator, loaded.generator.spec
    total, _ = timeline.extent(spec)
    first = min(limits.FRAME.check(start), total - 1)
    before, path, share = next(timeline.pieces(spec, first))
    key = (generator.origin, loaded.stamp, timeline, first)
    return PreviewPlan(
        generator, path, timeline.rate(spec), CleanUp(), key, first, total,
        before=before, share=share,
    )  # fmt: skip
