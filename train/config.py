"""The settings of a training run: one frozen dataclass, printed whole before the first step."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from train.augment import AugmentConfig
from train.critics import CriticConfig
from train.objectives import AdversarialConfig
from vidgen.models.style import StyleConfig

RESOLUTIONS = (32, 64, 128, 256)


@dataclass(frozen=True)
class TrainConfig:
    """What is trained on what, for how long.

    `clips` is how many real clips the critic sees in all. `grow` lists (resolution, clips): a run
    draws at a resolution from that many clips on, smaller ones first, because they are cheap and
    what is learnt there is kept. `grow`, `generator` and `critic` follow from the resolution where
    they are not given. The frames that the critic sees of a clip lie within `span` frames.
    Intervals are in clips too, so that a resumed run does the same things at the same moments.
    """

    data: str
    resolution: int = 64
    clips: int = 200_000
    grow: tuple[tuple[int, int], ...] | None = None
    batch: int = 16
    span: int = 32
    content_dim: int = 64
    motion_dim: int = 16
    knot_seconds: float = 0.5
    half_life: float = 20_000
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    checkpoint_every: int = 4_000
    sheet_every: int = 4_000
    generator: StyleConfig | None = None
    critic: CriticConfig | None = None
    objective: AdversarialConfig = field(default_factory=AdversarialConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        if self.resolution not in RESOLUTIONS:
            raise ValueError(f"resolution must be one of {RESOLUTIONS}, not {self.resolution}.")
        derived = {
            "grow": ((32, 0), (self.resolution, 40_000)),
            "generator": StyleConfig.for_resolution(self.resolution),
            "critic": CriticConfig.for_resolution(self.resolution),
        }
        if self.resolution == 32:
            derived["grow"] = ((32, 0),)
        for name, value in derived.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        object.__setattr__(self, "grow", tuple((int(r), int(c)) for r, c in self.grow))
        sizes, starts = [r for r, _ in self.grow], [c for _, c in self.grow]
        if sizes != sorted(set(sizes)) or sizes[-1] != self.resolution:
            raise ValueError(f"grow must rise to {self.resolution} pixels, not {self.grow}.")
        if starts != sorted(set(starts)) or starts[0] != 0:
            raise ValueError(f"grow must start at 0 clips and rise, not {self.grow}.")
        for name in ("clips", "batch", "span", "checkpoint_every", "sheet_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")

    def resolution_at(self, clips: int) -> int:
        """The resolution drawn after so many clips."""
        return [size for size, start in self.grow if start <= clips][-1]

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        values = json.loads(text)
        parts = {
            "generator": StyleConfig,
            "critic": CriticConfig,
            "objective": AdversarialConfig,
            "augment": AugmentConfig,
        }
        return cls(**values | {name: kind(**values[name]) for name, kind in parts.items()})
