"""The usual ways that restoring is compared with do what they are called."""

import numpy as np
import torch

from benchmarks import inverse
from vidgen.inverse.distance import psnr
from vidgen.inverse.observe import first, masked, shrunk


def gliding(step: int = 2, side: int = 64) -> torch.Tensor:
    """(FRAMES, 3, side, side): a soft disc that moves to the right, `step` pixels a frame."""
    row, column = np.mgrid[:side, :side]
    frames = [
        np.exp(-((row - 32) ** 2 + (column - 12 - step * frame) ** 2) / 60)
        for frame in range(inverse.FRAMES)
    ]
    return torch.tensor(np.stack(frames) * 1.8 - 0.9, dtype=torch.float32)[:, None].repeat(
        1, 3, 1, 1
    )


def test_optical_flow_predicts_what_goes_straight_on_and_the_last_frame_what_stands_still():
    moving, still = gliding(), gliding(step=0)
    observed = first(moving, inverse.GIVEN)
    later = slice(inverse.GIVEN, inverse.GIVEN + 3)
    flow, repeated = inverse.flowing(observed, 64), inverse.repeated(observed, 64)
    assert psnr(flow[later], moving[later]) > psnr(repeated[later], moving[later]) + 3
    assert torch.equal(inverse.repeated(first(still, inverse.GIVEN), 64), still)


def test_the_median_over_time_fills_a_hole_that_moves_over_what_stands_still():
    still = gliding(step=0)
    observed = masked(still, inverse.hole(64))
    assert inverse.hole(64).mean() == 0.25
    median, inpainted = inverse.temporal_median(observed, 64), inverse.inpainted(observed, 64)
    seen = observed.kept.amax(0) > 0  # in some frame
    assert ((median - still).abs() * seen).max() < 1e-6
    assert psnr(inpainted, still) > 10


def test_bicubic_is_close_for_what_is_smooth():
    smooth = gliding()
    assert psnr(inverse.bicubic(shrunk(smooth, inverse.BY), 64), smooth) > 30
