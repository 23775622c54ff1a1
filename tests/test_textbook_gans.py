"""The textbooks' GANs, mlp, dcgan and conv3d: what each promises of its own; that they learn."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from tiny import SPEC, SPECS, draw, tiny_generator

from train.__main__ import main
from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.data.shapes import load_shapes
from train.families import FAMILIES
from train.gan.adversarial import Adversarial
from train.gan.augment import AugmentConfig
from train.runtime.processes import Processes
from vidgen.latents import mix, morph, seeded_path
from vidgen.models import FAMILIES as GENERATORS
from vidgen.store.weights import load_generator
from vidgen.types import GeneratorSpec

NAMES = ("conv3d", "dcgan", "mlp")
CONFIGS = {
    "conv3d": {"moving": (16, 8, 8), "still": (8, 8, 8)},
    "dcgan": {"widths": (16, 8, 8)},
    "mlp": {"hidden": (16, 16)},
}
CRITICS = {"conv3d": (8, 8, 8), "dcgan": (8, 8, 8), "mlp": (16, 16)}

each_family = pytest.mark.parametrize("family", NAMES)
WHOLE_CLIPS = pytest.mark.parametrize("family", ["conv3d", "mlp"])


@pytest.fixture(scope="module")
def shapes() -> ClipDataset:
    return load_shapes(32, clips=8)


def objective_of(family: str, dataset: ClipDataset, **settings) -> Adversarial:
    torch.manual_seed(0)
    training = FAMILIES[family]
    latents = training.latents(dataset.fps)
    spec = GeneratorSpec(
        family, 32, dataset.channels, dataset.fps, actions=dataset.actions, **latents
    )
    kind, config = GENERATORS[family]
    generator = kind(spec, config(**CONFIGS[family])).train()
    chosen = training.settings(widths=CRITICS[family], **settings)
    return training.objective(generator, chosen, Processes(), 1)


def trained(objective: Adversarial, dataset: ClipDataset, steps: int, rng=None) -> list[dict]:
    rng = rng or torch.Generator().manual_seed(0)
    frames = objective.frames_at(0)
    batches = (dataset.batch(4, frames, max(2, frames), rng) for _ in range(steps))
    return [objective.step(batch, 32, rng) for batch in batches]


def weights(network: torch.nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


@each_family
@pytest.mark.parametrize("channels", [3, 4])
def test_alpha_comes_premultiplied(family, channels):
    generator = tiny_generator(family, channels=channels)
    frames = draw(generator, seeded_path(generator.spec, 3, 4))
    assert frames.shape[2] == channels
    if channels == 4:
        assert (frames[:, :, :3] <= frames[:, :, 3:] + 1e-5).all()


@each_family
@pytest.mark.parametrize("resolution", [32, 64])
def test_what_is_trained_by_default_fits_in_a_megabyte_and_a_half(family, resolution):
    """But for the fully connected one, whose published widths are its default."""
    latents, (kind, config) = FAMILIES[family].latents(25), GENERATORS[family]
    actions = tuple(f"action {number}" for number in range(11))
    spec = GeneratorSpec(family, resolution, 4, 25, actions=actions, **latents)
    generator = kind(spec, config.for_resolution(resolution))
    count = sum(p.numel() for p in generator.parameters())
    assert count > 1.5e6 if family == "mlp" else count <= 0.75e6


@each_family
def test_sizes_that_do_not_fit_are_refused(family):
    kind, config = GENERATORS[family]
    spec = SPEC | SPECS[family]
    with pytest.raises(ValueError, match="whole number of frames"):
        kind(GeneratorSpec(family, **spec | {"knot_seconds": 0.5}), config())
    if family != "mlp":
        with pytest.raises(ValueError, match="make 32 pixels, not 16"):
            kind(GeneratorSpec(family, **spec), config())


def test_a_frame_of_dcgan_knows_nothing_of_the_others():
    generator = tiny_generator("dcgan")
    path = seeded_path(generator.spec, 3, 12)
    whole = draw(generator, path)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    shuffled = dataclasses.replace(path, times=path.times[order])
    torch.testing.assert_close(draw(generator, shuffled), whole[:, order], rtol=0, atol=2e-5)
    # Its neighbours are as different from it as those that are far away.
    steps = [(whole[:, k:] - whole[:, :-k]).abs().mean() for k in (1, 3, 6)]
    assert max(steps) < 1.5 * min(steps)


@WHOLE_CLIPS
def test_a_clip_of_any_length_is_made_of_whole_ones_that_share_their_content(family):
    generator = tiny_generator(family)
    native = generator.clip_frames
    path = seeded_path(generator.spec, 3, 3 * native)
    parts = draw(generator, path).unflatten(1, (3, native))
    assert not torch.allclose(parts[:, 0], parts[:, 1], atol=1e-3)
    # With the motion of the first part, the second is the first again.
    again = dataclasses.replace(path, motion=path.motion[:, :2].repeat(1, 20, 1))
    again = draw(generator, again).unflatten(1, (3, native))
    torch.testing.assert_close(again[:, 0], again[:, 2], rtol=0, atol=2e-5)
    assert not torch.allclose(again[:, 0, 0], again[:, 0, 1], atol=1e-3)


@WHOLE_CLIPS
def test_between_two_native_frames_the_first_of_them_is_shown(family):
    generator = tiny_generator(family)
    native = draw(generator, seeded_path(generator.spec, 3, 5))
    slower = draw(generator, seeded_path(generator.spec, 3, 10, fps=50))
    torch.testing.assert_close(slower[:, ::2], slower[:, 1::2], rtol=0, atol=2e-5)
    torch.testing.assert_close(slower[:, ::2], native, rtol=0, atol=2e-5)


def test_vgan_lays_a_foreground_over_a_background_that_stands_still():
    generator = tiny_generator("conv3d").train()
    path = seeded_path(generator.spec, 3, generator.clip_frames)
    still = []
    generator.background.register_forward_hook(lambda m, i, out: still.append(out.tanh()))
    generator.masking.register_forward_hook(lambda m, i, out: out - 1e4)
    frames = generator(path)
    assert generator.mask.max() == 0, "it is all background"
    torch.testing.assert_close(frames[0], still[0].expand_as(frames[0]))
    assert len(still) == 1, "and a clip is drawn once"


def test_vgan_draws_a_clip_whose_content_changes_as_it_draws_each_of_its_moments():
    generator = tiny_generator("conv3d")
    a, b = (seeded_path(generator.spec, seed, 8, action=0) for seed in (3, 4))
    curve = torch.linspace(0, 1, 8)
    walk = draw(generator, morph(a, b, curve))
    moved = dataclasses.replace(a, motion=morph(a, b, curve).motion)
    first = dataclasses.replace(moved, content=a.content)
    torch.testing.assert_close(walk[:, 0], draw(generator, first)[:, 0], rtol=0, atol=2e-5)
    last = draw(generator, mix(b, moved))
    torch.testing.assert_close(walk[:, -1], last[:, -1], rtol=0, atol=2e-5)


@each_family
def test_training_learns_how_bright_the_clips_are(family, shapes):
    bright = dataclasses.replace(shapes, pixels=np.full((8 * 32, 32, 32, 3), 220, np.uint8))
    helped = {"r1": 1.0, "noise": 0.5, "learning_rate": 5e-3}
    objective = objective_of(family, bright, **helped)

    def off() -> float:
        frames = objective.generator(seeded_path(objective.generator.spec, 0, 8))
        return abs(frames.mean().item() - (220 / 127.5 - 1))

    before = off()
    losses = trained(objective, bright, 30)
    assert all(np.isfinite(v) for loss in losses for v in loss.values())
    assert off() < before * 0.9


@each_family
@pytest.mark.parametrize(
    "settings",
    [
        {"weight_decay": 0.9},
        {"dropout": 0.5},
        {"noise": 0.3},
        {"smoothing": 0.1},
        {"r1": 1.0},
        {"augment": AugmentConfig()},
        {"augment": AugmentConfig(policy="diffaugment")},
        {"loss": "minimax"},
        {"loss": "relativistic"},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_each_means_against_a_critic_that_wins_changes_what_is_learnt(family, settings, shapes):
    plain, changed = objective_of(family, shapes), objective_of(family, shapes, **settings)
    for objective in (plain, changed):
        (losses,) = trained(objective, shapes, 1)
        assert all(map(np.isfinite, losses.values()))
    critics = zip(plain.critic.parameters(), changed.critic.parameters(), strict=True)
    generators = zip(plain.generator.parameters(), changed.generator.parameters(), strict=True)
    wanted = generators if settings == {"loss": "minimax"} else critics
    assert not all(torch.equal(a, b) for a, b in wanted)


def test_vgans_mask_grows_small(shapes):
    masks = []
    for weight in (0.0, 100.0):
        objective = objective_of("conv3d", shapes, mask_weight=weight, learning_rate=5e-3)
        masks.append(trained(objective, shapes, 16)[-1]["mask"])
    assert masks[1] < masks[0] / 2


@each_family
def test_it_goes_on_from_its_state_as_if_never_stopped(family, shapes, tmp_path):
    settings = {"noise": 0.1, "dropout": 0.2}
    objective, rng = objective_of(family, shapes, **settings), torch.Generator().manual_seed(0)
    trained(objective, shapes, 2, rng)
    torch.save([objective.generator.state_dict(), objective.state()], tmp_path / "state")
    there = rng.get_state()
    expected = trained(objective, shapes, 1, rng)

    generator_state, state = torch.load(tmp_path / "state", weights_only=True)
    again = objective_of(family, shapes, **settings)
    again.generator.load_state_dict(generator_state)
    again.load_state(state)
    rng.set_state(there)
    assert trained(again, shapes, 1, rng) == expected
    assert all(map(torch.equal, weights(objective.generator), weights(again.generator)))


@each_family
def test_a_run_of_the_family_trains_and_is_taken_up_again(family, shapes, tmp_path, monkeypatch):
    training = FAMILIES[family]
    small = training.settings(widths=CRITICS[family])
    monkeypatch.setattr(training.settings, "for_resolution", lambda resolution: small)
    config = GENERATORS[family][1](**CONFIGS[family])
    monkeypatch.setattr(GENERATORS[family][1], "for_resolution", lambda resolution: config)
    monkeypatch.setattr("train.setup.load_dataset", lambda source, resolution: shapes)
    run, sizes = tmp_path / "run", ["--resolution", "32", "--batch", "4", "--device", "cpu"]
    command = ["--data", "shapes", "--family", family, "--out", str(run), *sizes]
    assert main([*command, "--clips", "8", "--precision", "float32", "--noise", "0.1"]) == 0
    assert main(["--resume", str(run), "--clips", "12", "--noise", "0"]) == 0
    assert len(json.loads((run / "history.json").read_text())) == 2
    generator = load_generator(run / "model.safetensors")
    assert generator.spec.family == family and generator.spec.actions == shapes.actions
    assert TrainConfig(data="shapes", family=family, resolution=32).objective.noise == 0


@each_family
def test_settings_that_it_has_no_use_for_are_refused(family, tmp_path, capsys):
    given = ["--gamma", "1", "--penalty", "r1", "--spectral-norm", "--palette", "4"]
    out = tmp_path / "run"
    assert main(["--data", "shapes", "--family", family, "--out", str(out), *given]) == 2
    said = capsys.readouterr().err
    wanted = "has no use for --gamma, --palette, --penalty, --spectral-norm"
    assert f"the family {family} {wanted}" in said and not out.exists()
