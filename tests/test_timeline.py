"""Timelines: through every keyframe, without a seam, the same from a file and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.clips import decoded
from tests.hero import character
from tests.tiny import draw, tiny_generator
from vidgen import engine
from vidgen.__main__ import main
from vidgen.pixels.provenance import read_note
from vidgen.place import Place
from vidgen.store.weights import save_generator
from vidgen.studio import Studio
from vidgen.timeline import SPHERICAL, WAYS, Keyframe, Timeline, read_timeline, write_timeline
from vidgen.types import CHUNK_FRAMES

PLACES = (Place("tiny", 3, action="wave"), Place("tiny", 4, action="walk"), Place("tiny", 5))
KEYS = tuple(Keyframe(float(at), place) for at, place in zip((0, 1, 3), PLACES, strict=True))


def drawn(generator, timeline: Timeline) -> torch.Tensor:
    parts = [
        frames
        for before, after, share in timeline.pieces(generator.spec)
        for frames in engine.draw(generator, after, before=before, share=share)
    ]
    return torch.cat(parts, 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("family", ["style", "mocogan"])
def test_a_timeline_passes_through_its_keyframes_when_they_are_due(way, family):
    generator = tiny_generator(family)
    frames = drawn(generator, Timeline(KEYS, way=way, fps=8))
    assert frames.shape[1] == 3 * 8 + 1
    for key in KEYS:
        at = int(key.at * 8)
        wanted = draw(generator, key.place.path(generator.spec, 25, 8).between(at, at + 1))
        assert torch.allclose(frames[:, at : at + 1], wanted, rtol=0, atol=2e-5)


@pytest.mark.parametrize("way", WAYS)
def test_contents_on_the_way_stay_as_long_as_noise_is_and_a_spline_has_no_corner(way):
    spec = tiny_generator().spec
    pieces = Timeline(KEYS, way=way, fps=40).pieces(spec)
    content = torch.cat([before.content[0] for before, _, _ in pieces])
    ends = [key.place.path(spec, 1).content.norm() for key in KEYS]
    lengths = content.norm(dim=1)
    assert min(ends) * 0.9 < lengths.min() and lengths.max() < max(ends) * 1.1
    velocity = content.diff(dim=0) * 40
    corner = (velocity[40] - velocity[39]).norm() / velocity[39].norm()
    assert corner > 0.4 if way == SPHERICAL else corner < 0.3


@pytest.mark.parametrize("make", [tiny_generator, character])
def test_a_loop_closes_as_smoothly_as_it_goes_on(make):
    generator = make()
    action = generator.spec.actions[-1]
    places = [Place("tiny", seed, action=action) for seed in (3, 4, 5)]
    keys = tuple(Keyframe(float(at), place) for at, place in enumerate(places))
    frames = drawn(generator, Timeline(keys, loop=True, fps=40))
    assert frames.shape[1] == 120, "back as quickly as from one to the next"
    steps = frames.diff(dim=1).abs().mean((0, 2, 3, 4))
    seam = (frames[:, 0] - frames[:, -1]).abs().mean()
    assert seam <= 1.5 * steps.max()


def test_frames_from_the_middle_are_those_of_the_whole_clip():
    generator, timeline = tiny_generator(), Timeline(KEYS, fps=8)
    whole = drawn(generator, timeline)
    for first in (0, 5, 8, 23, 24):
        before, after, share = next(timeline.pieces(generator.spec, first))
        part = torch.cat(list(engine.draw(generator, after, before=before, share=share)), 1)
        assert 0 < part.shape[1] <= CHUNK_FRAMES
        wanted = whole[:, first : first + part.shape[1]]
        assert torch.allclose(part, wanted, rtol=0, atol=2e-5)


def test_a_timeline_is_a_json_and_back():
    timeline = Timeline(KEYS, seconds=6, loop=True, way=SPHERICAL, fps=12)
    document = json.dumps(write_timeline(timeline, size=64))
    read, file, remarks = read_timeline(document)
    assert read == timeline and file == {"size": 64} and not remarks
    moved = json.loads(document) | {"flavour": "mint"}
    moved["keyframes"].reverse()
    read, _, remarks = read_timeline(moved)
    assert read == timeline and remarks == ["'flavour' is not known here: left out."]


@pytest.mark.parametrize(
    "change",
    [
        {"keyframes": []}, {"keyframes": "two"}, {"keyframes": [1, 2]}, {"vidgen": None, "way": 3},
        {"keyframes": [{"at": 0, "place": {"vidgen": 1}}] * 2}, {"loop": "yes"}, {"fps": "fast"},
        {"keyframes": [{"at": -1, "place": {"vidgen": 1}}, {"at": 1, "place": {"vidgen": 1}}]},
        {"keyframes": [{"at": 0, "place": 1}, {"at": 1, "place": {"vidgen": 1}}]},
        {"keyframes": [{"at": 0, "place": {"vidgen": 1, "model": "a"}},
                       {"at": 1, "place": {"vidgen": 1, "model": "b"}}]},
        {"loop": True, "seconds": 1}, {"keyframes": [{"at": 0, "place": {"vidgen": 1}}] * 65},
        {"fps": 120, "keyframes": [{"at": 0, "place": {"vidgen": 1}},
                                   {"at": 3_000, "place": {"vidgen": 1}}]},
    ],
)  # fmt: skip
def test_what_is_no_timeline_is_refused_in_a_sentence(studio, change):
    document = write_timeline(Timeline(KEYS)) | change
    with pytest.raises(ValueError, match=r"\.$"):
        studio.render(read_timeline(document)[0].of("tiny"), 32)
    for text in ("nonsense", "[]", "1", "[" * 50_000, " " * 99_999):
        with pytest.raises(ValueError, match=r"\.$"):
            read_timeline(text)


def test_the_command_line_renders_what_the_studio_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    save_generator(tiny_generator(), tmp_path / "tiny.safetensors")
    document = json.dumps(write_timeline(Timeline(KEYS, fps=8), size=32))
    (tmp_path / "timeline.json").write_text(document)
    assert main(["render", "timeline.json", "out.webm", "--model", "tiny.safetensors"]) == 0
    assert "tiny" in capsys.readouterr().out
    studio = Studio("tiny.safetensors")
    frames = decoded(studio.render(Timeline(KEYS, fps=8), 32))
    studio.close()
    assert len(frames) == 25 and np.array_equal(frames, decoded(tmp_path / "out.webm"))
    note = json.loads(read_note(tmp_path / "out.webm"))
    assert read_timeline(note)[0] == Timeline(KEYS, fps=8), "the file says what made it"
    assert main(["render", "out.webm", "again.webm", "--model", "tiny.safetensors"]) == 0
    assert np.array_equal(frames, decoded(tmp_path / "again.webm"))
    assert main(["render", "timeline.json", "out.gif", "--fps", "fast"]) == 2
    (tmp_path / "timeline.json").write_text("{}")
    assert main(["render", "timeline.json", "out.gif"]) == 2
    (tmp_path / "timeline.json").write_text(" " * 300_000)
    assert main(["render", "timeline.json", "out.gif"]) == 2
    assert main(["render", "none.json", "out.gif"]) == 1
