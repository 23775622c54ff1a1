"""What can be known to go wrong before the first step: asked before hours are spent."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from train.config import TrainConfig
from train.data.cifar import is_cifar10
from train.data.clips.listing import own_folders
from train.data.dataset import Dataset
from train.loop import Run
from train.objective import Objective
from train.runtime.processes import Processes

SPARE_BYTES = 64 << 20  # for pictures, history and weights beside the checkpoints


def check_data(source: str, dataset: Dataset) -> None:
    """Raises ValueError if an action has no clip, and says which."""
    wanted = set(dataset.actions)
    present = {dataset.actions[label] for label in np.unique(dataset.labels)} if wanted else set()
    folders = source != "shapes" and not is_cifar10(source)  # of which each is an action
    if wanted and folders and Path(source).is_dir():
        wanted |= {path.name for path in own_folders(Path(source))}
    empty = sorted(wanted - present)
    if empty:
        raise ValueError(
            f"no clip could be read for {', '.join(empty)} in {source}: "
            "put clips there, or take the folder away."
        )


def check_same_actions(run: Path, learnt: Sequence[str], there: Sequence[str], data: str) -> None:
    """Raises ValueError if a run would go on with other classes than it has learnt."""
    if list(learnt) == list(there):
        return
    changes = {"is missing": set(learnt) - set(there), "is new": set(there) - set(learnt)}
    words = "; ".join(f"{', '.join(sorted(n))} {what}" for what, n in changes.items() if n)
    raise ValueError(
        f"{run} has learnt the actions {', '.join(learnt) or '(none)'}, and in {data} "
        f"{words or 'they have another order'}: a run that goes on keeps its folders. Give them "
        f"their names again, or begin a new run: --start {run / 'model.safetensors'} keeps what is "
        "known."
    )


def check_shared(config: TrainConfig, processes: Processes) -> None:
    """Raises ValueError if the batch can't be shared among the processes."""
    parts = processes.count * config.accumulate
    if config.batch % parts:
        raise ValueError(
            f"a batch of {config.batch} clips can't be shared by {processes.count} processes in "
            f"{config.accumulate} parts each: --batch must be a multiple of {parts}."
        )


def check_compiler(config: TrainConfig, on_cpu: bool) -> None:
    """Raises ValueError if --compile finds nothing to compile with."""
    if config.compile and on_cpu and not any(map(shutil.which, ("c++", "g++", "clang++", "cl"))):
        raise ValueError("--compile needs a C++ compiler on the CPU: install g++, or leave it out.")


def check_space(folder: Path, objective: Objective) -> None:
    """Raises OSError if the disk has no room for the checkpoints that a run keeps."""
    networks = objective.networks
    sizes = {name: sum(p.numel() for p in n.parameters()) * 4 for name, n in networks.items()}
    state = 3 * sum(sizes.values()) + sizes["generator"]  # two moments each; the EMA
    wanted = 3 * state + SPARE_BYTES  # two are kept while a third is written
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise OSError(
            f"{folder} has {free >> 20:,} MiB left, and checkpoints need {wanted >> 20:,} MiB."
        )


def rehearse(run: Run) -> None:
    """One step at the largest size, on copies, if a run reaches that size only later.

    Memory that is too small for it shows now. The run itself is left as it is.
    """
    config, objective = run.config, run.objective
    if config.resolution_at(run.clips) == config.resolution:
        return
    rng = torch.Generator().manual_seed(config.seed)
    frames = objective.frames_at(config.clips)  # as at the end of the run, when all networks learn
    batch = run.dataset.batch(config.batch, frames, config.span, rng).to(run.device)
    with torch.random.fork_rng():
        copy.deepcopy(objective).step(batch, config.resolution, rng, clips=config.clips)
