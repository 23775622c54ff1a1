"""`python -m train.evaluate` from the outside: table, JSON, picture, and every mistake."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from tests.scored import AxisJudge, one_way_shapes, small_generator
from tests.tiny import ACTIONS, TIMING, tiny_generator
from train import evaluate
from train.data import ClipDataset
from train.scores import Counts, score
from vidgen.store.weights import save_generator

FEW = Counts(seeds=2, clips=16)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("scored") / "small.safetensors"
    save_generator(small_generator(), path)
    return path


@pytest.fixture
def run(weights, monkeypatch, capsys):
    """Scores `small` on shapes of its size, with a judge that needs no training."""
    judges = [AxisJudge("conv3d"), AxisJudge("recurrent", 20)]
    monkeypatch.setattr(evaluate, "load_dataset", lambda *_: one_way_shapes(40, frames=24))
    monkeypatch.setattr(evaluate, "load_judges", lambda _: judges)

    def run(*arguments, model=weights):
        code = evaluate.main([str(model), "--data", "shapes", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def scripted_clips(clips: int = 6) -> ClipDataset:
    """Transparent clips of every scripted action, each of its native length, of clips noise."""
    lengths = np.array([t.lead + t.frames for t in TIMING] * clips)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (lengths.sum(), 16, 16, 4), np.uint8)
    labels = np.tile(np.arange(len(ACTIONS)), clips)
    starts = lengths.cumsum() - lengths
    return ClipDataset("sheets", pixels, starts, lengths, labels, ACTIONS, 25.0, TIMING)


def test_table_json_and_picture_say_the_same(run, tmp_path):
    out, picture = tmp_path / "new" / "scores.json", tmp_path / "p.png"
    arguments = ("--clips", 16, "--seeds", 2, "--out", out, "--picture", picture)
    code, printed, _ = run(*arguments)
    assert code == 0
    found = json.loads(out.read_text())
    assert (found["clips"], found["seeds"], found["frames"]) == (16, 2, 16)
    rows = {row["name"]: row for row in found["scores"]}
    for name in ("FD-clip (own encoder)", "coverage", "colour ACD, 160 frames", "copies"):
        assert len(rows[name]["generated"]["seeds"]) == len(rows[name]["real"]["seeds"]) == 2
        mean = f"{rows[name]['generated']['mean']:.4g}"
        assert any(line.startswith(name) and mean in line for line in printed.splitlines())
    assert "no Inception-3D network" in rows["FVD"]["missing"]
    assert any("MoCoGAN 1.79" in text for text in rows["colour ACD, 16 frames"]["beside"])
    assert not any("FVD" in name and "generated" in row for name, row in rows.items())
    assert cv2.imread(str(picture)).shape[1] > 2 * 8 * 32


def test_the_same_command_gives_the_same_scores(run, tmp_path):
    def scores(name):
        assert run("--clips", 16, "--seeds", 1, "--out", tmp_path / name)[0] == 0
        rows = json.loads((tmp_path / name).read_text())["scores"]
        return [row for row in rows if not row["name"].startswith("ms ")]

    assert scores("a.json") == scores("b.json")


def test_without_judges_it_says_so_and_names_the_encoder(run, monkeypatch):
    def none(name):
        raise ValueError(f"There are no judges of {name}.")

    monkeypatch.setattr(evaluate, "load_judges", none)
    code, printed, error = run("--clips", 16, "--seeds", 1)
    assert code == 0 and "There are no judges of shapes" in error
    assert "FD-clip (fixed random encoder)" in printed and "own encoder" not in printed
    assert "accuracy: not computed, there are no judges" in printed


def test_scripted_clips_with_alpha_are_scored_at_their_native_lengths():
    dataset = scripted_clips()
    generator = tiny_generator(timing=TIMING, channels=4)

    class HairJudge(AxisJudge):
        attributes = {"action": ACTIONS, "hair": ("none", "long")}

        def __init__(self):
            super().__init__("conv3d")
            self.frames = 5

        def features(self, frames):
            return super().features(frames[:, :, :3])

        def frame_features(self, frames):
            return super().frame_features(frames[:, :, :3])

        def logits(self, frames):
            light = frames.mean((1, 2, 3, 4))
            return {
                "action": torch.stack([light, light, light], 1),
                "hair": torch.stack([light, 0 * light], 1),
            }

    board = score(generator, dataset, [HairJudge()], FEW)
    rows = {row.name: row for row in board.scores}
    assert board.frames == 5 and rows["clean alpha"].values
    assert rows["same hair in all actions"].values == rows["same character in all actions"].values
    assert "follows a script" in rows["variance at fixed content over real"].missing
    drawn = board.first.generated
    first, other = np.flatnonzero(drawn.labels == drawn.labels[0])[:2]
    assert (drawn.pixels[first] != drawn.pixels[other]).any()  # of two seeds
    assert (drawn.pixels[drawn.labels == 1][:, 2:] == drawn.pixels[drawn.labels == 1][:, 2:3]).all()
    assert "one judge only" in rows["agreement of the judges"].missing


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--clips", 3), "--clips must be a whole number from 16"),
        (("--contents", 1), "--contents must be a whole number from 2"),
        (("--seeds", 0), "--seeds must be a whole number from 1"),
        (("--i3d", "absent.pt"), "There is no file absent.pt"),
        (("--out", "."), ". is a folder"),
        (("--picture", "p.gif"), "--picture must end in .png, .jpg, .webp, not p.gif"),
    ],
)
def test_a_mistake_is_one_sentence(run, arguments, sentence):
    code, printed, error = run(*arguments)
    assert (code, printed) == (2, "") and sentence in error and error.count("\n") == 1


def test_an_unknown_model_or_data_is_one_sentence(run, monkeypatch, tmp_path):
    code, _, error = run(model="nobody")
    assert code == 2 and "There is no model 'nobody'" in error and error.count("\n") == 1
    monkeypatch.undo()
    code = evaluate.main(["actions", "--data", str(tmp_path / "absent")])
    assert code == 2


def test_a_model_that_does_not_fit_the_data_is_refused():
    with pytest.raises(ValueError, match="draws RGBA and the data is RGB:"):
        score(tiny_generator(channels=4), one_way_shapes(8), [], FEW)
    with pytest.raises(
        ValueError, match=r"different actions \(bend, bottom_top, left_right, ...\)"
    ):
        score(tiny_generator(), one_way_shapes(8), [], FEW)
    with pytest.raises(ValueError, match="Scores need 4 real clips or more"):
        score(small_generator(), one_way_shapes(3), [], FEW)


def test_a_model_without_actions_is_scored_on_data_that_has_some(run):
    board = score(tiny_generator(actions=()), one_way_shapes(16), [AxisJudge("conv3d")], FEW)
    rows = {row.name: row for row in board.scores}
    assert rows["accuracy (conv3d)"].missing == "the model has no actions"
    assert rows["IS (conv3d)"].values and rows["recall"].values
