"""Differentiable augmentation against overfitting: the same draw for all frames of a clip.

Real and generated clips are changed alike before the critic sees them, and nowhere else: what is
shown or saved comes from the generator alone. A change that leaves some clips as they are (`fixed`,
`ada`) cannot pass into what the generator makes (Karras et al. 2020a, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from train.gan.transforms import cut_out, place, recolour, shift_pixels
from vidgen.limits import Limit

POLICIES = ("fixed", "ada", "diffaugment", "none")
LIMITS = {
    "strength": Limit("augment strength", 0, 1),
    "shift": Limit("augment shift", 0, 0.5),
    "zoom": Limit("augment zoom", 0, 1),
    "brightness": Limit("augment brightness", 0, 2),
    "contrast": Limit("augment contrast", 0, 2),
    "saturation": Limit("augment saturation", 0, 2),
    "speed": Limit("augment speed", 0, 1),
    "target": Limit("ada target", -1, 1),
    "speed_clips": Limit("ada speed", 1, 1e9),
}


@dataclass(frozen=True)
class AugmentConfig:
    """How likely each change is, and how large: fractions of the range, the frame, the time.

    `policy`: with `fixed` every change has probability `strength`; with `ada` the probability is
    steered so that the critic's certainty on real clips stays at `target`, at most from 0 to 1 in
    `speed_clips` (Karras et al. 2020a); `diffaugment` changes every clip, by colour, translation
    and cutout as in Zhao et al. 2020, and leaves the other fields aside. With `pixel` a clip is
    shifted by whole pixels and nothing else: for sprites, whose pixels and directions mean much.
    """

    strength: float = 0.6
    flip: bool = True
    shift: float = 0.125
    zoom: float = 0.15
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.5
    speed: float = 0.2
    policy: str = "fixed"
    pixel: bool = False
    target: float = 0.6
    speed_clips: int = 50_000

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            wanted = ", ".join(POLICIES)
            raise ValueError(f"the augment policy must be one of {wanted}, not {self.policy!r}.")
        for name, limit in LIMITS.items():
            limit.check(getattr(self, name))


@dataclass(frozen=True)
class Changes:
    """What happens to each of B clips; None is a change that no clip undergoes.

    mirrored (B, 1); zoom, a factor (B, 1); shift (B, 2), fractions of half the frame;
    pixels (B, 2), fractions of the frame, rounded to whole pixels; hole (B, 2) in [0, 1], where a
    square is cut out; brightness, added, (B, 1); contrast, saturation and speed, factors (B, 1).
    """

    mirrored: Tensor | None = None
    zoom: Tensor | None = None
    shift: Tensor | None = None
    pixels: Tensor | None = None
    brightness: Tensor | None = None
    contrast: Tensor | None = None
    saturation: Tensor | None = None
    hole: Tensor | None = None
    speed: Tensor | None = None

    def rows(self, rows: slice) -> Changes:
        """The changes of some of the clips."""
        return Changes(**{n: x if x is None else x[rows] for n, x in vars(self).items()})

    def apply(self, frames: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, T, C, H, W) in [-1, 1] and times (B, T) -> the same, changed clip by clip."""
        if self.zoom is not None:
            frames = place(frames, self.mirrored, self.zoom, self.shift)
        if self.brightness is not None:
            frames = recolour(frames, self.brightness, self.contrast, self.saturation)
        if self.pixels is not None:
            frames = shift_pixels(frames, self.pixels)
        if self.hole is not None:
            frames = cut_out(frames, self.hole)
        return frames, times if self.speed is None else times * self.speed.to(times.device)


def draw_changes(
    batch: int, config: AugmentConfig, rng: torch.Generator, strength: float | None = None
) -> Changes:
    """Changes of `batch` clips; `strength` takes the place of the configuration's own."""
    strength = config.strength if strength is None else strength
    if config.policy == "diffaugment":
        return _draw_diffaugment(batch, rng)
    if config.policy == "none" or strength <= 0:
        return Changes()

    def amount(limit: float, columns: int = 1) -> Tensor:
        """(B, columns): uniform in +-limit for the clips that are changed, 0 for the others."""
        drawn = (torch.rand(batch, columns, generator=rng) * 2 - 1) * limit
        changed = torch.rand(batch, 1, generator=rng) < strength
        return drawn * changed

    if config.pixel:
        return Changes(pixels=amount(config.shift, 2))
    return Changes(
        mirrored=torch.rand(batch, 1, generator=rng) < strength / 2 * config.flip,
        zoom=torch.exp(amount(config.zoom)),
        shift=amount(config.shift, 2),
        brightness=amount(config.brightness),
        contrast=torch.exp(amount(config.contrast)),
        saturation=torch.exp(amount(config.saturation)),
        speed=torch.exp(amount(config.speed)),
    )


def _draw_diffaugment(batch: int, rng: torch.Generator) -> Changes:
    """Zhao et al. 2020, section 4 and their code: all three changes, on every clip."""

    def uniform(low: float, high: float, columns: int = 1) -> Tensor:
        return low + (high - low) * torch.rand(batch, columns, generator=rng)

    return Changes(
        brightness=uniform(-0.5, 0.5),
        saturation=uniform(0, 2),
        contrast=uniform(0.5, 1.5),
        pixels=uniform(-1 / 8, 1 / 8, 2),
        hole=uniform(0, 1, 2),
    )


class Augmentation:
    """A policy at work: its draws, and with `ada` the probability that the critic steers."""

    EVERY = 4  # steps from one adjustment to the next (Karras et al. 2020a, section 3.1)
    HIGHEST = 0.8  # above it, changes may pass into the generator (the same, section 2.2)

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config
        begins = {"fixed": config.strength, "ada": 0.0, "diffaugment": 1.0, "none": 0.0}
        self.strength = begins[config.policy]
        self.certainties: list[float] = []

    def draw(self, batch: int, rng: torch.Generator) -> Changes:
        return draw_changes(batch, self.config, rng, self.strength)

    def steer(self, certainty: float, clips: int) -> None:
        """Takes the critic's certainty r_t on the real clips of a step and adjusts to it."""
        if self.config.policy != "ada":
            return
        self.certainties.append(certainty)
        if len(self.certainties) == self.EVERY:
            mean = sum(self.certainties) / self.EVERY
            step = clips * self.EVERY / self.config.speed_clips
            self.strength += step if mean > self.config.target else -step
            self.strength = min(max(self.strength, 0.0), self.HIGHEST)
            self.certainties.clear()

    def state(self) -> dict:
        return {"strength": self.strength, "certainties": list(self.certainties)}

    def load_state(self, state: dict) -> None:
        self.strength, self.certainties = state["strength"], list(state["certainties"])
