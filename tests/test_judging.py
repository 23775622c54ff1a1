"""Judges: what they learn, what their features see, and files that are refused."""

from __future__ import annotations

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save, save_file

from tests.lessons import fades, people_folder
from tests.tiny import tiny_generator
from train.judging import Judge, JudgeCard, JudgeConfig, load_judges, read_judge, save_judge
from train.judging.__main__ import main
from train.judging.judge import ARCHITECTURES
from train.judging.training import JudgeTraining, calibrate, measure, train_judge
from vidgen.store.weights import WeightsError, save_generator

every_architecture = pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))


def tiny_judge(architecture: str, frames: int = 4) -> Judge:
    attributes = {"action": ("darker", "lighter"), "hair colour": ("red", "blue", "none")}
    config = JudgeConfig(
        "fades", architecture, 3, frames, 25, attributes, widths=(8, 8, 16), features=16
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        judge = Judge(config, JudgeCard(5, 64, 1.5, {"action": 0.75}, ("person 1",)))
    judge.half().float()
    return judge.eval().requires_grad_(False)


def some_frames(count: int = 3, frames: int = 4) -> torch.Tensor:
    rng = torch.Generator().manual_seed(1)
    pictures = torch.rand(count, frames, 3, 8, 8, generator=rng) * 2 - 1
    return pictures.repeat_interleave(8, -1).repeat_interleave(8, -2)


@pytest.fixture(scope="module")
def trained():
    """A judge of fades, what it learnt from, and what was held out."""
    material = fades()
    held = material.folds()[0]
    return train_judge(material, "conv3d", JudgeTraining(clips=2400), held), material, held


def test_a_judge_beats_chance_on_what_it_never_saw(trained):
    judge, material, held = trained
    accuracy = measure(judge, material, held, windows=100).accuracy()
    assert accuracy["colour"] > 0.95 and accuracy["action"] > 0.85  # chance is a half
    assert judge.card.never_saw == material.never_saw(held)


def test_a_calibrated_judge_says_the_same_and_is_as_certain_as_it_is_right(trained):
    judge, material, held = trained
    judge, wrong = copy.deepcopy(judge), np.arange(len(held)) % 4 == 0  # or it is always right
    actions = np.where(wrong, 1 - material.labels["action"], material.labels["action"])
    material = dataclasses.replace(material, labels=material.labels | {"action": actions})
    for scale in (0.2, 5.0):  # too humble, too certain
        head = judge.heads["action"]
        head.weight.mul_(scale)
        head.bias.mul_(scale)
        before = measure(judge, material, held, windows=60)
        temperature = calibrate(judge, material, held, windows=200)["action"]
        assert (temperature < 1) == (scale < 1)
        after = measure(judge, material, held, windows=60)
        assert np.mean(before.said["action"] == after.said["action"]) > 0.95
    again = calibrate(judge, material, held, windows=200)["action"]
    assert again == pytest.approx(1, abs=0.1)


def test_features_change_where_a_clip_is_frozen_or_reversed(trained):
    judge, material, held = trained
    clips = np.flatnonzero(held)
    pixels = material.read(clips, np.tile(np.arange(material.frames), (len(clips), 1)))
    frames = torch.from_numpy(pixels).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    features = judge.features(frames)
    for corrupted in (frames[:, :1].expand_as(frames), frames.flip(1)):
        assert (judge.features(corrupted) - features).norm(dim=1).mean() > 0.1


@every_architecture
def test_the_same_seed_trains_the_same_judge(architecture):
    material = fades(count=12, frames=4)
    held = material.folds()[0]
    states = [
        train_judge(material, architecture, JudgeTraining(32, seed=s), held).state_dict()
        for s in (1, 1, 2)
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["heads.action.weight"], states[2]["heads.action.weight"])


@every_architecture
def test_a_judge_has_the_face_that_scores_expect(architecture):
    judge, frames = tiny_judge(architecture), some_frames()
    assert (judge.name, judge.frames, judge.training) == (architecture, 4, False)
    assert judge.features(frames).shape == (3, 16)
    assert judge.frame_features(frames).shape == (3, 4, 16)
    logits = judge.logits(frames)
    assert {name: x.shape[1] for name, x in logits.items()} == {"action": 2, "hair colour": 3}
    assert judge.features(some_frames(frames=3)).shape == (3, 16)
    with pytest.raises(
        ValueError, match=r"takes frames \(N, T, 3, H, W\), not \(3, 4, 1, 64, 64\)"
    ):
        judge.features(frames[:, :, :1])


@every_architecture
def test_features_of_a_frame_do_not_depend_on_the_others(architecture):
    judge, frames = tiny_judge(architecture), some_frames()
    alone = judge.frame_features(frames)
    moved = judge.frame_features(frames.flip(1)).flip(1)
    torch.testing.assert_close(alone, moved)
    assert (judge.features(frames) - judge.features(frames.flip(1))).abs().max() > 1e-3


def test_a_frozen_clip_has_the_features_of_its_frame_at_any_length():
    for frames in (1, 2, 6, 16):
        judge, clip = tiny_judge("conv3d", frames), some_frames(frames=1)
        frozen = judge.features(clip.expand(-1, frames, -1, -1, -1))
        torch.testing.assert_close(frozen, judge.frame_features(clip)[:, 0], atol=1e-5, rtol=1e-4)


@every_architecture
def test_a_file_round_trips_to_the_bit(architecture, tmp_path):
    judge, frames = tiny_judge(architecture), some_frames()
    save_judge(judge, tmp_path / "a.safetensors")
    read = read_judge(tmp_path / "a.safetensors")
    save_judge(read, tmp_path / "b.safetensors")
    first, second = (load_file(tmp_path / f"{name}.safetensors") for name in "ab")
    numbers = {name for name, value in judge.state_dict().items() if value.is_floating_point()}
    assert first.keys() == second.keys() == numbers
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert (read.config, read.card) == (judge.config, judge.card) and not read.training
    assert torch.equal(read.features(frames), judge.features(frames))


def test_judges_are_found_by_the_name_of_their_data_or_the_command_is_named(tmp_path):
    with pytest.raises(ValueError, match="no judges of 'fades'.*python -m train.judging --data"):
        load_judges("fades", tmp_path)
    for architecture in ARCHITECTURES:
        save_judge(tiny_judge(architecture), tmp_path / f"fades-{architecture}.safetensors")
    assert [judge.name for judge in load_judges("fades", tmp_path)] == list(ARCHITECTURES)
    with pytest.raises(ValueError, match="no judges of '../fades'"):
        load_judges("../fades", tmp_path / "deeper")


def rewritten(path, change_config=None, **tensors):
    """A judge's file with another configuration or other tensors."""
    state = load_file(path)
    judge = read_judge(path)
    config = dataclasses.asdict(judge.config) | (change_config or {})
    metadata = {
        "format": "vidgen judge 2",
        "config": json.dumps(config),
        "card": json.dumps(dataclasses.asdict(judge.card)),
    }
    path.write_bytes(save(state | tensors, metadata))


def test_foreign_truncated_and_hostile_files_are_refused_with_one_sentence(tmp_path):
    path = tmp_path / "x.safetensors"
    save_judge(tiny_judge("conv3d"), path)
    whole = path.read_bytes()
    name, weight = "heads.action.weight", load_file(path)["heads.action.weight"]

    def corrupt(action):
        path.write_bytes(whole)
        action()
        with pytest.raises(WeightsError) as caught:
            read_judge(path)
        text = str(caught.value)
        assert text.startswith("x.safetensors is not usable as a judge: ") and "\n" not in text
        return text

    damaged = "damaged, incomplete or no safetensors file"
    assert damaged in corrupt(lambda: path.write_bytes(whole[: len(whole) // 2]))
    assert damaged in corrupt(lambda: path.write_bytes(b"\x80\x04K\x01." * 9))  # a pickle
    assert damaged in corrupt(lambda: path.write_bytes((1 << 50).to_bytes(8, "little") + whole[8:]))
    assert damaged in corrupt(lambda: path.write_bytes(b""))
    assert "no such file" in corrupt(path.unlink)
    assert "at most" in corrupt(lambda: path.write_bytes(whole + bytes(5 << 20)))
    assert "something else wrote it" in corrupt(lambda: save_generator(tiny_generator(), path))
    assert "something else wrote it" in corrupt(lambda: save_file({"a": weight}, path))
    assert "is torch.float32" in corrupt(lambda: rewritten(path, **{name: weight.float()}))
    assert "should be [2, 16]" in corrupt(lambda: rewritten(path, **{name: weight[:1].clone()}))
    assert "not numbers" in corrupt(lambda: rewritten(path, **{name: weight / 0}))
    assert "not those of its config" in corrupt(lambda: rewritten(path, more=weight.clone()))
    for change, said in (
        ({"architecture": "exec"}, "its architecture must be one of"),
        ({"features": 10**9}, "features must be a whole number"),
        ({"widths": [8] * 100}, "three numbers"),
        ({"frames": "4"}, "frames must be a whole number"),
        ({"attributes": {"a.b": ["x"]}}, "short, different names"),
        ({"attributes": {"look": ["x"]}}, "short, different names"),
        ({"attributes": {"action": ["x"] * 2}}, "short, different names"),
        ({"surprise": 1}, "must have the fields"),
    ):
        assert said in corrupt(lambda change=change: rewritten(path, change)), change
    path.write_bytes(whole)
    assert read_judge(path).name == "conv3d"


def test_the_command_trains_and_writes_both_judges(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("train.judging.training.MEASURED", 8)
    clips, out = tmp_path / "people", tmp_path / "judges"
    clips.mkdir()
    people_folder(clips)
    assert main(["--data", str(clips), "--out", str(out), "--clips", "32"]) == 0
    said = capsys.readouterr().out
    assert "never saw person 1, person 4" in said and "They agree about" in said
    judges = load_judges("people", out)
    assert [judge.attributes for judge in judges] == [{"action": ("bend", "wave")}] * 2
    assert 0 <= judges[0].card.accuracy["action"] <= 1 and judges[0].card.clips == 32
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err
