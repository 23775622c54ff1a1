"""Families that learn by likelihood, `vae` and `autoregressive`: their formulas and settings."""

import dataclasses
import json

import pytest
import torch
from tiny import tiny_generator

from train.__main__ import main
from train.config import TrainConfig
from train.data.shapes import load_shapes
from train.families.autoregressive import negative_log_likelihood
from train.families.vae import elbo
from train.gan.augment import Augmentation, AugmentConfig
from train.gan.microbatch import draw_microbatch
from train.likelihood import divergence, surprise
from train.objective import Family
from train.runtime.optimizer import Optimizer
from train.runtime.processes import Processes
from train.setup import FAMILIES
from vidgen.models.autoregressive import AutoregressiveConfig, AutoregressiveGenerator
from vidgen.models.frames import gaussian
from vidgen.store.weights import load_generator
from vidgen.types import Generator

PIXELS = 3 * 16 * 16  # of a frame of the tiny ones
every_one = pytest.mark.parametrize("family", ["vae", "autoregressive"])
Normal = torch.distributions.Normal


def microbatch(generator: Generator, clips: int = 4, frames: int = 16):
    """A batch of shapes with the tiny generators' three actions."""
    rng = torch.Generator().manual_seed(0)
    batch = load_shapes(16, clips=8).batch(clips, frames, frames, rng)
    action = torch.eye(3)[torch.arange(clips) % 3][:, None].expand(-1, frames, -1)
    batch = dataclasses.replace(batch, action=action)
    none = Augmentation(AugmentConfig(policy="none"))
    part = draw_microbatch(batch, 16, generator.spec, none, rng, updates=1)
    return part.with_drawn({"moments": torch.arange(frames).expand(clips, -1)})


def test_divergence_and_surprise_are_those_of_gaussians():
    torch.manual_seed(0)
    q, p = ((torch.randn(5, 3), torch.rand(5, 3) + 0.1) for _ in range(2))
    wanted = torch.distributions.kl_divergence(Normal(*q), Normal(*p))
    torch.testing.assert_close(divergence(q, p), wanted)
    assert divergence(q, q).abs().max() < 1e-6
    value, constant = torch.randn(5, 3), torch.tensor(2 * torch.pi).log() / 2
    torch.testing.assert_close(surprise(value, q) + constant, -Normal(*q).log_prob(value))


@torch.no_grad()
def test_the_bound_is_the_likelihood_of_pixels_and_two_divergences():
    generator = tiny_generator("vae")
    part = microbatch(generator)
    settings = dataclasses.replace(FAMILIES["vae"].settings(), beta=0.5, pixel_noise=0.3)
    loss, values = elbo(generator, settings, part)

    content, motion = (Normal(*q) for q in generator.posterior(part.real.frames))
    c = content.mean + content.stddev * part.path.content[:, 0]
    m = motion.mean + motion.stddev * generator.prior.noise(part.path.motion)[:, :16]
    path = generator.prior.path(c, generator.prior.noise_of(m, part.real.action[:, 0]), None, 16)
    drawn = generator(dataclasses.replace(path, action=part.real.action))
    constant = torch.tensor(2 * torch.pi).sqrt().log() + torch.tensor(0.3).log()
    likelihood = Normal(drawn, 0.3).log_prob(part.real.frames).mean()
    torch.testing.assert_close(values["reconstruction"], -likelihood - constant)
    kl = torch.distributions.kl_divergence
    content_kl = kl(content, Normal(0.0, 1.0)).sum(1).mean()
    motion_kl = kl(motion, Normal(*generator.prior.given(m, part.real.action[:, 0]))).sum(2).mean()
    torch.testing.assert_close(values["content_kl"], content_kl)
    torch.testing.assert_close(values["motion_kl"], motion_kl)
    wanted = values["reconstruction"] + 0.5 * (content_kl / 16 + motion_kl) / PIXELS
    torch.testing.assert_close(loss, wanted)


def test_codes_do_not_give_way_to_what_predicts_them():
    generator = tiny_generator("autoregressive")
    settings = FAMILIES["autoregressive"].settings()
    _, values = negative_log_likelihood(generator, settings, microbatch(generator))
    prediction, reconstruction = values["prediction"], values["reconstruction"]
    learns = dict(generator.named_parameters())
    for name, loss in (("steps", prediction), ("encoder decoder", reconstruction)):
        gradients = torch.autograd.grad(
            loss, list(learns.values()), retain_graph=True, allow_unused=True
        )
        reached = {
            part.split(".")[0]
            for part, gradient in zip(learns, gradients, strict=True)
            if gradient is not None and gradient.any()
        }
        assert reached == set(name.split())


def objective(family: str, generator: Generator, **changes):
    found: Family = FAMILIES[family]
    settings = dataclasses.replace(found.settings.for_resolution(16), **changes)
    return found.objective(generator, settings, Processes(), 1)


@every_one
def test_it_learns(family):
    learner = objective(family, tiny_generator(family, ("a", "b")), learning_rate=3e-3)
    data, rng = load_shapes(16, clips=4), torch.Generator().manual_seed(0)
    errors = [learner.step(data.batch(4, 16, 16, rng), 16, rng)["error"] for _ in range(30)]
    assert sum(errors[-3:]) < 0.5 * sum(errors[:3])


@every_one
def test_weight_decay_dropout_and_augmentation_have_their_effect(family):
    data = load_shapes(16, clips=8)

    def after(**changes) -> torch.Tensor:
        learner = objective(family, tiny_generator(family, ("a", "b")).train(), **changes)
        rng = torch.Generator().manual_seed(0)
        torch.manual_seed(5)
        for _ in range(2):
            learner.step(data.batch(4, 16, 16, rng), 16, rng)
        return torch.cat([p.detach().flatten() for p in learner.generator.parameters()])

    plain = after()
    assert torch.equal(plain, after())
    assert after(weight_decay=0.5).norm() < plain.norm()
    augmented = AugmentConfig(policy="fixed", strength=1.0)
    for changes in ({"dropout": 0.5}, {"augment": augmented}, {"pixel_noise": 0.2}, {"beta": 9.0}):
        assert not torch.equal(after(**changes), plain), changes
    assert torch.equal(after(dropout=0.5), after(dropout=0.5)), "noise that a run can't repeat"


@every_one
def test_a_batch_in_parts_is_the_same_step(family):
    data, stepped = load_shapes(16, clips=8), []
    for parts in (1, 2):
        found = FAMILIES[family]
        generator = tiny_generator(family, ("a", "b"))
        learner = found.objective(generator, found.settings(), Processes(), parts)
        rng = torch.Generator().manual_seed(0)
        stepped.append(learner.step(data.batch(4, 16, 16, rng), 16, rng))
    assert stepped[0] == pytest.approx(stepped[1], rel=1e-4)
    with pytest.raises(ValueError, match="wants 16 frames of a clip, not 4"):
        learner.step(data.batch(4, 4, 16, rng), 16, rng)


@every_one
def test_it_is_trained_and_resumed_from_the_command_line(family, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("train.setup.load_dataset", lambda *_: load_shapes(32, clips=8))
    run = tmp_path / "run"
    begin = ["--data", "shapes", "--family", family, "--resolution", "32", "--device", "cpu"]
    begin += ["--precision", "float32", "--out", str(run), "--sheet-every", "1000000"]
    assert main([*begin, "--gamma", "1"]) == 2
    assert f"{family} has no use for --gamma" in capsys.readouterr().err
    assert main([*begin, "--augment-policy", "ada"]) == 2
    assert "ada follows a critic, and this family has none" in capsys.readouterr().err
    assert not run.exists()
    assert main([*begin, "--batch", "2", "--clips", "2", "--dropout", "0.1"]) == 0
    assert main(["--resume", str(run), "--clips", "4"]) == 0
    history = json.loads((run / "history.json").read_text())
    assert len(history) == 2 and history[1]["reconstruction"] > 0


def test_the_core_is_an_option():
    config = TrainConfig(
        data="", family="autoregressive", generator=AutoregressiveConfig(core="transformer")
    )
    assert TrainConfig.from_json(config.to_json()) == config
    spec = tiny_generator("autoregressive").spec
    with pytest.raises(ValueError, match="Core must be one of lstm, transformer, not 'rnn'"):
        AutoregressiveGenerator(spec, AutoregressiveConfig(core="rnn", widths=(16, 16)))


def test_another_core_is_started_from_the_same_autoencoder_which_stays(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("train.setup.load_dataset", lambda *_: load_shapes(32, clips=8))
    same = ["--data", "shapes", "--device", "cpu", "--precision", "float32", "--batch", "2"]
    begin = [*same, "--family", "autoregressive", "--resolution", "32", "--clips", "2"]
    assert main([*begin, "--out", str(tmp_path / "lstm")]) == 0
    weights = str(tmp_path / "lstm" / "model.safetensors")
    other = [*same, "--start", weights, "--core", "transformer", "--clips", "4"]
    assert main([*other, "--out", str(tmp_path / "transformer")]) == 0
    assert "learnt anew: steps.enter.weight" in capsys.readouterr().out
    first = load_generator(weights)
    second = load_generator(tmp_path / "transformer" / "model.safetensors")
    assert (first.config.core, second.config.core) == ("lstm", "transformer")
    for part in ("encoder", "decoder"):
        kept = getattr(second, part).state_dict()
        for name, value in getattr(first, part).state_dict().items():
            assert torch.equal(kept[name], value), name
    history = json.loads((tmp_path / "transformer" / "history.json").read_text())
    assert "reconstruction" not in history[-1] and "prediction" in history[-1]


def test_a_deviation_that_went_too_far_comes_back():
    stated = torch.tensor([0.0, 0.0, 50.0, -50.0], requires_grad=True)  # two means, two logarithms
    _, deviation = gaussian(stated)
    assert deviation[0] <= 7.4 and deviation[1] >= 0.0067  # e^2 and e^-5
    near = torch.tensor([0.0, 3.0], requires_grad=True)  # beyond where a clamp would cut it off
    gaussian(near)[1].sum().backward()
    assert near.grad[1] > 0.5


def test_one_batch_that_surprises_does_not_undo_what_was_learnt():
    weight = torch.nn.Parameter(torch.zeros(3))
    optimizer = Optimizer([weight], 0.1, (0.9, 0.999), longest=1.0)
    for size, norm in ((1e6, 1.0), (0.1, 0.1)):  # a short one stays as it is
        wanted = torch.full((3,), size / 3**0.5)
        optimizer.descend([((weight * wanted).sum(), {"loss": weight.sum()})], 1)
        assert weight.grad.norm().item() == pytest.approx(norm, rel=1e-3)
