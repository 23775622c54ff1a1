"""Runs and weights of the version before this one, whose names were others, are still read."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.runs import new_run, tiny_dataset, weights_of
from tests.tiny import CONFIGS, TIMING, tiny_generator
from train.__main__ import main
from train.config import TrainConfig
from train.families.style import Critic, CriticConfig
from train.runtime.checkpoint import load_checkpoint, save_checkpoint
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.store.weights import load_generator, save_generator

AUGMENT = {
    "strength": 0.6, "flip": True, "shift": 0.125, "zoom": 0.15, "brightness": 0.3,
    "contrast": 0.3, "saturation": 0.5, "speed": 0.2, "policy": "ada", "pixel": False,
    "target": 0.6, "speed_clips": 50000,
}  # fmt: skip
OBJECTIVE = {
    "gamma": 0.3, "learning_rate": 0.0003, "beta2": 0.99, "loss": "relativistic",
    "penalty": "interpolated", "critic_learning_rate": None, "learning_rate_decay": 10000,
    "weight_decay": 0.0, "gap": 0.3,
}  # fmt: skip
CRITIC = {
    "stem_width": 8, "widths": [8], "frame_width": 8, "clip_width": 8, "seen_frames": 4,
    "dropout": 0.1, "spectral_norm": True,
}  # fmt: skip
GENERATOR = {
    "widths": [16, 16, 8, 8], "style_dim": 16, "pose_channels": 4, "still_colours": False,
    "palette": 0, "roaming": True,
}  # fmt: skip
# As commit cf675ae wrote them, but for the sizes.
SETTINGS = {
    "data": "shapes", "family": "style", "resolution": 32, "clips": 12, "grow": [[32, 0]],
    "batch": 4, "head_start": 4, "span": 32, "content_dim": 64, "motion_dim": 16,
    "knot_seconds": 0.5, "half_life": 20000, "seed": 0, "device": "cpu", "precision": "float32",
    "checkpoint_every": 8, "sheet_every": 4000, "keep_every": 20000, "accumulate": 1,
    "compile": False, "tracker": "", "generator": GENERATOR, "critic": CRITIC,
    "objective": OBJECTIVE, "augment": AUGMENT,
}  # fmt: skip
MOCOGAN = SETTINGS | {
    "family": "mocogan", "span": 16, "content_dim": 50, "motion_dim": 80, "head_start": 0,
    "generator": {"widths": [8, 8, 8]}, "critic": CRITIC | {"seen_frames": 16},
    "objective": OBJECTIVE
    | {"gamma": 0.0, "loss": "non-saturating", "penalty": "none", "learning_rate_decay": 0},
}  # fmt: skip


def as_before(state: dict, settings: dict) -> dict:
    """The state of a checkpoint under the names and with the settings of before."""
    state = state | {"config": json.dumps(settings), "averaged": state["ema"]}
    objective = dict(state["objective"])
    augmentation = objective["augmentation"]
    objective["augmentation"] = {
        "strength": augmentation["strength"],
        "certainties": augmentation["overfitting"],
    }
    objective["gamma"] = objective.pop("game")
    del state["ema"]
    return state | {"objective": objective}


@pytest.mark.parametrize("settings", [SETTINGS, MOCOGAN], ids=["style", "mocogan"])
def test_a_run_of_before_goes_on_to_the_numbers_of_one_of_now(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("train.setup.load_dataset", lambda source, resolution: tiny_dataset())
    config = TrainConfig.from_json(json.dumps(settings | {"clips": 8}))
    whole = new_run(tmp_path / "whole", tiny_dataset(), config)
    whole.train()
    before = as_before(whole.state(), settings)
    save_checkpoint(tmp_path / "before", 8, before)
    assert not {"ema", "game"} & {*before, *before["objective"]}

    whole.config = dataclasses.replace(config, clips=12)
    whole.train()
    assert main(["--resume", str(tmp_path / "before")]) == 0
    ended = load_checkpoint(tmp_path / "before")
    assert ended["clips"] == 12 and "ema" in ended
    again = new_run(tmp_path / "again", tiny_dataset(), TrainConfig.from_json(ended["config"]))
    again.load_state(ended)
    assert torch.equal(weights_of(again), weights_of(whole))
    assert again.objective.game.state() == whole.objective.game.state()
    moments = (run.objective.generator_optimizer.state() for run in (again, whole))
    for one, other in zip(*moments, strict=True):
        assert one.keys() == other.keys() and one["step"] == other["step"] > 0
        assert torch.equal(one["exp_avg_sq"], other["exp_avg_sq"])


def test_settings_of_before_mean_what_they_meant():
    config = TrainConfig.from_json(json.dumps(SETTINGS))
    assert config.generator.fourier_input and config.objective.penalty == "wgan-gp"
    assert config.objective.critic.frames_per_clip == 4 and config.objective.critic.spectral_norm
    assert config.objective.augment.policy == "ada" and config.objective.head_start == 4
    assert config.learning_rate_decay == 10_000 and config.content_dim == 64
    assert TrainConfig.from_json(config.to_json()) == config


def test_what_did_nothing_is_left_out():
    config = TrainConfig.from_json(json.dumps(MOCOGAN))
    assert not hasattr(config.objective, "gap") and not hasattr(config.objective, "critic")
    assert config.knot_seconds is None, "it followed from the frame rate, whatever was written"
    assert config.objective.augment.policy == "ada" and config.learning_rate_decay == 0


def test_the_oldest_runs_keep_their_constant_rate():
    settings = json.loads(json.dumps(SETTINGS))
    for name in ("accumulate", "compile", "tracker", "keep_every", "head_start"):
        del settings[name]
    for name in ("dropout", "spectral_norm"):
        del settings["critic"][name]
    for name in ("policy", "pixel", "target", "speed_clips"):
        del settings["augment"][name]
    settings["objective"] = {"gamma": 0.3, "learning_rate": 3e-4, "beta2": 0.99}
    config = TrainConfig.from_json(json.dumps(settings))
    assert config.rate_after(10**6) == 1
    assert config.objective.loss == "relativistic" and config.objective.penalty == "r1+r2"


def test_the_oldest_checkpoints_have_a_fixed_augmentation_and_gamma(tmp_path):
    config = TrainConfig.from_json(json.dumps(SETTINGS))
    run = new_run(tmp_path, tiny_dataset(), config)
    state = as_before(run.state(), SETTINGS)
    for name in ("family", "setbacks"):
        del state[name]
    for name in ("augmentation", "gamma"):
        del state["objective"][name]
    run.load_state(state)
    assert run.setbacks == 0 and run.objective.game.gamma.value == 0.3


def test_a_setting_that_was_never_known_is_refused():
    for settings in (
        SETTINGS | {"flavour": 1},
        SETTINGS | {"critic": CRITIC | {"flavour": 1}},
        SETTINGS | {"objective": OBJECTIVE | {"flavour": 1}},
    ):
        with pytest.raises(ValueError, match="flavour are not known"):
            TrainConfig.from_json(json.dumps(settings))


def test_the_critic_of_a_script_has_the_weights_of_before():
    spec = dataclasses.replace(tiny_generator().spec, resolution=32)
    scripted = dataclasses.replace(tiny_generator(timing=TIMING).spec, resolution=32)
    sizes = CriticConfig(stem_width=8, widths=(8,), frame_width=8, clip_width=8)
    free, follows = (set(Critic(s, sizes).state_dict()) for s in (spec, scripted))
    assert follows - free == {"moment.weight"}


def test_weights_whose_header_has_the_names_of_before_are_read(tmp_path):
    path = tmp_path / "model.safetensors"
    spec = tiny_generator().spec
    config = StyleConfig(**CONFIGS["style"], fourier_input=True)
    save_generator(StyleGenerator(spec, config).eval(), path)
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    values = json.loads(metadata["config"])
    values["roaming"] = values.pop("fourier_input")
    save_file(tensors, path, metadata | {"config": json.dumps(values)})
    assert load_generator(path).config == config


def test_bundled_weights_know_what_their_input_was():
    assert load_generator("shapes").config.fourier_input
