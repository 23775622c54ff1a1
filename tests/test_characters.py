"""Directions side by side, requests of scripted models, backgrounds, clean-up, and morphs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.hero import ACTIONS, WAYS, character
from tests.tiny import TIMING, draw, tiny_generator
from vidgen import __main__ as command_line
from vidgen import mix, morph, seeded_path
from vidgen.directions import actions_of, direction_groups, side_by_side
from vidgen.pixels.clip import Clip, render
from vidgen.pixels.formats import CHECKER_GREYS
from vidgen.requests import ClipRequest, MorphRequest, SheetRequest
from vidgen.store.weights import save_generator
from vidgen.studio import Studio


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "hero.safetensors"
    save_generator(character(), path)
    return path


@pytest.fixture(scope="module")
def studio(file: Path):
    studio = Studio(str(file))
    yield studio
    studio.close()


def test_names_that_end_in_directions_belong_together():
    groups = direction_groups(ACTIONS)
    assert list(groups) == ["walk", "hit"]
    assert groups["walk"] == {way: f"walk_{way}" for way in WAYS}
    assert direction_groups(("walk", "walk_up", "walk_down")) == {}, "walk is an action itself"
    named = ("walk_front", "walk_left", "walk_right")
    facing = {"left": "walk_left", "down": "walk_front", "right": "walk_right"}
    assert direction_groups(named) == {"walk": facing}
    spec = character().spec
    assert actions_of(spec, "hit") == tuple(f"hit_{way}" for way in WAYS)
    assert actions_of(spec, "fall") == ("fall",)
    with pytest.raises(ValueError, match="walk, hit .these also with _up.*, fall, throw_up, not"):
        actions_of(spec, "fly")


def test_clips_side_by_side_fill_a_square_and_a_lonely_one_stays_as_it_is():
    clips = torch.arange(1, 5.0).view(4, 1, 1, 1, 1).expand(4, 3, 4, 2, 2)
    square = side_by_side(clips)
    assert square.shape == (1, 3, 4, 4, 4)
    assert square[0, 2, 3].tolist() == [[1, 1, 2, 2]] * 2 + [[3, 3, 4, 4]] * 2
    assert torch.equal(side_by_side(clips[:1]), clips[:1])
    assert (side_by_side(clips[:3])[..., 2:, 2:] == -1).all(), "transparent black"


def test_a_scripted_clip_is_whole_cycles_long_at_any_rate():
    spec = character().spec
    lengths = {
        action: ClipRequest(action=action).path(spec).frames
        for action in ("walk_up", "hit", "fall")
    }
    assert lengths == {"walk_up": 4, "hit": 3, "fall": 6}
    assert ClipRequest(action="walk_up", fps=75).path(spec).frames == 12
    assert ClipRequest(action="walk_up", frames=9).path(spec).frames == 9
    assert MorphRequest(action="walk", travel=True).path(spec).frames == 16
    assert ClipRequest().path(tiny_generator().spec).frames == 64


def test_a_group_is_drawn_in_all_directions_each_as_it_is_alone(studio):
    def rendered(action: str, size: int) -> np.ndarray:
        path = studio.render(ClipRequest("hero", 5, action=action), size, "apng")
        with Image.open(path) as image:
            image.seek(2)
            return np.asarray(image.convert("RGBA"))

    together = rendered("walk", 64)
    quarters = [together[y : y + 32, x : x + 32] for y in (0, 32) for x in (0, 32)]
    for way, quarter in zip(WAYS, quarters, strict=True):
        alone = rendered(f"walk_{way}", 32)
        assert np.abs(quarter.astype(int) - alone).max() <= 1


def test_a_character_becomes_another_while_it_walks():
    generator = character()
    a, b = (seeded_path(generator.spec, seed, 8, action="walk_left") for seed in (1, 2))
    way = torch.linspace(0, 1, 8)
    moving = draw(generator, morph(a, b, way))
    torch.testing.assert_close(moving[:, 0], draw(generator, a)[:, 0])
    torch.testing.assert_close(moving[:, -1], draw(generator, b)[:, -1])
    # Content changes from frame to frame, the pose is the script's: each moment of the journey is
    # that moment of a morph that stands still.
    for t in (2, 5):
        still = draw(generator, morph(a, b, float(way[t])))
        torch.testing.assert_close(moving[:, t], still[:, t], atol=1e-5, rtol=0)
        assert not torch.allclose(still[:, t], draw(generator, a)[:, t], atol=1e-2)


def test_the_same_walk_in_another_body():
    generator = character()
    walking = seeded_path(generator.spec, 1, 4, action="walk_left")
    falling = seeded_path(generator.spec, 2, 4, action="fall")
    torch.testing.assert_close(
        draw(generator, mix(content_of=falling, motion_of=walking)),
        draw(generator, seeded_path(generator.spec, 2, 4, action="walk_left")),
    )


def half_seen() -> np.ndarray:
    """Two frames of 32 pixels, RGBA: a red corner, then a green one, and nothing elsewhere."""
    pixels = np.zeros((2, 32, 32, 4), np.uint8)
    corner = np.tri(32, dtype=bool)
    pixels[0, corner], pixels[1, corner[::-1]] = (200, 30, 30, 255), (30, 200, 30, 255)
    return pixels


def second_frame(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.n_frames == 2
        image.seek(1)
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_transparency_is_kept_to_the_pixel(tmp_path, format):
    pixels = half_seen()
    frame = second_frame(Clip(pixels, 10).save(tmp_path / f"a.{format}"))
    np.testing.assert_array_equal(frame[..., 3], pixels[1, ..., 3])
    np.testing.assert_array_equal(frame * (frame[..., 3:] > 0), pixels[1])


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_a_background_is_seen_through_what_is_transparent(tmp_path, format):
    clip, through = Clip(half_seen(), 10), half_seen()[1, ..., 3] == 0
    over = second_frame(clip.save(tmp_path / f"a.{format}", background="#204060"))
    assert (over[..., 3] == 255).all()
    assert np.abs(over[through][:, :3].astype(int) - (0x20, 0x40, 0x60)).max() <= 4
    board = second_frame(clip.save(tmp_path / f"b.{format}", background="checkerboard"))
    assert set(np.unique(board[through][:, :3])) == set(CHECKER_GREYS)
    here, across, below = board[20, 30, 0], board[20, 31, 0], board[21, 30, 0]
    assert across == below != here, "32 squares along a side"


@pytest.mark.parametrize("bad", ["red", "#12345", "#12345g", None, 5, ["#123456"]])
def test_another_background_is_refused(tmp_path, bad):
    with pytest.raises(ValueError, match="^Background must be transparent, checkerboard or a col"):
        Clip(half_seen(), 10).save(tmp_path / "a.gif", background=bad)


def test_what_has_alpha_keeps_its_pixels_at_whole_multiples():
    generator = character()
    frames = draw(generator, seeded_path(generator.spec, 1, 2))
    own, large = render(frames, 8).frames, render(frames, 8, size=48).frames
    np.testing.assert_array_equal(large, own.repeat(3, 1).repeat(3, 2))
    cleaned = render(frames, 8, size=40, snap=True, colors=4).frames
    assert set(np.unique(cleaned[..., 3])) <= {0, 255}
    assert len(np.unique(cleaned[cleaned[..., 3] > 0], axis=0)) <= 4


def test_the_player_and_a_file_are_cleaned_up_alike(studio):
    request = ClipRequest("hero", 3, action="hit", snap=True, colors=4)
    preview = studio.preview(request)
    assert preview.pixel_art and preview.grid.mime == "image/webp"
    assert preview.grid.image != studio.preview(ClipRequest("hero", 3, action="hit")).grid.image
    sheet = np.asarray(Image.open(studio.render(request, 32, "png")))
    assert len(np.unique(sheet[sheet[..., 3] > 0], axis=0)) <= 4


@pytest.mark.parametrize(
    "bad", [{"model": "other"}, {"seed": -1}, {"action": "fly"}, {"scale": 0}, {"colors": 1},
            {"snap": 1}, {"format": "xml"}, {"truncation": "x"}],
)  # fmt: skip
def test_a_sheet_that_is_not_allowed_is_refused_and_the_next_one_works(studio, bad):
    with pytest.raises(ValueError, match="must be .*, not "):
        studio.sheet(SheetRequest(**{"model": "hero"} | bad))
    picture, described = studio.sheet(SheetRequest("hero", 2, "hit"))
    assert picture.name == "hero-seed-2-hit.png" and described.name == "hero-seed-2-hit.json"
    assert json.loads(described.read_text())["meta"]["image"] == picture.name


def test_names_of_actions_are_no_way_out_of_the_folder(tmp_path):
    actions = ("../../../x", "walk", "run")
    save_generator(
        tiny_generator(actions=actions, timing=TIMING, channels=4), tmp_path / "a.safetensors"
    )
    studio = Studio(str(tmp_path / "a.safetensors"))
    picture, _ = studio.sheet(SheetRequest("a", action="../../../x"))
    assert picture.is_relative_to(studio.folder) and picture.resolve() == picture
    studio.close()


def test_the_command_line_writes_a_sheet_and_its_json(file, tmp_path, capsys):
    out = tmp_path / "out.png"
    given = [
        "sheet",
        "--model",
        str(file),
        "--seed",
        "7",
        "--scale",
        "2",
        "--snap",
        "--colors",
        "8",
    ]
    assert command_line.main([*given, str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"{out} and {tmp_path / 'out.json'}: by file hero")
    described = json.loads((tmp_path / "out.json").read_text())
    assert described["meta"]["image"] == "out.png"
    sheet = np.asarray(Image.open(out))
    assert sheet.shape == (10 * 32, 6 * 32, 4)
    assert len(np.unique(sheet[sheet[..., 3] > 0], axis=0)) == 8


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("sheet a.gif", "The file's suffix must be one of png, not 'gif'"),
        ("sheet --scale 9 a.png", "Scale must be a whole number from 1 to 6, not 9"),
        ("sheet --colors many a.png", "Colours must be a whole number from 2 to 256, not 'many'"),
        ("sheet --action fly a.png", "Action must be one of walk, hit"),
        ("generate --background red a.gif", "Background must be transparent"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(file, tmp_path, capsys, arguments, sentence):
    command, *rest = arguments.split()
    rest[-1] = str(tmp_path / rest[-1])
    assert command_line.main([command, "--model", str(file), *rest]) == 2
    assert capsys.readouterr().err.startswith(sentence)
    assert not list(tmp_path.iterdir())
