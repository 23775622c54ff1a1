"""Promises of what judges of loops learn from: pairs or moments that they never saw."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from train.data import ClipDataset
from train.judging.__main__ import build
from train.judging.corrupt import draw_lesson, play
from train.judging.judge import SPEEDS
from train.judging.loops import loops_material
from train.judging.training import JudgeTraining

LENGTH = 40


def clips(name: str, levels: np.ndarray) -> ClipDataset:
    """Loops whose frames are grey, of these levels: (clips * LENGTH,)."""
    pixels = np.broadcast_to(levels.astype(np.uint8)[:, None, None, None], (len(levels), 16, 16, 3))
    starts = np.arange(0, len(levels), LENGTH)
    lengths = np.full_like(starts, LENGTH)
    return ClipDataset(name, pixels, starts, lengths, starts, (), 24.0, loops=True)


def people(shown: int = 6, classes: int = 3):
    """`shown` people in every class; all frames of clip n are of level 3 n."""
    count = shown * classes
    actions = tuple("abcdefgh"[:classes])
    return dataclasses.replace(
        clips("gestures", np.repeat(3 * np.arange(count), LENGTH)),
        actions=actions,
        labels=np.repeat(np.arange(classes), shown),
        names=tuple(f"{a}/p{who}.webp" for a in actions for who in range(shown)),
        heldout=(7,),
    )


def faces():
    """One clip a face, four of each of three moods; frame t of every clip has level t."""
    return dataclasses.replace(
        clips("faces", np.tile(np.arange(LENGTH), 12)),
        actions=("x", "y", "z"),
        labels=np.repeat(np.arange(3), 4),
        names=tuple(f"{'xyz'[n // 4]}/{n:x}.webp" for n in range(12)),
    )


def frames_seen(material, clips: np.ndarray, rounds: int = 50) -> np.ndarray:
    rng = torch.Generator().manual_seed(0)
    moments = [
        play(material, clips, np.zeros_like(clips), np.full_like(clips, speed), rng)
        for speed in range(len(SPEEDS))
        for _ in range(rounds)
    ]
    return np.stack(moments, 1)  # (clips, windows, T)


def test_of_people_in_gestures_pairs_are_held_out_and_nobody_and_no_gesture_whole():
    material = loops_material(people())
    (held,) = material.folds()
    assert held.tolist() == [clip == 7 for clip in range(18)]  # what training leaves out
    alone = loops_material(dataclasses.replace(people(), heldout=()))
    assert 0.1 < alone.folds()[0].mean() < 0.3
    for labels in alone.labels.values():
        assert set(labels[~alone.held]) == set(labels)
    for labels in material.labels.values():
        assert set(labels[~held]) == set(labels)
    assert material.attributes["person"] == tuple(f"p{n}" for n in range(6))
    assert material.never_saw(held) == (f"{held.sum()} of 18 pairs",)
    assert material.unseen(held)[0] is material and (material.unseen(held)[1] == held).all()


def test_windows_of_people_go_on_across_the_seam_and_keep_their_labels():
    material = loops_material(people())
    moments = frames_seen(material, np.array([5]))
    assert set(moments.flatten()) == set(range(LENGTH))
    steps = np.diff(moments, axis=-1) % LENGTH
    assert set(steps.flatten()) == {0, 1, 2}
    assert (np.diff(moments, axis=-1) < 0).any()
    frames, truth = draw_lesson(material, np.arange(18), torch.Generator(), corrupted=False)
    assert ((frames[:, 0, 0, 0, 0] + 1) * 127.5).round().int().tolist() == list(range(0, 54, 3))
    assert truth["person"].tolist() == list(range(6)) * 3
    assert truth["action"].tolist() == np.repeat(range(3), 6).tolist()


def test_of_faces_a_part_of_every_loop_is_seen_in_no_lesson_and_all_questions_are_about_it():
    material = loops_material(faces())
    (held,) = material.folds()
    assert not held.any() and material.never_saw(held) == ("40% of the frames",)
    asked, part = material.unseen(held)
    assert part.all()
    for clip in range(12):
        learnt = set(frames_seen(material, np.array([clip])).flatten())
        unseen = set(frames_seen(asked, np.array([clip])).flatten())
        assert learnt.isdisjoint(unseen) and learnt | unseen == set(range(LENGTH))
    assert len({tuple(row) for row in material.hidden.tolist()}) > 6  # not the same in all


def test_judges_of_loops_are_built_and_say_what_they_never_saw(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("train.judging.training.MEASURED", 16)
    training = JudgeTraining(clips=32, batch=8)
    for dataset, asked in ((people(), "person"), (faces(), "face")):
        (judge,) = build(loops_material(dataset), ["conv3d"], training, tmp_path)
        assert set(judge.attributes) == {"action", asked} == set(judge.card.accuracy) - {
            "played", "speed", "look",
        }  # fmt: skip
    assert "40% of the frames" in capsys.readouterr().out


def test_loops_without_classes_have_no_judges():
    with pytest.raises(ValueError, match="in folders"):
        loops_material(dataclasses.replace(people(), actions=()))
