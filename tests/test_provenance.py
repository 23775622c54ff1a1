"""Files say what they show: in their own metadata, there and back, and drawn again alike."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.clips import decoded
from tests.hero import character
from vidgen.__main__ import main
from vidgen.pixels.clip import Clip
from vidgen.pixels.formats import WRITERS, write_frames
from vidgen.pixels.provenance import MAX_BYTES, read_note, signed
from vidgen.requests import (
    ClipRequest,
    MorphRequest,
    SheetRequest,
    fit_request,
    read_request,
    write_request,
)
from vidgen.store.weights import save_generator
from vidgen.studio import FORMATS, Studio
from vidgen.ui.saving import rendered
from vidgen.ui.state import settings_of

NOTE = json.dumps({"vidgen": 1, "model": "<a & b>", "generated": "x" * 300})
ASKED = ClipRequest("tiny", 5, 6, motion_seed=9, action="wave", loop=True, speed=1.5)


def pictures(frames: int = 3, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(0)
    shape = (frames, 16, 16, channels)
    return rng.integers(0, 255, shape).astype(np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("format", WRITERS)
def test_a_note_is_read_back_and_changes_no_pixel(tmp_path, format, count, channels):
    frames = pictures(count, channels)
    plain = Clip(frames, 10).save(tmp_path / f"plain.{format}")
    noted = tmp_path / f"noted.{format}"
    write_frames(noted, [frames], 10, format, "transparent", NOTE)
    assert read_note(noted) == NOTE and read_note(plain) is None
    assert np.array_equal(decoded(plain), decoded(noted))


def test_other_programs_find_the_note(tmp_path):
    frames = pictures()
    for format in ("gif", "png", "webp", "webm"):
        write_frames(tmp_path / f"a.{format}", [frames], 10, format, "transparent", NOTE)
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.info["comment"].decode() == NOTE
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.text["Comment"] == NOTE
    with Image.open(tmp_path / "a.webp") as picture:
        assert b"adobe:ns:meta" in picture.info["xmp"]
    with av.open(str(tmp_path / "a.webm")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 3


@pytest.mark.parametrize("format", WRITERS)
def test_a_file_cut_anywhere_has_no_note_or_its_whole_one_and_breaks_nothing(tmp_path, format):
    path = tmp_path / f"whole.{format}"
    write_frames(path, [pictures(2)], 10, format, "transparent", NOTE)
    data, cut = path.read_bytes(), tmp_path / f"cut.{format}"
    for length in [*range(0, 120), *range(120, len(data), max(1, len(data) // 60))]:
        cut.write_bytes(data[:length])
        assert NOTE.startswith(read_note(cut) or "")


def test_what_is_no_picture_holds_no_note_and_too_long_a_one_is_refused(tmp_path):
    for data in (b"", b"PK\3\4", b"{}", bytes(5000), b"RIFF" + bytes(50)):
        (tmp_path / "x").write_bytes(data)
        assert read_note(tmp_path / "x") is None
        with pytest.raises(ValueError, match="There is no place for a text"):
            signed(data, NOTE)
    with pytest.raises(ValueError, match="may have"):
        signed(b"GIF89a", "x" * (MAX_BYTES + 1))


@pytest.mark.parametrize("format", FORMATS)
def test_a_clip_is_drawn_again_from_its_own_file_frame_by_frame(
    studio, weights_file, tmp_path, format, capsys
):
    made = studio.render(ASKED, 32, format)
    request, file, remarks = read_request(read_note(made))
    assert request == ASKED and file == {"size": 32} and not remarks
    again = tmp_path / f"again.{format}"
    assert main(["generate", "--model", str(weights_file), "--place", str(made), str(again)]) == 0
    assert np.array_equal(decoded(again), decoded(made))
    assert "by file tiny" in capsys.readouterr().out


def test_a_link_the_file_it_made_and_the_command_line_draw_the_same_frames(
    studio, weights_file, tmp_path
):
    def by_the_page(document: str) -> Path:
        """What *Render* makes when the page has taken over a place."""
        values, remarks = settings_of(document, studio)
        assert not remarks
        usual = {"direction": "", "colour": "#123456", "background": "transparent"}
        return rendered(studio, ClipRequest, usual | values | {"format": "webm"})

    link = json.dumps(write_request(replace(ASKED, frames=8, speed=1.0), size=64))
    from_link = by_the_page(link)
    from_file = by_the_page(read_note(from_link))
    (tmp_path / "place.json").write_text(link)
    command = ["generate", "--model", str(weights_file), "--place"]
    assert main([*command, str(tmp_path / "place.json"), str(tmp_path / "out.webm")]) == 0
    frames = decoded(from_link)
    assert len(frames) == 8
    assert np.array_equal(frames, decoded(from_file))
    assert np.array_equal(frames, decoded(tmp_path / "out.webm"))


def test_a_place_file_draws_the_same_and_options_go_before_it(
    studio, weights_file, tmp_path, capsys
):
    place = tmp_path / "place.json"
    place.write_text(json.dumps(write_request(ASKED, size=32) | {"flavour": 1, "action": "fly"}))
    options = ["generate", "--model", str(weights_file), "--place", str(place)]
    assert main([*options, "--action", "wave", str(tmp_path / "a.png")]) == 0
    said = capsys.readouterr().err
    assert "'flavour' is not known here" in said and "does not have every action" in said
    assert np.array_equal(decoded(tmp_path / "a.png"), decoded(studio.render(ASKED, 32, "png")))
    assert main([*options, "--action", "fly", str(tmp_path / "b.png")]) == 2
    capsys.readouterr()
    for bad in (weights_file, tmp_path / "gone.gif", tmp_path / "gone.json"):
        assert main(["generate", "--place", str(bad), str(tmp_path / "c.png")]) in (1, 2)
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_morph_and_a_sheet_say_where_they_are_from(studio, tmp_path, monkeypatch):
    morph = MorphRequest("tiny", 3, 4, seed_b=0, mix=0.0, travel=True)
    request, _, _ = read_request(read_note(studio.render(morph, 16, "gif")))
    assert request == morph
    save_generator(character(), tmp_path / "hero.safetensors")
    heroes = Studio(str(tmp_path / "hero.safetensors"))
    try:
        picture, described = heroes.sheet(SheetRequest("hero", 3, "hit", snap=True))
        said = json.loads(read_note(picture))
        assert said["seed"] == 3 and said["generated"] == "generated by vidgen"
        assert json.loads(described.read_text())["meta"]["vidgen"] == said
    finally:
        heroes.close()


def test_what_a_model_cannot_draw_of_a_place_is_said(studio):
    request, remarks = fit_request(ClipRequest(action="fly", snap=True), studio.spec("tiny"))
    assert request == ClipRequest() and len(remarks) == 2
    request, file, remarks = read_request({"vidgen": 1, "mix": 0.2, "background": "red"})
    assert request == ClipRequest() and file == {} and remarks[0].startswith("Background must be")


def test_ffmpeg_plays_a_noted_webm_to_its_end(tmp_path):
    path = tmp_path / "a.webm"
    write_frames(path, [pictures(20)], 10, "webm", "transparent", NOTE)
    ffmpeg = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"]
    try:
        done = subprocess.run(ffmpeg, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return  # PyAV has read it above
    assert (done.returncode, done.stderr) == (0, "")
