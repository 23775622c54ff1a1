"""Limits, draws, caches: all that the page, the API and the command line hold."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from vidgen import engine, limits
from vidgen.directions import side_by_side
from vidgen.live import LiveRequest
from vidgen.memory import Pauses
from vidgen.outbox import Outbox
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.clip import grid_image, is_pixel_art, smaller, write_clip
from vidgen.pixels.formats import STREAMED, WRITERS, check_format
from vidgen.pixels.provenance import MAX_BYTES
from vidgen.pixels.sheet import LISTS, plan_sheet, sprite_sheet
from vidgen.place import MARK, VERSION
from vidgen.previews import Preview, PreviewPlan, plan_clip, plan_live, plan_timeline
from vidgen.requests import GENERATED, ClipRequest, SheetRequest, write_request
from vidgen.store.library import Library, Progress
from vidgen.store.terms import metadata_of
from vidgen.timeline import Timeline, write_timeline
from vidgen.types import Generator, LatentPath

log = logging.getLogger(__name__)

SIZE = 256
FORMATS = tuple(WRITERS)
MEASURED = 8  # times that it is measured how long a model takes
MAX_PREVIEWS = 48  # finished previews held at a time, some 50 KB each
MAX_PREVIEW_BYTES = 16 << 20  # of them all


class Studio(Library):
    """The models at hand and what can be made with them. Safe to use from many threads.

    `sources` are more models besides the bundled ones: paths of `.safetensors` files, or
    "hub:user/repo@revision". Nothing is loaded or fetched before it is asked for.
    """

    def __init__(self, *sources: str) -> None:
        super().__init__(*sources)
        self._previews: OrderedDict[tuple, Preview] = OrderedDict()
        self._speeds: dict[tuple, list[float]] = {}  # by which contents a file has
        self._outbox: Outbox | None = None
        self._made = threading.Lock()  # of the two above
        self._hasten = False  # whether it stays open long enough to look for a quicker engine
        self._pauses = Pauses()

    @property
    def folder(self) -> Path:
        """Where rendered files wait to be downloaded; bounded, and removed at exit."""
        return self._box().folder

    def _box(self) -> Outbox:
        with self._made:
            if self._outbox is None:
                self._outbox = Outbox()
            return self._outbox

    def close(self) -> None:
        """Removes every rendered file, and what visitors fetched."""
        super().close()
        with self._made:
            if self._outbox is not None:
                self._outbox.close()
                self._outbox = None

    def warm(self) -> None:
        """Loads the default model and draws a clip with it, so that the first request is quick.

        From then on a quicker engine is looked for in the background, for every model drawn.
        """
        self._hasten = True
        try:
            for model in self.names()[:1]:
                self.preview(ClipRequest(model))
        except ValueError as error:
            log.warning("%s", error)

    def render(
        self,
        request: ClipRequest | Timeline,
        size: int = SIZE,
        format: str = "webm",
        background: str = limits.TRANSPARENT,
        progress: Progress | None = None,
    ) -> Path:
        """Renders a clip to a file in `folder`; ValueError for what is not allowed."""
        frames, _ = self._check(request, size, format, background)
        generator = self.generator(request.model)
        spec = generator.spec
        report = progress or (lambda done, total: None)
        with self._reserved(f"{_stem(request)}.{format}") as target:
            return write_clip(
                target,
                (
                    chunk
                    for before, path, share in request.pieces(spec)
                    for chunk in self._chunks(generator, path, before, share)
                ),
                request.rate(spec),
                int(size),
                background=background,
                clean_up=request.clean_up(spec),
                progress=lambda done: report(done, frames),
                note=json.dumps(self._note(request, size=int(size), background=background)),
            )

    def _note(self, request: ClipRequest | SheetRequest | Timeline, **file: object) -> dict:
        """What a file says of itself: the place it shows, that it is generated, the terms."""
        if file.get("background") == limits.TRANSPARENT:
            file["background"] = None
        said = {"generated": GENERATED, "weights": self.generator(request.model).origin}
        said |= metadata_of(self.terms(request.model))
        if not isinstance(request, Timeline):
            return write_request(request, **file, **said)
        note = write_timeline(request, **file, **said)
        return note if len(json.dumps(note)) <= MAX_BYTES else {MARK: VERSION} | said

    @contextmanager
    def _reserved(self, name: str) -> Iterator[Path]:
        """A path for a new file in `folder`, which is given up if it can't be made."""
        box = self._box()
        target = box.reserve(name)
        try:
            yield target
        except BaseException:
            box.drop(target)
            raise

    def cost(
        self, request: ClipRequest | Timeline, size: int, format: str, background: str
    ) -> float:
        """How much work a file is, in frames of 256 pixels; ValueError for what is not allowed."""
        frames, batch = self._check(request, size, format, background)
        return frames * (batch + (size / SIZE) ** 2) / 2

    def _check(
        self, request: ClipRequest | Timeline, size: int, format: str, background: str
    ) -> tuple[int, int]:
        """How many frames a file has, and how many directions each shows; ValueError."""
        spec = self.generator(request.model).spec
        frames, batch = request.extent(spec)
        request.rate(spec)
        check_format(format)
        limits.check_background(background)
        if background != limits.TRANSPARENT and spec.channels != 4:
            raise ValueError("This model draws no transparency, so a background would not be seen.")
        limits.check_pixels(frames, int(limits.SIZE.check(size)), held=format not in STREAMED)
        if request.clean_up(spec).colors is not None:  # held at its own size until they are known
            limits.check_pixels(frames, spec.resolution * batch, held=True)
        return frames, batch

    def sheet(
        self, request: SheetRequest, image: str | None = None, progress: Progress | None = None
    ) -> tuple[Path, Path]:
        """The sprite sheet of a seed in `folder`: a PNG, and the JSON that says what is where.

        `image` is what the picture is called, in the JSON too; a name is made up if it is None.
        Raises ValueError for what is not allowed.
        """
        generator = self.generator(request.model)
        self.sheet_cost(request)
        sheet = sprite_sheet(
            generator,
            request.seed,
            None if request.action == "" else request.action,
            request.truncation,
            request.scale,
            CleanUp(request.snap, request.colors),
            draw=lambda path: self._chunks(generator, path),
            progress=progress,
        )
        terms = metadata_of(self.terms(request.model))
        said = {"model": request.model} | terms | {MARK: self._note(request)}
        sheet = replace(sheet, terms=said)
        with self._reserved(image or f"{_stem(request)}.png") as target:
            return sheet.save(target, request.format)

    def preview(self, request: ClipRequest | Timeline, start: int | None = None) -> Preview:
        """A clip for the player, as `render` would make it; ValueError for what is not allowed.

        With `start` only `CHUNK_FRAMES` of its frames, from that one on: they come sooner. Of a
        timeline there are never more, and fewer before a keyframe.
        """
        return self.draw_preview(self.plan_preview(request, start))

    def speed(self, model: str | None) -> float:
        """Milliseconds that 16 frames of a model take here, the best of some calls; ValueError."""
        loaded = self.loaded(model)
        taken = self._speeds.setdefault(loaded.stamp, [])
        if len(taken) < MEASURED:
            taken.append(engine.milliseconds(engine.prepared(loaded.generator)))
        return min(taken)

    def sheet_cost(self, request: SheetRequest) -> float:
        """How much work a sheet is, in frames of 256 pixels; ValueError for what is not allowed."""
        spec = self.spec(request.model)
        limits.check_choice("Format", request.format, LISTS)
        limits.SEED.check(request.seed)
        if request.truncation is not None:
            limits.TRUNCATION.check(request.truncation)
        return plan_sheet(
            spec, request.action or None, request.scale, CleanUp(request.snap, request.colors)
        ).frames

    def plan_preview(
        self, request: ClipRequest | Timeline, start: int | None = None
    ) -> PreviewPlan:
        """What a preview will be drawn from; ValueError for what is not allowed."""
        loaded = self.loaded(request.model)
        if isinstance(request, Timeline):
            return plan_timeline(loaded, request, start or 0)
        return plan_clip(loaded, request, start)

    def live(self, request: LiveRequest) -> Preview:
        """A chunk of video that never ends; ValueError for what is not allowed."""
        return self.draw_preview(self.plan_live(request))

    def plan_live(self, request: LiveRequest) -> PreviewPlan:
        """What a chunk will be drawn from; ValueError for what is not allowed."""
        return plan_live(self.loaded(request.now.model), request)

    def draw_preview(self, plan: PreviewPlan) -> Preview:
        """The preview that was planned; one that was drawn lately is not drawn again."""
        started = time.perf_counter()
        with self._made:
            if plan.key is not None and plan.key in self._previews:
                self._previews.move_to_end(plan.key)
                return self._previews[plan.key]
        generator = plan.generator
        chunks = self._chunks(generator, plan.path, plan.before, plan.share, plan.laid)
        grid = grid_image((smaller(chunk, plan.shrink) for chunk in chunks), plan.clean_up)
        seconds = time.perf_counter() - started
        preview = Preview(
            grid, plan.fps, generator.origin, engine.engine_of(generator), seconds,
            is_pixel_art(generator.spec.resolution, generator.spec.channels),
            plan.start, plan.total,
        )  # fmt: skip
        if plan.key is None:
            return preview
        with self._made:
            self._previews[plan.key] = preview
            held = sum(len(each.grid.image) for each in self._previews.values())
            while len(self._previews) > MAX_PREVIEWS or held > MAX_PREVIEW_BYTES:
                held -= len(self._previews.popitem(last=False)[1].grid.image)
        return preview

    def _chunks(
        self,
        generator: Generator,
        path: LatentPath,
        before: LatentPath | None = None,
        share: Tensor | None = None,
        laid: Callable[[Tensor], Tensor] = side_by_side,
    ) -> Iterator[Tensor]:
        """The frames of a path, chunk by chunk; of a batch as one clip, side by side or `laid`."""
        self._pauses.note()
        ready = engine.prepared(generator, self._hasten)
        for chunk in engine.draw(ready, path, before=before, share=share):
            yield laid(chunk)


def _stem(request: ClipRequest | SheetRequest | Timeline) -> str:
    """What a file is called, without its suffix. Models and actions may be called anything."""
    name = f"{(request.model or '').removeprefix('hub:')}-{request.name}"
    return re.sub(r"[^\w.-]+", "-", name)
