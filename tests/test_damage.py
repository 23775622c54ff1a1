"""Whatever stands in a checkpoint: it is refused in words, or the one before it is used."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
from pathlib import Path

import pytest
import torch

from tests.runs import TINY, new_run, resumed_run, weights_of
from train.config import TrainConfig
from train.options import build_parser
from train.runtime.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from train.setup import resume_run

BAD = (None, True, [], {"a": 1}, "x", -1, 0.5, 10**30, 1e308, [[[]]], "9" * 400)


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Path:
    """A run with two checkpoints, after 8 and 16 clips."""
    folder = tmp_path_factory.mktemp("two") / "run"
    run = new_run(folder)
    run.config = TINY.__class__.from_json(TINY.to_json().replace('"clips": 24', '"clips": 16'))
    run.train()
    assert [c.name[-2:] for c in checkpoints(folder)] == ["08", "16"]
    return folder


@pytest.fixture
def run(two, tmp_path, monkeypatch) -> Path:
    """A copy of it, which finds its tiny data set by its name."""
    from tests.runs import tiny_dataset

    monkeypatch.setattr("train.setup.load_dataset", lambda *_: tiny_dataset())
    monkeypatch.setattr("train.setup.check_data", lambda *_: None)
    monkeypatch.setattr("train.setup.absolute", lambda source: source)
    return Path(shutil.copytree(two, tmp_path / "run"))


def resumed(folder: Path):
    run = resume_run(build_parser().parse_args(["--resume", str(folder)]))
    run.release()
    return run


def rewrite(folder: Path, state: object) -> None:
    """A checkpoint as a program with a mistake would write it: its checksums are right."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    newest = checkpoints(folder)[-1]
    shutil.rmtree(newest)
    newest.mkdir()
    (newest / "part-00").write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    parts = [{"name": "part-00", "sha256": digest}]
    (newest / "manifest.json").write_text(json.dumps({"parts": parts}))


def falls_back(folder: Path, caplog) -> None:
    caplog.clear()
    run = resumed(folder)
    assert run.clips == 8
    (said,) = [r.getMessage() for r in caplog.records if r.name == "train"]
    assert "checkpoint-000000016 is damaged" in said and "\n" not in said
    assert said.endswith("going on from checkpoint-000000008.")


def test_a_whole_run_goes_on_from_the_newest(run):
    assert resumed(run).clips == 16
    assert torch.equal(weights_of(resumed(run)), weights_of(resumed_run(run)))


@pytest.mark.parametrize("name", ["manifest.json", "part-00"])
def test_files_cut_or_changed_anywhere_are_passed_over(run, name, caplog):
    file = checkpoints(run)[-1] / name
    whole, rng = file.read_bytes(), random.Random(0)
    spoilt = [b"", whole[:1], whole[: len(whole) // 2], whole[:-1], b"\0" * len(whole), b"[" * 9999]
    for _ in range(8):
        at = rng.randrange(len(whole))
        spoilt.append(whole[:at] + bytes([whole[at] ^ (1 << rng.randrange(8))]) + whole[at + 1 :])
    for content in spoilt:
        file.write_bytes(content)
        assert load_checkpoint(run)["clips"] == 8, content[:80]
    falls_back(run, caplog)
    file.unlink()
    falls_back(run, caplog)
    file.mkdir()
    falls_back(run, caplog)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: repr(bad)[:20])
def test_a_manifest_of_wrong_values_is_passed_over(run, bad):
    file = checkpoints(run)[-1] / "manifest.json"
    good = json.loads(file.read_text())
    part = good["parts"][0]
    for manifest in (
        bad,
        {"parts": bad},
        {"parts": [bad]},
        {"parts": [part | {"name": bad}]},
        {"parts": [part | {"sha256": bad}]},
        {"parts": [{"name": part["name"]}]},
        {"parts": [part | {"name": "../checkpoint-000000008/part-00"}]},
        {"parts": [part, part]},
    ):
        file.write_text(json.dumps(manifest))
        assert load_checkpoint(run)["clips"] == 8, manifest


def test_a_state_that_is_none_is_passed_over(run, caplog):
    for state in ([], 7, "x", {}, torch.ones(3)):
        rewrite(run, state)
        falls_back(run, caplog)
    newest = checkpoints(run)[-1]
    (newest / "part-00").write_bytes(b"no torch file")
    digest = hashlib.sha256(b"no torch file").hexdigest()
    manifest = {"parts": [{"name": "part-00", "sha256": digest}]}
    (newest / "manifest.json").write_text(json.dumps(manifest))
    falls_back(run, caplog)


@pytest.mark.parametrize(
    "key",
    ["config", "family", "actions", "clips", "seconds", "setbacks", "history", "rng"]
    + ["generator", "ema", "objective"],
)
def test_a_state_with_a_wrong_or_missing_value_is_damaged_or_refused(run, key, monkeypatch):
    """As read from a file, which takes most of the time; with no checkpoint to go back to."""
    good = load_checkpoint(run)
    shutil.rmtree(checkpoints(run)[0])
    tensors = [torch.tensor(float("nan")), torch.zeros(3), torch.zeros(5056, dtype=torch.uint8)]
    for bad in (..., *BAD, *tensors):
        state = {k: v for k, v in good.items() if k != key} | ({} if bad is ... else {key: bad})
        monkeypatch.setattr("train.runtime.checkpoint._read", lambda _, state=state: state)
        harmless = bad is ... and key in ("family", "actions", "setbacks")
        harmless |= key == "seconds" and isinstance(bad, float) and bad == 0.5
        try:
            clips = resumed(run).clips
        except ValueError as error:
            decided = key in ("family", "actions")  # other actions: that is the user's to decide
            assert decided or "checkpoint-000000016 is damaged (" in str(error)
            assert "\n" not in str(error) and not harmless
        else:
            assert clips == 16 and harmless, bad


def nested(value: object, path: tuple = ()):
    """Every place in a nested state that holds a plain value or a tensor."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in items:
        yield (*path, key)
        if isinstance(inside, dict | list):
            yield from nested(inside, (*path, key))


def spoil(value: object, path: tuple, bad: object) -> object:
    """The same with another value in one place, or without it if that is ...."""
    if not path:
        return bad
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and bad is ...:
        del copy[path[0]]
    else:
        copy[path[0]] = spoil(copy[path[0]], path[1:], bad)
    return copy


def test_an_objective_spoilt_anywhere_never_ends_in_a_traceback(run):
    good, rng = load_checkpoint(run), random.Random(1)
    places = list(nested(good["objective"]))
    wrong = (..., *BAD, torch.zeros(3), torch.full((1,), float("inf")))
    for path in rng.sample(places, 15):
        rewrite(run, good | {"objective": spoil(good["objective"], path, rng.choice(wrong))})
        found = resumed(run)
        assert found.clips in (8, 16)
        if found.clips == 16:  # then it was harmless, and trains
            found._prepare()
            found._step()


def test_settings_spoilt_anywhere_are_said_in_words(run):
    good, rng = load_checkpoint(run), random.Random(2)
    config = json.loads(good["config"])
    places = list(nested(config))
    for number in range(120):
        path = places[number % len(places)]
        text = json.dumps(spoil(config, path, rng.choice((..., *BAD))))
        try:
            TrainConfig.from_json(text)
        except ValueError as error:
            assert "\n" not in str(error) and len(str(error)) < 400
    for text in ("", "{", "[]", "null", "[" * 100_000, "1" * 100_000, "{}", '"x"', '{"data": NaN}'):
        with pytest.raises(ValueError):
            TrainConfig.from_json(text)


@pytest.mark.parametrize(
    "name, bad",
    [("precision", "f4"), ("family", "gan"), ("resolution", 64.5), ("resolution", [64])]
    + [("clips", "many"), ("batch", 0), ("batch", 10**30), ("seed", -1), ("grow", 7)]
    + [("grow", [["a", "b"]]), ("data", 7), ("device", None), ("compile", "yes"), ("tracker", [])]
    + [("generator", {"widths": [10**9]}), ("generator", {"widths": "abc"})]
    + [("objective", {"critic": {"widths": [10**12, 8]}}), ("objective", None)],
    ids=str,
)
def test_a_wrong_setting_of_a_run_is_refused_and_named(run, name, bad, caplog):
    good = load_checkpoint(run)
    config = json.loads(good["config"])
    new = config[name] | bad if isinstance(bad, dict) else bad
    rewrite(run, good | {"config": json.dumps(config | {name: new})})
    falls_back(run, caplog)


def test_without_another_checkpoint_it_is_one_sentence(run):
    shutil.rmtree(checkpoints(run)[0])
    (checkpoints(run)[0] / "manifest.json").write_text("{}")
    with pytest.raises(ValueError) as refused:
        resumed(run)
    said = str(refused.value)
    assert said.endswith("checkpoint-000000016 is damaged (manifest.json lists no parts).")


def test_a_run_that_went_on_from_the_one_before_removes_the_damaged_one(tmp_path):
    for clips in (1, 2):
        save_checkpoint(tmp_path, clips * 8, {"clips": clips})
    save_checkpoint(tmp_path, 12, {"clips": 12})
    assert [c.name[-2:] for c in checkpoints(tmp_path)] == ["08", "12"]
