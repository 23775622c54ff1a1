"""A run does not lose work: killed at any moment, on a full disk, or when its numbers diverge."""

from __future__ import annotations

import dataclasses
import errno
import json
import multiprocessing
import random
import resource
import shutil
import signal

import pytest
import torch

import train.runtime.meter
from tests.runs import TINY, new_run, resumed_run, start, train_until, weights_of
from train.runtime.checkpoint import checkpoints, load_checkpoint, save_checkpoint, write_whole
from train.runtime.divergence import MOST_SETBACKS, Diverged, check_losses, check_state
from train.runtime.meter import Meter
from vidgen import load_generator


def test_killed_many_times_at_random_a_run_loses_an_interval_at_most_and_nothing_else(tmp_path):
    """Each process is killed at a random step or in the middle of writing something."""
    config = dataclasses.replace(TINY, clips=48, keep_every=16)
    rng = random.Random(0)
    progress = multiprocessing.get_context("forkserver").Value("q", 0)
    folder, kills = tmp_path / "killed", 0
    while True:
        process = start(train_until, rng.randint(1, 30), "kill", folder, config, progress)
        process.join(300)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        kills += 1
        saved = load_checkpoint(folder)["clips"] if checkpoints(folder) else 0
        assert saved > progress.value - config.checkpoint_every - config.batch
        progress.value = saved
    assert kills >= 4
    process = start(train_until, 10**9, "kill", tmp_path / "unbroken", config, progress)
    process.join(300)
    assert process.exitcode == 0
    unbroken = resumed_run(tmp_path / "unbroken", config)
    assert torch.equal(weights_of(resumed_run(folder, config)), weights_of(unbroken))
    assert len(json.loads((folder / "history.json").read_text())) == 6
    left = sorted(p.name for p in folder.iterdir())
    assert left == sorted(p.name for p in unbroken.folder.iterdir())  # no half-written file
    assert len(list((folder / "models").iterdir())) == 3
    load_generator(str(folder / "models" / "000000032.safetensors"))


def test_whatever_write_finds_the_disk_full_the_old_checkpoint_stands(tmp_path):
    progress = multiprocessing.get_context("forkserver").Value("q", 0)
    resumed_run(tmp_path / "run", dataclasses.replace(TINY, clips=8)).train()
    before = weights_of(resumed_run(tmp_path / "run"))
    for moment in (3, 5, 7, 9, 11):  # two steps, then all that is written with a checkpoint
        folder = tmp_path / str(moment)
        shutil.copytree(tmp_path / "run", folder)
        process = start(train_until, moment, "full", folder, TINY, progress)
        process.join(300)
        assert process.exitcode == errno.ENOSPC
        assert torch.equal(weights_of(resumed_run(folder)), before)
        assert len(json.loads((folder / "history.json").read_text())) in (1, 2)
        load_generator(str(folder / "model.safetensors"))
        assert not [*folder.rglob("*.part"), *folder.glob(".building-*")]


def test_a_disk_that_is_really_full_leaves_whole_files(tmp_path):
    write_whole(tmp_path / "history.json", b"[1, 2]")
    save_checkpoint(tmp_path, 1, {"clips": 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError):
            write_whole(tmp_path / "history.json", b"x" * 5_000)
        with pytest.raises(OSError):
            save_checkpoint(tmp_path, 2, {"clips": 2, "x": torch.ones(5_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "history.json").read_bytes() == b"[1, 2]"
    assert load_checkpoint(tmp_path)["clips"] == 1
    assert {p.name for p in tmp_path.iterdir()} == {"history.json", "checkpoint-000000001"}


def poisoned(run, monkeypatch, times: int, poison) -> list[float]:
    """Poisons `times` steps of a run after 12 clips; returns the rates of all steps."""
    step, rates = run.objective.step, []

    def stepped(*arguments, rate, **settings):
        rates.append(rate)
        losses = step(*arguments, rate=rate, **settings)
        if run.clips == 12 and len([r for r in rates if r != 1]) < times:
            return poison(losses)
        return losses

    monkeypatch.setattr(run.objective, "step", stepped)
    return rates


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e12])
def test_a_loss_that_diverges_goes_back_to_the_checkpoint_with_a_lower_rate(
    value, tmp_path, monkeypatch, capsys
):
    run = new_run(tmp_path)
    rates = poisoned(run, monkeypatch, 1, lambda losses: losses | {"critic": value})
    run.train()
    assert rates == [1] * 4 + [0.5] * 4  # the fourth was for nothing, and is made up for
    assert run.clips == 24 and load_checkpoint(tmp_path)["setbacks"] == 1
    assert "training diverged: critic is" in capsys.readouterr().err
    check_state(run.state())
    assert resumed_run(tmp_path).setbacks == 1


def test_weights_that_are_not_finite_are_never_saved(tmp_path, monkeypatch):
    run = new_run(tmp_path)

    def spoil(losses):
        torch.nn.init.constant_(run.generator.constant, float("nan"))
        return losses

    poisoned(run, monkeypatch, 1, spoil)
    run.train()
    assert run.setbacks == 1 and run.clips == 24
    assert all(torch.isfinite(p).all() for p in run.ema.parameters())


def test_a_run_that_diverges_again_and_again_ends_with_a_sentence(tmp_path, monkeypatch):
    run = new_run(tmp_path)
    step = run.objective.step
    monkeypatch.setattr(
        run.objective, "step", lambda *a, **k: step(*a, **k) | {"critic": float("nan")}
    )
    with pytest.raises(Diverged, match="critic is nan"):
        run.train()
    assert run.setbacks == MOST_SETBACKS
    assert load_checkpoint(tmp_path)["clips"] == 0


def test_ordinary_losses_are_no_divergence():
    check_losses({"critic": -350.0, "r1": 900.0})
    with pytest.raises(Diverged, match="moments holds a number"):
        check_state({"x": torch.ones(2), "moments": [{"y": torch.tensor([1, float("nan")])}]})


def test_only_time_spent_training_counts(monkeypatch):
    now = 0.0
    monkeypatch.setattr(train.runtime.meter.time, "perf_counter", lambda: now)
    meter = Meter()
    for step in range(20):
        with meter.step():
            with meter.waiting():
                now += 0.1
            now += 0.4
            if step == 10:
                now += 600  # SIGSTOP
        now += 3  # a sheet, a checkpoint
    meter.add({"critic": 1.0})
    entry = meter.entry(batch=5)
    assert meter.seconds == pytest.approx(20 * 0.5)
    assert entry["clips_per_second"] == 10
    assert entry["waiting"] == pytest.approx(0.2, abs=0.02)
    assert entry["critic"] == 1


def test_a_step_that_merely_grew_counts_in_full(monkeypatch):
    now = 0.0
    monkeypatch.setattr(train.runtime.meter.time, "perf_counter", lambda: now)
    meter = Meter()
    for seconds in [0.2] * 10 + [1.5] * 10:  # from 32 to 64 pixels
        with meter.step():
            now += seconds
    assert meter.seconds == pytest.approx(17)
