"""Differentiable augmentation against overfitting: the same draw for all frames of a clip.

Real and generated clips are transformed alike before the critic sees them, and nowhere else: what
is shown or saved comes from the generator alone. A transform that leaves some clips as they are
(`fixed`, `ada`) cannot pass into what the generator makes (Karras et al. 2020a, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from train.gan.transforms import cut_out, place, recolour, shift_pixels
from vidgen.settings import check_settings, setting

POLICIES = ("fixed", "ada", "diffaugment", "none")


@dataclass(frozen=True)
class AugmentConfig:
    """How likely each transform is, and how large: fractions of the range, the frame, the time.

    `policy`: with `fixed` every transform has probability `strength`; with `ada` the probability
    follows the critic's overfitting r_t on real clips, to keep it at `target`, at most from 0 to 1
    in `speed_clips` (Karras et al. 2020a); `diffaugment` transforms every clip, by colour,
    translation and cutout as in Zhao et al. 2020, and leaves the other fields aside. With `pixel` a
    clip is shifted by whole pixels and nothing else: for sprites, whose pixels and directions mean
    much.
    """

    strength: float = setting(
        0.6,
        "probability of every transform, 0 for none",
        option="augment",
        name="augment strength",
        limit=(0, 1),
    )
    flip: bool = True
    shift: float = setting(0.125, name="augment shift", limit=(0, 0.5))
    zoom: float = setting(0.15, name="augment zoom", limit=(0, 1))
    brightness: float = setting(0.3, name="augment brightness", limit=(0, 2))
    contrast: float = setting(0.3, name="augment contrast", limit=(0, 2))
    saturation: float = setting(0.5, name="augment saturation", limit=(0, 2))
    speed: float = setting(0.2, name="augment speed", limit=(0, 1))
    policy: str = setting(
        "fixed",
        "that probability (fixed), one that follows the critic's overfitting (ada), colour, "
        "translation and cutout on every clip (diffaugment), or none",
        option="augment_policy",
        name="the augment policy",
        choices=POLICIES,
    )
    pixel: bool = setting(
        False,
        "shift by whole pixels and transform nothing else: for sprites",
        option="augment_pixel",
    )
    target: float = setting(0.6, name="ada target", limit=(-1, 1))
    speed_clips: int = setting(50_000, name="ada speed", limit=(1, 10**9))

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Transforms:
    """What happens to each of B clips; None is a transform that no clip undergoes.

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

    def rows(self, rows: slice) -> Transforms:
        """The transforms of some of the clips."""
        return Transforms(**{n: x if x is None else x[rows] for n, x in vars(self).items()})

    def apply(self, frames: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, T, C, H, W) in [-1, 1] and times (B, T) -> the same, transformed."""
        if self.zoom is not None:
            assert self.mirrored is not None and self.shift is not None  # drawn together
            frames = place(frames, self.mirrored, self.zoom, self.shift)
        if self.brightness is not None:
            assert self.contrast is not None and self.saturation is not None
            frames = recolour(frames, self.brightness, self.contrast, self.saturation)
        if self.pixels is not None:
            frames = shift_pixels(frames, self.pixels)
        if self.hole is not None:
            frames = cut_out(frames, self.hole)
        return frames, times if self.speed is None else times * self.speed.to(times.device)


def draw_transforms(
    batch: int, config: AugmentConfig, rng: torch.Generator, strength: float | None = None
) -> Transforms:
    """Transforms of `batch` clips; `strength` takes the place of the configuration's own."""
    strength = config.strength if strength is None else strength
    if config.policy == "diffaugment":
        return _draw_diffaugment(batch, rng)
    if config.policy == "none" or strength <= 0:
        return Transforms()

    def amount(limit: float, columns: int = 1) -> Tensor:
        """(B, columns): uniform in +-limit for the clips that are transformed, 0 for the others."""
        drawn = (torch.rand(batch, columns, generator=rng) * 2 - 1) * limit
        changed = torch.rand(batch, 1, generator=rng) < strength
        return drawn * changed

    if config.pixel:
        return Transforms(pixels=amount(config.shift, 2))
    return Transforms(
        mirrored=torch.rand(batch, 1, generator=rng) < strength / 2 * config.flip,
        zoom=torch.exp(amount(config.zoom)),
        shift=amount(config.shift, 2),
        brightness=amount(config.brightness),
        contrast=torch.exp(amount(config.contrast)),
        saturation=torch.exp(amount(config.saturation)),
        speed=torch.exp(amount(config.speed)),
    )


def _draw_diffaugment(batch: int, rng: torch.Generator) -> Transforms:
    """Zhao et al. 2020, section 4 and their code: all three transforms, on every clip."""

    def uniform(low: float, high: float, columns: int = 1) -> Tensor:
        return low + (high - low) * torch.rand(batch, columns, generator=rng)

    return Transforms(
        brightness=uniform(-0.5, 0.5),
        saturation=uniform(0, 2),
        contrast=uniform(0.5, 1.5),
        pixels=uniform(-1 / 8, 1 / 8, 2),
        hole=uniform(0, 1, 2),
    )


class Augmentation:
    """A policy at work: its draws, and with `ada` a probability that follows overfitting."""

    EVERY = 4  # steps from one adjustment to the next (Karras et al. 2020a, section 3.1)
    HIGHEST = 0.8  # above it, transforms may pass into the generator (the same, section 2.2)

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config
        begins = {"fixed": config.strength, "ada": 0.0, "diffaugment": 1.0, "none": 0.0}
        self.strength = begins[config.policy]
        self.overfitting: list[float] = []  # of the steps since the last adjustment

    def draw(self, batch: int, rng: torch.Generator) -> Transforms:
        return draw_transforms(batch, self.config, rng, self.strength)

    def adapt(self, overfitting: float, clips: int) -> None:
        """Takes r_t of a step's real clips (Karras et al. 2020a, equation 1) and adjusts to it."""
        if self.config.policy != "ada":
            return
        self.overfitting.append(overfitting)
        if len(self.overfitting) == self.EVERY:
            mean = sum(self.overfitting) / self.EVERY
            step = clips * self.EVERY / self.config.speed_clips
            self.strength += step if mean > self.config.target else -step
            self.strength = min(max(self.strength, 0.0), self.HIGHEST)
            self.overfitting.clear()

    def state(self) -> dict:
        return {"strength": self.strength, "overfitting": list(self.overfitting)}

    def load_state(self, state: dict) -> None:
        self.strength = state["strength"]
        once = "overfitting" if "overfitting" in state else "certainties"  # its name before
        self.overfitting = list(state[once])
