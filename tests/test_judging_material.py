"""What judges learn from: who is held out, what is asked, and how clips are corrupted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.lessons import fades, people_folder
from train.data import load_dataset
from train.data.shapes import load_shapes
from train.judging.corrupt import blur, draw_lesson, play
from train.judging.judge import LOOKS, PLAYED, SPEEDS
from train.judging.material import filmed_material, shapes_material


def test_clips_are_played_as_the_answer_says():
    material = dataclasses.replace(fades(frames=5), lengths=np.full(40, 12))
    clips = np.zeros(4, int)
    rng = torch.Generator().manual_seed(0)
    native = np.full(4, SPEEDS.index("native"))
    forward, frozen, backward, shuffled = play(material, clips, np.arange(len(PLAYED)), native, rng)
    assert (np.diff(forward) == 1).all() and (np.diff(backward) == -1).all()
    assert len(set(frozen)) == 1
    assert (np.diff(sorted(shuffled)) == 1).all() and list(shuffled) != sorted(shuffled)
    half, native, double = play(material, clips[:3], np.zeros(3, int), np.arange(3), rng)
    assert (half - half[0]).tolist() == [0, 0, 1, 1, 2]
    assert (double - double[0]).tolist() == [0, 2, 4, 6, 8]
    short = dataclasses.replace(material, lengths=np.full(40, 3), scripted=True)
    assert play(short, clips[:1], clips[:1], native[:1] * 0 + 1, rng).tolist() == [[0, 1, 2, 2, 2]]


def test_nothing_is_asked_about_what_a_spoilt_clip_no_longer_shows():
    frames, truth = draw_lesson(fades(), np.arange(40).repeat(4), torch.Generator().manual_seed(0))
    assert frames.shape == (160, 4, 3, 16, 16) and frames.abs().max() < 1 + 1e-6
    two = truth["look"] >= LOOKS.index("blended")
    moving = truth["played"] == PLAYED.index("forward")
    assert ((truth["colour"] < 0) == two).all()
    assert ((truth["action"] < 0) == (two | ~moving)).all()
    assert two.any() and (~moving).any() and (truth["speed"] >= 0).any()
    _, clean = draw_lesson(
        fades(), np.arange(40), torch.Generator().manual_seed(0), corrupted=False
    )
    assert not clean["look"].any() and not clean["played"].any() and (clean["action"] >= 0).all()


def test_blurring_keeps_the_mean_and_a_flat_picture():
    flat = torch.full((2, 3, 8, 8), 0.25)
    torch.testing.assert_close(blur(flat, 1.5), flat)
    point = torch.zeros(1, 1, 17, 17)
    point[..., 8, 8] = 1
    blurred = blur(point, 1.0)
    assert blurred.sum() == pytest.approx(1) and blurred.max() == pytest.approx(0.159, abs=0.002)


def test_people_are_kept_apart_and_each_is_held_out_once(tmp_path):
    people_folder(tmp_path)
    material = filmed_material(load_dataset(str(tmp_path)), tmp_path)
    folds = material.folds()
    assert set(material.groups) == {"person 1", "person 2", "person 3", "person 4"}
    assert np.sum(folds, 0).tolist() == [1] * 8
    for held in folds:
        assert not set(material.groups[held]) & set(material.groups[~held])
    assert material.never_saw(folds[0]) == ("person 1", "person 4")


def test_shapes_are_told_by_form_and_nearest_hue():
    dataset = load_shapes(clips=30, frames=4, seed=2)
    material = shapes_material(dataset)
    names = material.attributes["colour"]
    for clip, number in enumerate(material.labels["colour"]):
        red, green, blue = dataset.pixels.scene.colour[clip]
        strongest = ("red", "green", "blue")[np.argmax((red, green, blue))]
        weakest = {"red": "cyan", "green": "magenta", "blue": "yellow"}
        wanted = weakest[("red", "green", "blue")[np.argmin((red, green, blue))]]
        assert names[number] in (strongest, wanted)
    assert (material.labels["shape"] == dataset.pixels.scene.square).all()
