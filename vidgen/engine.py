"""All drawing: a path becomes frames here, chunk by chunk, by the engine that is quickest.

PyTorch draws. If a generator is `prepared` and OpenVINO is installed, its graph is made in the
background after the first clip, both are measured, and the quicker one draws from then on.
VIDGEN_ENGINE=torch leaves it at PyTorch, VIDGEN_ENGINE=openvino takes the other unmeasured.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from vidgen import limits
from vidgen.graph import Graph, Unavailable, example_codes, graph_of, installed
from vidgen.hardware import fastest_dtype
from vidgen.latents import seeded_path
from vidgen.turns import Turns
from vidgen.types import CHUNK_FRAMES, Generator, LatentPath

log = logging.getLogger(__name__)
Made = TypeVar("Made")

ENGINES = ("auto", "torch", "openvino")
REPEATS = 5  # of a measurement; the best counts
ERROR = 0.02  # of the pixels' mean size: what bfloat16 is off by, and a wrong graph is not


@dataclass
class _State:
    """A generator's graph if that is what draws, and whether one is still to be made."""

    graph: Graph | None = None
    waiting: bool = False


# One chunk at a time in a process: two convolutions at once would only halve each other, and a
# slider then waits for one chunk of somebody's long clip and not for the whole of it.
_drawing = Turns()
# And all by one thread: PyTorch keeps workers and scratch memory for every thread that ever drew.
_drawer = ThreadPoolExecutor(1, "drawing")
_making = threading.Lock()  # of graphs, one at a time
_states: WeakKeyDictionary[Generator, _State] = WeakKeyDictionary()


def draw(
    generator: Generator,
    path: LatentPath,
    chunk: int = CHUNK_FRAMES,
    resolution: int | None = None,
    before: LatentPath | None = None,
    share: Tensor | None = None,
) -> Iterator[Tensor]:
    """Frames of a path in order, (B, <= chunk, C, H, W) in [-1, 1] at a time, on the CPU.

    Everybody else draws in between. A smaller `resolution` (8, 16, ...) is drawn by PyTorch. With
    `before`, a path of the same shape, frames are drawn from codes that are `share` (T,) of the
    path's and the rest of that one's; of a family without codes they are faded into each other.
    """
    state = _states.get(generator)
    device = next(generator.parameters()).device
    graph = state.graph if state and resolution is None else None

    def frames_of(start: int) -> Tensor:
        part = path.between(start, start + chunk).to(device)
        if before is None or share is None:
            frames = _frames(generator, graph, part, resolution)
        else:
            other = before.between(start, start + chunk).to(device)
            frames = _between(generator, graph, other, part, share[start : start + chunk])
        return frames.float().clamp(-1, 1).cpu()

    for start in range(0, path.frames, chunk):
        with _drawing:
            frames = _drawn(frames_of, start)
        yield frames
    if state and state.waiting:
        state.waiting = False
        threading.Thread(target=_hasten, args=(generator, state), name="graph").start()


def _frames(
    generator: Generator, graph: Graph | None, part: LatentPath, resolution: int | None = None
) -> Tensor:
    if graph is None:
        return generator(part, resolution)
    return graph(*generator.codes(part)).unflatten(0, (part.batch, -1))


def _between(
    generator: Generator, graph: Graph | None, a: LatentPath, b: LatentPath, share: Tensor
) -> Tensor:
    """Frames (B, T, C, H, W) that are `share` (T,) of b's and the rest of a's."""
    if type(generator).codes is Generator.codes:
        mixed = share.to(a.content.device)[:, None, None, None]
        return torch.lerp(_frames(generator, graph, a), _frames(generator, graph, b), mixed)
    mixed = share.to(a.content.device).repeat(a.batch)[:, None]
    pairs = zip(generator.codes(a), generator.codes(b), strict=True)
    codes = [torch.lerp(code_a, code_b, mixed) for code_a, code_b in pairs]
    draw_codes = generator.draw if graph is None else graph
    return draw_codes(*codes).unflatten(0, (a.batch, -1))


def in_turn(work: Callable[..., Made], *arguments: object) -> Made:
    """What a short piece of other work returns, done between two chunks by the thread that draws.

    Gradients may be taken in it.
    """
    with _drawing:
        return _drawer.submit(work, *arguments).result()


def prepared(generator: Generator, hasten: bool = False) -> Generator:
    """A generator that learns no more, in the number format that is fastest on its device.

    With `hasten` a quicker engine is looked for once a clip has been drawn: for those who draw
    many. Raises ValueError if VIDGEN_ENGINE is none of ENGINES.
    """
    if generator not in _states:
        device = next(generator.parameters()).device
        generator.compute_dtype = fastest_dtype(device)
        splits = type(generator).codes is not Generator.codes
        wanted = _wanted() != "torch" and device.type == "cpu" and splits
        _states[generator] = _State(waiting=hasten and wanted)
    return generator


def engine_of(generator: Generator) -> str:
    """What draws a generator's clips at the moment: "PyTorch, float32"."""
    state = _states.get(generator)
    name = "OpenVINO" if state and state.graph else "PyTorch"
    return f"{name}, {_name(generator.compute_dtype)}"


def milliseconds(generator: Generator, frames: int = CHUNK_FRAMES) -> float:
    """What a clip of seed 0 takes to draw this time; others may draw in between."""
    path, started = seeded_path(generator.spec, 0, frames), time.perf_counter()
    for _ in draw(generator, path):
        pass
    return (time.perf_counter() - started) * 1e3


def about() -> str:
    """One sentence: what draws on this machine, in which number format, and why."""
    version = installed() if _wanted() != "torch" else None
    how = f"PyTorch draws, in {_name(fastest_dtype())}"
    if _wanted() == "torch":
        return f"{how}, as VIDGEN_ENGINE says."
    if version is None:
        return f"{how}; OpenVINO is not installed."
    if _wanted() == "openvino":
        return f"OpenVINO {version.split('-')[0]} draws as soon as a graph is made."
    return f"{how}; the page changes to OpenVINO {version.split('-')[0]} if that proves quicker."


def _wanted() -> str:
    return limits.check_choice("VIDGEN_ENGINE", os.environ.get("VIDGEN_ENGINE") or "auto", ENGINES)


def _hasten(generator: Generator, state: _State) -> None:
    """Makes the graph, and lets it draw if it is right and quicker. Says in the log how it went."""
    try:
        with _making:
            graph = graph_of(generator)
        codes = example_codes(generator)
        wanted, torch_seconds = _timed(generator.draw, codes)
        found, graph_seconds = _timed(graph, codes)
        if not (found - wanted).abs().mean() <= ERROR * wanted.abs().mean():
            raise Unavailable("OpenVINO draws something else")
    except Unavailable as reason:
        log.warning("PyTorch draws %s: %s.", generator.origin, reason)
        return
    except Exception:
        log.exception("PyTorch draws %s: the other engine broke.", generator.origin)
        return
    if graph_seconds < torch_seconds or _wanted() == "openvino":
        state.graph = graph
    log.info(
        "%d frames of %s: PyTorch %.0f ms, OpenVINO %.0f ms.",
        CHUNK_FRAMES, generator.origin, torch_seconds * 1e3, graph_seconds * 1e3,
    )  # fmt: skip


def _timed(drawing: Callable[..., Tensor], codes: tuple[Tensor, ...]) -> tuple[Tensor, float]:
    """What a way of drawing makes of codes, and its best time of some, in seconds."""
    best = float("inf")
    for _ in range(REPEATS):
        with _drawing:  # each time anew: somebody may be waiting
            started = time.perf_counter()
            images = _drawn(drawing, *codes)
            best = min(best, time.perf_counter() - started)
    return images.float(), best


def _drawn(drawing: Callable[..., Made], *arguments: object) -> Made:
    """What a function returns or raises, called on the thread that draws."""
    return _drawer.submit(torch.inference_mode()(drawing), *arguments).result()


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
