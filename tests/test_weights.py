"""Weights files: there and back to the bit. What is refused: test_weights_refused.py."""

import json
from pathlib import Path

import pytest
import torch
from tiny import draw, every_family, tiny_generator

from vidgen.latents import seeded_path
from vidgen.store import weights
from vidgen.store.weights import WeightsError, load_generator, save_generator


@every_family
def test_weights_come_back_to_the_bit_in_float16(family, tmp_path):
    generator = tiny_generator(family)
    save_generator(generator, tmp_path / "once.safetensors")
    once = load_generator(tmp_path / "once.safetensors")
    save_generator(once, tmp_path / "twice.safetensors")
    twice = load_generator(tmp_path / "twice.safetensors")
    for name, tensor in generator.state_dict().items():
        halved = tensor.half().float() if tensor.is_floating_point() else tensor
        assert torch.equal(once.state_dict()[name], halved), name
        assert torch.equal(twice.state_dict()[name], halved), name
        assert once.state_dict()[name].dtype == tensor.dtype
    assert not once.training and once.spec == generator.spec and once.config == generator.config
    assert all(p.requires_grad for p in once.parameters())

    generator.load_state_dict(once.state_dict())
    path = seeded_path(generator.spec, 3, 5)
    assert torch.equal(draw(once, path), draw(generator, path))


def test_a_file_says_all_that_is_needed_and_stores_float16(good):
    path, tensors, metadata = good
    assert set(metadata) == {"format", "family", "spec", "config"}
    assert json.loads(metadata["spec"])["actions"] == ["bend", "wave", "walk"]
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert not list(path.parent.glob("*.part"))


def test_loading_says_where_it_is_from_and_draws_nothing_at_random(good):
    before = torch.random.get_rng_state()
    assert load_generator(good[0]).origin == "file good.safetensors"
    assert load_generator(str(good[0])).origin == "file good.safetensors"
    assert torch.equal(torch.random.get_rng_state(), before)


def test_every_bundled_model_loads_and_draws():
    for name in weights.bundled_models():
        generator = load_generator(name)
        assert generator.origin == f"bundled {name}"
        assert (weights.bundled_folder() / name / "model.safetensors").stat().st_size <= 8 << 20
        frames = draw(generator, seeded_path(generator.spec, 0, 2))
        assert frames.std() > 0.01, f"{name} draws a flat picture"


def test_a_weight_too_large_for_float16_is_not_saved(tmp_path):
    generator = tiny_generator()
    generator.pose.bias.data[0] = 1e6
    with pytest.raises(WeightsError, match="pose.bias holds values that float16 cannot hold"):
        save_generator(generator, tmp_path / "large.safetensors")
    assert not list(tmp_path.iterdir())


def test_an_unwritable_place_leaves_the_old_file_alone(good, monkeypatch):
    path = good[0]
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        save_generator(tiny_generator(), path)
    assert path.read_bytes() == before and [path] == list(path.parent.iterdir())
