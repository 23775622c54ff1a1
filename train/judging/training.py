"""Trains a judge, and measures it on clips of people or characters that it never saw."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from train.judging.corrupt import draw_lesson
from train.judging.judge import CORRUPTED, Judge, JudgeCard, JudgeConfig
from train.judging.material import Material

BATCH = 16
COLDEST, HOTTEST = 0.1, 10  # temperatures that logits may be divided by
MEASURED = 400  # windows that an accuracy is measured on; of few clips, several windows each


@dataclass(frozen=True)
class JudgeTraining:
    """clips: seen in all; the learning rate rises for a tenth of them, then falls to nothing."""

    clips: int = 20_000
    batch: int = BATCH
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    seed: int = 0


def train_judge(
    material: Material, architecture: str, training: JudgeTraining, held: np.ndarray
) -> Judge:
    """A judge that never saw the clips `held`, (clips,) of bool.

    In eval mode, its weights rounded to float16 as a file has them. The same seed trains the same
    judge on one machine. Its card lacks the accuracy: see `measure`.
    """
    started = time.perf_counter()
    seen = np.flatnonzero(~held)
    rng = torch.Generator().manual_seed(training.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        judge = Judge(
            JudgeConfig(
                data=material.name,
                architecture=architecture,
                channels=material.channels,
                frames=material.frames,
                fps=material.fps,
                attributes=material.attributes,
            )
        )
    steps = max(1, training.clips // training.batch)
    optimizer = torch.optim.AdamW(
        judge.parameters(), training.learning_rate, weight_decay=training.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, training.learning_rate, total_steps=steps + 1, pct_start=0.1
    )
    title = f"{material.name} {architecture}"
    for _ in (progress := tqdm(range(steps), title, unit="step", dynamic_ncols=True)):
        chosen = seen[torch.randint(len(seen), (training.batch,), generator=rng).numpy()]
        frames, truth = draw_lesson(material, chosen, rng)
        logits = judge.every_logit(judge.features(frames))
        losses = {
            name: F.cross_entropy(logits[name], answers)
            for name, answers in truth.items()
            if (answers >= 0).any()
        }
        optimizer.zero_grad()
        sum(losses.values(), torch.zeros(())).backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        progress.set_postfix({n: f"{v.item():.2f}" for n, v in losses.items()}, refresh=False)
    judge = judge.eval().requires_grad_(False)
    judge.half().float()
    judge.card = JudgeCard(
        seed=training.seed,
        clips=steps * training.batch,
        seconds=round(time.perf_counter() - started, 1),
        never_saw=material.never_saw(held),
    )
    return judge


@torch.inference_mode()
def calibrate(
    judge: Judge, material: Material, part: np.ndarray, windows: int | None = None, seed: int = 1
) -> dict[str, float]:
    """Divides the logits of every attribute by the temperature that makes the truth likeliest.

    One number an attribute, found on clean clips in `part`, (clips,) of bool (Guo et al. 2017,
    section 4.2): a judge that learns from corrupted clips is less certain of clean ones than it is
    right, and entropies and inception scores would say so of every generator. Answers stay the
    same. Returns the temperatures.
    """
    clips = np.flatnonzero(part)
    rng = torch.Generator().manual_seed(seed)
    chosen = clips[torch.randint(len(clips), (windows or MEASURED,), generator=rng).numpy()]
    said: dict[str, list] = {name: [] for name in material.attributes}
    truth: dict[str, list] = {name: [] for name in material.attributes}
    for logits, answers in _asked(judge, material, chosen, rng, corrupted=False):
        for name in material.attributes:
            said[name].append(logits[name])
            truth[name].append(answers[name])
    found, temperatures = {}, np.geomspace(COLDEST, HOTTEST, 81).tolist()
    for name in material.attributes:
        heard, right = torch.cat(said[name]), torch.cat(truth[name])
        losses = [F.cross_entropy(heard / temperature, right) for temperature in temperatures]
        found[name] = temperatures[int(torch.stack(losses).argmin())]
        head = judge.heads[name]
        assert isinstance(head, nn.Linear)
        head.weight.div_(found[name])
        head.bias.div_(found[name])
    judge.half().float()  # as a file has it
    return found


@dataclass(frozen=True)
class Answers:
    """By attribute and by way of corruption: whether a judge was right, if there is a truth, of
    bool, and what it said of every window, as indices into the classes."""

    right: dict[str, np.ndarray]
    said: dict[str, np.ndarray]

    def accuracy(self) -> dict[str, float]:
        """The share of right answers, of all that was asked about at all."""
        return {n: round(float(right.mean()), 4) for n, right in self.right.items() if right.size}


@torch.inference_mode()
def measure(
    judge: Judge, material: Material, part: np.ndarray, windows: int | None = None, seed: int = 0
) -> Answers:
    """What a judge says of clips in `part`, (clips,) of bool: of clean ones what they show, of
    corrupted ones how they were. The same seed asks every judge about the same windows."""
    clips, windows = np.flatnonzero(part), windows or MEASURED
    rng = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(clips), generator=rng).numpy()
    clips = clips[np.resize(order, max(windows, len(clips) if len(clips) < 2 * windows else 0))]
    right: dict[str, list] = {name: [] for name in (*material.attributes, *CORRUPTED)}
    said: dict[str, list] = {name: [] for name in right}
    for corrupted, names in ((False, material.attributes), (True, CORRUPTED)):
        for logits, truth in _asked(judge, material, clips, rng, corrupted):
            for name in names:
                answers = logits[name].argmax(1)
                said[name].append(answers)
                right[name].append((answers == truth[name])[truth[name] >= 0])
    return Answers(*({n: torch.cat(v).numpy() for n, v in x.items()} for x in (right, said)))


def _asked(
    judge: Judge, material: Material, clips: np.ndarray, rng: torch.Generator, corrupted: bool
) -> Iterator[tuple[dict[str, Tensor], dict[str, Tensor]]]:
    """Every logit and what is true of windows of clips (N,), batch by batch."""
    for start in range(0, len(clips), BATCH):
        frames, truth = draw_lesson(material, clips[start : start + BATCH], rng, corrupted)
        yield judge.every_logit(judge.features(frames)), truth
