"""How a generator draws, as an OpenVINO graph: converted once, kept on disk, compiled.

OpenVINO is an extra (`pip install openvino`). Its Python package tells its maker that it was
imported, and what was converted with it; here it is loaded without the parts that do.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import os
import shutil
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from vidgen.latents import seeded_path
from vidgen.types import CHUNK_FRAMES, Generator

MAX_KEPT = 16  # graphs on disk, some 12 MB each; the one that was not used for longest goes
SILENT = ("openvino_telemetry", "openvino.tools.ovc")  # what contacts somebody
MODELS = Path(__file__).with_name("models")


class Unavailable(Exception):
    """Why there is no graph: the end of a sentence."""


class Graph:
    """Codes (N, n) of a generator -> images (N, C, H, W). Not for several threads at a time."""

    def __init__(self, compiled: Any) -> None:
        self._request = compiled.create_infer_request()

    def __call__(self, *codes: Tensor) -> Tensor:
        drawn, count = [], len(codes[0])
        for start in range(0, count, CHUNK_FRAMES):
            parts = [code[start : start + CHUNK_FRAMES] for code in codes]
            found = len(parts[0])
            # A graph of one size is quicker than one of any size, so the last part is filled up.
            parts = [torch.cat([p, p[-1:].repeat(CHUNK_FRAMES - found, 1)]) for p in parts]
            self._request.infer([part.float().numpy() for part in parts])
            images = torch.from_numpy(self._request.get_output_tensor(0).data.copy())
            drawn.append(images[:found])
        return torch.cat(drawn)


def installed() -> str | None:
    """OpenVINO's version, or None if it can't be loaded."""
    try:
        return _openvino().__version__
    except Unavailable:
        return None


def graph_of(generator: Generator) -> Graph:
    """The compiled graph of a generator, in its number format. Raises Unavailable.

    Takes seconds for weights that are new here, and later the tenth of one.
    """
    try:
        openvino = _openvino()
        core = openvino.Core()
        model = core.read_model(_kept(generator, openvino))
        bfloat16 = generator.compute_dtype == torch.bfloat16
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "ENABLE_CPU_PINNING": False,  # others compute here too
        }
        return Graph(core.compile_model(model, "CPU", settings))
    except Unavailable:
        raise
    except OSError as error:
        raise Unavailable(f"{error.filename} failed ({error.strerror})") from error
    except Exception as error:  # whatever another version or processor makes of it
        raise Unavailable(f"OpenVINO failed ({' '.join(str(error).split())[:200]})") from error


def example_codes(generator: Generator) -> tuple[Tensor, ...]:
    """Codes of CHUNK_FRAMES images, for tracing and measuring."""
    with torch.no_grad():
        return generator.codes(seeded_path(generator.spec, 0, CHUNK_FRAMES))


def cache_folder() -> Path:
    """Where graphs are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vidgen" / "graphs"


def _openvino() -> Any:
    for name in SILENT:
        # An import then fails, and OpenVINO does without.
        cast(dict[str, Any], sys.modules).setdefault(name, None)
    try:
        return importlib.import_module("openvino")
    except ImportError as error:
        raise Unavailable(f"OpenVINO can't be loaded ({error})") from error


def _kept(generator: Generator, openvino: Any) -> Path:
    """The graph's file, written if there is none yet. Raises Unavailable, OSError."""
    folder = cache_folder() / _content(generator, openvino.__version__)
    if folder.exists() and not folder.is_dir():
        _remove(folder)
    if not folder.is_dir():
        _write(folder, _converted(generator, openvino), openvino)
    if not _intact(folder):
        _remove(folder)  # so that the next start converts it anew
        raise Unavailable(f"{folder} was damaged and is removed")
    with suppress(OSError):  # it may be somebody else's
        os.utime(folder)
    return folder / "graph.xml"


def _write(folder: Path, model: Any, openvino: Any) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    kept = sorted(folder.parent.iterdir(), key=lambda path: path.lstat().st_mtime)
    for old in kept[: max(0, len(kept) + 1 - MAX_KEPT)]:
        _remove(old)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".part-"))
    try:
        # Sums of squares of float16 weights need more than float16.
        openvino.save_model(model, part / "graph.xml", compress_to_fp16=False)
        (part / "sum").write_text(_sum(part))
        part.replace(folder)
    except OSError:
        if not folder.is_dir():  # another process may have been quicker
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _remove(path: Path) -> None:
    """What somebody put there may be no folder at all."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink()


def _intact(folder: Path) -> bool:
    try:
        return (folder / "sum").read_text() == _sum(folder)
    except (OSError, ValueError):
        return False


def _sum(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("graph.xml", "graph.bin"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _content(generator: Generator, version: str) -> str:
    """What decides about a graph: weights, network, its source, and who converts it."""
    digest = hashlib.sha256(f"{version} {torch.__version__} {CHUNK_FRAMES}".encode())
    for source in sorted(MODELS.glob("*.py")):
        digest.update(source.read_bytes())
    digest.update(f"{generator.spec} {generator.config}".encode())
    for name, tensor in generator.state_dict().items():
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()[:32]


class _Drawing(nn.Module):
    """What is traced: `draw` at the full size, in float32."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = copy.deepcopy(generator)
        self.generator.compute_dtype = torch.float32

    def forward(self, *codes: Tensor) -> Tensor:
        return self.generator.draw(*codes)


def _converted(generator: Generator, openvino: Any) -> Any:
    frontend = importlib.import_module("openvino.frontend")
    decoder = importlib.import_module("openvino.frontend.pytorch.ts_decoder")
    example, drawing = example_codes(generator), _Drawing(generator).eval()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of every branch
        drawing(*example)  # what layers keep between calls is there, and becomes constant
        traced = torch.jit.trace(drawing, example, check_trace=False)
        decoded = decoder.TorchScriptPythonDecoder(traced)
    reader = frontend.FrontEndManager().load_by_framework("pytorch")
    model = reader.convert(reader.load(decoded))
    model.reshape({i: list(e.shape) for i, e in zip(model.inputs, example, strict=True)})
    return model
