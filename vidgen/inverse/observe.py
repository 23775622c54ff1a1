"""What happened to a clip before it was seen: one kind of operator, and the tasks made of it.

A clip x is seen as y = A(x): laid over a background if only its colours are known, made grey,
shrunk, and kept in some places of some frames. To restore it is to look for a path z with A(G(z))
close to y. Every task is another A, a line of TASKS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue in grey (ITU-R BT.601)
PROJECTIONS = 4  # of what is missing from a shrunk clip, back into its frames
FADES = 2  # frames after which half of a correction is left, where nothing is known any more


@dataclass(frozen=True)
class Observed:
    """What is known of a clip.

    values: (T, C, h, w) in [-1, 1]: RGB, or RGBA with premultiplied colour; what is in no frame is
        0. h is the side of a frame, or smaller if the clip was shrunk.
    kept: (T, 1, h, w), 1 where something was seen and 0 where not.
    backdrop: (3, H, H) in [-1, 1] if a clip with transparency was seen laid over that, else None.
    grey: whether only its brightness was seen; then the three colours of `values` are the same.
    """

    values: Tensor
    kept: Tensor
    backdrop: Tensor | None = None
    grey: bool = False

    @property
    def frames(self) -> int:
        return len(self.values)

    @property
    def side(self) -> int:
        return self.values.shape[-1]

    @property
    def moments(self) -> Tensor:
        """Which frames show anything, (M,)."""
        return self.kept.amax((1, 2, 3)).nonzero()[:, 0]

    def smaller(self, side: int) -> Observed:
        """The same at a smaller side; a pixel is kept if all are of which it is the mean."""
        if side >= self.side:
            return self
        by = self.side // side
        kept = -F.max_pool2d(-self.kept, by)
        return replace(self, values=F.avg_pool2d(self.values, by), kept=kept)

    def laid(self, frames: Tensor) -> Tensor:
        """Frames of a generator (N, C, S, S), over the backdrop if there is one."""
        if self.backdrop is None:
            return frames
        under = F.interpolate(self.backdrop[None], frames.shape[-2:], mode="area")
        return frames[:, :3] + (under + 1) * (1 - frames[:, 3:]) / 2

    def seen(self, laid: Tensor) -> Tensor:
        """What is left of laid frames (N, C, S, S): (N, C, h, h), where nothing is left out yet."""
        if self.grey:
            luma = laid.new_tensor(LUMA)[:, None, None]
            laid = (laid * luma).sum(1, keepdim=True).expand(-1, 3, -1, -1)
        return F.avg_pool2d(laid, max(1, laid.shape[-1] // self.side))


def whole(frames: Tensor) -> Observed:
    """All of a clip (T, C, H, H) was seen."""
    return Observed(frames, frames.new_ones(len(frames), 1, *frames.shape[2:]))


def shrunk(frames: Tensor, by: int) -> Observed:
    """Every pixel seen is the mean of `by` times `by`."""
    return whole(F.avg_pool2d(frames, by))


def masked(frames: Tensor, hole: Tensor) -> Observed:
    """Nothing was seen where `hole`, broadcast to (T, 1, H, H), is 1."""
    kept = (1 - hole.float()).expand(len(frames), 1, *frames.shape[2:])
    return Observed(frames * kept, kept)


def first(frames: Tensor, given: int) -> Observed:
    """Only the first frames were seen."""
    after = torch.arange(len(frames), device=frames.device) >= given
    return masked(frames, after[:, None, None, None])


def every(frames: Tensor, step: int) -> Observed:
    """Only every so-manieth frame was seen."""
    between = torch.arange(len(frames), device=frames.device) % step > 0
    return masked(frames, between[:, None, None, None])


# What a task is called -> what was seen of a clip (T, C, H, H), given a number or a mask.
TASKS: dict[str, Callable[..., Observed]] = {
    "edit": whole,
    "enlarge": shrunk,
    "repair": masked,
    "predict": first,
    "slow": every,
}


def corrected(observed: Observed, frames: Tensor) -> Tensor:
    """Frames of a generator (T, C, H, H), over the backdrop, made to agree with what was seen.

    x = G(z) + A+ (y - A(G(z))): what was seen stays as it is, what was not comes from the
    generator, and their difference fades into that without a seam. Of a shrunk clip this is
    iterative back-projection (Irani and Peleg 1991), of the generator's detail as far as that can
    be believed: of none, what is left is the enlarged clip.
    """
    x = observed.laid(frames)
    if observed.side == x.shape[-1]:
        return (x + _missing(observed, x)).clamp(-1, 1)
    x = _trust(observed, x) * x
    for _ in range(PROJECTIONS):
        x = x + _enlarged(_missing(observed, x), x.shape[-1])
    return x.clamp(-1, 1)


def _missing(observed: Observed, x: Tensor) -> Tensor:
    return _spread((observed.values - observed.seen(x)) * observed.kept, observed.kept)


def _trust(observed: Observed, x: Tensor) -> float:
    """How far the generator's detail beyond what was seen is to be believed, 0 to 1.

    Half the size of what was seen can be enlarged too, and there it is known which detail was
    missing: the share of the generator's that explains it best, by least squares.
    """

    def detail(values: Tensor) -> Tensor:
        return values - _enlarged(F.avg_pool2d(values, 2), values.shape[-1])

    if observed.side < 4:
        return 1.0
    drawn, known = (detail(each) * observed.kept for each in (observed.seen(x), observed.values))
    return float(((drawn * known).sum() / drawn.square().sum().clamp(min=1e-9)).clamp(0, 1))


def _enlarged(values: Tensor, side: int) -> Tensor:
    return F.interpolate(values, (side, side), mode="bicubic", align_corners=False)


def _spread(difference: Tensor, kept: Tensor) -> Tensor:
    """(T, C, h, h), known where kept (T, 1, h, h) is 1, continued to where it is 0.

    Within a frame smoothly from the border of the hole. Frames of which nothing is known lie
    between their neighbours; after the last that is known it fades.
    """
    known = kept.amax((1, 2, 3)).nonzero()[:, 0]
    filled = torch.zeros_like(difference)
    filled[known] = _membrane(difference[known], kept[known])
    moments = torch.arange(len(difference), device=difference.device)
    after = torch.searchsorted(known, moments).clamp(max=len(known) - 1)
    before = (torch.searchsorted(known, moments, right=True) - 1).clamp(min=0)
    left, right = known[before], known[after]
    share = ((moments - left) / (right - left).clamp(min=1)).clamp(0, 1)[:, None, None, None]
    between = torch.lerp(filled[left], filled[right], share)
    beyond = (moments - right).clamp(min=0)[:, None, None, None]
    return between * 0.5 ** (beyond / FADES)


def _membrane(values: Tensor, kept: Tensor) -> Tensor:
    """Values (N, C, h, h) with holes filled from what is around them, coarse to fine.

    A pyramid of means (pull-push, Gortler et al. 1996): close to the membrane through the border
    of a hole, in a few passes over the picture.
    """
    if values.shape[-1] < 2 or bool(kept.all()):
        return values
    weight = F.avg_pool2d(kept, 2)
    coarse = F.avg_pool2d(values * kept, 2) / weight.clamp(min=1e-6)
    coarse = _membrane(coarse * (weight > 0), (weight > 0).to(kept))
    finer = F.interpolate(coarse, values.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(kept > 0, values, finer)
