"""Prints the table or parts of it (`compute`), or with `load` what a crowd does: `load --help`.

`lessons` plays the small trainings of the Learn tab from ten seeds, in eleven minutes.
`inverse --data FOLDER` compares what is restored from clips with the usual ways.

Ratios are the point: times differ from machine to machine.
"""

from __future__ import annotations

import os
import platform
import sys
import time

import torch

from benchmarks import inverse, load
from benchmarks.compute import clip_rows, render_rows
from benchmarks.engines import engine_rows, start_up_rows
from benchmarks.lessons import lesson_rows
from benchmarks.page import memory_rows, slider_rows, start_rows
from benchmarks.training import step_rows
from vidgen.hardware import keep_freed_memory
from vidgen.limits import check_choice

MODEL = "actions"


def main() -> None:
    if sys.argv[1:2] == ["load"]:
        load.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["inverse"]:
        inverse.main(sys.argv[2:])
        return
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return
    print(
        f"{os.cpu_count()} CPUs ({platform.machine()}), {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, Python {platform.python_version()}\n"
    )
    started = time.monotonic()
    keep_freed_memory()  # as training does; app.py keeps what such clips need (vidgen/memory.py)
    parts = {
        "compute": {
            "Generator": lambda: clip_rows(MODEL),
            "Engines": engine_rows,
            "What they add to a start": start_up_rows,
            "Training step at 32 pixels": lambda: step_rows(32),
            "Training step at 64 pixels": lambda: step_rows(64),
        },
        "files": {"Rendering": lambda: render_rows(MODEL)},
        "lessons": {"Small trainings of the Learn tab": lesson_rows},
        "page": {"Start": start_rows, "Page in Chromium": slider_rows, "Memory": memory_rows},
    }
    for part in sys.argv[1:] or (each for each in parts if each != "lessons"):
        for title, measure in parts[check_choice("A part", part, parts)].items():
            print(f"{title}")
            for name, value in measure():
                print(f"  {name:<46}{value:>22}", flush=True)
    print(f"It took {time.monotonic() - started:,.0f} seconds.")


if __name__ == "__main__":
    main()
