"""The settings of a training run: one frozen dataclass, printed whole before the first step."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from train.families.style import CriticConfig
from train.gan.adversarial import AdversarialConfig
from train.gan.augment import AugmentConfig
from vidgen.limits import Limit, check_choice
from vidgen.models import FAMILIES
from vidgen.models.mocogan import MoCoGANConfig
from vidgen.models.style import StyleConfig

RESOLUTIONS = (32, 64, 128, 256)
LIMITS = {
    "clips": Limit("clips", 1, 10**10, whole=True),
    "batch": Limit("batch", 1, 65_536, whole=True),
    "accumulate": Limit("accumulate", 1, 65_536, whole=True),
    "head_start": Limit("head start", 0, 10**10, whole=True),
    "span": Limit("span", 2, 10_000, whole=True),
    "content_dim": Limit("content size", 1, 1024, whole=True),
    "motion_dim": Limit("motion size", 3, 1024, whole=True),
    "knot_seconds": Limit("knot seconds", 0.01, 60),
    "half_life": Limit("half-life", 0, 1e10),
    "seed": Limit("seed", 0, 2**32 - 1, whole=True),
    "checkpoint_every": Limit("checkpoint every", 1, 10**10, whole=True),
    "sheet_every": Limit("sheet every", 1, 10**10, whole=True),
    "keep_every": Limit("keep every", 0, 10**10, whole=True),
}
PARTS = {
    "critic": CriticConfig,
    "objective": AdversarialConfig,
    "augment": AugmentConfig,
}


@dataclass(frozen=True)
class TrainConfig:
    """What is trained on what, for how long.

    `family` is the generator's; `clips` is how many real clips the critic sees in all. `grow`
    lists (resolution, clips): a run draws at a resolution from that many clips on, smaller ones
    first, because they are cheap and what is learnt there is kept. `grow`, `generator` and `critic`
    follow from the resolution where they are not given. For `head_start` clips only the critic
    learns, so that one which knows nothing yet does not lead a trained generator astray. The frames
    that the critic sees of a clip lie within `span` frames. A `batch` goes through the networks in
    `accumulate` parts, for less memory. Intervals are in clips too, so that a resumed run does the
    same things at the same moments; every `keep_every` clips the averaged generator is kept for
    good.
    """

    data: str
    family: str = "style"
    resolution: int = 64
    clips: int = 200_000
    grow: tuple[tuple[int, int], ...] | None = None
    batch: int = 16
    head_start: int = 0
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
    keep_every: int = 20_000
    accumulate: int = 1
    compile: bool = False
    tracker: str = ""
    generator: StyleConfig | MoCoGANConfig | None = None
    critic: CriticConfig | None = None
    objective: AdversarialConfig = field(default_factory=AdversarialConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        check_choice("family", self.family, tuple(FAMILIES))
        if self.resolution not in RESOLUTIONS:
            raise ValueError(f"resolution must be one of {RESOLUTIONS}, not {self.resolution}.")
        derived = {
            "grow": ((32, 0), (self.resolution, 40_000)),
            "generator": FAMILIES[self.family][1].for_resolution(self.resolution),
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
        for name, limit in LIMITS.items():
            limit.check(getattr(self, name))
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} clips has no {self.accumulate} equal parts.")

    def resolution_at(self, clips: int) -> int:
        """The resolution drawn after so many clips."""
        return [size for size, start in self.grow if start <= clips][-1]

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """The configuration that `to_json` wrote, also an older version's.

        Raises ValueError where there is something in it that this version does not know.
        """
        values = json.loads(text)
        family = check_choice("family", values.get("family", cls.family), tuple(FAMILIES))
        for name, kind in (PARTS | {"generator": FAMILIES[family][1]}).items():
            older = {"learning_rate_decay": 0} if kind is AdversarialConfig else {}
            values[name] = _known(kind, older | values[name], f"{name}.")
        return _known(cls, values)


def _known(kind: type, values: dict, prefix: str = "") -> object:
    unknown = values.keys() - {field.name for field in dataclasses.fields(kind)}
    if unknown:
        names = ", ".join(prefix + name for name in sorted(unknown))
        raise ValueError(f"the settings {names} are not known: is it another version's run?")
    return kind(**values)
