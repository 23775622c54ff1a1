"""Small trainings: each preset fails as it says, its remedy mends it, and all of it can be seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from train.gan.losses import LOSSES as FORMULAS
from train.gan.losses import PENALTIES as SLOPES
from train.live.clips import Clips, real_clips
from train.live.game import Game
from train.live.points import Points
from train.live.show import Curve, Show, world_of
from vidgen.lessons import LOSSES, PENALTIES, PRESETS, Lesson, as_values, lesson_of


def played(lesson: Lesson, steps: int) -> Game:
    """A game after as many steps of the generator."""
    game = Game(lesson, world_of(lesson))
    for _ in range(steps):
        game.step()
    return game


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in network.parameters()])


def test_the_page_offers_the_losses_and_penalties_that_training_has():
    assert set(LOSSES) == set(FORMULAS)
    assert set(PENALTIES) <= set(SLOPES)


@pytest.mark.parametrize("seed", [0, 1])
def test_mode_collapse_leaves_most_spots_bare_and_a_penalty_mends_it(seed):
    preset = PRESETS["collapse"]
    failed = played(lesson_of(as_values(preset.lesson) | {"seed": seed}), 60).scores()
    mended = played(lesson_of(as_values(preset.mended) | {"seed": seed}), 60).scores()
    assert failed["coverage"] < 0.5 < failed["precision"], "a few spots, and these are good"
    assert mended["coverage"] > 0.7


@pytest.mark.parametrize("seed", [0, 1])
def test_the_gradient_vanishes_with_minimax_and_not_with_the_non_saturating_loss(seed):
    preset = PRESETS["vanishing"]
    failed = played(lesson_of(as_values(preset.lesson) | {"seed": seed}), 50)
    mended = played(lesson_of(as_values(preset.mended) | {"seed": seed}), 50)
    assert failed.signal < 0.01 and failed.scores()["precision"] == 0
    assert failed.scores()["accuracy"] == 1, "the critic is never wrong"
    assert mended.signal > 0.1 and mended.scores()["precision"] > 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_a_critic_without_bounds_throws_points_about_and_its_penalty_bounds_it(seed):
    preset = PRESETS["unbounded"]
    failed = played(lesson_of(as_values(preset.lesson) | {"seed": seed}), 60)
    mended = played(lesson_of(as_values(preset.mended) | {"seed": seed}), 60)
    assert failed.signal > 30 and mended.signal < 3
    assert mended.scores()["coverage"] > failed.scores()["coverage"]


def test_four_points_are_memorised_and_many_are_not():
    preset = PRESETS["memorises"]
    failed, mended = played(preset.lesson, 120), played(preset.mended, 120)
    assert failed.scores()["copies"] > 0.25 and failed.scores()["coverage"] < 0.35
    assert mended.scores()["coverage"] > 0.7


@pytest.fixture(scope="module")
def clips() -> list[Game]:
    """The game of tiny clips from two seeds, after a few seconds."""
    lesson = PRESETS["clips"].lesson
    return [played(replace(lesson, seed=seed), 40) for seed in (0, 1)]


def test_the_game_of_clips_comes_to_show_shapes(clips):
    for game in clips:
        assert Game(game.lesson, game.world).scores(256)["shapes"] < 0.02, "noise at first"
        assert game.scores(256)["shapes"] > 0.2


def test_four_clips_are_memorised_and_many_are_not(clips):
    preset = PRESETS["clips_memorise"]
    failed, mended = played(preset.lesson, 100), clips[0]
    assert replace(preset.mended, seed=0) == mended.lesson
    generated = mended.generated(256)
    assert failed.scores(256)["copies"] > 0.3, "they are those four"
    assert mended.world.scores(generated, preset.lesson.examples)["copies"] < 0.05


def test_a_remedy_mends_a_game_that_has_failed_already():
    preset = PRESETS["vanishing"]
    show = Show(preset.lesson)
    for _ in range(20):
        show.step()
    before = show.scores()["precision"]
    assert show.change(preset.mended) is show, "it is still the same game"
    for _ in range(60):
        show.step()
    assert before == 0 and show.scores()["precision"] > 0.05


def test_the_good_game_comes_to_cover_the_ring():
    scores = played(PRESETS["plays"].lesson, 150).scores()
    assert scores["coverage"] > 0.7


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_loss_plays_with_every_penalty(loss, penalty):
    game = played(Lesson(loss=loss, penalty=penalty, batch=16), 3)
    assert game.finite() and game.steps == 3


def test_a_step_of_one_network_leaves_the_other_as_it_is():
    game = Game(Lesson(batch=16), Points("ring"))
    generator, critic = weights(game.generator), weights(game.critic)
    game.critic_step()
    assert torch.equal(weights(game.generator), generator)
    assert not torch.equal(weights(game.critic), critic)
    critic = weights(game.critic)
    game.generator_step()
    assert torch.equal(weights(game.critic), critic)
    assert not torch.equal(weights(game.generator), generator)


def test_the_same_seed_is_the_same_game_and_another_one_another():
    first, second = (Show(Lesson(batch=16, seed=3)) for _ in range(2))
    other = Show(Lesson(batch=16, seed=4))
    for show in (first, second, other):
        for _ in range(3):
            show.step()
    assert first.report() == second.report() != other.report()


@pytest.mark.parametrize("data", ["ring", "moons", "clips"])
def test_what_there_is_to_see_is_small_and_plain(data):
    show = Show(Lesson(data=data, batch=4, examples=4))
    assert show.report()["histogram"] is None, "nothing was judged yet"
    show.step()
    report = show.report()
    assert len(json.dumps(report, allow_nan=False)) < 150_000
    assert sum(report["histogram"]["real"]) == 4
    assert report["kind"] == ("clips" if data == "clips" else "points")


def test_between_points_and_clips_a_show_begins_anew():
    show = Show(Lesson(batch=4))
    other = show.change(Lesson(data="clips", batch=4))
    assert other is not show and other.kind == "clips"


def test_a_curve_keeps_its_length_and_its_course():
    curve = Curve(("loss",))
    for step in range(1000):
        curve.add(loss=step)
    kept = curve.values["loss"]
    assert 100 < len(kept) <= 240 and kept == sorted(kept)
    assert len(kept) * curve.every == pytest.approx(1000, abs=curve.every)


def test_real_clips_show_shapes_and_noise_shows_none():
    world = Clips()
    assert world.scores(real_clips(64, seed=9), 0)["shapes"] > 0.97
    rng = torch.Generator().manual_seed(0)
    assert world.scores(torch.rand(16, 24, 16, 16, generator=rng) * 2 - 1, 0)["shapes"] == 0
    assert world.scores(torch.full((4, 24, 16, 16), -1.0), 0)["shapes"] == 0
    assert world.scores(world.clips[:4], 4)["copies"] == 1
    assert world.scores(real_clips(64, seed=9), 4)["copies"] < 0.1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"loss": "nonsense"}, "loss must be one of minimax"),
        ({"batch": 1_000_000}, "batch must be a whole number from 4 to 256, not 1000000."),
        ({"critic_rate": float("nan")}, "critic rate must be a number from"),
        ({"critic_steps": 2.5}, "critic steps must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"data": ["ring"]}, "data must be"),
    ],
)
def test_settings_that_are_not_allowed_are_refused_in_a_sentence(values, sentence):
    with pytest.raises(ValueError, match=sentence.replace(".", r"\.")):
        lesson_of(values)


def test_a_slider_sends_whole_numbers_as_it_likes_and_strangers_are_passed_over():
    assert lesson_of({"batch": 32.0, "preset": "plays", "remedy": True}) == Lesson(batch=32)
