"""What is measured of a model's encoder: reconstructions and continuations of unseen clips."""

import numpy as np
import pytest
import torch
from tiny import tiny_generator

from train import prediction
from train.data.shapes import load_shapes
from train.prediction import main, measure, psnr, unseen
from vidgen.store.weights import save_generator

SHAPES = ("left_right", "bottom_top")


def test_psnr_is_that_of_the_mean_squared_error_over_the_whole_range():
    real = torch.zeros(2, 4, 3, 8, 8)
    drawn = real.clone()
    drawn[0] += 0.2  # a tenth of the range everywhere
    drawn[1, 0] += 0.2  # in one frame of four
    torch.testing.assert_close(psnr(drawn, real), torch.tensor([20.0, 26.0206]))


def test_clips_are_none_of_those_that_training_sees():
    _, clips, labels = unseen("shapes", 16, 6)
    assert clips.shape == (6, 16, 3, 16, 16) and labels.tolist() == [0, 1] * 3
    trained = load_shapes(16, clips=500)
    first = np.stack([trained.clip(n)[0] for n in range(len(trained))]).astype(np.float32)
    for clip in clips:
        frame = ((clip[0].movedim(0, -1) + 1) * 127.5).numpy()
        assert np.abs(first - frame).mean((1, 2, 3)).min() > 0.5


def test_a_model_that_knew_everything_would_score_everything(monkeypatch):
    generator = tiny_generator("vae", SHAPES)
    _, clips, _ = unseen("shapes", 16, 6)
    monkeypatch.setattr(generator, "reconstruct", lambda frames: frames)

    def known(frames, more):
        (row,) = ((clips[:, : frames.shape[1]] - frames[:1]).abs().flatten(1).sum(1) == 0).nonzero()
        return clips[row : row + len(frames), frames.shape[1] :]

    monkeypatch.setattr(generator, "continue_", known)
    monkeypatch.setattr(prediction, "PART", 4)
    rows = {name: (model, still) for name, model, still in measure(generator, "shapes", 6)}
    assert rows["reconstruction, dB"] == (pytest.approx(106, abs=1), None)
    model, still = rows["continuation, 8 frames, dB"]
    assert model > 100 and 5 < still < 40
    assert rows["direction right, frames continued"] == (1, 0.5), "what stands moves nowhere"
    first, last = (rows[f"continuation, frame {n}, dB"][1] for n in (1, 8))
    assert first > last + 3, "the longer it stands, the further off it is"


def test_it_is_a_command_that_says_what_it_can_not_do(tmp_path, capsys):
    save_generator(tiny_generator("vae", SHAPES), tmp_path / "vae.safetensors")
    save_generator(tiny_generator("style", SHAPES), tmp_path / "style.safetensors")
    asked = ["--data", "shapes", "--clips", "4"]
    assert main([str(tmp_path / "vae.safetensors"), *asked]) == 0
    assert "| continuation, 8 frames, dB |" in capsys.readouterr().out
    assert main([str(tmp_path / "style.safetensors"), *asked]) == 2
    assert "the family style has no encoder" in capsys.readouterr().err
    save_generator(tiny_generator("vae"), tmp_path / "vae.safetensors")
    assert main([str(tmp_path / "vae.safetensors"), *asked]) == 2
    assert "was not trained on shapes" in capsys.readouterr().err
    assert main([str(tmp_path / "vae.safetensors"), "--data", "shapes", "--clips", "1"]) == 2
