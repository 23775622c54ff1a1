"""The small encoder beside a model: trained on its clips, kept with it, where a search begins."""

from __future__ import annotations

import math

import pytest
import torch
from tiny import tiny_generator

from train import encoder as training
from vidgen import engine, seeded_path
from vidgen.inverse import start as search
from vidgen.inverse.find import drawn, find
from vidgen.inverse.guessed import feature_distance, guessed, looks_at, phase_of
from vidgen.inverse.observe import first, whole
from vidgen.models.guess import LOOKS, SIDE, ClipEncoder, Guess
from vidgen.store.encoders import MAX_BYTES, read_encoder, save_encoder
from vidgen.store.header import WeightsError
from vidgen.store.weights import load_generator, save_generator
from vidgen.ui.sentences import translated
from vidgen.ui.words import LANGUAGES


class Knowing(ClipEncoder):
    """Always says the same."""

    def __init__(self, spec, content: torch.Tensor, action: int, phase: float) -> None:
        super().__init__(spec)
        self.said = content, action, phase

    def forward(self, looks, times):
        content, action, phase = self.said
        logits = torch.zeros(1, self.actions)
        logits[0, action] = 9
        angle = torch.tensor([math.cos(2 * math.pi * phase), math.sin(2 * math.pi * phase)])
        direction = torch.nn.functional.normalize(content[None], dim=-1)
        return Guess(logits, direction, angle.expand(1, self.actions, 2))


@pytest.fixture
def known():
    """A generator, a path of a content that no seed has, and a clip of it."""
    generator = tiny_generator()
    path = search.turned(generator.spec, seeded_path(generator.spec, 999, 12, action="wave"), 0.3)
    return generator, path, whole(drawn(generator, path))


def test_a_search_begins_where_the_encoder_says_and_tries_less(known, monkeypatch):
    generator, path, observed = known
    counts = []
    draw = engine.draw

    def counted(generator, path, *more):
        counts[-1] += path.frames * path.batch
        return draw(generator, path, *more)

    monkeypatch.setattr(engine, "draw", counted)
    errors = []
    for encoder in (None, Knowing(generator.spec, path.content[0, 0], 1, 0.3)):
        vars(generator)["clip_encoder"] = encoder
        counts.append(0)
        errors.append(find(generator, observed, 25, steps=0))
    assert errors[1].error > errors[0].error
    assert counts[1] < counts[0] / 2


def test_how_far_it_is_by_features_is_said_beside_the_nearest_sample(known):
    generator, _, observed = known
    assert "features" not in find(generator, observed, 25, steps=1).said("tiny")
    vars(generator)["clip_encoder"] = ClipEncoder(generator.spec)
    found = find(generator, observed, 25, steps=3)
    assert 0 < found.features <= 2 and 0 < found.first_features <= 2
    said = found.said("tiny")
    assert f"it is {found.features:.3f} away, the nearest sample {found.first_features:.3f}" in said
    assert "按特征的距离是" in translated(said, LANGUAGES[1])


def test_an_action_that_is_named_is_kept_to_whatever_the_encoder_says(known):
    generator, path, observed = known
    vars(generator)["clip_encoder"] = Knowing(generator.spec, path.content[0, 0], 1, 0.3)
    assert find(generator, observed, 25, "bend", steps=0).action == "bend"


def test_looks_are_over_what_was_seen_and_tell_where_nothing_was(known):
    generator, _, observed = known
    seen, moments = looks_at(first(observed.values, 6))
    assert seen.shape == (1, LOOKS, 4, SIDE, SIDE) and moments.tolist() == [0, 2, 3, 5]
    hole = observed.kept.clone()
    hole[..., :8] = 0
    holed = looks_at(type(observed)(observed.values, hole))[0]
    assert (holed[:, :, 3, :, :12] == -1).all() and (holed[:, :, :3, :, :12] == 0).all()


def test_features_are_alike_for_what_looks_alike(known):
    generator, _, observed = known
    encoder, kept = ClipEncoder(generator.spec), observed.kept
    near = observed.values + 0.03 * torch.randn_like(observed.values)
    far = observed.values.flip(-1)
    distances = [
        feature_distance(encoder, observed.values, each, kept)
        for each in (observed.values, near, far)
    ]
    assert abs(distances[0]) < 1e-6 < distances[1] < distances[2] <= 2


@pytest.mark.parametrize("channels", [3, 4])
def test_training_goes_on_where_it_was_left_and_its_file_is_kept_with_the_model(
    tmp_path, monkeypatch, channels
):
    monkeypatch.setattr(training, "KEPT", 32)
    monkeypatch.setattr(training, "BATCH", 8)
    generator = tiny_generator(channels=channels)
    save_generator(generator, tmp_path / "model.safetensors")
    assert load_generator(tmp_path / "model.safetensors").clip_encoder is None
    out, lines = tmp_path / "encoder.safetensors", []
    for _ in range(2):
        training.train(generator, out, 0.001, lambda line, **_: lines.append(line))
    steps = [int(line.split(": ")[1].split(" ")[0].replace(",", "")) for line in lines]
    assert 0 < steps[0] < steps[1] and out.stat().st_size < MAX_BYTES
    loaded = load_generator(tmp_path / "model.safetensors")
    assert isinstance(loaded.clip_encoder, ClipEncoder)
    assert set(loaded.state_dict()) == set(generator.state_dict()), "it is no part of the model"


def test_training_learns(monkeypatch):
    monkeypatch.setattr(training, "BATCH", 32)
    rng, generator = torch.Generator().manual_seed(0), tiny_generator()
    clips = training.Clips(generator, rng)
    for _ in range(6):
        clips.refill()
    torch.manual_seed(0)
    encoder = ClipEncoder(generator.spec)
    optimizer = torch.optim.AdamW(encoder.parameters(), 1e-3)
    losses = []
    for _ in range(40):
        batch = clips.batch()
        loss = training.loss_of(encoder, batch, training.as_seen(batch[0], rng))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_what_a_phase_means_is_what_a_search_turns_a_path_by(known):
    generator, path, observed = known
    guess, moment = guessed(Knowing(generator.spec, path.content[0, 0], 1, 0.3), observed, 25)
    assert phase_of(guess, 1) == pytest.approx(0.3, abs=1e-5) and moment == 0


def test_a_file_that_is_no_encoder_is_refused_and_the_model_works_without(tmp_path, caplog):
    generator = tiny_generator()
    save_generator(generator, tmp_path / "model.safetensors")
    path = tmp_path / "encoder.safetensors"
    path.write_bytes(b"no encoder" * 9)
    with pytest.raises(WeightsError, match="^encoder.safetensors is not usable as an encoder: "):
        read_encoder(path, generator.spec)
    assert load_generator(tmp_path / "model.safetensors").clip_encoder is None
    assert "is not usable as an encoder" in caplog.text
    save_encoder(ClipEncoder(tiny_generator(actions=("one",)).spec), path)
    with pytest.raises(WeightsError, match="heads"):
        read_encoder(path, generator.spec)
