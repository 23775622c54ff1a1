"""Gamma follows the critic's gap, never above its start, and a resumed run goes on with it."""

import math

import pytest

from train.gan.gamma import LOWEST, SPEED, AdaptiveGamma


def after(weight: AdaptiveGamma, gap: float, clips: int, batch: int = 16) -> float:
    for _ in range(0, clips, batch):
        weight.adapt(gap, batch)
    return weight.value


def test_without_a_target_gamma_stays():
    assert after(AdaptiveGamma(10.0), 0.001, 50_000) == 10


def test_gamma_falls_while_the_gap_is_small_and_not_without_end():
    weight = AdaptiveGamma(10.0, target=0.3)
    weight.load_state({"gamma": 10.0, "gap": 0.3 / math.e})
    assert after(weight, 0.3 / math.e, SPEED) == pytest.approx(10 / math.e, rel=0.02)
    assert after(weight, -1.0, 10 * SPEED) == pytest.approx(10 * LOWEST)


def test_a_critic_that_has_seen_nothing_yet_does_not_lower_it():
    assert after(AdaptiveGamma(10.0, target=0.3), 0.0, 800) == 10


def test_gamma_rises_again_as_far_as_it_began():
    weight = AdaptiveGamma(10.0, target=0.3)
    low = after(weight, 0.1, SPEED)
    assert low < after(weight, 0.9, SPEED // 2) < 10
    assert after(weight, 5.0, 20 * SPEED) == 10


def test_one_wild_step_hardly_moves_it():
    weight = AdaptiveGamma(10.0, target=0.3)
    after(weight, 0.3, 2_000)
    weight.adapt(-50.0, 16)
    assert weight.value == pytest.approx(10, rel=0.01)
    weight.adapt(float("nan"), 16)
    assert weight.value == pytest.approx(10, rel=0.01)


def test_a_state_goes_on_to_the_same_numbers():
    whole, first = AdaptiveGamma(10.0, 0.3), AdaptiveGamma(10.0, 0.3)
    for weight in (whole, first):
        after(weight, 0.1, 3_000)
    second = AdaptiveGamma(10.0, 0.3)
    second.load_state(first.state())
    assert after(second, 0.2, 3_000) == after(whole, 0.2, 3_000)


def test_a_lower_start_given_to_a_resumed_run_is_obeyed():
    weight = AdaptiveGamma(2.0, 0.3)
    weight.load_state({"gamma": 10.0, "gap": 0.2})
    assert weight.value == 2
    fixed = AdaptiveGamma(20.0)
    fixed.load_state({"gamma": 10.0, "gap": 0.2})
    assert fixed.value == 20
