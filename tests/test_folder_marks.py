"""Promises of what a folder says of its clips: held-out ones are never learnt from, loops go on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from clips import levels, pictures, write_animation
from test_data import numbered, rng, values_of

from train.data import load_dataset
from train.data.tempo import measure_tempo

NAMES = ["bow/ann.webp", "bow/bob.webp", "wave/ann.webp", "wave/bob.webp"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in NAMES:
        write_animation(tmp_path / "set" / name, pictures(12), [42] * 12)
    return tmp_path / "set"


def test_what_heldout_names_is_in_the_data_and_in_no_batch(folder):
    (folder / "heldout.txt").write_text("# never shown\n\nwave/ann.webp\n")
    dataset = load_dataset(str(folder), 16)
    assert len(dataset) == 4 and dataset.heldout == (2,) and dataset.names[2] == "wave/ann.webp"
    assert dataset.trained.tolist() == [0, 1, 3]
    shown = dataclasses.replace(numbered([8, 9, 10, 9]), heldout=(2,)).batch(500, 3, 8, rng())
    assert set((values_of(shown) // 50).flatten().tolist()) == {0, 1, 3}


def test_a_list_in_the_folder_above_counts_for_the_sets_below_it(folder):
    (folder.parent / "heldout.txt").write_text("set/bow/bob.webp\nother/bow/ann.webp\n")
    assert load_dataset(str(folder), 16).heldout == (1,)
    assert load_dataset(str(folder / "wave"), 16).heldout == ()


def test_a_held_out_clip_that_is_not_there_is_told(folder, caplog):
    (folder / "heldout.txt").write_text("wave/eve.webp\nwave/ann.webp\n")
    assert load_dataset(str(folder), 16).heldout == (2,)
    assert "heldout.txt names 1 clips that are not here (wave/eve.webp)" in caplog.text


@pytest.mark.parametrize("content", [b"\xff\xfe\x00broken", "\n".join(NAMES).encode()])
def test_a_list_that_cannot_be_followed_is_refused(folder, content):
    (folder / "heldout.txt").write_bytes(content)
    with pytest.raises(ValueError, match="heldout.txt"):
        load_dataset(str(folder), 16)


def test_a_folder_says_by_a_file_or_a_source_by_its_beginning_that_clips_are_loops(folder):
    assert not load_dataset(str(folder), 16).loops
    assert load_dataset(f"loops:{folder}", 16).loops
    (folder.parent / "loops.txt").touch()
    assert load_dataset(str(folder), 16).loops


def test_clips_know_their_exact_rate_and_whom_they_show(folder):
    dataset = load_dataset(str(folder), 16)
    assert dataset.fps == pytest.approx(1000 / 42, abs=1e-9)
    assert dataset.subjects == ("ann", "bob", "ann", "bob") and dataset.lengths.tolist() == [12] * 4
    assert levels(dataset) == list(range(12))


def test_windows_of_loops_begin_anywhere_and_go_on_across_the_seam():
    dataset = dataclasses.replace(numbered([20, 7]), loops=True)
    batch = dataset.batch(2000, 4, 6, rng())
    clip, frame = values_of(batch) // 50, values_of(batch) % 50
    assert (clip == clip[:, :1]).all()
    length = torch.tensor([20, 7])[clip]
    steps = (batch.times * 10).round().long()
    assert torch.equal((frame[:, :1] + steps) % length, frame) and steps.max() == 5
    firsts = torch.bincount(frame[:, 0][clip[:, 0] == 0], minlength=20)
    assert firsts.min() > 0.5 * firsts.float().mean()  # the last frame as often as any


def test_some_of_the_clips_are_a_data_set_of_their_own():
    dataset = dataclasses.replace(numbered([5, 6, 7, 8]), heldout=(1,), names=tuple("abcd"))
    held = dataset.chosen(np.array(dataset.heldout))
    assert len(held) == 1 and held.names == ("b",) and held.trained.tolist() == [0]
    assert np.array_equal(held.clip(0), dataset.clip(1))
    assert dataset.chosen(dataset.trained).names == ("a", "c", "d")


def test_tempos_are_not_measured_on_what_is_held_out():
    seconds = np.arange(64) / 10
    waves = [127 + 100 * np.sin(2 * np.pi * hz * seconds) for hz in (0.5, 2, 2)]
    dataset = numbered([64, 64, 64], actions=())
    pixels = np.concatenate(waves).astype(np.uint8)[:, None, None, None]
    dataset = dataclasses.replace(
        dataset, pixels=np.broadcast_to(pixels, (192, 8, 8, 3)), labels=np.zeros(3, int)
    )
    assert measure_tempo(dataset) == pytest.approx([2], rel=0.1)
    assert measure_tempo(dataclasses.replace(dataset, heldout=(1, 2))) == pytest.approx([0.5], 0.1)
