"""What a clip costs by engine, number format and resolution, side by side in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.compute import FRAMES, clock, convolution_rates, median_seconds
from vidgen import load_generator
from vidgen.graph import Unavailable, example_codes, graph_of
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.types import Generator, GeneratorSpec

Drawing = Callable[..., Tensor]


def engine_rows() -> Iterator[tuple[str, str]]:
    """Rows about 16 images of the flagship at 64 and 128 pixels, drawn by every engine.

    Making an engine ready is timed as well, OpenVINO's also when its graph is kept on disk. What
    can't be had here says why.
    """
    rates = convolution_rates()
    for generator in (load_generator("actions"), flagship(128)):
        side, codes = generator.spec.resolution, example_codes(generator)
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            generator.draw(*codes)
        flops = counter.get_total_flops()
        yield f"{side} pixels, {FRAMES} frames", f"{flops / 1e9:.1f} GFLOP"
        for dtype, rate in rates.items():
            generator.compute_dtype = dtype
            name = str(dtype).removeprefix("torch.")
            for engine, make in ENGINES.items():
                try:
                    started = clock()
                    drawing, ready = make(generator, codes), clock() - started
                    seconds = median_seconds(lambda draw=drawing, c=codes: draw(*c))
                except Unavailable as reason:
                    yield f"  {engine}, {name}", f"{reason}"
                    continue
                share = flops / seconds / rate
                made = f"  (ready in {ready:.1f} s)" if ready > 0.05 else ""
                yield f"  {engine}, {name}", f"{seconds * 1e3:.1f} ms, {share:.0%}{made}"


def start_up_rows() -> list[tuple[str, str]]:
    """Rows about what an engine adds to the start of a program."""
    first = "import torch, vidgen"
    scripts = {
        "importing torch and vidgen": first,
        "    and OpenVINO": f"{first}; from vidgen import graph; graph.installed()",
    }
    rows = []
    for name, script in scripts.items():
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", script], check=True)
        rows.append((name, f"{time.perf_counter() - started:.2f} s"))
    return rows


def flagship(side: int) -> StyleGenerator:
    """An untrained one: what it draws means nothing, and takes as long as any other."""
    spec = GeneratorSpec("style", side, 4, 24.0, content_dim=64, motion_dim=16)
    return StyleGenerator(spec, StyleConfig.for_resolution(side)).eval()


def _torch(generator: Generator, codes: tuple[Tensor, ...]) -> Drawing:
    return generator.draw


def _compiled(generator: Generator, codes: tuple[Tensor, ...]) -> Drawing:
    try:
        drawing = torch.compile(generator.draw, dynamic=False)
        with torch.inference_mode():
            drawing(*codes)
        return drawing
    except Exception as error:  # no compiler, mostly
        raise Unavailable(_line(error)) from error


def _openvino(generator: Generator, codes: tuple[Tensor, ...]) -> Drawing:
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(
        os.environ, XDG_CACHE_HOME=folder
    ):  # fmt: skip
        return graph_of(generator)


class _Drawing(nn.Module):
    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *codes: Tensor) -> Tensor:
        return self.generator.draw(*codes)


def _onnx(generator: Generator, codes: tuple[Tensor, ...]) -> Drawing:
    if generator.compute_dtype != torch.float32:
        raise Unavailable("its CPU convolutions are float32 only")
    try:
        import onnxruntime

        with (
            tempfile.TemporaryDirectory() as folder,
            torch.no_grad(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # tracing warns of every branch
            file = Path(folder) / "graph.onnx"
            torch.onnx.export(_Drawing(generator), codes, file, dynamo=False)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = torch.get_num_threads()
            session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
    except Exception as error:
        raise Unavailable(_line(error)) from error
    names = [given.name for given in session.get_inputs()]

    def draw(*codes: Tensor) -> Tensor:
        fed = {name: code.numpy() for name, code in zip(names, codes, strict=False)}
        return torch.from_numpy(session.run(None, fed)[0])

    return draw


def _line(error: Exception) -> str:
    return f"none here ({' '.join(str(error).split())[:60]})"


ENGINES: dict[str, Callable[[Generator, tuple[Tensor, ...]], Drawing]] = {
    "PyTorch": _torch,
    "OpenVINO": _openvino,
    "ONNX Runtime": _onnx,
    "torch.compile": _compiled,
}
