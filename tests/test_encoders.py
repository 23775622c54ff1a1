"""Families that bring their encoder along: a clip becomes a path, which draws it and goes on."""

import dataclasses

import pytest
import torch
from tiny import CONFIGS, draw, tiny_generator

from vidgen.latents import morph, seeded_path
from vidgen.models.autoregressive import AutoregressiveConfig, AutoregressiveGenerator
from vidgen.models.steps import Steps
from vidgen.store.weights import WeightsError, load_generator, save_generator
from vidgen.types import Generator

KINDS = ("vae", "lstm", "transformer")
every_kind = pytest.mark.parametrize("kind", KINDS)


def made(kind: str) -> Generator:
    if kind != "transformer":
        return tiny_generator("autoregressive" if kind == "lstm" else kind)
    spec = tiny_generator("autoregressive").spec
    config = AutoregressiveConfig(**CONFIGS["autoregressive"], core="transformer", window=4)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return AutoregressiveGenerator(spec, config).eval()


def steps_of(generator: Generator) -> Steps:
    return next(module for module in generator.modules() if isinstance(module, Steps))


def clips(generator: Generator, frames: int = 6) -> torch.Tensor:
    """Two clips that it draws, of different seeds."""
    return torch.cat(
        [draw(generator, seeded_path(generator.spec, n, frames, action=n)) for n in (1, 2)]
    )


@every_kind
@torch.no_grad()
def test_codes_have_one_noise_that_gives_them(kind):
    steps = steps_of(made(kind))
    path = seeded_path(made(kind).spec, 3, 20, action="wave")
    codes = steps(path)
    found = steps.noise_of(codes, path.action[:, 0])
    torch.testing.assert_close(found, steps.noise(path.motion)[:, :20], rtol=1e-3, atol=1e-3)


@every_kind
@torch.no_grad()
def test_the_path_of_a_clip_draws_the_codes_that_the_encoder_states(kind):
    generator = made(kind)
    frames = clips(generator)
    path = generator.encode(frames, "walk")
    assert path.frames == 6 and path.batch == 2 and torch.equal(path.action[0, 0], torch.eye(3)[2])
    (codes,) = generator.codes(path)
    stated = generator.posterior(frames)
    if kind == "vae":
        (content, _), (motion, _) = stated
        wanted = torch.cat([content[:, None].expand(-1, 6, -1), motion], -1)
    else:
        wanted = stated[0]
    torch.testing.assert_close(codes.unflatten(0, (2, 6)), wanted, rtol=1e-3, atol=1e-3)
    rebuilt = generator.reconstruct(frames, "walk")
    assert torch.equal(rebuilt, generator(path).clamp(-1, 1)) and rebuilt.shape == frames.shape


@every_kind
def test_what_follows_a_clip_is_expected_or_a_sample_and_its_longer_begins_with_the_shorter(kind):
    generator = made(kind)
    frames = clips(generator)
    expected = generator.continue_(frames, 5)
    assert expected.shape == (2, 5, 3, 16, 16)
    longer = generator.continue_(frames, 12)
    torch.testing.assert_close(longer[:, :5], expected, rtol=0, atol=2e-5)
    sample = generator.continue_(frames, 5, seed=3)
    assert torch.equal(sample, generator.continue_(frames, 5, seed=3))
    assert not torch.allclose(sample, expected, atol=1e-3)
    assert not torch.allclose(sample, generator.continue_(frames, 5, seed=4), atol=1e-3)
    # It goes on from these frames, and not from others.
    other = generator.continue_(frames.flip(0), 5)
    assert not torch.allclose(other, expected, atol=1e-3)


@every_kind
@torch.no_grad()
def test_without_an_action_the_likeliest_is_taken(kind):
    generator = made(kind)
    steps = steps_of(generator)
    torch.nn.init.normal_(steps.enter.weight)  # so that an action matters
    torch.nn.init.normal_(steps.leave.weight, std=0.3)
    steps.leave.weight[steps.size :] = 0  # as certain of one as of another
    for action in range(3):
        path = seeded_path(generator.spec, 3, 40, action=action)
        still = dataclasses.replace(path, motion=torch.zeros_like(path.motion))  # what is expected
        assert steps.action_of(steps(still)).argmax() == action


@every_kind
def test_what_can_not_be_encoded_is_refused_in_a_sentence(kind):
    generator = made(kind)
    for wrong in (
        torch.zeros(1, 4, 3, 8, 8),
        torch.zeros(4, 3, 16, 16),
        torch.zeros(1, 0, 3, 16, 16),
    ):
        with pytest.raises(ValueError, match=r"Clips to encode must be \(B, T, 3, 16, 16\)"):
            generator.encode(wrong)
    for action in ("fly", 3, -1):
        with pytest.raises(ValueError, match="has no action .*; it has bend, wave, walk"):
            generator.encode(torch.zeros(1, 4, 3, 16, 16), action)


@pytest.mark.parametrize("family", ["style", "mocogan"])
def test_a_family_without_an_encoder_says_so(family):
    generator = tiny_generator(family)
    frames = torch.zeros(1, 4, 3, 16, 16)
    for ask in (generator.reconstruct, lambda frames: generator.continue_(frames, 3)):
        with pytest.raises(ValueError, match=f"the family {family} has no encoder"):
            ask(frames)


@every_kind
def test_its_encoder_travels_with_the_weights(kind, tmp_path):
    generator = made(kind)
    save_generator(generator, tmp_path / "model.safetensors")
    loaded = load_generator(tmp_path / "model.safetensors")
    frames = clips(generator)
    generator.load_state_dict(loaded.state_dict())
    assert torch.equal(loaded.reconstruct(frames), generator.reconstruct(frames))


def test_a_file_that_claims_another_core_is_refused(tmp_path):
    save_generator(made("lstm"), tmp_path / "model.safetensors")
    data = (tmp_path / "model.safetensors").read_bytes()
    for word in (b"rnns", b"    "):
        (tmp_path / "model.safetensors").write_bytes(data.replace(b"lstm", word, 1))
        with pytest.raises(WeightsError, match="Core must be one of lstm, transformer"):
            load_generator(tmp_path / "model.safetensors")


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("chunk", [1, 3, 16])
def test_a_transformers_clip_is_the_same_in_chunks_and_at_any_length(chunk, loop):
    generator = made("transformer")
    path = seeded_path(generator.spec, 3, 37, loop=loop)
    with torch.inference_mode():
        whole = generator(path).clamp(-1, 1)
    parts = torch.cat(list(generator.stream(path, chunk)), 1)
    torch.testing.assert_close(parts, whole, rtol=0, atol=2e-5)
    if not loop:
        shorter = draw(generator, seeded_path(generator.spec, 3, 9))
        torch.testing.assert_close(shorter, whole[:, :9], rtol=0, atol=2e-5)


@torch.no_grad()
def test_a_transformer_looks_back_and_no_further_than_its_windows():
    core = steps_of(made("transformer")).core
    x = torch.randn(1, 20, 16)
    whole, _ = core(x)
    for moved in (4, 12):
        other = x.clone()
        other[:, moved] = torch.randn(16)
        changed = (core(other)[0] - whole).abs().amax((0, 2)) > 1e-6
        # Two layers that look back over 4 steps each, the own one included.
        assert changed.nonzero().flatten().tolist() == list(range(moved, min(20, moved + 7)))


@every_kind
def test_a_journey_between_two_seeds_is_the_same_in_chunks_of_any_size(kind):
    generator = made(kind)
    a, b = (seeded_path(generator.spec, seed, 21, action=seed - 3) for seed in (3, 4))
    path = morph(a, b, torch.linspace(0, 1, 21))
    with torch.inference_mode():
        whole = generator(path).clamp(-1, 1)
    for chunk in (1, 4, 16):
        parts = torch.cat(list(generator.stream(path, chunk)), 1)
        torch.testing.assert_close(parts, whole, rtol=0, atol=2e-5)


@every_kind
def test_what_is_kept_between_chunks_is_kept_for_the_same_clip_only(kind):
    generator = made(kind)
    steps, ran = steps_of(generator), []
    path = seeded_path(generator.spec, 3, 200)
    steps.core.register_forward_pre_hook(lambda module, inputs: ran.append(inputs[0].shape[1]))
    whole = draw(generator, path)
    assert sum(ran) < 250, "the recurrence starts anew for every chunk"
    for start in (150, 37, 180):
        part = draw(generator, path.between(start, start + 9))
        torch.testing.assert_close(part, whole[:, start : start + 9], rtol=0, atol=2e-5)
    draw(generator, path.between(0, 32))
    with torch.no_grad():
        steps.leave.weight *= 1.5
    part = draw(generator, path.between(32, 48))
    assert not torch.allclose(part, whole[:, 32:48], atol=1e-3)
    torch.testing.assert_close(part, draw(generator, path)[:, 32:48], rtol=0, atol=2e-5)
