"""The studio: what it refuses, what it keeps, what it cleans up, and many callers at once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tiny import ACTIONS, tiny_generator
from vidgen import engine
from vidgen.outbox import Outbox
from vidgen.requests import ClipRequest, MorphRequest, travel_curve
from vidgen.store import hub
from vidgen.store.weights import save_generator
from vidgen.studio import MAX_PREVIEWS, Preview, Studio

NAN, HUGE = float("nan"), 10**30


def picture(preview: Preview) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(preview.grid.image, np.uint8), cv2.IMREAD_COLOR)


def test_models_say_what_they_are(studio: Studio) -> None:
    (model,) = studio.models()
    assert model == {
        "name": "tiny",
        "family": "style",
        "resolution": 16,
        "channels": 3,
        "fps": 25,
        "actions": list(ACTIONS),
        "source": "file tiny.safetensors",
        "license": "",
        "attribution": "",
    }


def test_a_new_studio_has_loaded_nothing(studio: Studio) -> None:
    assert studio.names() == ["tiny"]
    assert not studio._loaded and studio._outbox is None


@pytest.mark.parametrize("format", ["webm", "mp4", "gif", "webp", "apng", "png", "zip"])
def test_a_rendered_clip_lies_in_the_folder(studio: Studio, format: str) -> None:
    told = []
    request = ClipRequest("tiny", 3, frames=20)
    path = studio.render(request, 32, format, progress=lambda *at: told.append(at))
    assert path.is_relative_to(studio.folder) and path.name == f"tiny-seed-3.{format}"
    assert path.stat().st_size > 100
    assert told == [(16, 20), (20, 20)]


def test_an_mp4_without_its_writer_is_refused_before_anything_is_drawn(studio, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(engine, "draw", None)
    with pytest.raises(ValueError, match=r"PyAV, which is not installed: pip install av$"):
        studio.render(ClipRequest("tiny"), 32, "mp4")
    assert studio._outbox is None


@pytest.mark.parametrize(
    "bad",
    [
        {"model": "other"}, {"model": None}, {"model": "../tiny"}, {"model": ["tiny"]},
        {"seed": -1}, {"seed": 2**32}, {"seed": "7"}, {"seed": 1.5}, {"seed": None},
        {"frames": 0}, {"frames": HUGE}, {"frames": NAN}, {"frames": True},
        {"fps": 0}, {"fps": NAN}, {"fps": "fast"}, {"fps": [25]},
        {"action": "fly"}, {"action": 3}, {"action": [1, 0, 0]}, {"action": {}},
        {"truncation": -1}, {"truncation": 9}, {"truncation": NAN}, {"truncation": "x"},
        {"loop": "yes"}, {"loop": None}, {"loop": 1},
        {"size": 0}, {"size": 10**6}, {"size": None}, {"size": 33},
        {"snap": True}, {"snap": 1}, {"colors": 1}, {"colors": 257}, {"colors": "8"},
        {"background": "checkerboard"}, {"background": "red"}, {"background": None},
        {"format": "avi"}, {"format": "../x"}, {"format": None}, {"format": ["gif"]},
        {"frames": 4096, "size": 1024}, {"frames": 4000, "size": 256, "format": "gif"},
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_in_a_sentence(studio: Studio, bad: dict) -> None:
    given = {"model": "tiny", "frames": 2, "size": 32} | bad
    drawn = {
        field.name: given.pop(field.name) for field in fields(ClipRequest) if field.name in given
    }
    with pytest.raises(ValueError) as refused:
        studio.render(ClipRequest(**drawn), **given)
    sentence = str(refused.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200
    assert studio.render(ClipRequest("tiny", frames=2), 32).exists(), "the next request works"


@pytest.mark.parametrize(
    "bad", [{"mix": 2}, {"mix": NAN}, {"mix": None}, {"travel": 1}, {"seed_b": None}]
)
def test_a_morph_out_of_range_is_refused(studio: Studio, bad: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        studio.render(MorphRequest("tiny", frames=2, **bad), 32)


def test_the_player_shows_what_is_rendered(studio: Studio) -> None:
    request = ClipRequest("tiny", 5, frames=9, fps=12, action="wave")
    preview, sheet = studio.preview(request), studio.render(request, 16, "png")
    difference = picture(preview).astype(int) - cv2.imread(str(sheet))
    assert np.abs(difference).mean() < 4
    assert preview.origin == "file tiny.safetensors" and preview.fps == 12


def test_the_player_is_not_asked_for_hours(studio: Studio) -> None:
    with pytest.raises(ValueError, match="Frame count of the player"):
        studio.preview(ClipRequest("tiny", frames=4096))


def test_a_morph_begins_at_a_and_ends_at_b(studio: Studio) -> None:
    same = {"frames": 4, "action": "bend"}
    a, b = (picture(studio.preview(ClipRequest("tiny", seed, **same))) for seed in (1, 2))
    for mix, end in ((0, a), (1, b)):
        request = MorphRequest("tiny", 1, seed_b=2, mix=mix, **same)
        assert (picture(studio.preview(request)) == end).all()
    assert (a != b).any()


def test_a_journey_goes_from_a_to_b_and_a_looped_one_back_again() -> None:
    there = travel_curve(9, loop=False)
    assert there[0] == 0 and there[-1] == 1 and (there.diff() > 0).all()
    back = travel_curve(8, loop=True)
    assert back[0] == 0 and back[4] == 1 and back[7] == pytest.approx(back[1])
    assert ((back >= 0) & (back <= 1)).all()
    assert travel_curve(1, loop=False).tolist() == [0]


def test_previews_are_kept_and_bounded(studio: Studio) -> None:
    first = studio.preview(ClipRequest("tiny", 0, frames=2))
    assert studio.preview(ClipRequest("tiny", 0, frames=2)) is first
    for seed in range(1, MAX_PREVIEWS + 5):
        studio.preview(ClipRequest("tiny", seed, frames=1))
    assert len(studio._previews) == MAX_PREVIEWS
    assert studio.preview(ClipRequest("tiny", 0, frames=2)) is not first


def test_many_callers_at_once_get_their_own_clips(studio: Studio) -> None:
    with ThreadPoolExecutor(8) as pool:
        requests = [ClipRequest("tiny", number % 5, frames=6) for number in range(40)]
        clips = list(pool.map(studio.preview, requests))
    alone = [studio.preview(ClipRequest("tiny", seed, frames=6)) for seed in range(5)]
    assert all(clip.grid.image == alone[i % 5].grid.image for i, clip in enumerate(clips))


def test_a_broken_file_is_left_out_of_the_list_and_the_rest_works(
    studio: Studio, weights_file: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(weights_file.read_bytes()[:1000])
    studio = Studio(str(weights_file), str(broken))
    assert [model["name"] for model in studio.models()] == ["tiny"]
    with pytest.raises(ValueError, match="broken.safetensors is not usable"):
        studio.render(ClipRequest("broken"))


def test_no_weights_at_all_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    studio = Studio()
    studio.warm()
    with pytest.raises(ValueError, match="There are no weights here yet"):
        studio.preview(ClipRequest("actions"))


def test_a_hub_model_is_fetched_beside_and_then_offered(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.safetensors"
    save_generator(tiny_generator(actions=()), file)
    asked = []

    def fetch(source: str, name: str, *, progress=None, token=None) -> hub.Fetched:
        asked.append(source)
        studio.preview(ClipRequest("tiny", len(asked)))  # nothing waits for a download
        progress(5, 10)
        return hub.Fetched(file, "user/repo", "0123456789abcdef")

    monkeypatch.setattr(hub, "fetch", fetch)
    told = []
    name = studio.fetch(" user/repo@v1 ", lambda *at: told.append(at))
    assert asked == ["hub:user/repo@v1"] and told == [(5, 10)]
    assert name in studio.names()
    assert studio.describe(name)["source"] == "hub user/repo at 0123456789ab"
    assert studio.render(ClipRequest(name, frames=2), 32).name == "user-repo-v1-seed-0.webm"
    assert len(asked) == 1, "a fetched model is not asked for again"


@pytest.mark.parametrize("source", ["", None, "../../x", "hub:", "no-slash", "a/b@../c", "x" * 999])
def test_what_names_no_repository_is_refused(studio: Studio, source: object) -> None:
    with pytest.raises(ValueError, match="names no Hub repository"):
        studio.fetch(source)
    assert studio.names() == ["tiny"]


def test_what_a_killed_process_left_is_swept_up_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = {
        "killed": f"vidgen-{ended.pid}-a", "young": f"vidgen-{ended.pid}-b",
        "alive": f"vidgen-{os.getpid()}-c", "foreign": "vidgen-x-d",
    }  # fmt: skip
    for name in names.values():
        (tmp_path / name / "token").mkdir(parents=True)
        if name != names["young"]:
            os.utime(tmp_path / name, (0, 0))
    outbox = Outbox()
    left = {folder.name for folder in tmp_path.iterdir()} - {outbox.folder.name}
    assert left == {names["young"], names["alive"], names["foreign"]}
    outbox.close()


def test_the_outbox_keeps_few_small_young_files() -> None:
    outbox = Outbox(max_files=3, max_bytes=1000, max_age=60)
    for number in range(5):
        outbox.reserve(f"{number}.webm").write_bytes(b"x" * 10)
    assert [path.name for path in outbox.files()] == ["2.webm", "3.webm", "4.webm"]
    outbox.reserve("large.webm").write_bytes(b"x" * 2000)
    outbox.reserve("next.webm").write_bytes(b"x")
    assert [path.name for path in outbox.files()] == ["next.webm"]
    outbox.max_age = 0
    time.sleep(0.01)
    outbox.reserve("newest.webm").write_bytes(b"x")
    assert [path.name for path in outbox.files()] == ["newest.webm"]
    assert len(list(outbox.folder.iterdir())) == 1, "folders go with their files"
    outbox.close()
    assert not outbox.folder.exists()


def test_rendered_files_are_gone_when_the_program_ends(weights_file: Path) -> None:
    program = (
        "import sys; from vidgen.studio import ClipRequest, Studio; studio = Studio(sys.argv[1]);"
        "path = studio.render(ClipRequest('tiny', frames=2), 32); assert path.exists(); print(path)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(weights_file)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    path = Path(run.stdout.strip())
    assert path.name == "tiny-seed-0.webm" and not path.parent.parent.exists()
