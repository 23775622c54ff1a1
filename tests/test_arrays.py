"""Frames and pixels: there and back is the identity, and alpha lets the background through."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vidgen.pixels.arrays import as_frames, as_levels, as_pixels, laid_over


@pytest.mark.parametrize("shape", [(4, 5, 3), (2, 4, 5, 4), (2, 3, 4, 5, 3)])
def test_pixels_to_frames_and_back_are_the_same_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    frames = as_frames(pixels)
    assert frames.shape == (*shape[:-3], shape[-1], *shape[-3:-1])
    assert frames.dtype == torch.float32 and frames.min() >= -1 and frames.max() <= 1
    back = as_pixels(frames)
    assert back.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(back, pixels)
    np.testing.assert_array_equal(as_pixels(as_frames(torch.from_numpy(pixels))), pixels)


def test_black_is_minus_one_white_is_one_and_what_lies_beyond_is_cut_off():
    assert as_frames(np.uint8([[[0, 255, 51]]])).flatten().tolist() == [-1, 1, pytest.approx(-0.6)]
    assert as_pixels(torch.tensor([-3.0, 0, 3]).view(3, 1, 1)).tolist() == [[[0, 128, 255]]]
    assert as_levels(torch.tensor([-2.0, 0, 1])).tolist() == [-127.5, 127.5, 255]


def test_what_is_given_is_not_changed():
    frames = torch.full((1, 3, 2, 2), 0.5)
    as_levels(frames), as_pixels(frames)
    assert (frames == 0.5).all()
    pixels = np.full((2, 2, 4), 100, np.uint8)
    as_frames(pixels), laid_over(pixels, 30)
    assert (pixels == 100).all()


@pytest.mark.parametrize("background", [30, (10, 20, 30), np.full((2, 2, 3), 30)])
def test_a_background_is_seen_by_as_much_as_alpha_leaves(background):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0] = (200, 100, 50, 255)
    pixels[1] = (200, 100, 50, 51)  # a fifth
    over = laid_over(pixels, background)
    behind = np.broadcast_to(np.float32(background), (2, 2, 3))
    assert (over[0] == (200, 100, 50)).all()
    np.testing.assert_allclose(
        over[1], 0.2 * np.float32((200, 100, 50)) + 0.8 * behind[1], atol=0.5
    )


def test_premultiplied_colour_is_not_multiplied_again():
    pixels = np.uint8([[[40, 20, 10, 51]]])
    straight = np.uint8([[[200, 100, 50, 51]]])
    np.testing.assert_array_equal(
        laid_over(pixels, 90, premultiplied=True), laid_over(straight, 90)
    )
