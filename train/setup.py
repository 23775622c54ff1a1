"""From settings to a run, straight downhill: settings, data, networks, objective, checks, run."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import torch

from train.checks import check_compiler, check_data, check_space
from train.config import TrainConfig, unused_options
from train.data import load_dataset
from train.data.dataset import Dataset
from train.families import FAMILIES
from train.loop import Run
from train.objective import Objective
from train.options import flag, given_options
from train.runtime.checkpoint import checkpoints, load_checkpoint
from train.runtime.processes import Processes
from vidgen.hardware import fastest_dtype
from vidgen.models import FAMILIES as GENERATORS
from vidgen.settings import options_of, replaced
from vidgen.store.weights import load_generator
from vidgen.types import Generator, GeneratorSpec

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def new_run(options: argparse.Namespace) -> Run:
    """A run from nothing. Raises ValueError if the settings or the data are of no use."""
    if not options.data or not options.out:
        raise ValueError("a new run needs --data and --out; an old one goes on with --resume.")
    if checkpoints(options.out):
        raise ValueError(f"{options.out} already holds a run: give another --out, or --resume it.")
    teacher = load_generator(options.start) if options.start else None
    return _open_run(options.out, new_config(options, teacher), teacher)


def resume_run(options: argparse.Namespace) -> Run:
    """A run as its newest checkpoint left it; only settings that may change may differ."""
    state = load_checkpoint(options.resume)
    run = _open_run(options.resume, resumed_config(options, state), new=False)
    run.load_state(state)
    return run


def new_config(options: argparse.Namespace, teacher: Generator | None = None) -> TrainConfig:
    """The family's own settings, those of a model to start from, and over them what was given."""
    given = given_options(options)
    about = _started_from(teacher) if teacher else {}
    about |= {n: given[n] for n in ("family", "resolution") if n in given}
    if teacher and about["family"] != teacher.spec.family:
        raise ValueError(
            f"{options.start} is of the family {teacher.spec.family}, not {about['family']}: leave "
            "out --family."
        )
    config = TrainConfig(data=options.data, **about)
    _check_used(config, given)
    if teacher:
        started = dict(FAMILIES[config.family].started)
        objective = dataclasses.replace(config.objective, **started)
        config = dataclasses.replace(config, objective=objective)
    return replaced(config, given)


def resumed_config(options: argparse.Namespace, state: dict) -> TrainConfig:
    """The settings of a checkpoint, with what was given anew. Raises ValueError if that may not
    change."""
    config = TrainConfig.from_json(state["config"])
    family = state.get("family", config.family)
    if family != config.family:
        raise ValueError(
            f"{options.resume} is a run of the family {family}, and its settings are of "
            f"{config.family}."
        )
    given = given_options(options)
    _check_used(config, given)
    refused = [
        flag(option)
        for option, _, about, value in options_of(config)
        if option in given and not about.may_change and given[option] != value
    ]
    if refused:
        raise ValueError(f"a resumed run keeps its settings: leave out {', '.join(refused)}.")
    data = {"data": options.data} if options.data else {}
    return replaced(dataclasses.replace(config, **data), given)


def _check_used(config: TrainConfig, given: dict[str, object]) -> None:
    unused = unused_options(config, given)
    if unused:
        raise ValueError(
            f"the family {config.family} has no use for {', '.join(map(flag, unused))}: "
            "leave that out."
        )


def _started_from(teacher: Generator) -> dict[str, Any]:
    """The settings that a model to start from decides: it is grown already."""
    spec = teacher.spec
    if FAMILIES[spec.family].start is None:
        raise ValueError(f"a model of the family {spec.family} can't be started from.")
    return {
        "family": spec.family,
        "resolution": spec.resolution,
        "grow": ((spec.resolution, 0),),
        "content_dim": spec.content_dim,
        "motion_dim": spec.motion_dim,
        "knot_seconds": spec.knot_seconds,
        "generator": teacher.config,
    }


def _open_run(
    folder: Path, config: TrainConfig, teacher: Generator | None = None, new: bool = True
) -> Run:
    """The run of a configuration on its data, checked before anything is spent on it."""
    on_cpu = chosen_device(config.device) == "cpu"
    check_compiler(config, on_cpu)
    processes = Processes.join(on_cpu, config.tracker, folder)
    with processes.main_first():  # it decodes, the others read what it decoded
        dataset = load_dataset(config.data, config.resolution)
    check_data(config.data, dataset)
    objective, notes = build_objective(config, dataset, processes, teacher, new)
    folder.mkdir(parents=True, exist_ok=True)
    check_space(folder, objective)
    return Run(folder, config, dataset, objective, processes, notes)


def build_objective(
    config: TrainConfig,
    dataset: Dataset,
    processes: Processes,
    teacher: Generator | None = None,
    new: bool = True,
) -> tuple[Objective, list[str]]:
    """Networks and objective of a configuration on its device, from its seed; notes, in sentences.

    A `new` generator gets to know the data, or starts from a teacher. Raises ValueError if the
    batch can't be shared among the processes.
    """
    parts = processes.count * config.accumulate
    if config.batch % parts:
        raise ValueError(
            f"a batch of {config.batch} clips can't be shared by {processes.count} processes in "
            f"{config.accumulate} parts each: --batch must be a multiple of {parts}."
        )
    torch.manual_seed(config.seed)
    family = FAMILIES[config.family]
    device = processes.device or torch.device(chosen_device(config.device))
    generator = GENERATORS[config.family][0](spec_of(config, dataset), config.generator).to(device)
    generator.compute_dtype = DTYPES.get(config.precision) or fastest_dtype(device, training=True)
    notes = family.prepare(generator, dataset) if new else []
    if teacher and family.start:
        fresh = family.start(teacher, generator)
        notes += [f"Not in {teacher.origin}, learnt anew: {', '.join(fresh)}."] if fresh else []
    objective = family.objective(generator, config.objective, processes, config.accumulate)
    if config.compile:
        generator.compile()  # not a critic: its penalty's second derivatives can't be compiled
    return objective, notes


def spec_of(config: TrainConfig, dataset: Dataset) -> GeneratorSpec:
    """What a generator of a configuration makes and takes, learning from a data set."""
    latents = FAMILIES[config.family].latents(dataset.fps)
    given = {name: getattr(config, name) for name in latents}
    return GeneratorSpec(
        family=config.family,
        resolution=config.resolution,
        channels=dataset.channels,
        fps=dataset.fps,
        actions=dataset.actions,
        timing=dataset.timing,
        **latents | {name: value for name, value in given.items() if value is not None},
    )


def chosen_device(name: str) -> str:
    """A device's name, where `auto` is the GPU if there is one.

    Raises ValueError if there is no such device.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise ValueError(f"there is no device {name} to train on: {reason}") from error
    return name
