"""Tiny training runs, also in processes of their own that are killed or find the disk full."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import signal
import socket
import sys
from pathlib import Path

import numpy as np
import torch

import train.loop
from train.__main__ import main
from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.families.style import CriticConfig, StyleSettings
from train.loop import Run
from train.runtime.checkpoint import checkpoints, load_checkpoint
from train.runtime.processes import Processes
from train.setup import build_objective
from vidgen.models.style import StyleConfig

TINY = TrainConfig(
    data="tiny",
    resolution=32,
    clips=24,
    batch=4,
    device="cpu",
    precision="float32",
    checkpoint_every=8,
    sheet_every=1_000,
    generator=StyleConfig(widths=(16, 16, 8, 8), style_dim=16, pose_channels=4),
    objective=StyleSettings(
        critic=CriticConfig(stem_width=8, widths=(8,), frame_width=8, clip_width=8)
    ),
)


def tiny_dataset() -> ClipDataset:
    """Three clips of noise in two actions."""
    rng = np.random.default_rng(0)
    lengths = np.array([9, 12, 5])
    return ClipDataset(
        name="tiny",
        pixels=rng.integers(0, 256, (lengths.sum(), 32, 32, 3), dtype=np.uint8),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        labels=np.array([0, 1, 1]),
        actions=("jump", "wave"),
        fps=25.0,
    )


def new_run(
    folder: Path,
    dataset: ClipDataset | None = None,
    config: TrainConfig = TINY,
    processes: Processes | None = None,
) -> Run:
    dataset, processes = dataset or tiny_dataset(), processes or Processes()
    objective, notes = build_objective(config, dataset, processes)
    return Run(folder, config, dataset, objective, processes, notes)


def resumed_run(folder: Path, config: TrainConfig = TINY) -> Run:
    """A run that goes on, or begins if there is nothing to go on from."""
    run = new_run(folder, config=config)
    if checkpoints(folder):
        run.load_state(load_checkpoint(folder))
    return run


def weights_of(run: Run) -> torch.Tensor:
    """All weights of generator, average and critic, one after another."""
    parts = [run.generator, run.ema, run.objective.critic]
    return torch.cat([p.detach().flatten() for part in parts for p in part.parameters()])


def start(target, *arguments) -> multiprocessing.Process:
    """A process forked from one that has everything imported and has not computed anything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.runs", "accelerate"])
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def train_until(moment: int, fault: str, folder: Path, config: TrainConfig, progress) -> None:
    """Trains until the `moment`-th step or change of a file; then it is killed (fault "kill"), or
    the disk is full ("full"): it exits with 28 if that was reported. `progress` has the clips seen.
    """
    torch.set_num_threads(1)
    with open(os.devnull, "w") as quiet, contextlib.redirect_stderr(quiet):
        run = resumed_run(folder, config)
        seen = 0

        def count() -> None:
            nonlocal seen
            seen += 1
            if seen >= moment and fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)

        def watch(event: str, arguments: tuple) -> None:
            if event in CHANGES or (event == "open" and _writes(arguments)):
                if not str(arguments[0]).startswith(str(folder)):
                    return
                count()
                if seen >= moment and fault == "full" and event in ("open", "os.mkdir"):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        step = run._step

        def counted() -> dict:
            count()
            losses = step()
            progress.value = run.clips
            return losses

        run._step = counted
        sys.addaudithook(watch)
        try:
            run.train()
        except OSError as error:
            sys.exit(error.errno)


CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


def _writes(arguments: tuple) -> bool:
    _, mode, flags = arguments
    return bool(flags and flags & (os.O_WRONLY | os.O_RDWR)) or bool(
        mode and set(mode) & set("wax+")
    )


def train_together(index: int, count: int, port: int, folder: Path, config: TrainConfig) -> None:
    """One of `count` processes that `accelerate launch` would start on CPUs."""
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(index), "LOCAL_RANK": str(index), "WORLD_SIZE": str(count)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ |= {"ACCELERATE_USE_CPU": "true", "GLOO_SOCKET_IFNAME": "lo"}
    processes = Processes.join(cpu=True)
    assert (processes.index, processes.count) == (index, count)
    if index:
        for name in ("save_checkpoint", "save_generator", "write_whole"):
            setattr(train.loop, name, lambda *_: sys.exit("only the first process writes"))
    run = new_run(folder / "run", config=config, processes=processes)
    run.train()
    torch.save(weights_of(run), folder / f"weights-{index}.pt")
    processes.finish()


def run_main(arguments: list[str], cache: Path) -> None:
    """`python -m train ...` without the seconds that it takes to import."""
    torch.set_num_threads(1)
    os.environ["XDG_CACHE_HOME"] = str(cache)
    with (
        open(os.devnull, "w") as quiet,
        contextlib.redirect_stderr(quiet),
        contextlib.redirect_stdout(quiet),
    ):
        sys.exit(main(arguments))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
