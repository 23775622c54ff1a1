"""Prints the whole table, or with `load` what a crowd does to the app: `load --help`.

Ratios are the point: times differ from machine to machine.
"""

from __future__ import annotations

import os
import platform
import sys

import torch

from benchmarks import load
from benchmarks.compute import clip_rows, render_rows
from benchmarks.page import memory_rows, slider_rows, start_rows
from vidgen.hardware import keep_freed_memory

MODEL = "actions"


def main() -> None:
    if sys.argv[1:2] == ["load"]:
        load.main(sys.argv[2:])
        return
    print(
        f"{os.cpu_count()} CPUs ({platform.machine()}), {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, Python {platform.python_version()}\n"
    )
    keep_freed_memory()  # as app.py does
    parts = {
        "Generator": lambda: clip_rows(MODEL),
        "Rendering": lambda: render_rows(MODEL),
        "Start": start_rows,
        "Page in Chromium": slider_rows,
        "Memory": memory_rows,
    }
    for title, measure in parts.items():
        print(f"{title}")
        for name, value in measure():
            print(f"  {name:<46}{value:>22}", flush=True)


if __name__ == "__main__":
    main()
