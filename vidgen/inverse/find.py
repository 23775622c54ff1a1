"""The path that shows a clip, the frames it draws, and how near they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vidgen import engine
from vidgen.inverse.distance import psnr
from vidgen.inverse.guessed import feature_distance
from vidgen.inverse.observe import Observed, corrected
from vidgen.inverse.refine import refined
from vidgen.inverse.start import first_answer
from vidgen.types import Generator, LatentPath

STEPS = 150  # of refinement, if nothing else is asked for
REFINED_SIDE = 64  # pixels of a frame meanwhile
# Of the variance of what was seen, what must be explained: clips of a model's own kind have 0.95
# and more, of others less (docs/your-clip.md).
EXPLAINED = 0.8


@dataclass(frozen=True)
class Found:
    """A path (batch of one), what it draws and how near that is.

    frames: (T, C, H, H) in [-1, 1], the generator's own, nothing of the clip copied into them.
    error: PSNR in dB against what was seen; first: the same before any refinement, of the nearest
    of the samples that were tried. explained: the share of the variance of what was seen.
    features: how differently it looks to the encoder beside the model, 0 to 2, and first_features
    that of the nearest sample; None without an encoder.
    """

    path: LatentPath
    frames: Tensor
    action: str | None
    error: float
    first: float
    explained: float
    features: float | None = None
    first_features: float | None = None

    def said(self, model: str) -> str:
        """How well it went, in one sentence, and a second one if it did not."""
        shown = f"{model} shows it" + (f" as {self.action}" if self.action else "")
        line = f"{shown}: {self.error:.1f} dB; the nearest sample had {self.first:.1f} dB."
        if self.features is not None:
            far, first = self.features, self.first_features
            line = f"{line} By features it is {far:.3f} away, the nearest sample {first:.3f}."
        if self.explained >= EXPLAINED:
            return line
        return f"{line} That is far off: {model} does not know clips like this one."


def find(
    generator: Generator,
    observed: Observed,
    fps: float,
    action: str | None = None,
    steps: int = STEPS,
    told: Callable[[int, int], object] | None = None,
) -> Found:
    """Looks for the path of what was seen; the same clip gives the same path.

    `fps` is the rate of the clip's frames, those between what was seen included; `told` is called
    with the steps done and to do, and ends the refinement if it returns False. Raises ValueError if
    the model has no such action.
    """
    paths = approaches(generator, observed, fps, action, steps)
    start = path = next(paths)
    for done, latest in enumerate(paths, 1):
        path = latest
        if told is not None and told(done, steps) is False:
            break
    return judged(generator, observed, path, judged(generator, observed, start))


def approaches(
    generator: Generator,
    observed: Observed,
    fps: float,
    action: str | None = None,
    steps: int = STEPS,
) -> Iterator[LatentPath]:
    """The first answer, then a path after every step of refinement; ValueError as `find`."""
    start = first_answer(generator, observed, fps, action)
    yield start
    rng = torch.Generator().manual_seed(0)
    side = min(REFINED_SIDE, generator.spec.resolution)
    yield from refined(generator, observed, start, steps, rng, side)


def judged(
    generator: Generator, observed: Observed, path: LatentPath, first: Found | None = None
) -> Found:
    """How near a path comes to what was seen; `first` itself, if that came nearer."""
    if first is not None and first.path is path:
        return first
    frames = drawn(generator, path)
    seen = observed.seen(observed.laid(frames))
    error = psnr(seen, observed.values, observed.kept)
    if first is not None and first.error >= error:
        return first
    weights = None if path.action is None else path.action[0, 0]
    name = None if weights is None else generator.spec.actions[int(weights.argmax())]
    before = error if first is None else first.error
    features = None
    if generator.clip_encoder is not None:
        features = feature_distance(generator.clip_encoder, seen, observed.values, observed.kept)
    nearest = features if first is None else first.first_features
    explained = _explained(observed, seen)
    return Found(path, frames, name, error, before, explained, features, nearest)


def restored(observed: Observed, found: Found) -> Tensor:
    """The whole clip (T, C, H, H): what was seen as it was, the rest as the generator draws it."""
    return corrected(observed, found.frames)


def drawn(generator: Generator, path: LatentPath) -> Tensor:
    """The frames (T, C, H, H) in [-1, 1] of a path, batch of one."""
    return torch.cat(list(engine.draw(generator, path)), 1)[0].clone()


def _explained(observed: Observed, seen: Tensor) -> float:
    """1 - |A(G(z)) - y|^2 / |y - mean of y|^2, the mean being one colour for the whole clip."""
    kept = observed.kept.expand_as(observed.values)
    mean = (observed.values * kept).sum((0, 2, 3), keepdim=True) / kept.sum((0, 2, 3), keepdim=True)
    missed = ((seen - observed.values).square() * kept).sum()
    return 1 - float(missed / ((observed.values - mean).square() * kept).sum().clamp(min=1e-6))
