"""What the page's handlers do, without a browser: settings, files, sheets, sentences."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.hero import character
from tests.tiny import tiny_generator
from vidgen import load_generator, seeded_path
from vidgen.requests import ClipRequest, MorphRequest, SheetRequest, write_request
from vidgen.store.terms import Terms
from vidgen.store.weights import DEFAULT_MODEL, save_generator
from vidgen.studio import Studio
from vidgen.ui import state
from vidgen.ui.characters import request_of
from vidgen.ui.page import fetching
from vidgen.ui.player import answer
from vidgen.ui.reasons import REASONS
from vidgen.ui.saving import links, rendered, shown, told
from vidgen.ui.sentences import SENTENCES, in_all_languages, translated
from vidgen.ui.tabs import morph, sheet
from vidgen.ui.tabs.shell import placed
from vidgen.ui.words import ACTIONS, LANGUAGES, TABLE, action_text, text

ENGLISH, CHINESE = LANGUAGES
TERMS = Terms("mit", "<i>Nobody</i>")
FIELDS_SHOWN = (
    "model", "seed", "frames", "fps", "action", "truncation", "loop", "motion_seed",
)  # fmt: skip
FILE = {
    "model": "tiny", "seed": 5, "frames": 8, "fps": 12, "action": "wave", "direction": "down",
    "truncation": 0.5, "loop": True, "snap": False, "colors": 0, "background": "transparent",
    "colour": "#123456", "size": 32, "format": "gif",
}  # fmt: skip


@pytest.fixture
def hero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A studio whose only model has directions, a script and transparency."""
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    path = tmp_path / "hero.safetensors"
    save_generator(character(), path)
    studio = Studio(str(path))
    yield studio
    studio.close()


def test_a_model_brings_its_actions_and_hides_what_it_has_no_use_for():
    found = state.for_model(tiny_generator().spec, ENGLISH)
    assert found["action"]["choices"] == [
        state.ANY_ACTION, ("bend", "bend"), ("wave", "wave"), ("walk", "walk")
    ]  # fmt: skip
    assert found["action"]["value"] == "" and found["fps"] == {"value": 25}
    assert not found["direction"]["visible"] and not found["art"]["visible"]
    assert found["frames"]["visible"]
    found = state.for_model(character().spec, CHINESE)
    assert found["action"]["value"] == "walk", "what goes on for ever comes first"
    assert ("行走", "walk") in found["action"]["choices"]
    assert found["direction"]["value"] == "down" and found["art"]["visible"]
    assert not found["frames"]["visible"]
    assert set(found) == set(state.BROUGHT)


def test_a_page_begins_with_what_its_visitor_had_set(hero):
    kept = {
        "model": "hero", "seed": 400, "action": "hit", "direction": "all", "fps": 12,
        "truncation": 0.3, "snap": True, "colors": 16, "background": "colour", "size": 64,
        "colour": "#00ff00", "format": "apng", "loop": False, "frames": 32,
    }  # fmt: skip
    found = state.on_arrival(hero, ENGLISH, kept)
    assert {
        name: properties["value"] for name, properties in found.items() if name != "art"
    } == kept
    assert found["frames"]["visible"] is False, "the model has the last word on that"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "gone"), ("model", None), ("model", ["tiny"]), ("seed", 4000), ("seed", 1.5),
        ("seed", "7"), ("seed", True), ("fps", math.nan), ("fps", 1e9), ("truncation", -1),
        ("action", "fly"), ("action", ["wave"]), ("action", {"wave": 1}), ("direction", "up"),
        ("snap", True), ("snap", 1), ("colors", 7), ("background", "checkerboard"),
        ("colour", "red;position:fixed"), ("size", 65), ("format", "exe"), ("loop", "yes"),
    ],
)  # fmt: skip
def test_what_a_browser_says_is_taken_only_if_the_controls_could_have_been_set_to_it(
    studio, name, value
):
    found = state.on_arrival(studio, ENGLISH, {"model": "tiny", name: value})
    assert "value" not in found.get(name, {}) or found[name]["value"] != value
    if name != "model":
        assert found["model"]["value"] == "tiny"


def test_a_model_that_cannot_be_loaded_brings_nothing_and_breaks_nothing(monkeypatch, studio):
    def broken(model: str):
        raise ValueError("broken")

    monkeypatch.setattr(studio, "spec", broken)
    assert state.on_arrival(studio, ENGLISH, {"model": "tiny"})["action"]["value"] == ""
    assert state.looks_around(studio, "tiny", "wave")
    assert sheet.choices_of(studio, "tiny") == [sheet.EVERYTHING]
    assert not sheet.draws_sheets(studio, "tiny")


def test_a_tab_renders_what_its_controls_say(studio):
    made = rendered(studio, ClipRequest, FILE)
    with Image.open(made) as picture:
        assert picture.size == (32, 32) and picture.n_frames == 8
    again = rendered(studio, ClipRequest, FILE | {"seed": 6})
    assert made.read_bytes() != again.read_bytes()
    with pytest.raises(ValueError, match="^Truncation must be a number from 0 to 1.5, not 7.$"):
        rendered(studio, ClipRequest, FILE | {"truncation": 7})


def test_a_file_is_called_what_it_shows():
    assert ClipRequest("m", 7).name == "seed-7"
    asked = {"action": "wave", "truncation": 0.7, "fps": 12.5}
    assert ClipRequest("m", 7, **asked).name == "seed-7-wave-truncation-0.7-12.5fps"
    assert MorphRequest("m", 7, seed_b=8, mix=0.25).name == "seeds-7-8-mix-0.25"
    assert (
        MorphRequest("m", 7, seed_b=8, travel=True, action="wave").name == "seeds-7-8-travel-wave"
    )
    assert SheetRequest("m", 7, truncation=0.5).name == "seed-7-sheet-truncation-0.5"


def test_a_file_is_shown_with_its_name_in_text_and_never_as_html(studio, tmp_path):
    made = tmp_path / '<b onclick="x">.gif'
    made.write_bytes(b"GIF")
    page = shown(made, CHINESE, TERMS)
    assert "<i>" not in page and "Nobody" in page
    assert "<b" not in page and "&lt;b onclick=&quot;x&quot;&gt;.gif" in page
    assert text("made", CHINESE) in page and text("outdated", CHINESE) in page
    assert "hidden" in links([made], ENGLISH, TERMS), "it is not outdated yet"


def test_drawing_and_writing_are_two_phases_of_the_bar():
    bar = []
    report = told(lambda at, desc, unit: bar.append((at, desc)), ENGLISH)
    for done in (16, 32):
        report(done, 32)
    assert bar[0] == ((16, 32), "Drawing frames")
    assert bar[1][1] == text("encoding") and bar[1][0] != (32, 32), "it is not done yet"


def test_the_sheet_tab_draws_what_its_controls_say(hero):
    values = {"model": "hero", "seed": 3, "action": "hit", "scale": 2, "snap": True, "colors": 0}
    picture, described = sheet.drawn(hero, values)
    with Image.open(picture) as made:
        assert made.size == (3 * 32, 4 * 32)
    assert described.suffix == ".json" and sheet.draws_sheets(hero, "hero")
    assert sheet.choices_of(hero, "hero", CHINESE)[:2] == [sheet.EVERYTHING, ("行走", "walk")]


def test_the_hub_field_tells_how_far_it_is_and_what_came_of_it(studio, monkeypatch):
    def fetch(source, progress, token):
        assert token is False, "a visitor must not reach the owner's private models"
        if source == "bad":
            raise ValueError("The Hub could not be reached.")
        progress(512, 1024)
        return "hub:a/b"

    monkeypatch.setattr(studio, "fetch", fetch)
    told = list(fetching(studio, "good", ENGLISH))
    assert told[0] == "Fetching …" and told[-1] == "hub:a/b is ready: choose it as the model."
    assert list(fetching(studio, "bad", CHINESE))[-1] == "无法连接 Hub。"


def test_the_player_gets_its_sentences_in_both_languages(studio):
    refused = answer(studio, ClipRequest, ["model", "seed"], {"model": "tiny", "seed": -1})
    english = "Seed must be a whole number from 0 to 4,294,967,295, not -1."
    chinese = "种子必须是 0 到 4,294,967,295 之间的整数，而不是 -1。"
    words = {ENGLISH: english, CHINESE: chinese}
    assert refused == {"error": english, "words": words, "busy": False}
    drawn = answer(studio, ClipRequest, ["model"], {"model": "tiny"})
    assert drawn["origin"] == {ENGLISH: "file tiny.safetensors", CHINESE: "文件 tiny.safetensors"}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("bundled actions", "自带的 actions"),
        ("Model must be one of tiny, not None.", "模型必须是以下之一：tiny，而不是 空。"),
        (
            "Action must be one of walk, hit (these also with _up, _left), fall, not 'fly'.",
            "动作必须是以下之一：walk, hit（也可加后缀 _up, _left）, fall，而不是 'fly'。",
        ),
        ("Nobody has thought of this.", "出了问题：Nobody has thought of this."),
        ("", ""),
    ],
)
def test_the_servers_sentences_are_said_in_chinese(english: str, chinese: str):
    assert translated(english, CHINESE) == chinese
    assert translated(english, ENGLISH) == english
    assert in_all_languages(english) == {ENGLISH: english, CHINESE: chinese}


def test_every_word_and_sentence_has_both_languages_with_the_same_places():
    for english, chinese in [*TABLE.values(), *SENTENCES.items(), *REASONS.items()]:
        assert english and chinese
        assert english.count("{") == chinese.count("{"), english
    assert all(ACTIONS.values()) and action_text("raise_hand") == "raise hand"


def test_a_place_sets_the_controls_and_says_what_they_cannot_show(studio, hero):
    request = ClipRequest("tiny", 5, 8, 12, "wave", 0.5, True, motion_seed=9)
    values, remarks = state.settings_of(json.dumps(write_request(request, size=64)), studio)
    assert not remarks and ClipRequest(**{name: values[name] for name in FIELDS_SHOWN}) == request
    assert values["own_motion"] and values["size"] == 64
    asked = {name: values.get(name, "") for name in ("action", "direction", *FIELDS_SHOWN)}
    assert request_of(studio, ClipRequest, **asked, own_motion=True) == request
    plain, _ = state.settings_of(json.dumps(write_request(ClipRequest("tiny"))), studio)
    assert (plain["seed"], plain["own_motion"], plain["loop"]) == (0, False, False)
    walk = write_request(ClipRequest("hero", action="walk_left")) | {"background": "#336699"}
    values, _ = state.settings_of(json.dumps(walk), hero)
    assert (values["action"], values["direction"]) == ("walk", "left")
    assert (values["background"], values["colour"]) == ("colour", "#336699")
    strange = {"vidgen": 1, "model": "gone", "seed": 4000, "action": {"wave": 1}, "speed": 2}
    values, remarks = state.settings_of(json.dumps(strange), studio)
    assert values["model"] == "tiny" and len(remarks) == 2
    assert remarks[1].endswith("leaves it out: action, seed, speed.")
    assert placed(studio, "[]") == ({}, [remark for _, [remark] in [placed(studio, "7")]])
    found = state.on_arrival(studio, ENGLISH, values)
    assert found["model"]["value"] == "tiny"


def test_morph_opens_on_two_clips_that_one_can_tell_apart():
    generator = load_generator(DEFAULT_MODEL)
    paths = [seeded_path(generator.spec, seed, 4) for seed in (*morph.SEEDS, 1007)]
    with torch.inference_mode():
        a, b, other = (generator(path)[0, :, :3] for path in paths)
    far = (a - b).abs().mean()
    assert far > 0.2 and far > 0.5 * (a - other).abs().mean()


def test_a_draft_is_a_part_of_the_clip(studio):
    whole = answer(studio, ClipRequest, ["model", "frames"], {"model": "tiny", "frames": 40})
    assert (whole["frames"], whole["start"], whole["total"]) == (40, 0, 40)
    for start, begins in ((0, 0), (10, 10), (39, 24), (999, 24)):
        request = {"model": "tiny", "frames": 40, "start": start}
        draft = answer(studio, ClipRequest, ["model", "frames"], request)
        assert (draft["frames"], draft["start"], draft["total"]) == (16, begins, 40)
        assert draft["place"] == whole["place"]
    few = answer(
        studio, ClipRequest, ["model", "frames"], {"model": "tiny", "frames": 9, "start": 4}
    )
    assert (few["frames"], few["start"], few["total"]) == (9, 0, 9)
    for start in (-1, "0", 10**9):
        assert "error" in answer(studio, ClipRequest, ["model"], {"model": "tiny", "start": start})
