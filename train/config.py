"""The settings of a training run: one frozen dataclass, printed whole before the first step."""

from __future__ import annotations

import dataclasses
import json
import typing
from dataclasses import dataclass
from typing import Any, cast

from train.families import DEFAULT, FAMILIES
from vidgen.limits import CONFIG_SIZE, Limit, check_choice
from vidgen.models import FAMILIES as GENERATORS
from vidgen.settings import (
    check_settings,
    options_of,
    setting,
    settings_of,
    with_names_of_now,
)

RESOLUTIONS = (32, 64, 128, 256)
PRECISIONS = ("auto", "float32", "bfloat16")
CLIPS = (1, 10**10)


def parse_grow(text: str) -> tuple[tuple[int, int], ...]:
    pairs = (pair.split(":") for pair in text.split(","))
    return tuple((int(resolution), int(clips)) for resolution, clips in pairs)


def write_grow(grow: typing.Iterable[typing.Sequence[int]]) -> str:
    return ",".join(f"{resolution}:{clips}" for resolution, clips in grow)


@dataclass(frozen=True)
class TrainConfig:
    """What is trained on what, for how long.

    `grow` lists (resolution, clips): a run draws at a resolution from that many clips on, smaller
    ones first, because they are cheap and what is learnt there is kept. Learning rates stay for
    `learning_rate_decay` clips and then fall with the inverse root of the clips seen (Karras et al.
    2024, equation 67), which does not depend on when a run will end. The frames that are seen of a
    clip lie within `span` frames. Intervals are in clips, so that a resumed run does the same
    things at the same moments. What is None follows from family and resolution; sizes of latents
    may follow from the data's frame rate as well. `generator` and `objective` are the family's own
    settings.
    """

    data: str
    family: str = setting(DEFAULT, "of the generator", choices=FAMILIES, shown=DEFAULT)
    resolution: int = setting(64, f"side of a frame in pixels: {RESOLUTIONS[0]}, 64, 128 or 256")
    clips: int = setting(200_000, "real clips seen in all", limit=CLIPS, may_change=True)
    grow: tuple[tuple[int, int], ...] = setting(
        None,
        "resolutions and the clips from which they are drawn",
        may_change=True,
        parse=parse_grow,
        written=write_grow,
    )
    batch: int = setting(16, "clips a step, of all processes together", limit=(1, 65_536))
    accumulate: int = setting(
        1,
        "parts that a batch is divided into, for less memory",
        limit=(1, 65_536),
        may_change=True,
    )
    span: int = setting(
        None, "frames within which those lie that are seen of a clip", limit=(2, 10_000)
    )
    learning_rate_decay: int = setting(
        None,
        "from so many on the rates fall with the inverse root of the clips; 0: never",
        limit=(0, 10**9),
        may_change=True,
        metavar="CLIPS",
    )
    warm_up: int = setting(
        0,
        "clips over which the rates rise to where they start, for high ones; 0: at once",
        limit=(0, 10**9),
        metavar="CLIPS",
    )
    content_dim: int | None = setting(None, name="content size", limit=(1, 1024))
    motion_dim: int | None = setting(None, name="motion size", limit=(3, 1024))
    knot_seconds: float | None = setting(None, limit=(0.01, 60))
    half_life: float = setting(
        20_000.0,
        "of the generator's EMA, in clips",
        name="half-life",
        limit=(0, 1e10),
        may_change=True,
    )
    seed: int = setting(0, "of weights, latents and batches", limit=(0, 2**32 - 1))
    device: str = setting("auto", "cpu, cuda, cuda:1, ...", may_change=True)
    precision: str = setting("auto", "of the networks' convolutions", choices=PRECISIONS)
    compile: bool = setting(
        False, "torch.compile the generator: a minute of waiting first", may_change=True
    )
    tracker: str = setting(
        "",
        "tensorboard, or another that Accelerate knows and that is installed",
        may_change=True,
    )
    checkpoint_every: int = setting(
        4_000, "clips from one checkpoint to the next", limit=CLIPS, may_change=True
    )
    sheet_every: int = setting(
        4_000,
        "clips from one sample sheet to the next, beside those at log-spaced moments",
        limit=CLIPS,
        may_change=True,
    )
    keep_every: int = setting(
        20_000,
        "clips after which the EMA is kept for good; 0: never",
        limit=(0, 10**10),
        may_change=True,
    )
    generator: Any = None
    objective: Any = None

    def __post_init__(self) -> None:
        check_choice("family", self.family, tuple(FAMILIES))
        if self.resolution not in RESOLUTIONS:
            raise ValueError(f"resolution must be one of {RESOLUTIONS}, not {self.resolution}.")
        family, shape = FAMILIES[self.family], cast(Any, GENERATORS[self.family][1])
        derived = family.defaults(self.resolution) | {
            "generator": shape.for_resolution(self.resolution),
            "objective": family.settings.for_resolution(self.resolution),
        }
        for name, value in derived.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        check_settings(self)
        object.__setattr__(self, "grow", tuple((int(r), int(c)) for r, c in self.grow))
        sizes, starts = [r for r, _ in self.grow], [c for _, c in self.grow]
        if sizes != sorted(set(sizes)) or sizes[-1] != self.resolution:
            raise ValueError(f"grow must rise to {self.resolution} pixels, not {self.grow}.")
        if starts != sorted(set(starts)) or starts[0] != 0:
            raise ValueError(f"grow must start at 0 clips and rise, not {self.grow}.")
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} clips has no {self.accumulate} equal parts.")

    def resolution_at(self, clips: int) -> int:
        """The resolution drawn after so many clips."""
        return [size for size, start in self.grow if start <= clips][-1]

    def rate_after(self, clips: int) -> float:
        """What the learning rates are multiplied by after so many clips, at most 1."""
        risen = min(1.0, (clips + self.batch) / self.warm_up) if self.warm_up else 1.0
        if not self.learning_rate_decay:
            return risen
        return risen * max(1.0, clips / self.learning_rate_decay) ** -0.5

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """The configuration that `to_json` wrote, also an older version's.

        Raises ValueError if there is something in it that this version does not know, or that
        no version has written.
        """
        try:
            return cls._from_values(json.loads(text))
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError) as error:
            reason = " ".join(f"{type(error).__name__} {error}".split())[:120]
            raise ValueError(f"the settings are damaged: {reason}.") from error

    @classmethod
    def _from_values(cls, values: dict) -> TrainConfig:
        family = check_choice("family", values.get("family", DEFAULT), tuple(FAMILIES))
        if "critic" in values:
            values = _of_before(values, family)
        values["generator"] = _known(GENERATORS[family][1], values["generator"], "generator.")
        values["objective"] = _known(FAMILIES[family].settings, values["objective"], "objective.")
        _check_sizes(values["generator"], "generator")
        _check_sizes(values["objective"], "objective")
        return _known(cls, values)


def _known(kind: type, values: dict, prefix: str = "") -> Any:
    """A dataclass from JSON, with those that are nested in it."""
    values = with_names_of_now(kind, values)
    unknown = values.keys() - {field.name for field in dataclasses.fields(kind)}
    if unknown:
        names = ", ".join(prefix + name for name in sorted(unknown))
        raise ValueError(f"the settings {names} are not known: is it another version's run?")
    hints = typing.get_type_hints(kind)
    nested = {
        name: _known(hints[name], value, f"{prefix}{name}.")
        for name, value in values.items()
        if isinstance(value, dict)
    }
    plain = {name: _tuples(value) for name, value in values.items()}
    return kind(**plain | nested)


def _tuples(value: Any) -> Any:
    """JSON has lists only."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _check_sizes(part: Any, name: str) -> None:
    """Raises ValueError if a network of these settings would be larger than any."""
    check_settings(part)
    for field, about in settings_of(type(part)).items():
        value = getattr(part, field)
        if dataclasses.is_dataclass(value):
            _check_sizes(value, f"{name}.{field}")
        elif not about.limit:
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, int | float):
                    Limit(f"{name}.{field}", 0, CONFIG_SIZE.high).check(float(number))


def _of_before(values: dict, family: str) -> dict:
    """Settings as they were written when all families had all of them, in their places of now.

    Those that did nothing are left out.
    """
    values = dict(values)
    objective = dict(values.pop("objective"))
    values["learning_rate_decay"] = objective.pop("learning_rate_decay", 0)
    objective |= {"critic": values.pop("critic"), "augment": values.pop("augment")}
    objective["head_start"] = values.pop("head_start", 0)
    if objective.get("penalty") == "interpolated":
        objective["penalty"] = "wgan-gp"
    everyones = set().union(*map(_fields, (f.settings for f in FAMILIES.values())))
    for name in everyones - _fields(FAMILIES[family].settings):
        objective.pop(name, None)
    latents = FAMILIES[family].latents
    if latents(10.0) != latents(20.0):  # they always followed from the frame rate
        for name in latents(10.0):
            values.pop(name, None)
    return values | {"objective": objective}


def _fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


def unused_options(config: TrainConfig, given: typing.Iterable[str]) -> list[str]:
    """Those of the options given that a run of that family has no use for."""
    return sorted(set(given) - {option for option, *_ in options_of(config)})
