"""What this machine computes fastest with, asked rather than assumed."""

from __future__ import annotations

import ctypes
import sys

import torch


def fastest_dtype(device: torch.device | str = "cpu") -> torch.dtype:
    """bfloat16 where the hardware multiplies it (AMX, AVX-512 BF16, recent GPUs), else float32."""
    device = torch.device(device)
    if device.type == "cuda":
        # Emulated bfloat16 would be slower than float32, not faster.
        native = torch.cuda.get_device_capability(device)[0] >= 8
        return torch.bfloat16 if native else torch.float32
    if device.type == "cpu":
        # Private names, so that their absence in another version only costs the speed.
        asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        if any(getattr(torch.cpu, name, bool)() for name in asked):
            return torch.bfloat16
    return torch.float32


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for the next tensor instead of returning it to the system.

    Every large tensor otherwise costs fresh pages, zeroed one by one: on two cores a training step
    took half as long again. A no-op where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mmap_max, trim_threshold = -4, -1  # M_MMAP_MAX and M_TRIM_THRESHOLD of malloc.h
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, 2**31 - 1)
