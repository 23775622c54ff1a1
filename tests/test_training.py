"""Promises of the training module: gradients, growth, checkpoints, and going on after a kill."""

from __future__ import annotations

import dataclasses
import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.runs import TINY, new_run, run_main, start, tiny_dataset, weights_of
from train.__main__ import main
from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.families.style import Critic, CriticConfig
from train.gan.augment import AugmentConfig
from train.gan.convolution import convolve
from train.gan.losses import zero_centred_penalty
from train.gan.microbatch import shrink
from train.pictures.sheets import generated_rows
from train.runtime.checkpoint import PART_BYTES, checkpoints, load_checkpoint, save_checkpoint
from train.runtime.ema import update_ema
from vidgen.types import GeneratorSpec


@pytest.fixture(scope="module")
def dataset() -> ClipDataset:
    return tiny_dataset()


@pytest.mark.parametrize("kernel, stride", [(1, 1), (3, 1), (3, 2), (4, 2)])
def test_a_penalty_through_our_convolution_has_the_gradients_of_pytorchs_own(kernel, stride):
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 3, 8, 8), torch.randn(4, 3, kernel, kernel), torch.randn(4)

    def gradients(convolution) -> list[torch.Tensor]:
        leaves = [t.double().requires_grad_() for t in (x, weight, bias)]
        y = F.leaky_relu(convolution(*leaves), 0.2).square().sum()
        (gradient,) = torch.autograd.grad(y, leaves[0], create_graph=True)
        (y + gradient.square().sum()).backward()
        return [leaf.grad for leaf in leaves]

    padding = (kernel - 1) // 2
    ours = gradients(lambda x, w, b: convolve(x, w, b, stride))
    theirs = gradients(lambda x, w, b: F.conv2d(x, w, b, stride, padding))
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference)


def test_the_penalty_is_the_squared_norm_of_the_clips_gradient():
    spec = GeneratorSpec("style", 32, 3, 25, 8, 4, actions=("a", "b"))
    critic = Critic(spec, TINY.objective.critic)
    frames = torch.randn(2, 4, 3, 32, 32, requires_grad=True)
    times = torch.tensor([[0, 0.04, 0.4, 0.5]]).repeat(2, 1)
    action = torch.eye(2)[:, None].repeat(1, 4, 1)
    logits = critic(frames, times, action)
    assert logits.shape == (2, 5)
    penalty = zero_centred_penalty(logits, frames)
    one = frames[:1].detach().requires_grad_()
    alone = zero_centred_penalty(critic(one, times[:1], action[:1]), one)
    torch.testing.assert_close(penalty[:1], alone)  # of each clip by itself


def test_a_size_added_on_top_changes_nothing_at_first(dataset, tmp_path):
    torch.manual_seed(0)
    frames = torch.randn(2, 4, 3, 64, 64)
    times = torch.tensor([[0, 0.04, 0.4, 0.5]]).repeat(2, 1)
    sizes = CriticConfig(stem_width=8, widths=(8, 8), clip_width=8)
    critic = Critic(GeneratorSpec("style", 64, 3, 25, 8, 4), sizes)
    small, large = critic(shrink(frames, 32), times, None), critic(frames, times, None)
    torch.testing.assert_close(small, large)


def test_training_learns_how_bright_the_real_clips_are(dataset, tmp_path):
    bright = dataclasses.replace(dataset, pixels=dataset.pixels // 4 + 190)
    quick = dataclasses.replace(TINY.objective, learning_rate=2e-3)
    config = dataclasses.replace(TINY, clips=120, half_life=20, objective=quick)
    run = new_run(tmp_path, bright, config)

    def brightness() -> float:
        return generated_rows(run.ema).mean() / 127.5 - 1

    assert abs(brightness()) < 0.1  # the generator starts with grey
    run.train()
    assert run.clips == 120
    assert all(np.isfinite(list(entry.values())).all() for entry in run.history)
    assert brightness() > 0.2


def test_an_interrupted_run_ends_at_the_same_numbers_as_an_unbroken_one(dataset, tmp_path):
    unbroken = new_run(tmp_path / "unbroken", dataset)
    unbroken.train()

    first = new_run(tmp_path / "broken", dataset, dataclasses.replace(TINY, clips=8))
    first.train()
    torch.manual_seed(123)  # whatever else the process drew
    second = new_run(tmp_path / "broken", dataset, TINY)
    second.load_state(load_checkpoint(tmp_path / "broken"))
    second.train()
    assert torch.equal(weights_of(unbroken), weights_of(second))


def test_a_run_killed_with_sigkill_resumes_to_the_same_numbers(tmp_path):
    """The command line on a folder of strips, killed after its first interval."""
    import cv2

    folder = tmp_path / "clips"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(3):
        strip = cv2.resize(rng.integers(0, 256, (8, 80, 3), dtype=np.uint8), (320, 32))
        cv2.imwrite(str(folder / f"{index}.png"), strip)
    new = ["--data", str(folder), "--resolution", "32", "--device", "cpu"]
    new += ["--batch", "1", "--clips", "4", "--checkpoint-every", "1", "--precision", "float32"]
    cache, killed = tmp_path / "cache", tmp_path / "killed"

    def finished(run: Path) -> dict:
        state = load_checkpoint(run)
        assert state["clips"] == 4
        return state

    unbroken = start(run_main, [*new, "--out", str(tmp_path / "unbroken")], cache)
    unbroken.join(300)
    assert unbroken.exitcode == 0
    process = start(run_main, [*new, "--out", str(killed)], cache)
    deadline = time.monotonic() + 300
    while len(checkpoints(killed)) < 2:
        assert time.monotonic() < deadline and process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    resumed = start(run_main, ["--resume", str(killed)], cache)
    resumed.join(300)
    assert resumed.exitcode == 0

    expected, resumed = finished(tmp_path / "unbroken"), finished(killed)
    for name in ("generator", "ema"):
        for key, value in expected[name].items():
            assert torch.equal(value, resumed[name][key]), (name, key)
    assert torch.equal(expected["rng"], resumed["rng"])
    assert (killed / "model.safetensors").exists()
    assert len(json.loads((killed / "history.json").read_text())) == 4


def test_ctrl_c_finishes_the_step_and_leaves_a_checkpoint(dataset, tmp_path, monkeypatch):
    run = new_run(tmp_path, dataset, dataclasses.replace(TINY, clips=4_000, checkpoint_every=4_000))
    step = run.objective.step

    def interrupted(*arguments, **settings):
        if run.clips == 8:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments, **settings)

    monkeypatch.setattr(run.objective, "step", interrupted)
    run.train()
    assert run.clips == 12
    assert load_checkpoint(tmp_path)["clips"] == 12


def test_a_checkpoint_comes_in_parts_and_the_default_fits_in_60_mib(tmp_path, dataset):
    wide = dataclasses.replace(dataset, pixels=np.zeros((26, 64, 64, 3), np.uint8))
    run = new_run(tmp_path, wide, TrainConfig(data="tiny", batch=1, device="cpu", clips=1))
    run.train()  # one step, so that the optimizers have their moments
    folder = checkpoints(tmp_path)[-1]
    sizes = [part.stat().st_size for part in folder.glob("part-*")]
    assert len(sizes) > 1 and max(sizes) <= PART_BYTES
    assert sum(sizes) <= 60 * 2**20


def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path):
    for clips in (1, 2, 3):
        save_checkpoint(tmp_path, clips, {"clips": clips, "x": torch.ones(3)})
    assert [p.name for p in checkpoints(tmp_path)] == [
        "checkpoint-000000002",
        "checkpoint-000000003",
    ]
    part = tmp_path / "checkpoint-000000003" / "part-00"
    part.write_bytes(part.read_bytes()[:-10])
    assert load_checkpoint(tmp_path)["clips"] == 2
    (tmp_path / "checkpoint-000000002" / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="No checkpoint to resume from"):
        load_checkpoint(tmp_path)


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    import train.runtime.checkpoint

    save_checkpoint(tmp_path, 1, {"clips": 1})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(train.runtime.checkpoint, "_write_through", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, 2, {"clips": 2})
    assert load_checkpoint(tmp_path)["clips"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint-000000001"]


def test_the_average_forgets_half_in_a_half_life():
    kept, new = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(kept.weight)
    torch.nn.init.ones_(new.weight)
    for step in range(10):
        update_ema(kept, new, batch=10, clips=10_000 + 10 * step, half_life=100)
    assert kept.weight.item() == pytest.approx(0.5, abs=1e-6)


def test_settings_survive_their_json():
    settings = dataclasses.replace(TINY.objective, gamma=0.7, augment=AugmentConfig(strength=0.1))
    config = dataclasses.replace(TINY, objective=settings)
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], "needs --data and --out"),
        (["--data", "nowhere", "--out", "run"], "nowhere"),
        (["--data", "shapes", "--out", "run", "--resolution", "48"], "resolution must be one of"),
        (["--data", "shapes", "--out", "run", "--grow", "32:0"], "grow must rise to 64"),
        (
            ["--data", "shapes", "--out", "run", "--batch", "0"],
            "batch must be a whole number from 1",
        ),
        (["--resume", "nowhere"], "No checkpoint to resume from"),
    ],
)
def test_wrong_settings_are_refused_before_anything_starts(
    arguments, sentence, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
