"""Sample sheets come often at first and ever more rarely; the timelapse is made from them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests.runs import TINY, new_run, tiny_dataset
from tests.tiny import tiny_generator
from train.gan.augment import AugmentConfig, Transforms
from train.pictures.sheets import first_frames, generated_rows
from train.pictures.timelapse import Gallery, log_spaced, main, write_timelapse


def test_sheets_are_due_at_intervals_and_at_log_spaced_moments(tmp_path):
    gallery = Gallery(tmp_path, tiny_dataset(), every=100_000)
    due = [n for n in range(16, 200_001, 16) if gallery.due(n, 16)]
    assert due[0] == 256 and 100_000 in due and 200_000 in due
    assert 25 < len(due) < 40
    steps = np.diff([n for n in due if n not in (100_000, 200_000)])
    assert steps[-1] > 100 * steps[0]


def test_a_step_that_passes_several_moments_draws_once(tmp_path):
    gallery = Gallery(tmp_path, tiny_dataset(), every=10)
    assert [gallery.due(n, 1_000) for n in (1_000, 2_000)] == [True, True]


def test_the_timelapse_shows_the_sheets_in_order_and_is_small(tmp_path):
    generator, dataset = tiny_generator(), tiny_dataset()
    gallery = Gallery(tmp_path, dataset, every=100)
    for clips in (100, 300, 310, 400, 900):
        gallery.add(generator, clips, 16)
    sheets = sorted((tmp_path / "samples").glob("[0-9]*.webp"))
    assert [int(p.stem) for p in log_spaced(sheets)] == [100, 300, 400, 900]
    gallery.write_timelapse()
    with Image.open(tmp_path / "timelapse.webp") as film:
        assert film.size == (4 * 16, 4 * 16 + 20)
        assert film.n_frames > 4
    assert (tmp_path / "timelapse.webp").stat().st_size < 200_000
    assert (tmp_path / "samples" / "real-16.webp").exists()


def test_sizes_that_grew_are_shown_at_one_size(tmp_path):
    gallery = Gallery(tmp_path, tiny_dataset(), every=100)
    gallery.add(tiny_generator(), 300, 8)
    gallery.add(tiny_generator(), 600, 16)
    with Image.open(write_timelapse(tmp_path)) as film:
        assert film.size == (64, 84)


def test_transparency_is_shown_over_grey(tmp_path):
    generator = tiny_generator(channels=4)
    gallery = Gallery(tmp_path, tiny_dataset(), every=100)
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "real-16.webp").touch()
    gallery.add(generator, 300, 16)
    picture = np.asarray(Image.open(tmp_path / "samples" / "000000300.webp").convert("RGB"))
    rows = generated_rows(generator, 16)
    alpha = rows[0, 0, ..., 3:] / 255
    wanted = rows[0, 0, ..., :3] * alpha + 128 * (1 - alpha)
    assert np.abs(picture[:16, :16] - wanted).mean() < 12


def test_a_run_without_sheets_is_told_so(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "no sample sheets" in capsys.readouterr().err


def test_samples_and_weights_never_pass_through_augmentation(tmp_path, monkeypatch):
    objective = dataclasses.replace(TINY.objective, augment=AugmentConfig(1.0))
    run = new_run(tmp_path, config=dataclasses.replace(TINY, objective=objective))

    def refuse(*_):
        pytest.fail("augmented")

    monkeypatch.setattr(Transforms, "apply", refuse)
    run.gallery.add(run.ema, 300, 32)
    run.save()
    assert (tmp_path / "timelapse.webp").exists() and (tmp_path / "model.safetensors").exists()
    with pytest.raises(pytest.fail.Exception):
        run._step()


def test_first_frames_show_every_seed_from_all_sides():
    walks = ("wave", "walk_up", "walk_down", "walk_left")
    tiles = first_frames(tiny_generator(actions=walks), 6).reshape(-1, 16, 16, 3)
    assert len(tiles) == 32 and not tiles[18:].any()
    assert len({tile.tobytes() for tile in tiles[:18]}) == 18
    plain = tiny_generator(actions=())
    assert (first_frames(plain, 3)[0, 2] == generated_rows(plain)[2, 0]).all()
