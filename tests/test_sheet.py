"""Sheets, cut as a game engine would cut them, are the frames that the generator draws."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import TIMING, draw, tiny_generator
from vidgen import CleanUp, native_path, seeded_path, sprite_sheet
from vidgen.pixels.clip import to_pixels
from vidgen.pixels.sheet import LPC, LPC_ACTIONS
from vidgen.types import ActionTiming, Generator

FRAMES = {"spellcast": 7, "thrust": 8, "walk": 9, "slash": 6, "shoot": 13, "hurt": 6}
LPC_TIMING = tuple(
    ActionTiming(8, lead=1, loops=True)
    if name.startswith("walk")
    else ActionTiming(FRAMES[name.split("_")[0]])
    for name in LPC
)


@pytest.fixture(scope="module")
def generator() -> Generator:
    """16x16 RGBA: bend 5 frames, wave 3, walk 1 that stands and 4 in a cycle."""
    return tiny_generator(timing=TIMING, channels=4)


@pytest.fixture(scope="module")
def character() -> Generator:
    """The actions of the Liberated Pixel Cup, in another order than its sheets have them."""
    order = sorted(range(len(LPC)), key=lambda i: LPC[i])
    actions, timing = (tuple(names[i] for i in order) for names in (LPC, LPC_TIMING))
    return tiny_generator(actions=actions, timing=timing, channels=4)


def cut(path: Path) -> tuple[list[np.ndarray], dict]:
    """The frames of a sheet, RGBA, cut out by the rectangles of its JSON; and its tags."""
    described = json.loads(path.with_suffix(".json").read_text())
    meta, frames = described["meta"], described["frames"]
    with Image.open(path.parent / meta["image"]) as sheet:
        assert sheet.mode == "RGBA" and sheet.size == (meta["size"]["w"], meta["size"]["h"])
        pictures = []
        for name, frame in enumerate(frames):
            assert frame["filename"] == str(name), "Phaser finds frames by the numbers in tags"
            x, y, w, h = (frame["frame"][key] for key in "xywh")
            assert (frame["rotated"], frame["trimmed"]) == (False, False)
            assert frame["sourceSize"] == {"w": w, "h": h}
            assert frame["spriteSourceSize"] == {"x": 0, "y": 0, "w": w, "h": h}
            pictures.append(np.asarray(sheet.crop((x, y, x + w, y + h))))
    return pictures, {tag["name"]: tag for tag in meta["frameTags"]}


@pytest.mark.parametrize("scale", [1, 3])
def test_a_sheet_cut_by_another_reader_gives_the_frames_that_are_drawn(generator, tmp_path, scale):
    path, _ = sprite_sheet(generator, 7, scale=scale).save(tmp_path / "a.png")
    pictures, _ = cut(path)
    wanted = torch.cat([draw(generator, native_path(generator.spec, 7, i)) for i in range(3)], 1)
    wanted = to_pixels(wanted).repeat(scale, 1).repeat(scale, 2)
    assert len(pictures) == len(wanted) == 13
    for picture, frame in zip(pictures, wanted, strict=True):
        np.testing.assert_array_equal(picture, frame)


def test_the_rectangles_tile_the_sheet_and_what_is_left_over_is_transparent(generator, tmp_path):
    path, described = sprite_sheet(generator, 7, scale=2).save(tmp_path / "a.png")
    sheet = np.array(Image.open(path))
    covered = np.zeros(sheet.shape[:2], int)
    for frame in json.loads(described.read_text())["frames"]:
        x, y, w, h = (frame["frame"][key] for key in "xywh")
        assert sheet[y : y + h, x : x + w, 3].any()
        covered[y : y + h, x : x + w] += 1
    assert covered.shape == (3 * 32, 5 * 32) and covered.max() == 1
    assert covered.sum() == 13 * 32 * 32
    assert not sheet[covered == 0].any()


def test_tags_cover_all_frames_in_order_and_a_walk_loops_without_its_standing_frame(
    generator, tmp_path
):
    path, described = sprite_sheet(generator, 7).save(tmp_path / "a.png")
    _, tags = cut(path)
    spans = {name: (tag["from"], tag["to"]) for name, tag in tags.items()}
    assert spans == {"bend": (0, 4), "wave": (5, 7), "walk_lead": (8, 8), "walk": (9, 12)}
    assert [tags[name].get("repeat") for name in spans] == ["1", "1", "1", None]
    assert {tag["direction"] for tag in tags.values()} == {"forward"}
    frames = json.loads(described.read_text())["frames"]
    assert [frame["duration"] for frame in frames] == [40] * 13  # ms, at 25 a second


def test_frames_may_be_listed_by_name(generator, tmp_path):
    sheet = sprite_sheet(generator, 7)
    as_list, as_hash = (sheet.describe("a.png", f"json-{form}") for form in ("array", "hash"))
    assert list(as_hash["frames"]) == [str(number) for number in range(13)]
    for frame in as_list["frames"]:
        assert as_hash["frames"][frame.pop("filename")] == frame
    assert as_hash["meta"] == as_list["meta"]
    with pytest.raises(ValueError, match="Format must be one of json-array, json-hash"):
        sheet.describe("a.png", "xml")
    with pytest.raises(ValueError, match="suffix must be one of .png"):
        sheet.save(tmp_path / "a.gif")


def test_lpc_actions_come_in_the_layout_of_lpc_sheets(character, tmp_path):
    path, _ = sprite_sheet(character, 3).save(tmp_path / "a.png")
    pictures, tags = cut(path)
    sheet = np.array(Image.open(path))
    assert sheet.shape == (21 * 16, 13 * 16, 4)
    rows = [name for name in LPC_ACTIONS for _ in range(4)] + ["hurt"]
    for height, name in enumerate(rows):
        row = sheet[height * 16 : (height + 1) * 16, :, 3].reshape(16, 13, 16).any((0, 2))
        assert row.tolist() == [True] * FRAMES[name] + [False] * (13 - FRAMES[name])
    assert tags["walk_down"]["to"] - tags["walk_down"]["from"] == 7
    np.testing.assert_array_equal(pictures[tags["hurt"]["from"]], sheet[-16:, :16])


def test_one_action_is_a_strip_and_all_directions_of_one_are_its_rows(character):
    whole = sprite_sheet(character, 3)
    strip = sprite_sheet(character, 3, action="slash_left")
    np.testing.assert_array_equal(strip.pixels, whole.pixels[13 * 16 : 14 * 16, : 6 * 16])
    walk = sprite_sheet(character, 3, action="walk")
    np.testing.assert_array_equal(walk.pixels, whole.pixels[8 * 16 : 12 * 16, : 9 * 16])


def test_a_cleaned_up_sheet_has_hard_edges_and_few_colours(generator):
    soft, sheet = sprite_sheet(generator, 1), sprite_sheet(generator, 1, clean_up=CleanUp(True, 6))
    assert len(np.unique(soft.pixels[..., 3])) > 2
    assert set(np.unique(sheet.pixels[..., 3])) == {0, 255}
    seen = sheet.pixels[..., 3] > 0
    assert len(np.unique(sheet.pixels[seen], axis=0)) == 6
    assert not sheet.pixels[~seen].any()
    opaque = soft.pixels[..., 3] >= 128
    np.testing.assert_array_equal(opaque, seen)
    error = np.abs(sheet.pixels[seen].astype(int) - soft.pixels[seen])[..., :3].mean()
    assert error < 40, "a palette of the sheet's own colours"


def test_every_strip_of_a_seed_has_the_colours_of_its_sheet(generator):
    few = CleanUp(True, 5)
    again, whole = (
        sprite_sheet(generator, 1, clean_up=few),
        sprite_sheet(generator, 1, clean_up=few),
    )
    np.testing.assert_array_equal(again.pixels, whole.pixels)
    strip = sprite_sheet(generator, 1, action="walk", clean_up=few)
    np.testing.assert_array_equal(strip.pixels, whole.pixels[32:48, : strip.pixels.shape[1]])


def test_progress_is_told_up_to_the_last_frame(generator):
    told = []
    sprite_sheet(generator, 7, progress=lambda *at: told.append(at))
    assert told == [(5, 13), (8, 13), (13, 13)]


def test_native_frames_are_those_of_the_clip_with_the_lead_before_it(generator):
    spec = generator.spec
    native = native_path(spec, 4, "walk")
    assert (native.times * spec.fps).tolist() == [-1, 0, 1, 2, 3]
    clip = seeded_path(spec, 4, 4, action="walk")
    frames = draw(generator, native)
    torch.testing.assert_close(frames[:, 1:], draw(generator, clip), atol=1e-5, rtol=0)
    assert not torch.allclose(frames[:, 0], frames[:, 1], atol=1e-3)


@pytest.mark.parametrize(
    "bad",
    [
        {"seed": -1}, {"seed": "7"}, {"scale": 0}, {"scale": 7}, {"scale": 1.5}, {"scale": None},
        {"action": "fly"}, {"action": 3}, {"action": "walk_lead"}, {"truncation": 9},
        {"clean_up": CleanUp(colors=1)}, {"clean_up": CleanUp(colors=257)},
        {"clean_up": CleanUp(snap="yes")},
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_in_a_sentence(generator, bad):
    with pytest.raises(ValueError) as refused:
        sprite_sheet(generator, **({"seed": 7} | bad))
    sentence = str(refused.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200


@pytest.mark.parametrize("model", [{"channels": 4}, {"timing": TIMING}])
def test_a_model_without_a_script_or_alpha_has_no_sheet(model):
    with pytest.raises(ValueError, match="^A sheet needs a model with native frames and transp"):
        sprite_sheet(tiny_generator(**model), 7)


def test_a_sheet_too_large_to_open_is_refused(generator):
    spec = dataclasses.replace(generator.spec, timing=(ActionTiming(256),) * 3)
    generator = tiny_generator(timing=spec.timing, channels=4)
    with pytest.raises(ValueError, match="A sheet of 24,576 x 288 pixels is too large"):
        sprite_sheet(generator, 7, scale=6)
