"""Scores of loops: their seam, who is shown in every action, and pairs that training left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np

from train.data import ClipDataset
from train.scores import classes
from train.scores.clips import ClipSet, window
from train.scores.sample import Sample, Seen
from vidgen.latents import seeded_path

Pair = tuple[float, float]
SEAM = ("seam over neighbours (pixels)", "seam over neighbours (speed)")
SAME, FARTHER = "same {} in all actions", "left-out pairs: distance over that of the others"
APART = 6  # frames between windows of a real loop that a generated clip may be near to


def seam_ratios(loops: list[np.ndarray]) -> Pair:
    """What happens between the last frame and the first, over what does just before and after.

    loops: each uint8 (T, H, W, C), T >= 6, of any length. In pixels: the mean absolute difference
    of frames; in speed: that of such differences. 1 if a loop has no seam; sums over the loops,
    so that still ones count for little.
    """
    totals = np.zeros((2, 2))  # pixels, speed; at the seam, beside it
    for loop in loops:
        last = np.roll(loop, 3, 0)[:6].astype(np.int16)  # the seam is between the third and fourth
        steps = np.diff(last, axis=0)  # five, the third across the seam
        pixels = np.abs(steps).mean((1, 2, 3))
        speed = np.abs(np.diff(steps, axis=0)).mean((1, 2, 3))  # four, the inner two at the seam
        totals[0] += pixels[2], (pixels[1] + pixels[3]) / 2
        totals[1] += (speed[1] + speed[2]) / 2, (speed[0] + speed[3]) / 2
    jump, turn = (float(at / beside) if beside > 0 else float("nan") for at, beside in totals)
    return jump, turn


def seams(sample: Sample) -> dict[str, Pair | str]:
    """The seam of `counts.contents` generated loops, each as long as a real one of its action."""
    dataset, sampler = sample.dataset, sample.sampler
    if not _loops(dataset):
        return {}
    count = sample.counts.contents
    drawn = []
    for number, label in enumerate(sample.generated.labels[:count].tolist()):
        frames = int(np.median(dataset.lengths[dataset.labels == label]))
        action = dataset.actions[label] if sampler.labelled else None
        seed = sample.first_seed + number
        path = seeded_path(sampler.generator.spec, seed, frames, dataset.fps, action, loop=True)
        drawn.append(sampler.draw(path, frames))
    real = [dataset.clip(int(clip)) for clip in np.unique(sample.other.source)[:count]]
    return dict(zip(SEAM, zip(seam_ratios(drawn), seam_ratios(real), strict=True), strict=True))


def subjects(sample: Sample) -> dict[str, Pair | str]:
    """Whether a seed is the same person in all actions, and those never seen in one are as good.

    For data whose subjects are shown in several actions each, and judges that know them: the one
    that is right most often is asked.
    """
    dataset = sample.dataset
    asked = [n for judge in sample.judges[:1] for n in judge.attributes if n != "action"]
    if not _loops(dataset) or not asked or not sample.sampler.labelled:
        return {}
    if not len(dataset) > len(set(dataset.subjects)) > 0:
        return {}
    crossing = Crossing(sample, dataset, _best(sample.judges, asked[0]), asked[0])
    rows: dict[str, Pair | str] = {SAME.format(asked[0]): crossing.kept()}
    if sample.held is not None:
        rows[FARTHER] = crossing.farther()
    return rows


class Crossing:
    """Seeds drawn in all actions, whom a judge takes them for, and the real clips of those."""

    def __init__(self, sample: Sample, dataset: ClipDataset, judge: Any, asked: str) -> None:
        self.sample, self.dataset, self.judge, self.asked = sample, dataset, judge, asked
        self.actions = len(sample.dataset.actions)
        self.known = judge.attributes[asked]

    @cached_property
    def drawn(self) -> Seen:
        """Clip `actions * k + a` is seed k in action a, of `counts.contents` seeds."""
        sample, sampler = self.sample, self.sample.sampler
        labels = np.tile(np.arange(self.actions), sample.counts.contents)
        seeds = sample.first_seed + np.arange(sample.counts.contents).repeat(self.actions)
        pixels = [
            sampler.draw(sampler.path(seed, label, sample.frames), sample.frames)
            for seed, label in zip(seeds.tolist(), labels.tolist(), strict=True)
        ]
        return Seen(self.judge, ClipSet(np.stack(pixels), labels, seeds), sample.device)

    @cached_property
    def who(self) -> np.ndarray:
        """Whom each seed shows, all its clips together, (K,): indices into `known`."""
        return self._by_seed(self.drawn).mean(1).argmax(1)

    def _by_seed(self, seen: Seen) -> np.ndarray:
        judged = seen.judged[self.asked]
        return judged.reshape(-1, self.actions, judged.shape[-1])

    def kept(self) -> Pair:
        """The share of seeds that are one person in all actions; of real people in theirs."""
        generated = classes.kept(self._by_seed(self.drawn)).mean()
        dataset, sample = self.dataset, self.sample
        pixels = [window(dataset, clip, sample.frames, sample.rng) for clip in range(len(dataset))]
        clips = ClipSet(np.stack(pixels), dataset.labels, np.arange(len(dataset)))
        said = Seen(self.judge, clips, sample.device).judged[self.asked].argmax(1)
        names = np.array(dataset.subjects)
        real = [len(set(said[names == name].tolist())) == 1 for name in sorted(set(names))]
        return float(generated), float(np.mean(real))

    def farther(self) -> Pair | str:
        """Distance to the real clip of pairs that were left out, over that of pairs of training.

        Of every action with a pair left out: of seeds that show that person, and of those that show
        others. Features of the judge; the nearest window of the real loop counts.
        """
        held, seen = self.sample.held, self.dataset
        assert held is not None, "asked only if there is something left out"
        real = {
            _pair(data, clip): data.clip(clip) for data in (held, seen) for clip in range(len(data))
        }
        outside, inside = [], []
        for clip in range(len(held)):
            label, left_out = _pair(held, clip)
            found: dict[bool, list[float]] = {True: [], False: []}  # whether it was left out
            for seed, person in enumerate(self.who.tolist()):
                pair = (label, self.known[person])
                if pair in real:
                    features = self.drawn.features[seed * self.actions + label]
                    found[pair[1] == left_out].append(self._distance(features, real[pair], pair))
            if found[True] and found[False]:
                outside.append(np.mean(found[True]))
                inside.append(np.mean(found[False]))
        if not outside:
            return "no seed shows a person of a pair that was left out: --contents takes more"
        near, far = float(np.mean(inside)), float(np.mean(outside))
        return far / near if near > 0 else float("nan"), float("nan")

    @cached_property
    def _windows(self) -> dict[tuple[int, str], np.ndarray]:
        return {}

    def _distance(self, features: np.ndarray, loop: np.ndarray, pair: tuple[int, str]) -> float:
        """Of a clip's features (F,) to the nearest window of a real loop."""
        if pair not in self._windows:
            starts = np.arange(0, len(loop), APART)
            index = (starts[:, None] + np.arange(self.sample.frames)) % len(loop)
            clips = ClipSet(loop[index], np.full(len(starts), pair[0]), starts)
            self._windows[pair] = Seen(self.judge, clips, self.sample.device).features
        return float(np.linalg.norm(self._windows[pair] - features, axis=1).min())


def _best(judges: Sequence, asked: str) -> Any:
    """The judge that was right about an attribute of what it never saw most often."""
    return max(judges, key=lambda judge: judge.card.accuracy.get(asked, 0))


def _pair(dataset: ClipDataset, clip: int) -> tuple[int, str]:
    return int(dataset.labels[clip]), dataset.subjects[clip]


def _loops(dataset: object) -> TypeGuard[ClipDataset]:
    return getattr(dataset, "loops", False)


SECTIONS: tuple[Callable[[Sample], dict[str, Pair | str]], ...] = (seams, subjects)
