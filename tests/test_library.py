"""The models at hand: described by their headers, loaded apart, held within a number of bytes."""

from __future__ import annotations

import shutil
import threading

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.tiny import every_family, tiny_generator
from vidgen.requests import ClipRequest
from vidgen.store import weights
from vidgen.store.library import Library
from vidgen.store.weights import save_generator
from vidgen.studio import Studio


@pytest.fixture
def library(monkeypatch):
    """Makes a library of nothing but the files that it is given."""
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    return lambda *files: Library(*map(str, files))


def no_reading(*arguments):
    raise AssertionError("nothing was to be loaded")


@every_family
def test_a_header_says_what_loading_says(family, tmp_path):
    save_generator(tiny_generator(family), tmp_path / "tiny.safetensors")
    loaded = weights.load_generator(tmp_path / "tiny.safetensors")
    assert weights.read_spec(tmp_path / "tiny.safetensors") == loaded.spec


def test_bundled_models_are_described_as_they_load():
    library = Library()
    for model in library.models():
        generator = library.generator(model["name"])
        assert (model["source"], model["resolution"]) == (
            generator.origin,
            generator.spec.resolution,
        )
        assert library.spec(model["name"]) == generator.spec


def test_models_are_described_without_loading_any(library, weights_file, monkeypatch):
    monkeypatch.setattr(weights, "read", no_reading)
    found = library(weights_file)
    assert [model["name"] for model in found.models()] == ["tiny"]
    assert found.spec("tiny").resolution == 16


def test_a_file_whose_numbers_are_bad_is_unusable_in_the_list_once_that_is_known(library, good):
    path, tensors, metadata = good
    tensors["first.bias"] = torch.full((16,), float("nan")).half()
    save_file(tensors, path, metadata)
    found = library(path)
    with pytest.raises(ValueError, match="not numbers") as refused:
        found.generator("good")
    assert found.models() == []
    with pytest.raises(ValueError) as described:
        found.describe("good")
    assert str(described.value) == str(refused.value)


@pytest.mark.parametrize("spoil", ["shape", "dtype", "name"])
def test_a_header_that_does_not_fit_is_refused_unread(library, good, spoil, monkeypatch):
    path, tensors, metadata = good
    bias = tensors.pop("first.bias")
    wrong = {"shape": bias[:8].clone(), "dtype": bias.float(), "name": bias}
    tensors["other" if spoil == "name" else "first.bias"] = wrong[spoil]
    save_file(tensors, path, metadata)
    with pytest.raises(ValueError) as loaded:
        weights.load_generator(path)
    monkeypatch.setattr(weights, "read_tensors", no_reading)
    with pytest.raises(ValueError) as described:
        library(path).spec("good")
    assert str(described.value) == str(loaded.value)


def test_a_file_that_is_written_anew_is_described_and_drawn_anew(library, tmp_path):
    file = tmp_path / "run.safetensors"
    save_generator(tiny_generator(), file)
    found = library(file)
    before = found.generator("run")
    assert found.generator("run") is before
    save_generator(tiny_generator(actions=("jump",)), file)
    assert found.describe("run")["actions"] == ["jump"]
    assert found.generator("run").spec.actions == ("jump",)
    file.unlink()
    for ask in (found.describe, found.generator):
        with pytest.raises(ValueError, match="there is no such file"):
            ask("run")


def test_a_preview_follows_the_file(monkeypatch, tmp_path):
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    file = tmp_path / "run.safetensors"
    save_generator(tiny_generator(), file)
    studio = Studio(str(file))
    before = studio.preview(ClipRequest("run", frames=2))
    other = tiny_generator()
    other.to_image[-1].bias.data += 1
    save_generator(other, file)
    assert studio.preview(ClipRequest("run", frames=2)).grid.image != before.grid.image


def test_what_could_not_be_read_for_once_is_tried_again(library, weights_file, monkeypatch):
    found = library(weights_file)
    read = weights.check_size

    def no_more_files(path):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(weights, "check_size", no_more_files)
    for ask in (found.spec, found.generator):
        with pytest.raises(ValueError, match="too many open files"):
            ask("tiny")
    monkeypatch.setattr(weights, "check_size", read)
    assert found.spec("tiny") == found.generator("tiny").spec


def test_loading_one_model_never_holds_up_another(library, weights_file, tmp_path, monkeypatch):
    slow = tmp_path / "slow.safetensors"
    shutil.copy(weights_file, slow)
    found, read = library(weights_file, slow), weights.read
    begun, go_on = threading.Event(), threading.Event()

    def slowly(path, origin):
        if path == slow:
            begun.set()
            assert go_on.wait(60)
        return read(path, origin)

    monkeypatch.setattr(weights, "read", slowly)
    loading = [threading.Thread(target=found.generator, args=("slow",)) for _ in range(2)]
    for thread in loading:
        thread.start()
    assert begun.wait(60)
    done = []
    other = threading.Thread(target=lambda: done.append(found.generator("tiny")), daemon=True)
    other.start()
    other.join(60)
    assert done and found.spec("slow") and len(found.models()) == 2
    go_on.set()
    for thread in loading:
        thread.join(60)
    assert found.generator("slow") is found.generator("slow")


def test_thirty_six_models_are_each_loaded_once(library, weights_file, tmp_path, monkeypatch):
    files = [tmp_path / f"{number}.safetensors" for number in range(36)]
    for file in files:
        shutil.copy(weights_file, file)
    found, read, loads = library(*files), weights.read, []
    monkeypatch.setattr(weights, "read", lambda *given: loads.append(given) or read(*given))
    for _ in range(2):
        for file in files:
            found.generator(file.stem)
    assert len(loads) == 36


def test_generators_are_held_within_a_number_of_bytes(library, weights_file, tmp_path):
    files = [tmp_path / f"{number}.safetensors" for number in range(4)]
    for file in files:
        shutil.copy(weights_file, file)
    found = library(*files)
    size = found.loaded("0").size
    assert size == sum(4 * tensor.numel() for tensor in load_file(weights_file).values())
    found.max_loaded_bytes = 2 * size
    for name in ("1", "0", "2", "0"):
        found.generator(name)
    assert list(found._loaded) == ["2", "0"], "the one used least went"
    found.max_loaded_bytes = 0
    assert found.generator("3") is found.generator("3"), "the newest is always held"
    assert list(found._loaded) == ["3"]


def test_equal_weights_make_equal_files(tmp_path):
    for name in ("a", "b", "c"):
        save_generator(tiny_generator(), tmp_path / name)
    first, *others = (tmp_path / name for name in ("a", "b", "c"))
    assert all(first.read_bytes() == other.read_bytes() for other in others)
    with safe_open(first, "pt") as file:
        assert list(file.metadata()) and set(file.keys()) == set(tiny_generator().state_dict())
    assert int.from_bytes(first.read_bytes()[:8], "little") % 8 == 0, "numbers stay aligned"
