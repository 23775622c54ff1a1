"""The command line: `python -m train --data FOLDER --out RUN`, `python -m train --resume RUN`.

On several GPUs or machines: `accelerate launch -m train --data FOLDER --out RUN`.
"""

from __future__ import annotations

import json
import sys

import torch

from train.checks import rehearse
from train.loop import Run
from train.options import build_parser
from train.runtime.checkpoint import checkpoints
from train.runtime.divergence import Diverged
from train.setup import new_run, resume_run
from vidgen.hardware import keep_freed_memory


def main(arguments: list[str] | None = None) -> int:
    options = build_parser(__doc__).parse_args(arguments)
    keep_freed_memory()
    run = None
    try:
        run = resume_run(options) if options.resume else new_run(options)
        if run.processes.main:
            print(about(run), flush=True)
        rehearse(run)
        run.processes.track("vidgen", _flat(json.loads(run.config.to_json())))
        run.train()
        run.processes.finish()
    except KeyboardInterrupt:
        if run is None:
            return 130
    except torch.OutOfMemoryError as error:
        print(f"train: {_too_large(run, error)}", file=sys.stderr)
        return 1
    except (ValueError, OSError, Diverged) as error:
        print(f"train: {error}{_left_behind(run)}", file=sys.stderr)
        return 2 if run is None else 1
    finally:
        if run:
            run.release()
    if run and run.clips < run.config.clips:
        print(f"Stopped. Go on with: python -m train --resume {run.folder}", file=sys.stderr)
        return 130
    return 0


def about(run: Run) -> str:
    """What is trained on what, and all settings, as it is said before the first step."""
    networks = run.objective.networks.items()
    sizes = [f"{n} {sum(p.numel() for p in m.parameters()) / 1e6:.2f} M" for n, m in networks]
    first = (
        f"{len(run.dataset)} clips of {run.dataset.name} on {run.processes.count} x {run.device} "
        f"in {run.generator.compute_dtype}: {', '.join(sizes)} parameters"
    )
    return "\n".join([first, *run.notes, run.config.to_json()])


def _flat(values: dict, prefix: str = "") -> dict:
    """Nested settings as a tracker wants them: one level of plain values."""
    flat: dict[str, bool | int | float | str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}/")
        else:
            flat[prefix + name] = (
                value if isinstance(value, bool | int | float | str) else str(value)
            )
    return flat


def _too_large(run: Run | None, error: torch.OutOfMemoryError) -> str:
    if run is None:
        return str(error)
    config = run.config
    return (
        f"the device's memory is too small for a batch of {config.batch} clips of "
        f"{run.objective.frames_at(run.clips)} frames at {config.resolution} pixels in "
        f"{config.accumulate} parts: raise --accumulate (same batch, less memory), or lower "
        f"--batch or --resolution."
        f"{_left_behind(run)}"
    )


def _left_behind(run: Run | None) -> str:
    found = checkpoints(run.folder) if run else []
    return f" The last checkpoint is {found[-1]}." if found else ""


if __name__ == "__main__":
    sys.exit(main())
