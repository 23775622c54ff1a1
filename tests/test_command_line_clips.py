"""The commands that take a clip: as a model draws it, and what may follow it."""

import json

import cv2
import numpy as np
import pytest
import torch
from tiny import draw, tiny_generator

from tests.calling import called
from vidgen.latents import seeded_path
from vidgen.pixels.clip import render
from vidgen.pixels.provenance import read_note
from vidgen.pixels.reading.clip import MOST_FRAMES, read_clip
from vidgen.store.weights import save_generator


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """run("continue", "clip.gif", "a.png") -> (exit code, stdout, stderr), beside a clip."""
    monkeypatch.chdir(tmp_path)
    for family in ("vae", "style", "autoregressive"):
        save_generator(tiny_generator(family), f"{family}.safetensors")
    frames = draw(tiny_generator("vae"), seeded_path(tiny_generator("vae").spec, 3, 6))
    render(frames, 25).save("clip.gif")
    (tmp_path / "text.gif").write_text("no clip")

    def run(*arguments: object, model: str = "vae") -> tuple[int, str, str]:
        return called(capsys, *arguments, "--model", f"{model}.safetensors")

    return run


def frames_of(path) -> np.ndarray:
    """A sheet of frames of 16 pixels, cut up again: (T, 16, 16, 3)."""
    sheet = cv2.imread(str(path))
    rows = sheet.reshape(sheet.shape[0] // 16, 16, sheet.shape[1] // 16, 16, 3)
    return rows.transpose(0, 2, 1, 3, 4).reshape(-1, 16, 16, 3)


def test_a_clip_is_read_at_the_size_and_rate_of_a_model(run):
    spec = tiny_generator("vae").spec
    frames = read_clip("clip.gif", spec)
    assert frames.shape == (1, 6, 3, 16, 16) and -1 <= frames.min() < frames.max() <= 1
    render(torch.rand(6, 4, 20, 40) * 2 - 1, 12.5).save("wide.apng")
    assert read_clip("wide.apng", spec).shape == (1, 12, 3, 16, 16), "twice the rate, no alpha"
    render(torch.rand(MOST_FRAMES + 1, 3, 8, 8), 25).save("long.webp")
    with pytest.raises(
        ValueError, match="long.webp lasts 10.3 seconds, and at most 10.2 are taken"
    ):
        read_clip("long.webp", spec)


def test_reconstruct_writes_the_clip_as_the_model_draws_it(run, tmp_path):
    code, out, err = run("reconstruct", "clip.gif", "a.png", "--size", 16)
    assert (code, out, err) == (0, "a.png: by file vae.safetensors\n", "")
    said = json.loads(read_note(tmp_path / "a.png"))
    assert said["made"] == "reconstruct of a clip" and said["generated"] and said["model"] == "vae"
    generator = tiny_generator("vae")
    wanted = generator.reconstruct(read_clip("clip.gif", generator.spec))
    render(wanted, 25).save("wanted.png")
    found, wanted = (frames_of(tmp_path / name).astype(int) for name in ("a.png", "wanted.png"))
    assert np.abs(found - wanted).mean() < 8, "weights in half precision, convolutions perhaps too"


@pytest.mark.parametrize("model", ["vae", "autoregressive"])
def test_continue_writes_the_clip_and_then_what_follows(run, tmp_path, model):
    plain = ["continue", "clip.gif", "--size", 16, "--frames", 3]
    assert run(*plain, "a.png", model=model)[0] == 0
    assert run(*plain, "b.png", "--seed", 5, model=model)[0] == 0
    given = read_clip("clip.gif", tiny_generator(model).spec)
    render(given, 25).save("given.png")
    a, b, clip = (frames_of(tmp_path / name) for name in ("a.png", "b.png", "given.png"))
    assert len(a) >= 9 and (a[:6] == clip[:6]).all() and (b[:6] == clip[:6]).all()
    assert a[6:9].any() and (a[6:9] != b[6:9]).any()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["reconstruct", "absent.gif", "a.gif"], "absent.gif is no clip that can be used"),
        (["reconstruct", "text.gif", "a.gif"], "text.gif is no clip that can be used"),
        (["reconstruct", "clip.gif", "a.mov"], "suffix must be one of"),
        (["reconstruct", "clip.gif", "away/a.gif"], "There is no folder away to write to"),
        (["reconstruct", "clip.gif", "a.gif", "--action", "fly"], "has no action 'fly'"),
        (["reconstruct", "clip.gif", "a.gif", "--size", "5"], "Size must be"),
        (["continue", "clip.gif", "a.gif", "--frames", "0"], "Frame count must be"),
        (["continue", "clip.gif", "a.gif", "--seed", "-1"], "Seed must be"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence_and_nothing_is_written(
    run, tmp_path, arguments, sentence
):
    before = sorted(tmp_path.iterdir())
    code, out, err = run(*arguments)
    assert code == 2 and sentence in err and err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_model_without_an_encoder_says_so(run):
    code, _, err = run("continue", "clip.gif", "a.gif", model="style")
    assert code == 2 and "the family style has no encoder" in err
