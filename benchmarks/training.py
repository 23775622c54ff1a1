"""What a training step costs, part by part, on one thread."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator

import torch

from benchmarks.compute import median_seconds
from train.config import TrainConfig
from train.data import load_dataset
from train.runtime.ema import update_ema
from train.runtime.processes import Processes
from train.setup import build_objective


def step_rows(side: int, batch: int = 16) -> Iterator[tuple[str, str]]:
    """Rows about a step of the default objective on `shapes`, at a resolution in pixels."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from _parts(side, batch)
    finally:
        torch.set_num_threads(threads)


def _parts(side: int, batch: int) -> Iterator[tuple[str, str]]:
    config = TrainConfig("shapes", resolution=side, grow=((side, 0),), batch=batch)
    dataset = load_dataset("shapes", side)
    objective, _ = build_objective(config, dataset, Processes())
    free = dataclasses.replace(config.objective, penalty="none")
    free = dataclasses.replace(config, objective=free)
    unpenalised, _ = build_objective(free, dataset, Processes())
    network, rng = objective.generator, torch.Generator().manual_seed(0)
    ema = copy.deepcopy(network)
    real = dataset.batch(batch, objective.frames_at(0), config.span, rng)
    (part,) = objective._draw(real, side, rng, updates=2)
    with torch.no_grad():
        drawn = network(part.path, side)
    weights = list(network.parameters())

    def generator() -> None:
        image = network(part.path, side)
        torch.autograd.grad(image.sum(), weights, allow_unused=True)

    def critic(game: object) -> None:
        game.critic_loss(part, drawn)[0].backward()

    def deceived() -> None:
        objective.critic.requires_grad_(False)
        image = drawn.clone().requires_grad_()
        objective.game.generator_loss(part, image)[0].backward()
        objective.critic.requires_grad_(True)

    def adam() -> None:
        for optimizer in (objective.generator_optimizer, objective.critic_optimizer):
            optimizer.adam.step()

    whole = _seconds(lambda: objective.step(real, side, rng))
    yield f"{side} pixels, {batch} clips, {network.compute_dtype}", f"{whole * 1e3:,.0f} ms"
    yield "    clips a second", f"{batch / whole:.1f}"
    parts = {
        "the generator, there and back": generator,
        "the critic's loss and penalty": lambda: critic(objective.game),
        "    without the penalty": lambda: critic(unpenalised.game),
        "the generator's loss, through the critic": deceived,
        "drawing what a step takes, augmentation": lambda: objective._draw(real, side, rng, 2),
        "AdamW, of both": adam,
        "the EMA": lambda: update_ema(ema, network, batch, 10_000, 20_000),
    }
    for name, work in parts.items():
        yield f"    {name}", f"{_seconds(work) * 1e3:,.0f} ms"


def _seconds(work) -> float:
    return median_seconds(work, least=5, gradients=True)
