"""What the small trainings of the Learn tab can be told, and the games that fail on purpose.

The page and the training (train/live) both read this: the page never imports the training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from vidgen.settings import check_settings, setting

POINTS = ("ring", "moons")  # in the plane
CLIPS = "clips"  # of moving shapes, 8 frames of 16 pixels
LOSSES = (
    "minimax", "non-saturating", "least-squares", "hinge", "wasserstein", "relativistic",
)  # fmt: skip
PENALTIES = ("none", "r1", "r1+r2", "wgan-gp")
OPTIMIZERS = ("adam", "sgd")


@dataclass(frozen=True)
class Lesson:
    """The settings of a small training. Raises ValueError for what is not allowed.

    All may change while it runs, but `seed` and `head_start` count for its beginning, and between
    points and clips it begins anew.
    """

    data: str = setting("ring", "what is real", choices=(*POINTS, CLIPS))
    examples: int = setting(0, "so many real examples, or 0 for no end of them", limit=(0, 4096))
    loss: str = setting("relativistic", "what both minimise", choices=LOSSES)
    penalty: str = setting("r1+r2", "on the critic's gradients", choices=PENALTIES)
    gamma: float = setting(0.05, "weight of the penalty", limit=(0, 100))
    critic_rate: float = setting(3e-3, "learning rate of the critic", limit=(1e-6, 0.1))
    generator_rate: float = setting(1e-3, "learning rate of the generator", limit=(1e-6, 0.1))
    optimizer: str = setting("adam", "of the generator", choices=OPTIMIZERS)
    critic_steps: int = setting(2, "critic steps for each generator step", limit=(1, 20))
    head_start: int = setting(0, "critic steps before the generator's first", limit=(0, 2000))
    batch: int = setting(128, "real examples a step", limit=(4, 256))
    seed: int = setting(0, "what both networks begin with", limit=(0, 2**32 - 1))

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def plane(self) -> bool:
        """Whether its examples are points in the plane."""
        return self.data in POINTS


CLIP_GAME = Lesson(
    data=CLIPS, gamma=1.0, critic_rate=1e-3, generator_rate=2e-3, critic_steps=1, batch=32
)


@dataclass(frozen=True)
class Preset:
    """A game to begin with; if it fails on purpose, `remedy` is what mends it."""

    lesson: Lesson
    remedy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mended(self) -> Lesson:
        """The same game with its remedy."""
        return replace(self.lesson, **self.remedy)


def lesson_of(values: Mapping[str, Any]) -> Lesson:
    """A lesson from values by name; what it does not know is passed over. Raises ValueError."""
    names = {each.name for each in fields(Lesson)}
    whole = {each.name for each in fields(Lesson) if each.type == "int"}
    given = {name: value for name, value in values.items() if name in names}
    for name in whole & given.keys():  # a slider sends 16.0 for 16
        value = given[name]
        if isinstance(value, float) and value.is_integer():
            given[name] = int(value)
    return Lesson(**given)


def as_values(lesson: Lesson) -> dict[str, object]:
    """A lesson's settings by name."""
    return asdict(lesson)


PRESETS = {
    "plays": Preset(Lesson()),
    "collapse": Preset(
        Lesson(loss="non-saturating", penalty="none", critic_steps=5, critic_rate=1e-2),
        {"penalty": "r1+r2", "gamma": 1.0},
    ),
    "vanishing": Preset(
        Lesson(
            loss="minimax", penalty="none", head_start=200, critic_steps=3, critic_rate=5e-3,
            optimizer="sgd", generator_rate=0.1,
        ),
        {"loss": "non-saturating"},
    ),
    "unbounded": Preset(
        Lesson(loss="wasserstein", penalty="none", critic_steps=5, critic_rate=5e-3),
        {"penalty": "wgan-gp", "gamma": 2.0},
    ),
    "memorises": Preset(Lesson(data="moons", examples=4), {"examples": 0}),
    "clips": Preset(CLIP_GAME),
    "clips_memorise": Preset(replace(CLIP_GAME, examples=4), {"examples": 0}),
}  # fmt: skip
