"""What the small encoder beside a model makes of what was seen."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vidgen.inverse.observe import Observed
from vidgen.models.guess import LOOKS, SIDE, ClipEncoder, Guess

GREY = 0.0  # what clips with transparency are looked at over


def looks_at(observed: Observed) -> tuple[Tensor, Tensor]:
    """Looks (1, LOOKS, 4, SIDE, SIDE), evenly over the frames that show anything, and which."""
    some = observed.moments
    some = some[torch.linspace(0, len(some) - 1, LOOKS).round().long()]
    return looks(observed.values[some], observed.kept[some])[None], some


def looks(values: Tensor, kept: Tensor) -> Tensor:
    """Frames (N, 3 or 4, h, w) and what was seen of them (N, 1, h, w) as the encoder sees them."""
    if values.shape[1] == 4:
        values = values[:, :3] + (GREY + 1) * (1 - values[:, 3:]) / 2
    seen = torch.cat([values * kept, 2 * kept - 1], 1)
    if seen.shape[-1] >= SIDE:
        return F.adaptive_avg_pool2d(seen, SIDE)
    return F.interpolate(seen, (SIDE, SIDE), mode="bilinear", align_corners=False)


@torch.no_grad()
def guessed(encoder: ClipEncoder, observed: Observed, fps: float) -> tuple[Guess, int]:
    """A guess at what was seen, and the frame whose phase it tells, the first looked at."""
    seen, moments = looks_at(observed)
    times = (moments - moments[0]).double() / fps
    return encoder(seen, times[None]), int(moments[0])


def feature_distance(encoder: ClipEncoder, a: Tensor, b: Tensor, kept: Tensor) -> float:
    """How differently frames (N, C, h, w) look to the encoder, 0 to 2, where `kept` is 1.

    1 - the cosine of their features; frame by frame, the mean of all.
    """
    with torch.no_grad():
        its, others = (encoder.features(looks(each, kept)) for each in (a, b))
    return float((1 - F.cosine_similarity(its, others, dim=-1)).mean())


def phase_of(guess: Guess, action: int) -> float:
    """Where in an action's cycle the first look is, in cycles."""
    cosine, sine = guess.phase[0, action].tolist()
    return math.atan2(sine, cosine) / (2 * math.pi)
