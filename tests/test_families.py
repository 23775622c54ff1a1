"""A family is one file on each side and one line in each table: a new one, without a critic."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import torch

from tests.newcomer import model, training
from train.__main__ import main
from train.config import TrainConfig
from train.data.shapes import load_shapes
from train.families import FAMILIES
from train.options import build_parser
from train.publish.command import pack
from train.runtime.checkpoint import checkpoints, load_checkpoint
from vidgen.latents import seeded_path
from vidgen.models import FAMILIES as GENERATORS
from vidgen.settings import options_of
from vidgen.store.weights import load_generator

ROOT = Path(__file__).parent.parent


@pytest.fixture
def newcomer(monkeypatch):
    """The two lines."""
    monkeypatch.setitem(GENERATORS, "newcomer", (model.NewcomerGenerator, model.NewcomerConfig))
    monkeypatch.setitem(FAMILIES, "newcomer", training.FAMILY)
    shapes = load_shapes(32, clips=8)
    monkeypatch.setattr("train.setup.load_dataset", lambda source, resolution: shapes)


@pytest.fixture
def trained(newcomer, tmp_path):
    """A run of it, trained for two steps."""
    command = ["--data", "shapes", "--family", "newcomer", "--out", str(tmp_path / "run")]
    command += ["--resolution", "32", "--device", "cpu", "--precision", "float32"]
    command += ["--batch", "4", "--clips", "8", "--beta", "0.2", "--width", "12"]
    assert main(command) == 0
    return tmp_path / "run"


def test_a_new_family_is_trained_saved_loaded_and_drawn(trained):
    generator = load_generator(trained / "model.safetensors")
    assert isinstance(generator, model.NewcomerGenerator) and generator.config.width == 12
    with torch.inference_mode():
        path = seeded_path(generator.spec, 3, 5, action="left_right")
        (frames,) = generator.stream(path)
    assert frames.shape == (1, 5, 3, 32, 32) and frames.std() > 0
    state = load_checkpoint(trained)
    config = TrainConfig.from_json(state["config"])
    assert config.objective == training.NewcomerSettings(beta=0.2)
    assert config.span == 8 and config.grow == ((32, 0),)
    (entry,) = json.loads((trained / "history.json").read_text())
    assert entry["reconstruction"] > 0 and "critic" not in entry


def test_a_run_of_a_new_family_is_taken_up_again_and_published(trained, capsys):
    assert main(["--resume", str(trained), "--clips", "12", "--learning-rate", "0.001"]) == 0
    assert [path.name for path in checkpoints(trained)][-1] == "checkpoint-000000012"
    card = pack(trained, "ann/newcomer").files["README.md"].decode()
    assert "--family newcomer" in card and "--beta 0.2" in card and "--width 12" in card
    assert main(["--resume", str(trained), "--beta", "1"]) == 2
    assert "leave out --beta" in capsys.readouterr().err


def test_a_new_familys_settings_are_options_with_limits_and_the_others_are_refused(
    newcomer, tmp_path, capsys
):
    told = " ".join(build_parser().format_help().split())
    assert "objective, with --family newcomer:" in told
    assert "--beta BETA weight of the divergence from the prior (1; newcomer: 0.1)" in told
    assert "newcomer: 0.01" in told, "the learning rate that it begins with"
    begin = ["--data", "shapes", "--family", "newcomer", "--out", str(tmp_path / "run")]
    assert main([*begin, "--gamma", "1", "--augment", "0.5", "--head-start", "9"]) == 2
    assert "newcomer has no use for --augment, --gamma, --head-start" in capsys.readouterr().err
    assert main([*begin, "--beta", "-1"]) == 2
    assert "beta must be a number from 0 to 100, not -1.0" in capsys.readouterr().err
    assert main(["--data", "shapes", "--out", str(tmp_path / "run"), "--beta", "1"]) == 2
    assert "the family style has no use for --beta" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


# Judges are networks too, and one is called what a family is.
JUDGES = {ROOT / "train/judging/judge.py", ROOT / "train/scores/aims.py"}


def test_no_other_file_names_a_family():
    for path in sorted([*ROOT.glob("train/**/*.py"), *ROOT.glob("vidgen/**/*.py")]):
        if path.parent in (ROOT / "train/families", ROOT / "vidgen/models"):
            continue  # a family's own files, and the two tables
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in FAMILIES:
                places = (f"train.families.{name}", f"vidgen.models.{name}")
                assert not any(m.startswith(places) for m in modules), f"{path} imports {name}"
                named = isinstance(node, ast.Constant) and node.value == name
                named = named and not (name == "conv3d" and path in JUDGES)
                assert not named, f"{path} names {name}"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_two_settings_of_a_family_share_an_option(family):
    options = [option for option, *_ in options_of(TrainConfig(data="", family=family))]
    assert len(options) == len(set(options))
