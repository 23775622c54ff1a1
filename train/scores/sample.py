"""What every score of one seed is made from: generated and real clips, and what is seen in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from train.data.batches import ClipDataset
from train.data.dataset import Dataset
from train.scores.classes import probabilities
from train.scores.clips import ClipSet, Sampler
from train.scores.copies import TrainingClips
from train.scores.encoder import Encoder, FixedRandomEncoder


@dataclass(frozen=True)
class Counts:
    """How much is measured; what costs more a clip gets a share of `clips`.

    seeds: repetitions, each with other clips; clips: generated a seed, and real ones of each half;
    contents: given several motions, characters drawn in all actions, and very long clips, a
    sixteenth of `clips` if not given; motions: of each of those contents; fvd: clips of each kind
    that Inception-3D looks at, a second or two each on a core.
    """

    seeds: int = 5
    clips: int = 256
    contents: int = 0
    motions: int = 4
    fvd: int = 64

    def __post_init__(self) -> None:
        if not self.contents:
            object.__setattr__(self, "contents", max(2, self.clips // 16))

    @property
    def compared(self) -> int:
        """Clips compared with every training clip."""
        return max(2, self.clips // 4)


class Seen:
    """What an encoder or judge makes of clips, read once and when first asked for."""

    def __init__(self, judge: Encoder, clips: ClipSet, device: torch.device | str = "cpu") -> None:
        self.judge, self.clips, self.device = judge, clips, device

    @cached_property
    def features(self) -> np.ndarray:
        """(N, F), of clips."""
        return np.concatenate(self._each(self.judge.features))

    @cached_property
    def frame_features(self) -> np.ndarray:
        """(N, T, F2), of frames."""
        return np.concatenate(self._each(self.judge.frame_features))

    @cached_property
    def judged(self) -> dict[str, np.ndarray]:
        """Probabilities (N, n) by attribute."""
        parts = self._each(self.judge.logits)
        return {name: probabilities(np.concatenate([p[name] for p in parts])) for name in parts[0]}

    @torch.inference_mode()
    def _each(self, look: Callable[[Tensor], Any]) -> list:
        found = [look(frames.to(self.device)) for frames in self.clips.parts()]
        if isinstance(found[0], dict):
            return [{name: x.double().cpu().numpy() for name, x in part.items()} for part in found]
        return [x.double().cpu().numpy() for x in found]


@dataclass(frozen=True)
class Sample:
    """Clips of one seed and who looks at them.

    generated is compared with `real`, and so is `other`, real clips that share none with `real`:
    that is the floor. encoder: whose features are used; judges: who say what is seen; held: the
    clips that training left out, if there are any, which are in none of the other sets.
    """

    seed: int
    counts: Counts
    sampler: Sampler
    generated: ClipSet
    real: ClipSet
    other: ClipSet
    encoder: Encoder
    judges: Sequence
    training: TrainingClips | str  # or why there are none to compare with
    device: torch.device | str = "cpu"
    held: ClipDataset | None = None

    @property
    def dataset(self) -> Dataset:
        return self.sampler.dataset

    @property
    def frames(self) -> int:
        return self.real.pixels.shape[1]

    @property
    def first_seed(self) -> int:
        """Of the generated clips; further ones of this sample use seeds above theirs."""
        return first_seed(self.seed)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @cached_property
    def encoded(self) -> tuple[Seen, Seen, Seen]:
        """What the encoder makes of generated, real and other clips."""
        return self.seen_by(self.encoder)

    @cached_property
    def untrained(self) -> tuple[Seen, Seen, Seen]:
        """The same of the fixed random encoder."""
        if isinstance(self.encoder, FixedRandomEncoder):
            return self.encoded
        encoder = FixedRandomEncoder(self.dataset.channels, self.frames)
        return self.seen_by(encoder.to(self.device))

    @cached_property
    def verdicts(self) -> dict[str, tuple[Seen, Seen, Seen]]:
        """The same of each judge, by its name."""
        return {
            judge.name: self.encoded if judge is self.encoder else self.seen_by(judge)
            for judge in self.judges
        }

    def seen_by(self, judge: Encoder) -> tuple[Seen, Seen, Seen]:
        sets = (self.generated, self.real, self.other)
        generated, real, other = (Seen(judge, clips, self.device) for clips in sets)
        return generated, real, other


def first_seed(seed: int) -> int:
    """Where the seeds of generated clips begin: far from those that pictures show."""
    return 1_000_000 * (seed + 1)
