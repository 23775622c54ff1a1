"""The command line: `python -m train --data FOLDER --out RUN`, `python -m train --resume RUN`.

On several GPUs or machines: `accelerate launch -m train --data FOLDER --out RUN`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import torch

from train.checks import check_compiler, check_data, check_space, rehearse
from train.config import TrainConfig
from train.data import load_dataset
from train.data.tempo import measure_tempo
from train.loop import Run
from train.options import CHANGEABLE, PARTS, STEERING, build_parser
from train.runtime.checkpoint import checkpoints, load_checkpoint
from train.runtime.divergence import Diverged
from train.runtime.processes import Processes
from train.setup import build_run, chosen_device, start_from, started_from, suited
from vidgen.hardware import keep_freed_memory
from vidgen.store.weights import load_generator


def main(arguments: list[str] | None = None) -> int:
    options = build_parser(__doc__).parse_args(arguments)
    keep_freed_memory()
    run = None
    try:
        run = resume_run(options) if options.resume else new_run(options)
        if run.processes.main:
            print(run.config.to_json(), flush=True)
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
    if run and run.clips < run.config.clips:
        print(f"Stopped. Go on with: python -m train --resume {run.folder}", file=sys.stderr)
        return 130
    return 0


def new_run(options: argparse.Namespace) -> Run:
    """A run from nothing. Raises ValueError where the settings or the data are of no use."""
    if not options.data or not options.out:
        raise ValueError("a new run needs --data and --out; an old one goes on with --resume.")
    if checkpoints(options.out):
        raise ValueError(f"{options.out} already holds a run: give another --out, or --resume it.")
    teacher = load_generator(options.start) if options.start else None
    given = suited(options.family or "", options.resolution or TrainConfig.resolution)
    given |= started_from(teacher) | _given(options)
    config = TrainConfig(data=options.data, **given)
    parts = {n: _replaced(getattr(config, n), _given_of(n, options)) for n in PARTS}
    config = dataclasses.replace(config, **parts)
    run = _built(options.out, config)
    cyclic = config.family == "style" and not run.dataset.timing
    if cyclic:
        tempo = measure_tempo(run.dataset)
        if run.processes.main:
            print("Cycles a second, measured:", ", ".join(f"{hz:.2f}" for hz in tempo))
    for generator in (run.generator, run.averaged):
        if cyclic:
            generator.motion.set_tempo(tempo.tolist())
        fresh = start_from(teacher, generator) if teacher else []
    if fresh and run.processes.main:
        print(f"Not in {options.start}, learnt anew: {', '.join(fresh)}.")
    return run


def resume_run(options: argparse.Namespace) -> Run:
    """A run as its newest checkpoint left it; only CHANGEABLE and STEERING settings may differ."""
    state = load_checkpoint(options.resume)
    config = TrainConfig.from_json(state["config"])
    family = state.get("family", config.family)
    if family != config.family:
        raise ValueError(
            f"{options.resume} is a run of the family {family}, and its settings are of "
            f"{config.family}."
        )
    given = _given(options) | ({"data": options.data} if options.data else {})
    refused = [n for n in given if n not in CHANGEABLE and given[n] != getattr(config, n)]
    for name in PARTS:
        part = getattr(config, name)
        changed = _given_of(name, options)
        refused += [n for n, v in changed.items() if n not in STEERING and v != getattr(part, n)]
        given[name] = _replaced(part, {n: v for n, v in changed.items() if n in STEERING})
    if refused:
        raise ValueError(f"a resumed run keeps its settings: leave out {', '.join(refused)}.")
    run = _built(options.resume, dataclasses.replace(config, **given))
    run.load_state(state)
    return run


def _built(folder: Path, config: TrainConfig) -> Run:
    """The run of a configuration on its data, checked before anything is spent on it."""
    on_cpu = chosen_device(config.device) == "cpu"
    check_compiler(config, on_cpu)
    processes = Processes.join(on_cpu, config.tracker, folder)
    with processes.main_first():  # it decodes, the others read what it decoded
        dataset = load_dataset(config.data, config.resolution)
    check_data(config.data, dataset)
    torch.manual_seed(config.seed)
    run = build_run(folder, config, dataset, processes)
    run.folder.mkdir(parents=True, exist_ok=True)
    check_space(run)
    return run


def _given(options: argparse.Namespace) -> dict:
    names = {field.name for field in dataclasses.fields(TrainConfig)} - {"data", *PARTS}
    return {n: v for n, v in vars(options).items() if n in names and v is not None}


def _given_of(name: str, options: argparse.Namespace) -> dict:
    """The settings of one part of the configuration that were given, under their names there."""
    values = {inside: getattr(options, option) for option, inside in PARTS[name].items()}
    return {n: v for n, v in values.items() if v is not None}


def _replaced(part: object, given: dict) -> object:
    """A part of the configuration with what was given; what follows from that is derived anew."""
    foreign = given.keys() - {field.name for field in dataclasses.fields(part)}
    if foreign:
        raise ValueError(f"this family has no {', '.join(sorted(foreign)).replace('_', ' ')}.")
    derived = {"gamma": None, "penalty": None} if "loss" in given else {}
    return dataclasses.replace(part, **derived | given)


def _flat(values: dict, prefix: str = "") -> dict:
    """Nested settings as a tracker wants them: one level of plain values."""
    flat = {}
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
        f"{config.critic.seen_frames} frames at {config.resolution} pixels in {config.accumulate} "
        f"parts: raise --accumulate (same batch, less memory), or lower --batch or --resolution."
        f"{_left_behind(run)}"
    )


def _left_behind(run: Run | None) -> str:
    found = checkpoints(run.folder) if run else []
    return f" The last checkpoint is {found[-1]}." if found else ""


if __name__ == "__main__":
    sys.exit(main())
