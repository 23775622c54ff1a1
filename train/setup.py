"""From settings to a run: networks, objective, and a trained model to start from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.families import mocogan
from train.families.style import Critic, CriticConfig
from train.gan.adversarial import Adversarial
from train.gan.augment import AugmentConfig
from train.loop import Run
from train.runtime.processes import Processes
from vidgen.hardware import fastest_dtype
from vidgen.models.mocogan import CONTENT_DIM, MOTION_DIM, STEPS_PER_KNOT, MoCoGANGenerator
from vidgen.models.style import StyleGenerator
from vidgen.types import Generator, GeneratorSpec

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def build_run(
    folder: Path, config: TrainConfig, dataset: ClipDataset, processes: Processes | None = None
) -> Run:
    """The generator, critic and objective of a configuration, on its device.

    Raises ValueError where the batch can't be shared among the processes.
    """
    processes = processes or Processes()
    parts = processes.count * config.accumulate
    if config.batch % parts:
        raise ValueError(
            f"a batch of {config.batch} clips can't be shared by {processes.count} processes in "
            f"{config.accumulate} parts each: --batch must be a multiple of {parts}."
        )
    device = processes.device or torch.device(chosen_device(config.device))
    spec = GeneratorSpec(
        family=config.family,
        resolution=config.resolution,
        channels=dataset.channels,
        fps=dataset.fps,
        content_dim=config.content_dim,
        motion_dim=config.motion_dim,
        knot_seconds=config.knot_seconds,
        actions=dataset.actions,
        timing=dataset.timing,
    )
    if config.family == "mocogan":
        spec = dataclasses.replace(spec, knot_seconds=STEPS_PER_KNOT / dataset.fps)
        generator, critic = MoCoGANGenerator(spec, config.generator), mocogan.MoCoGANCritic(spec)
        objective_of = mocogan.MoCoGANObjective
    else:
        generator, critic = StyleGenerator(spec, config.generator), Critic(spec, config.critic)
        objective_of = Adversarial
    generator, critic = generator.to(device), critic.to(device)
    dtype = DTYPES.get(config.precision) or fastest_dtype(device, training=True)
    generator.compute_dtype = critic.compute_dtype = dtype
    if config.compile:
        generator.compile()  # not the critic: its penalty's second derivatives can't be compiled
    if processes.main:
        print(
            f"{len(dataset)} clips of {dataset.name} on {processes.count} x {device} in {dtype}: "
            f"generator {_millions(generator)}, critic {_millions(critic)} parameters"
        )
    objective = objective_of(
        generator, critic, config.objective, config.augment, processes, config.accumulate
    )
    return Run(folder, config, dataset, objective)


def suited(family: str, resolution: int) -> dict:
    """The settings that a family wants otherwise than TrainConfig has them."""
    if family != "mocogan":
        return {}
    critic = CriticConfig.for_resolution(resolution)
    return {
        "family": family,
        "grow": ((resolution, 0),),
        "span": mocogan.FRAMES,
        "content_dim": CONTENT_DIM,
        "motion_dim": MOTION_DIM * STEPS_PER_KNOT,
        "critic": dataclasses.replace(critic, seen_frames=mocogan.FRAMES),
        "objective": mocogan.published_settings(),
        "augment": AugmentConfig(policy="none"),
    }


def chosen_device(name: str) -> str:
    """A device's name, where `auto` is the GPU if there is one.

    Raises ValueError where there is no such device.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise ValueError(f"there is no device {name} to train on: {reason}") from error
    return name


def started_from(teacher: Generator | None) -> dict:
    """The settings that a model to start from decides: it is grown already."""
    if teacher is None:
        return {}
    if not isinstance(teacher, StyleGenerator):
        raise ValueError(
            f"only a model of the family style can be started from, not {teacher.spec.family}."
        )
    spec = teacher.spec
    return {
        "family": spec.family,
        "resolution": spec.resolution,
        "grow": ((spec.resolution, 0),),
        "head_start": 1_000,
        "content_dim": spec.content_dim,
        "motion_dim": spec.motion_dim,
        "knot_seconds": spec.knot_seconds,
        "generator": teacher.config,
    }


@torch.no_grad()
def start_from(teacher: Generator, generator: Generator) -> list[str]:
    """Copies what fits of a trained generator; returns the names of the parameters that don't.

    What belongs to an action is copied where both have an action of that name.
    """
    known, own, fresh = teacher.state_dict(), generator.state_dict(), []
    shared = [
        (own_index, teacher.spec.actions.index(name))
        for own_index, name in enumerate(generator.spec.actions)
        if name in teacher.spec.actions
    ]
    per_action = {f"motion.{name}" for name in ("rate", "rate_spread", "cycle", "drift", "offset")}
    for name, value in own.items():
        if name in per_action and generator.spec.actions:
            for own_index, known_index in shared:
                value[own_index] = known[name][known_index]
            if len(shared) < len(generator.spec.actions):
                fresh.append(name)
        elif name in known and known[name].shape == value.shape:
            value.copy_(known[name])
        else:
            fresh.append(name)
    return fresh


def _millions(module: torch.nn.Module) -> str:
    return f"{sum(p.numel() for p in module.parameters()) / 1e6:.2f} M"
