"""restore, predict, slow and translate, as somebody types them."""

import json

import av
import cv2
import numpy as np
import pytest
import torch
from tiny import tiny_generator

from tests.calling import called
from vidgen import render, seeded_path
from vidgen.inverse import start as search
from vidgen.inverse.find import drawn
from vidgen.inverse.footage import MOST_FRAMES, Footage, observed_of
from vidgen.inverse.observe import Observed
from vidgen.pixels.arrays import as_frames
from vidgen.pixels.formats import backdrop_of
from vidgen.pixels.provenance import read_note
from vidgen.store.weights import save_generator
from vidgen.types import GeneratorSpec


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tiny models, RGB and RGBA, and clips to give them."""
    folder = tmp_path_factory.mktemp("clips")
    for name, channels in (("tiny", 3), ("clear", 4)):
        generator = tiny_generator(channels=channels)
        save_generator(generator, folder / f"{name}.safetensors")
        frames = drawn(generator, seeded_path(generator.spec, 1, 12, action="wave"))
        render(frames, 25, 16).save(folder / f"{name}.webp")
        render(frames, 25, 16).save(folder / f"{name}.webm")
    hole = np.zeros((40, 40), np.uint8)
    hole[10:20, 10:30] = 255
    cv2.imwrite(str(folder / "hole.png"), hole)
    cv2.imwrite(str(folder / "white.png"), np.full((8, 8), 255, np.uint8))
    return folder


@pytest.fixture
def run(folder, tmp_path, monkeypatch, capsys):
    """run("restore", "tiny.webp", "out.webm") -> (exit code, stdout, stderr), after one step."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(search, "SEEDS", 2)
    monkeypatch.setattr(search, "PHASES", 2)

    def run(command: str, clip: str, out: str, *more: object, model: str = "tiny.safetensors"):
        given = [command, clip, str(tmp_path / out), "--model", model, "--steps", "1", *more]
        return called(capsys, *given)

    return run


def frames_of(path) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])


@pytest.mark.parametrize(
    "command, more, count",
    [
        ("restore", [], 12),
        ("restore", ["--shrunk", 2], 12),
        ("restore", ["--mask", "hole.png"], 12),
        ("predict", ["--given", 8, "--frames", 6], 14),
        ("predict", ["--frames", 3], 15),
        ("slow", ["--every", 2], 23),
        ("translate", ["--content-seed", 5], 12),
        ("translate", ["--motion-of", "tiny.webp"], 12),
        ("translate", ["--action", "bend"], 12),
    ],
)
def test_every_command_writes_the_clip_that_was_asked_for(run, tmp_path, command, more, count):
    code, out, err = run(command, "tiny.webp", "out.webm", "--size", 32, *more)
    assert code == 0, err
    assert out == f"{tmp_path / 'out.webm'}: by file tiny.safetensors\n"
    assert "tiny shows it as " in err and " dB; the nearest sample had " in err
    assert frames_of(tmp_path / "out.webm").shape == (count, 32, 32, 3)


def test_what_was_seen_is_kept_where_it_was_seen(run, tmp_path, folder):
    given = frames_of(folder / "tiny.webm").astype(int)
    assert run("restore", "tiny.webm", "whole.apng", "--mask", "hole.png", "--size", 16)[0] == 0
    assert run("restore", "tiny.webm", "drawn.apng", "--size", 16)[0] == 0
    whole, only_drawn = (
        frames_of(tmp_path / f"{name}.apng").astype(int) for name in ("whole", "drawn")
    )
    outside = np.ones((16, 16), bool)
    outside[3:9, 3:13] = False
    # A WebM has half as many colours as pixels, so that they come back nearly.
    assert (
        abs(whole - given)[:, outside].mean() < 1 < 3 * abs(only_drawn - given)[:, outside].mean()
    )


def test_a_clip_with_alpha_keeps_it_and_one_without_gets_a_background(run, tmp_path):
    assert run("restore", "clear.webp", "a.webp", "--size", 16, model="clear.safetensors")[0] == 0
    code, _, err = run("restore", "clear.webm", "b.webp", model="clear.safetensors")
    assert json.loads(read_note(tmp_path / "b.webp"))["made"] == "restore of a clip"
    assert code == 0 and "clear.webm: it has no transparency: the colour of its edge (#" in err
    with_alpha = cv2.imread(str(tmp_path / "a.webp"), cv2.IMREAD_UNCHANGED)
    assert with_alpha.shape[2] == 4 and with_alpha[..., 3].min() < 255
    code, _, err = run("restore", "clear.webp", "c.webp")
    assert code == 0 and "clear.webp: its transparency is laid over black" in err


@pytest.mark.parametrize("background", ["checkerboard", "#336699"])
def test_what_a_cut_out_clip_was_laid_over_is_recognised(background):
    frames = torch.full((4, 4, 64, 64), -1.0)
    frames[:, :, 20:, 20:44] = 0.6
    frames[:, 3, 20:, 20:44] = 1
    under = as_frames(np.ascontiguousarray(backdrop_of(background, 64, 64)))
    laid = Observed(frames, torch.ones(4, 1, 64, 64), under).laid(frames)
    for shrunk in (1, 2):
        seen = torch.nn.functional.avg_pool2d(laid, shrunk)
        spec = GeneratorSpec("style", 64, 4, 25, 8, 4)
        observed, notes = observed_of(Footage(seen, 25, ()), spec)
        assert (observed.backdrop - under).abs().max() < 0.01, notes


def film(path, pictures, rate=25) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libvpx", rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)


def moving(count: int, height: int, width: int, grey: bool = False) -> list[np.ndarray]:
    pictures = []
    for at in range(count):
        picture = np.full((height, width, 3), (60, 60, 60) if grey else (200, 40, 40), np.uint8)
        picture[at % height : at % height + 8, 4:20] = 220
        pictures.append(picture)
    return pictures


def test_what_is_odd_about_a_clip_is_said(run, folder):
    film(folder / "long.webm", moving(MOST_FRAMES + 20, 48, 64))
    film(folder / "grey.webm", moving(6, 50, 34, grey=True))
    assert (
        f"its first {MOST_FRAMES / 25:.1f} seconds are taken"
        in run("restore", "long.webm", "a.webm", "--size", 16)[2]
    )
    code, _, err = run("restore", "grey.webm", "b.webm", "--shrunk", 2)
    assert code == 0 and "grey.webm: it is grey: its colours are the model's." in err


def test_a_clip_of_another_kind_is_said_to_be_one(run, folder):
    rng = np.random.default_rng(0)
    film(folder / "noise.webm", list(rng.integers(0, 255, (6, 32, 32, 3), np.uint8)))
    assert (
        "That is far off: tiny does not know clips like this one."
        in run("restore", "noise.webm", "a.webm")[2]
    )


@pytest.mark.parametrize(
    "command, clip, more, sentence",
    [
        ("restore", "nothing.webm", [], "nothing.webm is no clip that can be used: no such file"),
        ("restore", "hole.png", [], "hole.png is no clip that can be used: 40x40 pixels are no st"),
        ("restore", "text.webm", [], "text.webm is no clip that can be used: not a video that can"),
        (
            "restore",
            "sound.mkv",
            [],
            "sound.mkv is no clip that can be used: it holds sound, but n",
        ),
        (
            "restore",
            "tiny.webp",
            ["--shrunk", 3],
            "A clip may have been shrunk 2, 4 or 8 times, not",
        ),
        (
            "restore",
            "tiny.webp",
            ["--mask", "white.png"],
            "white.png is white all over: white is t",
        ),
        ("restore", "tiny.webp", ["--mask", "text.webm"], "text.webm is no mask that can be used:"),
        (
            "restore",
            "tiny.webp",
            ["--steps", -1],
            "The number of steps must be a whole number from",
        ),
        (
            "predict",
            "tiny.webp",
            ["--given", 99],
            "The number of given frames must be a whole numb",
        ),
        (
            "predict",
            "tiny.webp",
            ["--given", 13],
            "The clip has 12 frames: 13 can't be taken of it",
        ),
        (
            "predict",
            "tiny.webp",
            ["--frames", 0],
            "The number of frames to predict must be a whole",
        ),
        ("slow", "tiny.webp", ["--every", 9], "Every must be a whole number from 2 to 4, not 9."),
        ("translate", "tiny.webp", [], "Say what to change: a content seed, another clip's motion"),
        (
            "translate",
            "tiny.webp",
            ["--action", "fly"],
            "Action must be one of bend, wave, walk, no",
        ),
        ("translate", "tiny.webp", ["--content-seed", -1], "Seed must be a whole number from 0 to"),
    ],
)
def test_a_mistake_is_answered_with_one_sentence(
    run, folder, tmp_path, command, clip, more, sentence
):
    (folder / "text.webm").write_text(json.dumps(["no video"] * 50))
    with av.open(str(folder / "sound.mkv"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        for packet in [*stream.encode(sound), *stream.encode(None)]:
            file.mux(packet)
    code, out, err = run(command, clip, "out.webm", *more)
    assert (code, out) == (2, "") and err.startswith(sentence) and err.count("\n") == 1, err
    assert not (tmp_path / "out.webm").exists()
