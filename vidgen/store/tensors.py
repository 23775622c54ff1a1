"""The tensors of a safetensors file: written in float16, and compared with a network's own."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from safetensors import safe_open
from torch import Tensor

from vidgen import limits
from vidgen.store.header import Refused, WeightsError

# How a header writes the number formats that may be met in one; others are shown as they are.
DTYPES = {"F32": torch.float32, "F16": torch.float16, "I16": torch.int16, "I64": torch.int64}


def to_store(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A network's tensors as a file holds them. Raises WeightsError if float16 cannot hold one."""
    tensors = {}
    for name, tensor in state.items():
        tensor = tensor.detach().to("cpu", _stored(tensor.dtype), copy=True).contiguous()
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise WeightsError(f"{name} holds values that float16 cannot hold: not saved.")
        tensors[name] = tensor
    return tensors


def check_tensors(file: safe_open, expected: Mapping[str, Tensor]) -> None:
    """Raises Refused if a file's tensors are not those expected: names, shapes, number formats.

    Reads no numbers.
    """
    if set(file.keys()) != set(expected):
        wrong = sorted(set(file.keys()) ^ set(expected))
        raise Refused(f"its tensors are not those of its config ({limits.shown(wrong)})")
    for name, tensor in expected.items():
        found = file.get_slice(name)
        if found.get_shape() != list(tensor.shape):
            raise Refused(f"{name} is {found.get_shape()} and should be {list(tensor.shape)}")
        dtype = DTYPES.get(found.get_dtype(), found.get_dtype())
        if dtype != _stored(tensor.dtype):
            raise Refused(f"{name} is {dtype} and should be {_stored(tensor.dtype)}")


def read_tensors(file: safe_open, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors, as checked, in the expected number formats. Raises Refused."""
    state = {}
    for name, tensor in expected.items():
        state[name] = file.get_tensor(name).to(tensor.dtype, copy=True)
        # A sum of float16 values cannot overflow float32, and passes on what is not finite.
        if not state[name].sum().isfinite():
            raise Refused(f"{name} holds values that are not numbers")
    return state


def _stored(dtype: torch.dtype) -> torch.dtype:
    return torch.float16 if dtype.is_floating_point else dtype
