"""A run goes on from anywhere, with the data and classes it began with, or says why not."""

from __future__ import annotations

import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.clips import write_strip
from train.__main__ import main
from train.data import absolute, cache, meant
from train.runtime.checkpoint import load_checkpoint, save_checkpoint

SMALL = ["--resolution", "32", "--device", "cpu", "--batch", "1", "--clips", "1"]


@pytest.fixture
def classes(tmp_path, monkeypatch) -> Path:
    """A folder of the classes jump and walk, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name in ("jump", "walk"):
        (tmp_path / "clips" / name).mkdir(parents=True)
        write_strip(tmp_path / "clips" / name / "1.png")
    return tmp_path / "clips"


def test_a_relative_folder_is_found_again_from_elsewhere(classes, monkeypatch, tmp_path):
    assert main(["--data", "clips", "--out", "run", *SMALL]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["--resume", "../run", "--clips", "2"]) == 0
    assert str(classes) in load_checkpoint(tmp_path / "run")["config"]


def test_an_older_runs_relative_folder_is_asked_for(classes, monkeypatch, tmp_path, capsys):
    assert main(["--data", "clips", "--out", "run", *SMALL]) == 0
    state = load_checkpoint(tmp_path / "run")
    older = state["config"].replace(str(classes), "clips")
    save_checkpoint(tmp_path / "run", 1, state | {"config": older})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["--resume", "../run", "--clips", "2"]) == 2
    assert "began with --data clips" in capsys.readouterr().err
    assert main(["--resume", "../run", "--clips", "2", "--data", "../clips"]) == 0


@pytest.mark.parametrize("older", [False, True])
def test_classes_that_are_others_are_refused_in_words(classes, tmp_path, capsys, older):
    assert main(["--data", "clips", "--out", "run", *SMALL]) == 0
    if older:  # its checkpoints do not say what its classes are; its weights file does
        state = load_checkpoint(tmp_path / "run")
        del state["actions"]
        save_checkpoint(tmp_path / "run", 1, state)
    resume = ["--resume", "run", "--clips", "2"]
    (classes / "jump").rename(classes / "zjump")
    assert main(resume) == 2
    said = capsys.readouterr().err
    assert "has learnt the actions jump, walk" in said
    assert "jump is missing; zjump is new" in said and "--start" in said
    (classes / "zjump").rename(classes / "jump")
    shutil.copytree(classes / "walk", classes / "run")
    assert main(resume) == 2
    assert "run is new" in capsys.readouterr().err
    shutil.rmtree(classes / "run")
    assert main(resume) == 0


def test_a_folder_called_shapes_beside_the_built_in_ones_is_told_apart(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert meant("shapes") == []
    for name in ("walk", "jump"):
        (tmp_path / "shapes" / name).mkdir(parents=True)
    assert main(["--data", "shapes", "--out", "run", *SMALL]) == 0
    assert "built-in shapes; the folder here is --data ./shapes" in capsys.readouterr().out
    assert absolute("shapes") == "shapes"
    assert absolute("./shapes") == str(tmp_path / "shapes")
    assert meant(absolute("./shapes")) == []


def test_sources_with_a_word_before_their_folder_keep_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for word in ("lpc:", "sprites:", "loops:", "pictures:"):
        assert absolute(f"{word}x") == f"{word}{tmp_path / 'x'}"
        assert absolute(f"{word}/x") == f"{word}/x"


def test_without_a_home_the_cache_is_elsewhere(monkeypatch, tmp_path):
    def nobody(number):
        raise KeyError(f"uid not found: {number}")

    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError):
        Path.home()
    folder = cache.cache_folder()
    assert folder.is_relative_to(tmp_path) and folder.is_dir()
