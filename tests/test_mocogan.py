"""MoCoGAN: what its recurrence promises beyond every family, and that its objective learns."""

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch
from tiny import SPEC, draw, tiny_generator

from train.__main__ import main
from train.data.batches import Batch, ClipDataset
from train.data.shapes import load_shapes
from train.families.mocogan import CRITIC_FRAMES, MoCoGANSettings, mocogan_objective
from train.gan.adversarial import Adversarial
from train.runtime.processes import Processes
from vidgen.latents import mix, morph, seeded_path
from vidgen.models.mocogan import MoCoGANConfig, MoCoGANGenerator, latent_sizes
from vidgen.store.weights import load_generator, save_generator
from vidgen.types import GeneratorSpec


@pytest.fixture
def generator() -> MoCoGANGenerator:
    return tiny_generator("mocogan")


def test_its_motion_is_a_gru_over_the_noise_and_the_action_frame_by_frame(generator):
    path = seeded_path(generator.spec, 3, 12, action="wave")
    noise = path.motion[0, 1:].reshape(-1, generator.motion.size)
    assert noise.shape[1] == 4 and len(noise) >= 12
    state = path.motion[0, 0, :4].reshape(1, 1, 4)
    codes = []
    for epsilon in noise[:12]:
        step = torch.cat([epsilon, torch.tensor([0.0, 1.0, 0.0])]).reshape(1, 1, 7)
        code, state = generator.motion.recurrence(step, state)
        codes.append(code[0, 0])
    torch.testing.assert_close(generator.motion(path)[0], torch.stack(codes))


def test_a_chunk_goes_on_where_the_one_before_ended(generator):
    path, steps = seeded_path(generator.spec, 3, 300), []
    generator.motion.recurrence.register_forward_pre_hook(
        lambda module, inputs: steps.append(inputs[0].shape[1])
    )
    whole = draw(generator, path)
    assert sum(steps) < 400, "the recurrence starts anew for every chunk"
    # Backwards, and after something else, it starts anew and comes out the same.
    for start in (200, 37, 290):
        part = draw(generator, path.between(start, start + 9))
        torch.testing.assert_close(part, whole[:, start : start + 9], rtol=0, atol=2e-5)
    draw(generator, seeded_path(generator.spec, 4, 5))
    part = draw(generator, path.between(16, 32))
    torch.testing.assert_close(part, whole[:, 16:32], rtol=0, atol=2e-5)


def test_what_it_keeps_between_chunks_does_not_outlive_its_weights(generator):
    path = seeded_path(generator.spec, 3, 40)
    draw(generator, path.between(0, 32))
    with torch.no_grad():
        generator.motion.recurrence.weight_hh_l0.mul_(-1)
    late = draw(generator, path.between(32, 40))
    torch.testing.assert_close(late, draw(copy.deepcopy(generator), path)[:, 32:])


def test_between_two_native_frames_the_code_goes_straight(generator):
    native = generator.motion(seeded_path(generator.spec, 3, 9))
    double = generator.motion(seeded_path(generator.spec, 3, 17, fps=50))
    torch.testing.assert_close(double[:, ::2], native)
    torch.testing.assert_close(double[:, 1::2], (native[:, 1:] + native[:, :-1]) / 2)


@pytest.mark.parametrize("frames", [5, 24, 64])
def test_a_loop_closes_with_a_step_like_any_other(generator, frames):
    for seed in range(4):
        code = generator.motion(seeded_path(generator.spec, seed, frames, loop=True))[0].detach()
        steps = torch.cat([code, code[:1]]).diff(dim=0).norm(dim=1)
        assert steps[-1] <= steps[:-1].max() * 1.05
    plain = generator.motion(seeded_path(generator.spec, 0, 64))[0]
    looped = generator.motion(seeded_path(generator.spec, 0, 64, loop=True))[0]
    assert torch.equal(plain[10:], looped[10:]) and not torch.equal(plain[0], looped[0])


def test_a_morph_of_actions_mixes_the_codes_of_each(generator):
    bend, wave = (seeded_path(generator.spec, 3, 20, action=a) for a in ("bend", "wave"))
    curve = torch.linspace(0, 1, 20)
    codes = generator.motion(morph(bend, wave, curve))
    expected = torch.lerp(generator.motion(bend), generator.motion(wave), curve[:, None])
    torch.testing.assert_close(codes, expected)


def test_content_stays_while_it_moves_and_truncation_pulls_it_to_the_mean(generator):
    a, b = (seeded_path(generator.spec, seed, 8) for seed in (3, 4))
    assert torch.equal(generator.motion(mix(a, b)), generator.motion(b))
    nothing = dataclasses.replace(a, content=torch.zeros_like(a.content))
    truncated = dataclasses.replace(a, truncation=torch.zeros(1, 8))
    assert torch.equal(draw(generator, truncated), draw(generator, nothing))


@pytest.mark.parametrize("channels", [3, 4])
def test_alpha_comes_premultiplied(channels):
    generator = tiny_generator("mocogan", channels=channels)
    frames = draw(generator, seeded_path(generator.spec, 3, 4))
    assert frames.shape[2] == channels
    if channels == 4:
        assert (frames[:, :, :3] <= frames[:, :, 3:] + 1e-5).all()


def test_the_sizes_of_the_paper_follow_from_the_frame_rate_and_are_savable(tmp_path):
    for fps in (8, 25, 29.97, 50):
        spec = GeneratorSpec("mocogan", 16, 3, fps, **latent_sizes(fps), actions=("a", "b"))
        generator = MoCoGANGenerator(spec, MoCoGANConfig((8, 8))).eval()
        assert generator.motion.size == 10 and spec.content_dim == 50
        save_generator(generator, tmp_path / "m.safetensors")
        assert load_generator(tmp_path / "m.safetensors").spec == spec
    assert MoCoGANConfig.for_resolution(64).widths == (512, 256, 128, 64)
    assert MoCoGANConfig.for_resolution(128).widths == (512, 256, 128, 64, 32)


@pytest.mark.parametrize(
    "sizes, sentence",
    [
        ({"knot_seconds": 0.5}, "whole number of frames"),
        ({"knot_seconds": 0.16, "motion_dim": 6}, "multiple of 4"),
        ({"knot_seconds": 0.16, "motion_dim": 16, "resolution": 32}, "make 16 pixels, not 32"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        MoCoGANGenerator(GeneratorSpec("mocogan", **SPEC | sizes), MoCoGANConfig((16, 16)))


SETTINGS = MoCoGANSettings(widths=(8, 8, 8))


def objective_of(dataset: ClipDataset, settings: MoCoGANSettings = SETTINGS) -> Adversarial:
    torch.manual_seed(0)
    sizes = {"content_dim": 4, "motion_dim": 16, "knot_seconds": 4 / dataset.fps}
    spec = GeneratorSpec("mocogan", 32, 3, dataset.fps, actions=dataset.actions, **sizes)
    generator = MoCoGANGenerator(spec, MoCoGANConfig((16, 8, 8))).train()
    return mocogan_objective(generator, settings, Processes(), accumulate=1)


def trained(objective: Adversarial, dataset: ClipDataset, rng, steps: int, **options) -> list:
    batches = (dataset.batch(4, CRITIC_FRAMES, CRITIC_FRAMES, rng) for _ in range(steps))
    return [objective.step(batch, 32, rng, **options) for batch in batches]


@pytest.fixture(scope="module")
def shapes() -> ClipDataset:
    return load_shapes(32, clips=8)


def test_its_batches_hold_consecutive_frames(shapes):
    times = shapes.batch(3, CRITIC_FRAMES, CRITIC_FRAMES, torch.Generator().manual_seed(0)).times
    torch.testing.assert_close(times, (torch.arange(CRITIC_FRAMES) / shapes.fps).expand(3, -1))


def test_training_learns_how_bright_the_clips_are(shapes):
    bright = dataclasses.replace(shapes, pixels=np.full((8 * 32, 32, 32, 3), 220, np.uint8))
    objective = objective_of(bright, dataclasses.replace(SETTINGS, learning_rate=5e-3))
    rng = torch.Generator().manual_seed(0)

    def off() -> float:
        with torch.no_grad():
            frames = objective.generator(seeded_path(objective.generator.spec, 0, 8))
        return abs(frames.mean().item() - (220 / 127.5 - 1))

    before = off()
    losses = trained(objective, bright, rng, 30)
    assert all(np.isfinite(v) for loss in losses for v in loss.values())
    assert off() < before / 2


def test_the_critic_learns_the_action_of_real_clips_and_the_generator_to_show_it(shapes):
    one = dataclasses.replace(shapes, labels=np.zeros(8, int))
    fast = dataclasses.replace(SETTINGS, learning_rate=2e-3)
    losses = trained(objective_of(one, fast), one, torch.Generator().manual_seed(0), 6)
    for name in ("action", "shown_action"):
        assert losses[-1][name] < losses[0][name] / 2
    plain = dataclasses.replace(shapes, actions=())
    (loss,) = trained(objective_of(plain), plain, torch.Generator().manual_seed(0), 1)
    assert "action" not in loss and "image" in loss


@pytest.mark.parametrize(
    "means", [{"dropout": 0.5}, {"noise": 0.0}, {"smoothing": 0.1}, {"r1": 1.0}], ids=str
)
def test_each_means_against_critics_that_win_changes_what_both_learn(shapes, means):
    critics = []
    for settings in (SETTINGS, dataclasses.replace(SETTINGS, **means)):
        objective = objective_of(shapes, settings)
        (losses,) = trained(objective, shapes, torch.Generator().manual_seed(0), 1)
        assert all(map(np.isfinite, losses.values()))
        assert ("penalty" in losses) == (settings.r1 > 0)
        critics.append(objective.critic)
    for part in ("image", "video"):
        first = [next(getattr(critic, part).parameters()) for critic in critics]
        assert not torch.equal(*first)


def test_while_only_the_critic_learns_the_generator_stands_still(shapes):
    objective = objective_of(shapes, dataclasses.replace(SETTINGS, head_start=4))
    before = [p.detach().clone() for p in objective.generator.parameters()]
    critic = [p.detach().clone() for p in objective.critic.parameters()]
    trained(objective, shapes, torch.Generator().manual_seed(0), 1)
    assert all(map(torch.equal, before, objective.generator.parameters()))
    assert not any(map(torch.equal, critic, objective.critic.parameters()))


def test_it_goes_on_from_its_state_as_if_never_stopped(shapes, tmp_path):
    objective, rng = objective_of(shapes), torch.Generator().manual_seed(0)
    trained(objective, shapes, rng, 2)
    torch.save([objective.generator.state_dict(), objective.state()], tmp_path / "state")
    there = rng.get_state()
    expected = trained(objective, shapes, rng, 2)

    generator_state, state = torch.load(tmp_path / "state", weights_only=True)
    again = objective_of(shapes)
    again.generator.load_state_dict(generator_state)
    again.load_state(state)
    rng.set_state(there)
    assert trained(again, shapes, rng, 2) == expected
    for a, b in ((objective.generator, again.generator), (objective.critic, again.critic)):
        assert all(map(torch.equal, a.state_dict().values(), b.state_dict().values()))


def test_its_critic_wants_sixteen_frames(shapes):
    objective, rng = objective_of(shapes), torch.Generator().manual_seed(0)
    batch: Batch = shapes.batch(2, 4, 32, rng)
    with pytest.raises(ValueError, match="wants 16 frames of a clip, not 4"):
        objective.step(batch, 32, rng)


def test_what_batch_normalisation_has_learnt_is_kept_in_the_weights_file(shapes, tmp_path):
    objective = objective_of(shapes)
    trained(objective, shapes, torch.Generator().manual_seed(0), 3)
    generator = objective.generator.eval()
    assert generator.image[1].running_mean.abs().sum() > 0
    save_generator(generator, tmp_path / "m.safetensors")
    loaded = load_generator(tmp_path / "m.safetensors")
    path = seeded_path(generator.spec, 3, 5)
    difference = (draw(loaded, path) - draw(generator, path)).abs().max()
    assert difference < 0.02, "as near as float16 is"


def test_a_run_of_the_family_trains_and_is_taken_up_again(shapes, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(MoCoGANSettings, "for_resolution", lambda resolution: SETTINGS)
    monkeypatch.setattr("train.setup.load_dataset", lambda source, resolution: shapes)
    monkeypatch.setattr(MoCoGANConfig, "widths", (16, 8, 8, 8))
    out = str(tmp_path / "run")
    sizes = ["--resolution", "32", "--batch", "4", "--device", "cpu", "--precision", "float32"]
    command = ["--data", "shapes", "--family", "mocogan", "--out", out, *sizes]
    assert main([*command, "--clips", "8", "--checkpoint-every", "8"]) == 0
    settings = capsys.readouterr().out
    assert '"family": "mocogan"' in settings and '"loss": "non-saturating"' in settings
    generator = load_generator(tmp_path / "run" / "model.safetensors")
    assert generator.spec.family == "mocogan" and generator.spec.fps == shapes.fps
    assert main(["--resume", out, "--clips", "12"]) == 0
    assert len(json.loads((tmp_path / "run" / "history.json").read_text())) == 2


def test_settings_that_it_has_no_use_for_are_refused(tmp_path, capsys):
    given = ["--spectral-norm", "--hidden", "8", "--gap", "0.3", "--beta2", "0.9"]
    given += ["--penalty", "r1", "--gamma", "1", "--palette", "4"]
    out = tmp_path / "run"
    assert main(["--data", "shapes", "--family", "mocogan", "--out", str(out), *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "train: the family mocogan has no use for --beta2, --gamma, --gap, --hidden, "
    )
    for option in given[::2]:
        assert not option.startswith("--") or option in said
    assert "--spectral-norm" in said and not out.exists()
