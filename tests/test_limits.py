"""Limits: every kind of number passes, nothing else does, and the sentence is for people."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from vidgen import limits

NO_NUMBERS = [
    None,
    True,
    False,
    "",
    "7",
    "seven",
    b"7",
    bytearray(b"7"),
    float("nan"),
    float("inf"),
    -float("inf"),
    1j,
    [7],
    (7,),
    {},
    object(),
    Decimal("NaN"),
    10**400,
    -(10**400),
    10**5000,
    np.nan,
    np.float32("inf"),
    np.bool_(True),
    np.array([7]),
    np.array([7, 8]),
    np.array("7"),
    np.complex64(7),
    torch.tensor(float("nan")),
    torch.tensor(True),
    torch.tensor([7]),
    torch.tensor([7.0, 8.0]),
    torch.empty((), device="meta"),
]
NUMBERS = [limits.FRAMES, limits.FPS, limits.SEED, limits.SIZE, limits.TRUNCATION, limits.MIX]


def named(value: object) -> str:
    # An address differs between the processes that run the tests.
    shown = "thing" if type(value) is object else limits.shown(value)
    return f"{type(value).__name__}-{shown}"


@pytest.mark.parametrize("limit", NUMBERS, ids=lambda limit: limit.name)
@pytest.mark.parametrize("value", NO_NUMBERS, ids=named)
def test_what_is_no_number_is_refused_with_a_sentence(limit, value):
    with pytest.raises(ValueError, match=f"^{limit.name} must be a ") as caught:
        limit.check(value)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 120, sentence


@pytest.mark.parametrize(
    "value",
    [16, 16.0, Fraction(16), np.int8(16), np.uint64(16), np.float16(16), np.array(16)]
    + [torch.tensor(16), torch.tensor(16.0), torch.tensor(16, dtype=torch.bfloat16)],
    ids=named,
)
def test_a_number_of_any_kind_becomes_pythons_own(value):
    whole, real = limits.FRAMES.check(value), limits.FPS.check(value)
    assert (whole, type(whole)) == (16, int)
    assert (real, type(real)) == (16.0, float)


@pytest.mark.parametrize("limit", NUMBERS, ids=lambda limit: limit.name)
def test_both_ends_are_allowed_and_nothing_beyond(limit):
    step = 1 if limit.whole else 1e-6
    assert limit.check(limit.low) == limit.low and limit.check(limit.high) == limit.high
    for beyond in (limit.low - step, limit.high + step):
        with pytest.raises(ValueError, match="must be"):
            limit.check(beyond)


def test_half_a_frame_is_refused():
    with pytest.raises(ValueError, match="whole number from 1 to 4,096, not 16.5"):
        limits.FRAMES.check(16.5)


def test_the_sentence_says_what_is_allowed():
    with pytest.raises(ValueError) as caught:
        limits.SEED.check(-1)
    assert str(caught.value) == "Seed must be a whole number from 0 to 4,294,967,295, not -1."


def test_a_choice_is_one_of_the_allowed_words():
    allowed = ("webm", "gif")
    assert limits.check_choice("Format", "gif", allowed) == "gif"
    for value in (None, 0, "GIF", "", "mp4", ["gif"], {}, np.array(["gif", "webm"]), "x" * 9999):
        with pytest.raises(ValueError, match="^Format must be one of webm, gif, not .{1,60}[.]$"):
            limits.check_choice("Format", value, allowed)


def test_a_clip_too_large_in_all_is_refused_though_each_number_is_allowed():
    limits.check_pixels(4096, 256)
    with pytest.raises(ValueError, match="At 1024 pixels a clip may have at most 286 frames"):
        limits.check_pixels(4096, 1024)
