"""Several processes train as one: the same weights, and only the first one writes."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.runs import TINY, free_port, new_run, start, tiny_dataset, train_together, weights_of
from train.__main__ import main
from train.data.on_device import copied_to
from train.gan.augment import AugmentConfig
from train.runtime.processes import Processes
from vidgen.store.weights import load_generator

ROOT = Path(__file__).parent.parent


def test_two_processes_reach_the_weights_of_one_with_the_same_batch(tmp_path):
    objective = dataclasses.replace(TINY.objective, augment=AugmentConfig(0.5))
    config = dataclasses.replace(TINY, clips=12, objective=objective)
    port = free_port()
    together = [start(train_together, i, 2, port, tmp_path, config) for i in range(2)]
    alone = new_run(tmp_path / "alone", config=config)
    alone.train()
    for process in together:
        process.join(300)
        assert process.exitcode == 0
    first, second = (torch.load(tmp_path / f"weights-{i}.pt", weights_only=True) for i in range(2))
    assert torch.equal(first, second)
    difference = (first - weights_of(alone)).abs()
    # If a gradient is only rounding, Adam makes a step of it all the same: of very few weights.
    assert (difference > 1e-5).float().mean() < 1e-3 and difference.max() < 1e-3
    assert (tmp_path / "run" / "model.safetensors").exists()


def test_accelerate_launches_the_command_line_in_two_processes(tmp_path):
    accelerate = [sys.executable, "-m", "accelerate.commands.accelerate_cli", "launch"]
    run = ["train", "--data", "shapes", "--out", tmp_path / "run", "--resolution", "32"]
    sizes = ["--clips", "4", "--batch", "4", "--device", "cpu"]
    ended = subprocess.run(
        [*accelerate, "--multi_gpu", "--num_processes", "2", "--main_process_port",
         str(free_port()), "-m", *run, *sizes],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "clips of shapes on 2 x cpu" in ended.stdout
    assert load_generator(tmp_path / "run" / "model.safetensors").spec.resolution == 32


def test_rows_of_all_processes_are_the_batch_in_order():
    class Fake:
        num_processes = 3

        def __init__(self, index):
            self.process_index = index

    for accumulate in (1, 2):
        rows = [r for i in range(3) for r in Processes(Fake(i)).rows(12, accumulate)]
        assert [n for r in rows for n in range(12)[r]] == list(range(12))
    assert Processes().rows(8, 1) == [slice(0, 8)]


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path):
    class Fake:
        num_processes, process_index, device = 3, 0, torch.device("cpu")

    with pytest.raises(ValueError, match="--batch must be a multiple of 3"):
        new_run(tmp_path, processes=Processes(Fake()))


def test_clips_moved_to_the_device_make_the_same_batches():
    dataset = tiny_dataset()
    resident = copied_to(dataset, torch.device("cpu"))
    assert isinstance(resident.pixels, torch.Tensor)
    batches = [d.batch(6, 4, 9, torch.Generator().manual_seed(3)) for d in (dataset, resident)]
    for name in ("frames", "times", "action"):
        assert torch.equal(*(getattr(b, name) for b in batches))


@pytest.mark.parametrize(
    "tracker, sentence",
    [("paper", "--tracker must be one of"), ("comet_ml", "needs a package of its own")],
)
def test_a_tracker_that_is_not_there_is_refused_in_a_sentence(tracker, sentence, tmp_path, capsys):
    options = ["--data", "shapes", "--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main([*options, "--tracker", tracker]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
