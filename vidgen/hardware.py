"""What this machine computes fastest with, asked rather than assumed."""

from __future__ import annotations

import ctypes
import functools
import sys
import time

import torch
import torch.nn.functional as F


@functools.cache
def fastest_dtype(device: torch.device | str = "cpu", training: bool = False) -> torch.dtype:
    """bfloat16 if convolutions are quicker in it, else float32; measured once in a process.

    A processor that has instructions for bfloat16 may still be slower with them: without AMX some
    do half as many products a second as in float32. With `training` the gradients count as well.
    """
    device = torch.device(device)
    if device.type == "cuda":
        # Emulated bfloat16 would be slower than float32, not faster.
        native = torch.cuda.get_device_capability(device)[0] >= 8
        return torch.bfloat16 if native else torch.float32
    # Private names, so that their absence in another version only costs the speed.
    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    if device.type != "cpu" or not any(getattr(torch.cpu, name, bool)() for name in asked):
        return torch.float32
    seconds = _convolution_seconds((torch.float32, torch.bfloat16), training)
    # What is quicker by less than the noise of a busy machine must not change what a seed draws.
    quicker = seconds[torch.bfloat16] < 0.9 * seconds[torch.float32]
    return torch.bfloat16 if quicker else torch.float32


def _convolution_seconds(
    dtypes: tuple[torch.dtype, ...], training: bool, repeats: int = 8
) -> dict[torch.dtype, float]:
    """Seconds of a 3x3 convolution of the generators' kind, the best of some repeats, by dtype."""
    # This thread's own time, if the clock is good enough, leaves out what others do meanwhile.
    precise = time.get_clock_info("thread_time").resolution < 1e-5
    clock = time.thread_time if precise else time.perf_counter
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(4, 64, 16, 16, generator=rng)
    weight = torch.randn(64, 64, 3, 3, generator=rng)
    best = dict.fromkeys(dtypes, float("inf"))
    # In turn, so that somebody else's work on this machine slows all of them down alike.
    with torch.inference_mode(False), torch.set_grad_enabled(training):
        for _ in range(repeats):
            for dtype in dtypes:
                inputs = [
                    tensor.to(dtype, memory_format=torch.channels_last).requires_grad_(training)
                    for tensor in (x, weight)
                ]
                started = clock()
                y = F.conv2d(inputs[0], inputs[1], padding=1)
                if training:
                    torch.autograd.grad(y, inputs, y.detach())
                best[dtype] = min(best[dtype], clock() - started)
    return best


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for the next tensor instead of returning it to the system.

    Every large tensor otherwise costs fresh pages, zeroed one by one: on two cores a training step
    took half as long again. A no-op if the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mmap_max, trim_threshold = -4, -1  # M_MMAP_MAX and M_TRIM_THRESHOLD of malloc.h
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, 2**31 - 1)
