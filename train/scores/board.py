"""The scoreboard: all sections over all seeds, as scores with their floors, aims and warnings."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from train.data.batches import ClipDataset
from train.data.dataset import Dataset
from train.scores import loops, sections
from train.scores.aims import aims, literature
from train.scores.clips import DEFAULT_FRAMES, Sampler, frames_wanted, real_halves
from train.scores.copies import TrainingClips
from train.scores.cycles import tempos
from train.scores.encoder import FixedRandomEncoder
from train.scores.frechet import too_few
from train.scores.fvd import Inception3D, fvd
from train.scores.sample import Counts, Sample, first_seed
from train.scores.table import Score
from vidgen.engine import draw
from vidgen.latents import seeded_path
from vidgen.types import Generator

Progress = Callable[[float], object]  # called with the clips done since; a clip is seen twice


SHOWN_ACTIONS = 6  # scores by action are in the table as well if there are no more


@dataclasses.dataclass(frozen=True)
class Board:
    """scores, in the order of the table; warnings, a sentence each; frames: length of the clips;
    first: the sample of seed 0, to look at."""

    scores: list[Score]
    warnings: list[str]
    frames: int
    first: Sample


def score(
    generator: Generator,
    dataset: Dataset,
    judges: Sequence,
    counts: Counts,
    network: Inception3D | None = None,
    progress: Progress | None = None,
) -> Board:
    """Everything that can be measured of a generator beside its data, see DESIGN's scoreboard.

    `judges` may be empty: features then come from the fixed random encoder. Raises ValueError if
    generator and data do not fit, or there are too few real clips for two halves.
    """
    if len(dataset) < 4:
        raise ValueError(f"Scores need 4 real clips or more for two halves, not {len(dataset)}.")
    held = None
    if isinstance(dataset, ClipDataset) and dataset.heldout:
        held = dataset.chosen(np.array(dataset.heldout))
        dataset = dataset.chosen(dataset.trained)
    sampler = Sampler(generator, dataset)
    device = next(generator.parameters()).device
    frames = frames_wanted(dataset, judges)
    encoder = judges[0] if judges else FixedRandomEncoder(dataset.channels, frames).eval()
    for network_used in {id(judge): judge for judge in (*judges, encoder)}.values():
        network_used.to(device)
    try:
        training: TrainingClips | str = TrainingClips(dataset)
    except ValueError as error:
        training = str(error).rstrip(".")
    taken: list[dict] = []
    for seed in range(counts.seeds):
        generated = sampler.clips(counts.clips, frames, first_seed(seed), progress)
        real, other = real_halves(dataset, counts.clips, frames, np.random.default_rng(seed))
        sample = Sample(
            seed, counts, sampler, generated, real, other, encoder, judges, training, device, held
        )
        rows: dict = {}
        every: list[Callable[[Sample], dict]] = [*SECTIONS, partial(fvd, network=network)]
        counted = 0
        for number, section in enumerate(every, 1):
            rows |= section(sample)
            if progress is not None:
                progress(counts.clips * number // len(every) - counted)
                counted = counts.clips * number // len(every)
        taken.append(rows)
        if seed == 0:
            first = sample
    scores = [*_collected(taken, dataset, counts), _speed(generator)]
    return Board(scores, _warnings(first, network), frames, first)


SECTIONS = (
    sections.distances,
    sections.overlaps,
    sections.motions,
    tempos,
    sections.contents,
    sections.labels,
    sections.characters,
    *loops.SECTIONS,
    sections.looks,
    sections.memory,
)


def _collected(taken: list[dict], dataset: Dataset, counts: Counts) -> list[Score]:
    """Pairs by name of every seed -> one score a name."""
    wanted, others = aims(dataset.name), literature(dataset.name)
    many = len(dataset.actions) > SHOWN_ACTIONS
    scores = []
    for name in taken[0]:
        pairs = [rows[name] for rows in taken]
        reason = next((pair for pair in pairs if isinstance(pair, str)), None)
        score = Score(name, aim=wanted.get(name), missing=reason, detail=many and ": " in name)
        if reason is None:
            values, floors = (tuple(map(float, column)) for column in zip(*pairs, strict=True))
            score = dataclasses.replace(score, values=values, floors=floors)
            if name in others:
                beside = f"{others[name]} (here {counts.clips:,} clips a seed)"
                score = dataclasses.replace(score, beside=(beside,))
        scores.append(score)
    return scores


@torch.inference_mode()
def _speed(generator: Generator, repeats: int = 9) -> Score:
    """Milliseconds for a 16-frame clip of one seed: every one of some repetitions after a first."""
    path = seeded_path(generator.spec, 0, DEFAULT_FRAMES)
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        for _ in draw(generator, path):
            pass
        times.append((time.perf_counter() - started) * 1e3)
    return Score(f"ms for {DEFAULT_FRAMES} frames", values=(statistics.median(times[1:]),))


def _warnings(sample: Sample, network: Inception3D | None) -> list[str]:
    """What a reader of the numbers has to know."""
    found: list[str | None] = []
    if not sample.judges:
        found.append(
            "There are no judges of this data: features come from a fixed random encoder, and "
            "nothing is said about classes."
        )
    features = sample.encoded[1].features.shape[1]
    found.append(too_few(len(sample.generated), features))
    sources = len(np.unique(sample.real.source))
    if sources < len(sample.real):
        found.append(
            f"The {len(sample.real):,} real clips of a half are windows of {sources:,} clips."
        )
    if network is not None:
        count = min(sample.counts.fvd, len(sample.generated))
        found.append(too_few(count, 400, "clips a seed (FVD; the literature takes 2,048)"))
    return [text for text in found if text]
