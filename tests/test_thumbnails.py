"""Models by their moving pictures: what is drawn, what the page gets, what may be chosen."""

from __future__ import annotations

import base64
import io
import json
import shutil

import pytest
from PIL import Image

from train.pictures.thumbnail import FRAMES, SEED, SIDE, main
from vidgen.pixels.provenance import read_note
from vidgen.place import MARK
from vidgen.requests import read_request
from vidgen.store.thumbnail import MOST, PICTURE, read_thumbnail
from vidgen.store.weights import FILE_NAME, bundled_folder, bundled_models
from vidgen.studio import Studio
from vidgen.ui.thumbnails import in_groups, picked, pictures_of


@pytest.fixture
def weights(weights_file, tmp_path):
    """`tiny` in a folder of its own."""
    return shutil.copy(weights_file, tmp_path / "tiny.safetensors")


def test_every_bundled_model_has_a_small_one_that_moves_and_says_what_it_shows():
    found = {name: bundled_folder() / name / FILE_NAME for name in bundled_models()}
    pictures = {name: read_thumbnail(file) for name, file in found.items()}
    for name, data in pictures.items():
        assert data, name
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (SIDE, SIDE) and picture.n_frames == FRAMES, name
        request, _, remarks = read_request(read_note(found[name].with_name(PICTURE)))
        assert request.model == name and request.loop and not remarks
    assert sum(map(len, pictures.values())) < 180_000, "all of them come to a page at once"


def test_the_command_draws_one_beside_the_weights(weights, capsys):
    assert main([str(weights), "--action", "wave"]) == 0
    made = weights.with_name(PICTURE)
    assert capsys.readouterr().out.strip() == str(made)
    with Image.open(made) as picture:
        assert picture.size == (SIDE, SIDE) and picture.n_frames > 1
    place = json.loads(read_note(made))
    assert (place["model"], place["seed"], place["action"]) == ("tiny", SEED, "wave")
    assert MARK in place


@pytest.mark.parametrize("wrong", ["nobody", "nowhere/model.safetensors"])
def test_a_model_that_is_not_there_is_refused_in_a_sentence(wrong, capsys):
    assert main([wrong]) == 2
    said = capsys.readouterr().err
    assert said.startswith("train.pictures.thumbnail: ") and said.strip().endswith(".")


def test_what_is_missing_too_large_or_no_picture_is_left_out(tmp_path):
    weights, picture = tmp_path / FILE_NAME, tmp_path / PICTURE
    assert read_thumbnail(weights) is None
    good = b"RIFF\0\0\0\0WEBP".ljust(MOST, b"\0")
    for data, kept in ((good, good), (good + b"\0", None), (b"<svg>", None), (b"", None)):
        picture.write_bytes(data)
        assert read_thumbnail(weights) == kept


def test_the_page_gets_the_pictures_of_what_the_owner_offers(monkeypatch, weights):
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    studio = Studio(str(weights), "hub:some/model")
    asked = studio.file
    monkeypatch.setattr(studio, "file", lambda name: asked(name) if name == "tiny" else 1 / 0)
    told = pictures_of(studio)["models"]
    assert [(model["name"], model["picture"]) for model in told] == [
        ("hub:some/model", None), ("tiny", None),
    ], "nothing is fetched for a picture"  # fmt: skip
    shutil.copy(bundled_folder() / "shapes" / PICTURE, weights.with_name(PICTURE))
    picture = pictures_of(studio)["models"][1]["picture"]
    assert base64.b64decode(picture) == weights.with_name(PICTURE).read_bytes()
    studio.close()


def test_models_of_one_data_set_stand_together_and_the_largest_group_last():
    shown = in_groups(["gestures", "actions", "dcgan-shapes", "shapes", "vae-shapes", "x/hub-y"])
    assert [model["name"] for model in shown] == [
        "gestures", "actions", "x/hub-y", "dcgan-shapes", "shapes", "vae-shapes",
    ]  # fmt: skip
    assert [model["leads"] for model in shown] == [True, True, True, True, False, False]


def test_only_a_model_that_is_offered_can_be_picked(studio):
    chosen = picked(studio, "tiny")
    assert chosen["value"] == "tiny" and chosen["choices"] == ["tiny"]
    for other in ("", "nobody", "../tiny", None, ["tiny"], {"a": 1}):
        assert "value" not in picked(studio, other)
