"""Weights files that are none: each is refused with one sentence, and nothing else happens."""

import dataclasses
import json
import pickle
import resource
import struct

import pytest
import torch
from safetensors.torch import save_file

from vidgen import limits
from vidgen.store.weights import WeightsError, load_generator


def refused(path) -> str:
    """The sentence with which a file is refused."""
    memory_format = torch.get_default_dtype(), torch.random.get_rng_state()
    with pytest.raises(WeightsError) as caught:
        load_generator(path)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 400, sentence
    assert caught.value.__cause__ is None
    assert torch.get_default_dtype() == memory_format[0]
    assert torch.equal(torch.random.get_rng_state(), memory_format[1])
    return sentence


@pytest.mark.parametrize(
    "source", ["", "  ", None, 7, True, b"actions", ["actions"], "nobody", "../actions", "a\nb"]
)
def test_an_unknown_source_is_refused(source):
    refused(source)


def test_what_is_no_file_is_refused(tmp_path):
    assert "there is no such file" in refused(tmp_path / "absent.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    assert "it is no file" in refused(tmp_path / "folder.safetensors")
    (tmp_path / "empty.safetensors").touch()
    refused(tmp_path / "empty.safetensors")
    refused(f"{tmp_path}/nul\0.safetensors")


def test_a_truncated_file_is_refused_wherever_it_ends(good):
    path, whole = good[0], good[0].read_bytes()
    for size in (1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert "damaged" in refused(path)
    path.write_bytes(whole + b"\0")
    assert "damaged" in refused(path)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "run"), "w"))

    (tmp_path / "pickle.safetensors").write_bytes(pickle.dumps(Bomb()))
    refused(tmp_path / "pickle.safetensors")
    torch.save({"a": Bomb()}, tmp_path / "torch.safetensors")
    refused(tmp_path / "torch.safetensors")
    assert not (tmp_path / "run").exists()


def write_raw(path, header: dict | bytes, length: int | None = None, body: bytes = b"") -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + body)


def test_a_header_that_claims_a_terabyte_is_refused(good):
    path, _, metadata = good
    terabyte = 1 << 40
    claims = {"dtype": "F16", "shape": [terabyte // 2], "data_offsets": [0, terabyte]}
    write_raw(path, {"__metadata__": metadata, "constant": claims})
    assert "damaged" in refused(path)
    for length in (terabyte, 2**64 - 1, limits.MAX_WEIGHTS_BYTES, 0):
        write_raw(path, {"__metadata__": metadata}, length)
        assert "damaged" in refused(path)
    claims = {"dtype": "F16", "shape": [2**63, 2**63], "data_offsets": [0, 0]}
    write_raw(path, {"__metadata__": metadata, "constant": claims})
    assert "damaged" in refused(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "sparse.safetensors"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "at most 128 are allowed" in refused(path)


@pytest.mark.parametrize("header", [b"{" * 100_000, b"[]", b"\xff\xfe", b'{"a":' * 20_000])
def test_a_header_that_is_no_object_is_refused(tmp_path, header):
    write_raw(tmp_path / "odd.safetensors", header)
    assert "damaged" in refused(tmp_path / "odd.safetensors")


def test_a_file_without_our_header_is_foreign(good):
    path, tensors, metadata = good
    for foreign in (None, {}, {"format": "pt"}, metadata | {"format": "vidgen 99"}):
        save_file(tensors, path, foreign)
        assert "something else wrote it" in refused(path)
    for key in ("family", "spec", "config"):
        save_file(tensors, path, {k: v for k, v in metadata.items() if k != key})
        refused(path)
    save_file(tensors, path, metadata | {"family": "x" * 5000})
    assert "must be one of style" in refused(path)


def spoil(good, part: str, **changes) -> str:
    """The sentence after changing fields of the spec or config; None takes a field away."""
    path, tensors, metadata = good
    values = json.loads(metadata[part]) | changes
    values = {key: value for key, value in values.items() if value is not ...}
    save_file(tensors, path, metadata | {part: json.dumps(values)})
    return refused(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"resolution": 10**9},
        {"resolution": -16},
        {"resolution": 16.5},
        {"resolution": 32},
        {"resolution": "16"},
        {"resolution": None},
        {"resolution": [16]},
        {"resolution": True},
        {"resolution": float("nan")},
        {"resolution": ...},
        {"channels": 0},
        {"channels": 4},
        {"fps": float("inf")},
        {"content_dim": 10**12},
        {"content_dim": 9},
        {"motion_dim": -1},
        {"motion_dim": 1},
        {"knot_seconds": 1e-9},
        {"truncation": 1e9},
        {"family": "vae"},
        {"actions": "bend"},
        {"actions": ["bend"]},
        {"actions": ["bend", "bend", "wave"]},
        {"actions": ["", "wave", "walk"]},
        {"actions": ["a\nb", "wave", "walk"]},
        {"actions": ["x" * 1000, "wave", "walk"]},
        {"actions": [1, 2, 3]},
        {"actions": [str(i) for i in range(10_000)]},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_spec_with_impossible_values_is_refused(good, changes):
    spoil(good, "spec", **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"widths": [8192] * 200},
        {"widths": [10**9, 16, 16]},
        {"widths": [-16, 16, 16]},
        {"widths": [16, 16]},
        {"widths": []},
        {"widths": 16},
        {"widths": [[16], 16, 16]},
        {"style_dim": 10**12},
        {"style_dim": 17},
        {"style_dim": 0},
        {"style_dim": "16"},
        {"pose_channels": 64},
        {"pose_channels": -1},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_config_with_impossible_values_is_refused(good, changes):
    spoil(good, "config", **changes)


def test_a_config_larger_than_its_file_is_refused_before_it_takes_memory(good):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "larger than the file" in spoil(good, "config", widths=[8192, 8192, 8192])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000, f"{grown} KiB; the network would take 10 GB"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "1" * 100_000, "{}"])
def test_a_spec_that_is_no_object_is_refused(good, text):
    path, tensors, metadata = good
    save_file(tensors, path, metadata | {"spec": text})
    refused(path)


def test_wrong_tensors_are_refused(good):
    path, tensors, metadata = good

    def sentence(**changes):
        spoilt = {k: v for k, v in (tensors | changes).items() if v is not None}
        save_file(spoilt, path, metadata)
        return refused(path)

    bias = tensors["first.bias"]
    assert "first.bias" in sentence(**{"first.bias": None})
    assert "surprise" in sentence(surprise=bias.clone())
    assert "[17] and should be [16]" in sentence(**{"first.bias": torch.zeros(17).half()})
    assert "[1, 16]" in sentence(**{"first.bias": bias[None].clone()})
    assert "float32 and should be torch.float16" in sentence(**{"first.bias": bias.float()})
    assert "int16" in sentence(**{"first.bias": bias.short()})
    for bad in (float("nan"), float("inf")):
        assert "not numbers" in sentence(**{"first.bias": torch.full((16,), bad).half()})


def test_finite_weights_that_overflow_are_refused(good):
    path, tensors, metadata = good
    huge = {name: torch.full_like(tensor, 6e4) for name, tensor in tensors.items()}
    save_file(huge, path, metadata)
    assert "no picture" in refused(path)


def test_after_a_refusal_a_good_file_still_loads(good, tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"bad")
    refused(tmp_path / "bad.safetensors")
    assert dataclasses.asdict(load_generator(good[0]).spec)["family"] == "style"
