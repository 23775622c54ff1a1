"""The file of the small encoder beside a generator's weights, read as those are."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save

from vidgen.files import whole_file
from vidgen.models.guess import ClipEncoder
from vidgen.store.header import check_format, check_size, refusing
from vidgen.store.tensors import check_tensors, read_tensors, to_store
from vidgen.types import GeneratorSpec

FILE_NAME = "encoder.safetensors"
FORMAT = "vidgen encoder 1"
MAX_BYTES = 2 << 20


def save_encoder(encoder: ClipEncoder, path: Path) -> None:
    """Writes an encoder in float16, whole or not at all; WeightsError, OSError."""
    data = save(to_store(encoder.state_dict()), {"format": FORMAT})
    with whole_file(path) as part:
        part.write_bytes(data)


def read_encoder(path: Path, spec: GeneratorSpec) -> ClipEncoder:
    """The encoder of a file for a generator of that spec. Raises WeightsError if it is none."""
    with refusing(path, "an encoder"):
        check_size(path, MAX_BYTES)
        with safe_open(path, "pt") as file:
            check_format(file.metadata() or {}, FORMAT)
            encoder = ClipEncoder(spec)
            check_tensors(file, encoder.state_dict())
            encoder.load_state_dict(read_tensors(file, encoder.state_dict()))
    return encoder.eval().requires_grad_(False)
