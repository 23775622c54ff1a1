"""How soon the small trainings of the Learn tab show what they should, from ten seeds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from train.live.show import Show
from vidgen.lessons import PRESETS

SEEDS = range(10)
SCORED = 256


@dataclass(frozen=True)
class Aim:
    """What a preset has to reach by the last of some moments, in seconds of one core's time."""

    score: str
    wanted: float
    seconds: tuple[int, ...]


AIMS = {
    "plays": Aim("coverage", 0.7, (1, 2, 4)),
    "clips": Aim("shapes", 0.35, (10, 20, 30, 40, 50, 60)),
}


def lesson_rows() -> Iterator[tuple[str, str]]:
    """A row for each seed: the score at each moment. Then how many seeds have reached their aim."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for preset, aim in AIMS.items():
            yield f"{preset}: {aim.score}, s", " ".join(f"{second:4}" for second in aim.seconds)
            reached = 0
            for seed in SEEDS:
                values, steps = learnt(preset, aim, seed)
                reached += max(values) >= aim.wanted
                told = " ".join(f"{value:.2f}" for value in values)
                yield f"    seed {seed}, {steps:,} steps", told
            yield f"    reached {aim.wanted}", f"{reached} of {len(SEEDS)} seeds"
    finally:
        torch.set_num_threads(threads)


def learnt(preset: str, aim: Aim, seed: int) -> tuple[list[float], int]:
    """A score at each moment, and the steps until the last; scoring takes none of the time."""
    show = Show(replace(PRESETS[preset].lesson, seed=seed))
    values, spent = [], 0.0
    for second in aim.seconds:
        began = time.process_time()
        while spent + time.process_time() - began < second:
            show.step()
        spent += time.process_time() - began
        values.append(show.game.scores(SCORED)[aim.score])
    return values, show.game.steps
