"""The command line, as somebody types it: the file is there and whole, or one sentence says why."""

import os
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hub_server import HubServer, Repository
from tiny import tiny_generator

from tests.calling import called
from vidgen import __main__ as command_line
from vidgen.store.weights import save_generator


def pixels(path) -> bytes:
    """What a picture shows. Its file also tells how it was made."""
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).tobytes()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_generator(tiny_generator(), path)
    return str(path)


@pytest.fixture
def run(model, tmp_path, monkeypatch, capsys):
    """run("generate", "x.gif") -> (exit code, stdout, stderr), in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, weights: str = model) -> tuple[int, str, str]:
        named = ["--model", weights] if arguments[:1] in (("generate",), ("morph",)) else []
        return called(capsys, *arguments, *named)

    return run


def frames_of(path) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    return np.stack(frames)


def test_generate_writes_the_clip_that_was_asked_for(run, tmp_path):
    code, out, err = run("generate", "--seed", 7, "--frames", 9, "--size", 32, "a.webm")
    assert (code, out) == (0, "a.webm: by file tiny.safetensors\n")
    assert frames_of(tmp_path / "a.webm").shape == (9, 32, 32, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["a.webm"]


@pytest.mark.parametrize("format", ["webm", "gif", "webp", "png"])
def test_the_suffix_says_the_format(run, tmp_path, format):
    starts = {"webm": b"\x1a\x45\xdf\xa3", "gif": b"GIF8", "webp": b"RIFF", "png": b"\x89PNG"}
    assert run("generate", "--frames", 4, f"a.{format}")[0] == 0
    assert (tmp_path / f"a.{format}").read_bytes().startswith(starts[format])


def test_every_option_has_its_effect(run, tmp_path):
    plain = ["generate", "--frames", 6, "--size", 16]
    variants = [
        [],
        ["--seed", 5],
        ["--action", "walk"],
        ["--truncation", 0.2],
        ["--loop"],
        ["--fps", 7],
        ["--size", 24],
    ]
    sheets = set()
    for variant in variants:
        assert run(*plain, *variant, "a.png")[0] == 0
        sheets.add(pixels(tmp_path / "a.png"))
    assert len(sheets) == len(variants)


def test_a_morph_begins_at_a_and_ends_at_b(run, tmp_path):
    def sheet(*arguments):
        assert run(*arguments, "--frames", 4, "--action", "walk", "a.png")[0] == 0
        return pixels(tmp_path / "a.png")

    a, b = sheet("generate", "--seed", 3), sheet("generate", "--seed", 4)
    between = "morph", "--seed-a", 3, "--seed-b", 4
    assert sheet(*between, "--mix", 0) == a and sheet(*between, "--mix", 1) == b
    middle, way = sheet(*between), sheet(*between, "--travel")
    assert len({a, b, middle, way}) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "arguments are required: COMMAND"),
        ("dance", "invalid choice: 'dance'"),
        ("generate", "arguments are required: out"),
        ("generate --hurry 3 a.gif", "Unrecognized arguments: --hurry"),
        ("generate --seed seven a.gif", "Seed must be a whole number from 0 to .* not 'seven'"),
        ("generate --seed -1 a.gif", "Seed must be"),
        ("generate --seed 1.5 a.gif", "Seed must be"),
        ("generate --frames 0 a.gif", "Frame count must be a whole number from 1 to 4,096"),
        ("generate --frames 9999999999999999999999 a.gif", "Frame count must be"),
        ("generate --fps nan a.gif", "Frame rate must be a number from 1 to 120, not nan"),
        ("generate --fps 1e999 a.gif", "Frame rate must be"),
        ("generate --size 15 a.gif", "Size must be"),
        ("generate --size 1024 --frames 4096 a.webm", "at most 286 frames, not 4,096"),
        ("generate --truncation 9 a.gif", "Truncation must be"),
        ("generate --action run a.gif", "Action must be one of bend, wave, walk, not 'run'"),
        ("generate a.avi", "suffix must be one of webm, mp4, gif, webp, apng, png, zip, not 'avi'"),
        ("generate a", "suffix must be one of"),
        ("generate none/a.gif", "There is no folder none"),
        ("generate folder.gif", "folder.gif is a folder"),
        ("morph --mix 2 a.gif", "Mix must be a number from 0 to 1, not 2"),
        ("morph --mix 0.5 --travel a.gif", "not allowed with argument --mix"),
        ("morph --seed-b x a.gif", "Seed must be"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(run, tmp_path, arguments, sentence):
    (tmp_path / "folder.gif").mkdir()
    code, out, err = run(*arguments.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and len(err) < 260, err
    assert re.search(sentence, err), err
    assert [path.name for path in tmp_path.iterdir()] == ["folder.gif"]


@pytest.mark.parametrize(
    "weights", ["nobody", "", "absent.safetensors", "hub:nobody", "hub:a/b@../c", "a\0.safetensors"]
)
def test_unusable_weights_are_one_sentence(run, tmp_path, weights):
    code, out, err = run("generate", "a.gif", weights=weights)
    assert (code, out) == (2, "") and err.count("\n") == 1, err
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_file_whole(run, tmp_path, monkeypatch):
    (tmp_path / "a.gif").write_bytes(b"old")

    def full(source, target):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(command_line.shutil, "copyfile", full)
    code, out, err = run("generate", "--frames", 2, "a.gif")
    assert (code, out) == (1, "") and err.endswith("failed: No space left on device.\n")
    assert (tmp_path / "a.gif").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_who_reads_the_old_file_reads_it_to_its_end(run, tmp_path):
    (tmp_path / "a.gif").write_bytes(b"old")
    with open(tmp_path / "a.gif", "rb") as reader:
        assert run("generate", "--frames", 2, "a.gif")[0] == 0
        assert reader.read() == b"old"
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF8")


def test_stopping_it_leaves_nothing(run, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "bar", lambda unit: stop)
    code, out, err = run("generate", "a.webm")
    assert (code, err) == (130, "Stopped; nothing was written.\n")
    assert not list(tmp_path.iterdir())


def test_a_bar_shows_how_far_it_is_to_who_watches(run, monkeypatch):
    assert "frames" not in run("generate", "--frames", 40, "--size", 16, "a.gif")[2]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    shown = run("generate", "--frames", 40, "--size", 16, "a.gif")[2]
    assert "16 of 40 frames" in shown and shown.endswith("40 of 40 frames\n")


def test_models_says_what_there_is_or_that_there_is_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setattr("vidgen.store.weights.PACKAGE", tmp_path / "vidgen")
    code, out, err = run("models")
    assert (code, out) == (2, "") and err.startswith("There are no bundled models here")
    save_generator(tiny_generator(), tmp_path / "weights" / "dance" / "model.safetensors")
    code, out, err = run("models")
    assert (code, err) == (0, "")
    line = "dance +style: 16x16 RGB, 25 fps, bend, wave, walk .bundled dance.; licence not stated"
    assert re.fullmatch(f"{line}\n\nPyTorch draws, in .*\n", out)


def test_a_model_of_the_hub_is_fetched_and_named(model, tmp_path):
    with HubServer() as server:
        server.repositories["ann/dance"] = Repository()
        with open(model, "rb") as file:
            commit = server.repositories["ann/dance"].push("model.safetensors", file.read())
        done = subprocess.run(
            [sys.executable, "-m", "vidgen", "generate", "--model", "hub:ann/dance"]
            + ["--frames", "2", str(tmp_path / "a.gif")],
            env=os.environ | {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'a.gif'}: by hub ann/dance at {commit[:12]}\n"
    assert (tmp_path / "a.gif").stat().st_size > 100
