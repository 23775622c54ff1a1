"""How much of the machine the generator uses, and how long files take to write."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from vidgen import load_generator, seeded_path
from vidgen.engine import draw
from vidgen.pixels import clip as render
from vidgen.pixels.formats import WRITERS

DTYPES = (torch.float32, torch.bfloat16)
FRAMES = 16
LONGEST = 5.0  # seconds that a measurement may take, if four calls take no longer


def convolution_rates() -> dict[torch.dtype, float]:
    """FLOP/s of 3x3 convolutions, channels last: the best of a few shapes, by dtype."""
    rates = {}
    for dtype in DTYPES:
        best = 0.0
        for channels, side in ((64, 32), (128, 32), (256, 16)):
            x = torch.randn(FRAMES, channels, side, side).to(dtype)
            weight = torch.randn(channels, channels, 3, 3).to(dtype)
            x, weight = (t.contiguous(memory_format=torch.channels_last) for t in (x, weight))
            flops = 2 * 9 * channels**2 * side**2 * FRAMES
            best = max(
                best, flops / median_seconds(lambda x=x, w=weight: F.conv2d(x, w, padding=1))
            )
        rates[dtype] = best
    return rates


def clip_rows(model: str) -> list[tuple[str, str]]:
    """Rows about a 16-frame clip: milliseconds, and the share of the convolution rate."""
    generator = load_generator(model)
    path = seeded_path(generator.spec, 0, FRAMES)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        generator(path)
    flops = counter.get_total_flops()
    rows = [("floating-point operations a frame", f"{flops / FRAMES / 1e9:.2f} G")]
    for dtype, rate in convolution_rates().items():
        generator.compute_dtype = dtype
        seconds = median_seconds(lambda: list(draw(generator, path)))
        name = str(dtype).removeprefix("torch.")
        rows += [
            (f"3x3 convolutions, {name}", f"{rate / 1e9:,.0f} GFLOP/s"),
            (f"{FRAMES}-frame clip, {name}", f"{seconds * 1e3:.1f} ms"),
            ("    of the convolution rate", f"{flops / seconds / rate:.0%}"),
        ]
    return rows


def render_rows(model: str, size: int = 256, frames: int = 64) -> list[tuple[str, str]]:
    """Rows about writing a clip in every format, without the generator's time."""
    generator = load_generator(model)
    path = seeded_path(generator.spec, 0, frames)
    drawn = torch.cat(list(draw(generator, path)), 1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for format in WRITERS:
            target = Path(folder) / f"clip.{format}"
            clip = render(drawn, generator.spec.fps, size)
            seconds = median_seconds(lambda c=clip, t=target: c.save(t), least=3)
            kib = target.stat().st_size / 1024
            text = f"{seconds * 1e3:.0f} ms, {kib:,.0f} KiB"
            rows.append((f"{format}, {frames} frames of {size} x {size}", text))
    return rows


def clock() -> float:
    """Seconds: on one thread the processor's, which leaves out what others do on this machine."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def median_seconds(work: Callable[[], object], least: int = 15, gradients: bool = False) -> float:
    """The median of repeated calls by `clock`, after warming up.

    Of work that takes long there are fewer calls, in all `LONGEST` seconds and no fewer than four.
    """
    spent: list[float] = []

    def repeat(least: int, seconds: float, fewest: int) -> list[float]:
        times: list[float] = []
        while len(times) < least or sum(times) < seconds:
            if len(times) >= fewest and sum(spent) > LONGEST:
                break
            started = clock()
            work()
            times.append(clock() - started)
            spent.append(times[-1])
        return times

    with torch.inference_mode(not gradients):
        repeat(3, 0.0, fewest=1)
        return statistics.median(repeat(least, 0.5, fewest=3))
