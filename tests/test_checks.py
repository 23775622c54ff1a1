"""What can be known to go wrong is said in a sentence before the first step."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections import namedtuple

import numpy as np
import pytest
import torch

from tests.runs import TINY, new_run, tiny_dataset, weights_of
from train.__main__ import main
from train.checks import check_compiler, check_data, check_space, rehearse
from train.config import TrainConfig
from train.data.shapes import load_shapes
from train.families.style import CriticConfig, StyleSettings
from train.gan.adversarial import Adversarial
from train.gan.augment import AugmentConfig
from train.options import build_parser
from train.runtime.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from train.setup import resume_run

SHAPES = ["--data", "shapes", "--device", "cpu", "--resolution", "32", "--batch", "1"]


def test_actions_without_a_clip_are_named(tmp_path):
    for name in ("jump", "wave", "bend", ".hidden"):
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="no clip could be read for bend in"):
        check_data(str(tmp_path), tiny_dataset())
    empty = dataclasses.replace(tiny_dataset(), labels=np.zeros(3, int))
    with pytest.raises(ValueError, match="for wave in shapes"):
        check_data("shapes", empty)
    (tmp_path / "bend").rmdir()
    check_data(str(tmp_path), tiny_dataset())


def test_a_disk_without_room_is_refused_before_the_first_step(tmp_path, monkeypatch):
    run = new_run(tmp_path)
    check_space(tmp_path, run.objective)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40 - 2**20, 2**20))
    with pytest.raises(OSError, match="has 1 MiB left, and checkpoints need"):
        check_space(tmp_path, run.objective)


def test_a_compiler_is_asked_for_where_one_is_needed(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    check_compiler(TINY, on_cpu=True)
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler"):
        check_compiler(dataclasses.replace(TINY, compile=True), on_cpu=True)


def test_a_rehearsal_at_the_largest_size_changes_nothing(tmp_path):
    config = dataclasses.replace(
        TINY,
        resolution=64,
        grow=((32, 0), (64, 100)),
        generator=dataclasses.replace(TINY.generator, widths=(16, 16, 8, 8, 8)),
        objective=StyleSettings(
            critic=CriticConfig(
                stem_width=8, widths=(8, 8), clip_width=8, dropout=0.1, spectral_norm=True
            )
        ),
    )
    pixels = np.zeros((26, 64, 64, 3), np.uint8)
    run = new_run(tmp_path, dataclasses.replace(tiny_dataset(), pixels=pixels), config)
    seen, step = [], Adversarial.step
    before, noise = weights_of(run), torch.get_rng_state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adversarial, "step", lambda *a, **k: seen.append(a[2]) or step(*a, **k))
        rehearse(run)
    assert seen == [64]
    assert torch.equal(weights_of(run), before) and torch.equal(torch.get_rng_state(), noise)
    assert not any(run.objective.critic_optimizer.state())


def test_a_gpu_that_is_too_small_says_what_to_lower(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(Adversarial, "step", full)
    assert main([*SHAPES, "--out", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().err
    assert "raise --accumulate" in said and "lower --batch or --resolution" in said


def test_settings_are_printed_whole_before_the_first_step(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Adversarial, "step", lambda *_, **__: pytest.fail("stepped"))
    options = ["--loss", "wasserstein", "--spectral-norm", "--augment-policy", "ada"]
    options += ["--weight-decay", "0.01", "--learning-rate-decay", "500"]
    with pytest.raises(pytest.fail.Exception):
        main([*SHAPES, *options, "--out", str(tmp_path / "run")])
    said = capsys.readouterr().out
    config = TrainConfig.from_json(said[said.index("{") :])
    critic = dataclasses.replace(CriticConfig.for_resolution(32), spectral_norm=True)
    augment = AugmentConfig(policy="ada")
    assert config.objective == StyleSettings(
        loss="wasserstein", gamma=20, weight_decay=0.01, critic=critic, augment=augment
    )
    assert config.objective.penalty == "wgan-gp" and config.learning_rate_decay == 500


def test_a_checkpoint_of_another_family_or_version_or_shape_is_refused(tmp_path, capsys):
    run = new_run(tmp_path)
    run.save()
    settings = json.loads(run.config.to_json())
    cases = [
        ({"family": "mocogan"}, "is a run of the family mocogan"),
        ({"config": json.dumps(settings | {"data": "shapes", "flavour": 1})}, "flavour"),
        (
            {
                "config": json.dumps(settings | {"data": "shapes"}),
                "actions": list(load_shapes(32, clips=4).actions),
                "generator": {},
            },
            "does not fit",
        ),
    ]
    state = load_checkpoint(tmp_path)
    for values, sentence in cases:
        save_checkpoint(tmp_path, 1, state | values)
        assert main(["--resume", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert sentence in said and said.count("\n") == 1


def test_a_truncated_checkpoint_is_refused(tmp_path, capsys):
    new_run(tmp_path).save()
    part = checkpoints(tmp_path)[0] / "part-00"
    part.write_bytes(part.read_bytes()[:1000])
    assert main(["--resume", str(tmp_path)]) == 2
    assert "part-00 does not match its checksum" in capsys.readouterr().err


def test_a_resume_with_other_settings_is_refused_by_name(tmp_path, capsys):
    new_run(tmp_path).save()
    for options, name in [
        (["--loss", "hinge"], "--loss"),
        (["--still-colours"], "--still-colours"),
        (["--augment-policy", "ada"], "--augment-policy"),
        (["--spectral-norm"], "--spectral-norm"),
        (["--batch", "8"], "--batch"),
    ]:
        assert main(["--resume", str(tmp_path), *options]) == 2
        assert f"leave out {name}" in capsys.readouterr().err


def test_a_resumed_run_may_be_steered(tmp_path):
    new_run(tmp_path, load_shapes(32, clips=8), dataclasses.replace(TINY, data="shapes")).save()
    steered = ["--gamma", "2", "--learning-rate", "1e-4", "--grow", "32:0", "--clips", "8"]
    run = resume_run(build_parser().parse_args(["--resume", str(tmp_path), *steered]))
    assert not run.notes, "a tempo is measured once, for a new run"
    assert run.config.objective.gamma == 2 and run.config.objective.learning_rate == 1e-4
    assert run.objective.config == run.config.objective and run.config.clips == 8


def test_a_resumed_run_may_forget_faster_but_not_see_further(tmp_path, capsys):
    new_run(tmp_path, load_shapes(32, clips=8), dataclasses.replace(TINY, data="shapes")).save()
    given = ["--resume", str(tmp_path), "--half-life", "16"]
    assert resume_run(build_parser().parse_args(given)).config.half_life == 16
    assert main([*given, "--span", "8"]) == 2
    assert "leave out --span" in capsys.readouterr().err


def test_a_setting_that_a_family_lacks_is_refused(tmp_path, capsys):
    given = ["--data", "shapes", "--out", str(tmp_path / "run"), "--family", "mocogan"]
    assert main([*given, "--still-colours"]) == 2
    assert (
        "the family mocogan has no use for --still-colours: leave that out"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "options, sentence",
    [
        (["--batch", "6", "--accumulate", "4"], "a batch of 6 clips has no 4 equal parts"),
        (["--augment", "1.5"], "augment strength must be a number from 0 to 1"),
        (["--dropout", "1"], "dropout must be a number from 0 to 0.9"),
        (["--learning-rate", "0"], "learning rate must be a number from"),
        (["--gamma", "nan"], "gamma must be a number from 0"),
        (["--half-life", "-3"], "half-life must be a number from 0"),
        (["--device", "cuda:77"], "there is no device cuda:77"),
        (["--device", "toaster"], "there is no device toaster"),
    ],
)
def test_settings_out_of_range_are_refused(options, sentence, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["--data", "shapes", "--out", str(out), *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_every_option_says_what_it_is_for():
    for action in build_parser()._actions:
        assert action.help
