"""From settings to a run, straight downhill: settings, data, networks, objective, checks, run."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path
from typing import Any

import torch

from train.checks import (
    check_compiler,
    check_data,
    check_same_actions,
    check_shared,
    check_space,
)
from train.config import TrainConfig, unused_options
from train.data import absolute, load_dataset, meant
from train.data.dataset import Dataset
from train.families import FAMILIES
from train.loop import Run
from train.objective import Objective
from train.options import flag, given_options
from train.runtime.checkpoint import Damaged, checkpoints, load_checkpoint
from train.runtime.lock import RunLock
from train.runtime.processes import Processes
from vidgen.hardware import fastest_dtype
from vidgen.models import FAMILIES as GENERATORS
from vidgen.settings import options_of, replaced
from vidgen.store.weights import FILE_NAME, load_generator, read_spec
from vidgen.types import Generator, GeneratorSpec

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def new_run(options: argparse.Namespace) -> Run:
    """A run from nothing. Raises ValueError if the settings or the data are of no use."""
    if not options.data or not options.out:
        raise ValueError("a new run needs --data and --out; an old one goes on with --resume.")
    _check_unused(options.out)
    teacher = load_generator(options.start) if options.start else None
    config = new_config(options, teacher)
    processes = _joined(options.out, config)
    dataset = _dataset(config, processes)
    objective, notes = build_objective(config, dataset, processes, teacher)
    options.out.mkdir(parents=True, exist_ok=True)
    lock = _locked(options.out)
    try:
        _check_unused(options.out)  # another may have ended meanwhile
        check_space(options.out, objective)
    except (ValueError, OSError):
        lock.release()
        raise
    notes = [*notes, *meant(config.data)]
    return Run(options.out, config, dataset, objective, processes, notes, lock)


def resume_run(options: argparse.Namespace) -> Run:
    """A run as its newest checkpoint left it; only settings that may change may differ.

    A checkpoint that is damaged, in whatever way, is passed over for the one before.
    """
    folder: Path = options.resume
    opened: list[Run] = []

    def use(state: dict) -> None:
        config = resumed_config(options, state)
        processes = _joined(folder, config)
        dataset = _dataset(config, processes)
        check_same_actions(folder, _learnt(folder, state, dataset), dataset.actions, config.data)
        check_shared(config, processes)
        try:
            objective, notes = build_objective(config, dataset, processes, new=False)
            run = Run(folder, config, dataset, objective, processes, notes, lock)
            run.load_state(state)
        except torch.OutOfMemoryError:
            raise
        except (ValueError, MemoryError, RuntimeError) as error:
            raise Damaged(" ".join(str(error).split()).rstrip(".")[:300]) from error
        opened.append(run)

    if not checkpoints(folder):
        load_checkpoint(folder)  # raises, and says so
    lock = _locked(folder)
    try:
        load_checkpoint(folder, use)
        check_space(folder, opened[0].objective)
    except BaseException:
        lock.release()
        raise
    return opened[0]


def _learnt(folder: Path, state: dict, dataset: Dataset) -> tuple[str, ...]:
    """The actions that a run has learnt; those of its data if nothing tells."""
    if "actions" in state:
        actions = state["actions"]
        if not isinstance(actions, list) or not all(isinstance(name, str) for name in actions):
            raise Damaged("its actions are no names")
        return tuple(actions)
    try:  # checkpoints of earlier versions do not say
        return read_spec(folder / FILE_NAME).actions
    except ValueError:
        return dataset.actions


def _locked(folder: Path) -> RunLock:
    """The lock of a run, which the first of all processes takes for them all."""
    return RunLock(folder, take=int(os.environ.get("RANK", "0")) == 0)


def _check_unused(folder: Path) -> None:
    if checkpoints(folder):
        raise ValueError(f"{folder} already holds a run: give another --out, or --resume it.")


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
    config = TrainConfig(data=absolute(options.data), **about)
    _check_used(config, given)
    if teacher:
        started = dict(FAMILIES[config.family].started)
        objective = dataclasses.replace(config.objective, **started)
        config = dataclasses.replace(config, objective=objective)
    return replaced(config, given)


def resumed_config(options: argparse.Namespace, state: dict) -> TrainConfig:
    """The settings of a checkpoint, with what was given anew. Raises ValueError if that may not
    change."""
    try:
        config = TrainConfig.from_json(state["config"])
    except (KeyError, ValueError) as error:
        reason = "it has no settings" if isinstance(error, KeyError) else str(error)
        raise Damaged(reason.rstrip(".")) from error
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
    if options.data:
        config = dataclasses.replace(config, data=absolute(options.data))
    elif absolute(config.data) != config.data and not Path(config.data).exists():
        raise ValueError(
            f"{options.resume} began with --data {config.data}, and from here there is no such "
            "folder: give --data again."
        )
    return replaced(config, given)


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


def _joined(folder: Path, config: TrainConfig) -> Processes:
    """The processes of a run. Raises ValueError if it could not be computed here."""
    on_cpu = chosen_device(config.device) == "cpu"
    check_compiler(config, on_cpu)
    return Processes.join(on_cpu, config.tracker, folder)


def _dataset(config: TrainConfig, processes: Processes) -> Dataset:
    with processes.main_first():  # it decodes, the others read what it decoded
        dataset = load_dataset(config.data, config.resolution)
    check_data(config.data, dataset)
    return dataset


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
    check_shared(config, processes)
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
    """The name of a device; `auto` is the GPU if there is one.

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
