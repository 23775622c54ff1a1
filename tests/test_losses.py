"""Promises of losses, penalties and regularisers: their papers' numbers, and that they train."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch.nn.utils.parametrize import is_parametrized

from tests.toy import SIDE, toy_batch, toy_objective, train_toy
from train.config import TrainConfig
from train.families.style import Critic, CriticConfig
from train.gan.adversarial import Adversarial
from train.gan.augment import AugmentConfig
from train.gan.losses import (
    LOSSES,
    PENALTIES,
    mean_loss,
    one_centred_penalty,
    overfitting,
    zero_centred_penalty,
)
from train.gan.penalised import PenalisedConfig, PenalisedGame
from vidgen.types import GeneratorSpec

REAL, GENERATED = 0.7, -1.3


def log_sigma(x: float) -> float:
    return math.log(1 / (1 + math.exp(-x)))


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# loss -> critic's and generator's value at D(x) = 0.7, D(G(z)) = -1.3, and the latter's slope
FORMULAS = {
    "minimax": (
        -log_sigma(REAL) - math.log(1 - sigma(GENERATED)),
        math.log(1 - sigma(GENERATED)),
        -sigma(GENERATED),
    ),
    "non-saturating": (
        -log_sigma(REAL) - math.log(1 - sigma(GENERATED)),
        -log_sigma(GENERATED),
        -(1 - sigma(GENERATED)),
    ),
    "least-squares": (0.3**2 / 2 + 1.3**2 / 2, 2.3**2 / 2, -2.3),
    "hinge": (0.3 + 0.0, 1.3, -1.0),
    "wasserstein": (-2.0, 1.3, -1.0),
    "relativistic": (-log_sigma(2.0), -log_sigma(-2.0), -sigma(2.0)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_what_its_equation_says(name):
    real = torch.tensor([[REAL]], dtype=torch.float64)
    generated = torch.tensor([[GENERATED]], dtype=torch.float64, requires_grad=True)
    critic, generator, slope = FORMULAS[name]
    assert LOSSES[name].critic(real, generated).item() == pytest.approx(critic)
    loss = LOSSES[name].generator(real, generated)
    assert loss.item() == pytest.approx(generator)
    loss.backward()
    assert generated.grad.item() == pytest.approx(slope)


def test_hinge_asks_no_more_than_the_margin():
    assert LOSSES["hinge"].critic(torch.tensor(1.5), torch.tensor(-1.5)) == 0
    assert LOSSES["hinge"].critic(torch.tensor(0.5), torch.tensor(0.5)) == 2


def test_both_heads_count_alike():
    logits = torch.tensor([[1.0, 2.0, 4.0], [3.0, 2.0, 4.0]])  # (B, 1 + T)
    assert mean_loss(logits) == 2 + 3


def test_penalties_are_the_norm_of_a_linear_critics_weights():
    weight = torch.randn(2 * 3 * SIDE * SIDE, dtype=torch.float64)
    frames = torch.randn(5, 2, 3, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    logits = frames.flatten(1) @ weight
    logits = torch.stack([logits, 3 * logits], 1)  # the score is 4 times as steep
    squared = 16 * weight.square().sum().float()
    torch.testing.assert_close(zero_centred_penalty(logits, frames), squared.expand(5))
    one = one_centred_penalty(logits, frames)
    torch.testing.assert_close(one, ((squared.sqrt() - 1) ** 2).expand(5))


def test_overfitting_is_the_share_above_the_level_less_the_share_below():
    real = torch.tensor([[2.0, 2.0], [2.0, -1.0], [1.0, 3.0], [-2.0, 4.0]])
    generated = torch.full_like(real, -3.0)
    assert overfitting(LOSSES["hinge"], real, generated) == 0.5
    # halfway between the means 0.75 and -3, 2 and -3, is -1.1 and -0.5
    assert overfitting(LOSSES["relativistic"], real, generated) == 0.5
    assert overfitting(LOSSES["relativistic"], real + 100, generated + 100) == 0.5
    assert overfitting(LOSSES["least-squares"], real + 100, generated) == 1


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_learns_how_bright_the_real_clips_are(name):
    clips = 0.6 + 0.1 * torch.randn(64, 2, 3, SIDE, SIDE, generator=torch.Generator())
    pictures = train_toy(toy_objective(loss=name), clips, 150)
    assert 0.4 < pictures.mean() < 0.8


@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_penalty_is_the_one_that_was_asked_for(penalty):
    objective = toy_objective(penalty=penalty, gamma=5.0)
    frames = torch.ones(8, 2, 3, SIDE, SIDE)
    values = objective.step(toy_batch(frames), SIDE, torch.Generator().manual_seed(0))
    found = {name for name in ("r1", "r2", "wgan-gp") if name in values}
    wanted = {"wgan-gp": {"wgan-gp"}, "none": set()}
    assert found == wanted.get(penalty, {"r1", "r2"})
    weights = [p.detach().clone() for p in objective.critic.parameters()]
    plain = toy_objective(penalty="none")
    plain.step(toy_batch(frames), SIDE, torch.Generator().manual_seed(0))
    same = all(map(torch.equal, weights, plain.critic.parameters()))
    assert same == (penalty == "none")


def test_a_penalty_keeps_the_critic_flat():
    clips = torch.randn(64, 2, 3, SIDE, SIDE, generator=torch.Generator())
    steep, flat = (toy_objective(gamma=gamma) for gamma in (0, 10))
    rng = torch.Generator()
    for objective in (steep, flat):
        train_toy(objective, clips, 60)
    r1 = [o.step(toy_batch(clips[:16]), SIDE, rng)["r1"] for o in (steep, flat)]
    assert r1[1] < r1[0] / 3


def test_weight_decay_shrinks_the_critic_by_rate_times_decay():
    batch = toy_batch(torch.ones(4, 2, 3, SIDE, SIDE))
    plain, decayed = toy_objective(), toy_objective(weight_decay=0.5)
    before = [p.detach().clone() for p in plain.critic.parameters()]
    for objective in (plain, decayed):
        objective.step(batch, SIDE, torch.Generator().manual_seed(0))
    pairs = zip(before, plain.critic.parameters(), decayed.critic.parameters(), strict=True)
    for start, without, with_decay in pairs:
        torch.testing.assert_close(with_decay, without - 1e-2 * 0.5 * start)
    assert [
        o.generator_optimizer.adam.param_groups[0]["weight_decay"] for o in (plain, decayed)
    ] == [
        0,
        0,
    ]


def test_the_rate_stays_then_falls_with_the_inverse_root():
    config = TrainConfig(data="", learning_rate_decay=1_000)
    assert [config.rate_after(n) for n in (0, 1_000, 4_000, 100_000)] == [1, 1, 0.5, 0.1]
    assert TrainConfig(data="", learning_rate_decay=0).rate_after(10**9) == 1
    rising = TrainConfig(data="", warm_up=160, batch=16)
    assert [rising.rate_after(n) for n in (0, 64, 144, 1_600)] == [0.1, 0.5, 1, 1]


def test_the_critic_may_learn_at_a_rate_of_its_own():
    objective = toy_objective(learning_rate=1e-3, critic_learning_rate=1e-2)
    before = [
        next(n.parameters()).detach().clone() for n in (objective.generator, objective.critic)
    ]
    batch = toy_batch(torch.ones(4, 2, 3, SIDE, SIDE))
    objective.step(batch, SIDE, torch.Generator().manual_seed(0), rate=0.5)
    # Adam's first step is the rate itself, wherever there is a gradient.
    for network, start, rate in zip(
        (objective.generator, objective.critic), before, (5e-4, 5e-3), strict=True
    ):
        moved = (next(network.parameters()) - start).abs().max()
        assert moved.item() == pytest.approx(rate, rel=1e-2)


@pytest.mark.parametrize("loss", ["relativistic", "wasserstein"])
def test_a_batch_in_parts_has_the_gradients_of_the_whole(loss):
    clips = torch.randn(16, 2, 3, SIDE, SIDE, generator=torch.Generator())
    settings = {"augment": AugmentConfig(0.5), "loss": loss}
    whole, parts = toy_objective(**settings), toy_objective(accumulate=4, **settings)
    for objective in (whole, parts):
        objective.step(toy_batch(clips), SIDE, torch.Generator().manual_seed(0))
    for network in ("generator", "critic"):
        pairs = (getattr(o, network).parameters() for o in (whole, parts))
        for one, other in zip(*pairs, strict=True):
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6)


def real_critic(**settings) -> Critic:
    torch.manual_seed(0)
    config = CriticConfig(stem_width=8, widths=(8,), frame_width=8, clip_width=8, **settings)
    return Critic(GeneratorSpec("style", 32, 3, 25, 8, 4, actions=("a", "b")), config)


def judged(critic: Critic, frames: torch.Tensor) -> torch.Tensor:
    times = torch.tensor([[0, 0.04, 0.4, 0.5]]).repeat(len(frames), 1)
    return critic(frames, times, torch.eye(2)[:, None].repeat(1, 4, 1))


def test_dropout_leaves_out_features_and_0_leaves_out_none():
    frames = torch.randn(2, 4, 3, 32, 32)
    plain, dropping = real_critic(), real_critic(dropout=0.5)
    assert torch.equal(judged(plain, frames), judged(plain, frames))
    assert not torch.equal(judged(dropping, frames), judged(dropping, frames))
    dropping.eval()
    assert torch.equal(judged(dropping, frames), judged(plain, frames))


def test_dropout_draws_the_same_when_a_run_is_resumed():
    def step(noise: int) -> torch.Tensor:
        objective = toy_objective()
        critic = real_critic(dropout=0.5)
        generator = objective.generator
        generator.forward = lambda path, _: (
            path.content.mean()
            + torch.ones(len(path.times), 4, 3, 32, 32) * generator.draw.bias.mean()
        )
        game = PenalisedGame(critic, objective.config, frames_per_clip=4, noisy=True)
        objective = Adversarial(generator, game, objective.config, (0.0, 0.99))
        torch.manual_seed(noise)  # whatever else the process drew
        batch = toy_batch(torch.randn(2, 4, 3, 32, 32, generator=torch.Generator()))
        batch = type(batch)(batch.frames, batch.times, torch.eye(2)[:, None].repeat(1, 4, 1))
        objective.step(batch, 32, torch.Generator().manual_seed(0))
        return torch.cat([p.detach().flatten() for p in critic.parameters()])

    assert torch.equal(step(1), step(2))


def test_spectral_normalisation_holds_every_layer_at_1_and_lets_penalties_through():
    critic = real_critic(spectral_norm=True)
    with torch.no_grad():
        for _ in range(30):  # a step of power iteration each
            judged(critic, torch.randn(2, 4, 3, 32, 32))
    weights = [m.weight for m in critic.modules() if is_parametrized(m, "weight")]
    assert len(weights) > 10
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.1)
    frames = torch.randn(2, 4, 3, 32, 32, requires_grad=True)
    zero_centred_penalty(judged(critic, frames), frames).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in critic.parameters() if p.grad is not None)
    again = copy.deepcopy(critic)
    again.load_state_dict(critic.state_dict())
    assert torch.equal(judged(again, frames), judged(critic, frames))


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"loss": "best"}, "loss must be one of minimax"),
        ({"penalty": "r3"}, "penalty must be one of"),
        ({"gamma": -1}, "gamma must be a number from 0"),
        ({"learning_rate": 3}, "learning rate must be a number"),
        ({"weight_decay": float("nan")}, "weight decay must be a number"),
    ],
)
def test_knobs_out_of_range_are_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        PenalisedConfig(**settings)


def test_a_critic_that_drops_everything_is_refused():
    with pytest.raises(ValueError, match="dropout must be a number from 0 to 0.9"):
        CriticConfig(dropout=1.0)
