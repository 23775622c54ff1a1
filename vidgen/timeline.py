"""A timeline: places and when they are reached, and the long clip that goes through all of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from vidgen import limits
from vidgen.latents import Moments, slerp
from vidgen.limits import Limit, shown
from vidgen.pixels.cleanup import CleanUp
from vidgen.place import FIELDS, MARK, VERSION, Place, read_place, written
from vidgen.types import CHUNK_FRAMES, GeneratorSpec, LatentPath

MOST_CHARACTERS = 60_000  # of a JSON
KEYFRAMES = Limit("Number of keyframes", 2, 64, whole=True)
SECONDS = Limit("Length in seconds", 0.1, 3_600)
AT = Limit("Time of a keyframe", 0, 3_600)
SPHERICAL, SPLINE = "spherical", "spline"
WAYS = (SPHERICAL, SPLINE)

Piece = tuple[LatentPath, LatentPath, Tensor]  # before, after, how much of the second: (T,)


@dataclass(frozen=True)
class Keyframe:
    """A place, and when it is reached, in seconds."""

    at: float
    place: Place


@dataclass(frozen=True)
class Timeline:
    """Keyframes in the order of their times; the first is where the clip begins, at any time.

    `seconds` is the length of a loop, which comes back to the first keyframe; a clip without a loop
    ends with the last one. Contents go from one to the next on great circles, or on one smooth
    curve through all of them; how they move goes over in the styles. `fps` is the model's if None.
    """

    keyframes: tuple[Keyframe, ...]
    seconds: float | None = None
    loop: bool = False
    way: str = SPLINE
    fps: float | None = None
    model: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        KEYFRAMES.check(len(self.keyframes))
        times = [AT.check(keyframe.at) for keyframe in self.keyframes]
        if any(later - earlier < 0.01 for earlier, later in zip(times, times[1:], strict=False)):
            raise ValueError("Keyframes must come one after another, at least 0.01 seconds apart.")
        limits.check_switch("Loop", self.loop), limits.check_choice("Way", self.way, WAYS)
        models = {keyframe.place.model for keyframe in self.keyframes}
        if len(models) > 1:
            raise ValueError("All keyframes of a timeline must be of one model.")
        object.__setattr__(self, "model", next(iter(models)))
        if self.loop and self.length <= times[-1] - times[0]:
            raise ValueError("A loop must be longer than the way to its last keyframe.")

    def of(self, model: str | None) -> Timeline:
        """The same of another model."""
        keys = (replace(key, place=replace(key.place, model=model)) for key in self.keyframes)
        return replace(self, keyframes=tuple(keys))

    @property
    def length(self) -> float:
        """Seconds."""
        way = self.keyframes[-1].at - self.keyframes[0].at
        if not self.loop:
            return way
        usual = way + way / (len(self.keyframes) - 1)  # back as quickly as from one to the next
        return SECONDS.check(usual if self.seconds is None else self.seconds)

    def rate(self, spec: GeneratorSpec) -> float:
        """Its frames a second."""
        return limits.FPS.check(spec.fps if self.fps is None else self.fps)

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"timeline-of-{len(self.keyframes)}"

    def clean_up(self, spec: GeneratorSpec) -> CleanUp:
        """What is done to its pixels: nothing."""
        return CleanUp()

    def extent(self, spec: GeneratorSpec) -> tuple[int, int]:
        """How many frames it has and how many directions each shows; ValueError if too many."""
        count, moment = self.length * self.rate(spec), Moments.steady(spec, 1)
        frames = limits.FRAMES.check(max(1, round(count) if self.loop else math.floor(count) + 1))
        ways = {key.place.path_at(spec, moment).batch for key in self.keyframes}
        if len(ways) > 1:
            raise ValueError("All keyframes of a timeline must show as many directions.")
        return frames, ways.pop()

    def pieces(self, spec: GeneratorSpec, first: int = 0) -> Iterator[Piece]:
        """What its frames are drawn from, a few at a time, in order from `first` on; ValueError."""
        (frames, _), rate = self.extent(spec), self.rate(spec)
        moments, moment = (
            Moments.steady(spec, frames, rate, loop=self.loop),
            Moments.steady(spec, 1),
        )
        places = [key.place for key in self.keyframes]
        contents = [place.path_at(spec, moment).content[:, 0] for place in places]
        starts = [key.at - self.keyframes[0].at for key in self.keyframes]
        if self.loop:
            places, starts = [*places, places[0]], [*starts, frames / rate]
        times = torch.arange(frames, dtype=torch.float64) / rate
        last = len(places) - 2

        @lru_cache(maxsize=2)  # those on both sides of a piece
        def path_of(index: int) -> LatentPath:
            return places[index].path_at(spec, moments)

        for index in range(last + 1):
            begin, end = (_first(times, start) for start in starts[index : index + 2])
            end = frames if index == last else end
            for start in range(begin, end, CHUNK_FRAMES):
                stop = min(start + CHUNK_FRAMES, end)
                if stop <= first:
                    continue
                start = max(start, first)
                share = (times[start:stop] - starts[index]) / (starts[index + 1] - starts[index])
                share = share.clamp(0, 1).float()
                content = self._content(contents, starts, index, share)
                before, after = (
                    replace(path.between(start, stop), content=content)
                    for path in (path_of(index), path_of(index + 1))
                )
                yield before, after, share

    def _content(
        self, contents: list[Tensor], starts: list[float], index: int, share: Tensor
    ) -> Tensor:
        """Contents (B, T, Z) on the way from one keyframe to the next; `starts` has one more."""
        count, whole = len(contents), starts[-1]
        lengths = [content.norm(dim=-1, keepdim=True) for content in contents]

        def at(number: int) -> tuple[Tensor, float]:
            """Direction and length of a keyframe's content, (B, 1, Z + 1), and its time."""
            turns, number = divmod(number, count) if self.loop else (0, number)
            number = min(max(number, 0), count - 1)
            parts = torch.cat([contents[number] / lengths[number], lengths[number]], -1)
            return parts[:, None], starts[number] + turns * whole

        def slope(number: int) -> Tensor:
            (before, earlier), (after, later) = at(number - 1), at(number + 1)
            return (after - before) / (later - earlier)

        (a, begin), (b, end), s = at(index), at(index + 1), share[:, None]
        if self.way == SPHERICAL:
            return slerp(contents[index][:, None], contents[(index + 1) % count][:, None], s)
        # A cubic Hermite spline with the slopes of Catmull and Rom (1974). Directions and lengths
        # apart: straight between two contents lies what is shorter than noise is, and is nobody.
        curve = (2 * s**3 - 3 * s**2 + 1) * a + (3 * s**2 - 2 * s**3) * b
        turns = (s**3 - 2 * s**2 + s) * slope(index) + (s**3 - s**2) * slope(index + 1)
        curve = curve + (end - begin) * turns
        direction, length = curve[..., :-1], curve[..., -1:]
        return direction * (length / direction.norm(dim=-1, keepdim=True).clamp(min=1e-6))


def _first(times: Tensor, start: float) -> int:
    """The number of the first frame at `start` or after."""
    return int((times < start - 1e-9).sum())


def read_timeline(document: object) -> tuple[Timeline, dict[str, Any], list[str]]:
    """The timeline that a JSON describes, what it says of its file, sentences about the rest.

    Raises ValueError if it is none.
    """
    if isinstance(document, str):
        if len(document) > MOST_CHARACTERS:
            raise ValueError(f"A timeline has at most {MOST_CHARACTERS:,} characters.")
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            raise ValueError("This is no timeline of vidgen's: it is no JSON.") from None
    listed = document.get("keyframes") if isinstance(document, dict) else None
    if not isinstance(document, dict) or MARK not in document or not isinstance(listed, list):
        raise ValueError(f"This is no timeline of vidgen's: an object with {MARK} and keyframes.")
    KEYFRAMES.check(len(listed))
    keyframes, remarks = [], []
    for item in listed:
        if not isinstance(item, dict):
            raise ValueError("A keyframe must be an object with its time and its place.")
        place, said = read_place(item.get("place"))
        remarks += said
        keyframes.append(Keyframe(AT.check(item.get("at")), place))
    own = {name: document[name] for name in ("seconds", "loop", "way", "fps") if name in document}
    file = {name: document[name] for name in ("size", "background") if name in document}
    known = {MARK, "keyframes", *own, *file, "generated", "weights", "license", "attribution"}
    remarks += [f"{shown(name)} is not known here: left out." for name in set(document) - known]
    timeline = Timeline(tuple(sorted(keyframes, key=lambda keyframe: keyframe.at)), **own)
    return timeline, file, list(dict.fromkeys(remarks))


def write_timeline(timeline: Timeline, **beside: object) -> dict[str, object]:
    """The JSON of a timeline, and what is `beside`."""
    document: dict[str, object] = {MARK: VERSION, "way": timeline.way, "loop": timeline.loop}
    for name in ("seconds", "fps"):
        if getattr(timeline, name) is not None:
            document[name] = getattr(timeline, name)
    document |= {name: value for name, value in beside.items() if value is not None}
    document["keyframes"] = [
        {"at": key.at, "place": written(key.place, FIELDS)} for key in timeline.keyframes
    ]
    return document
