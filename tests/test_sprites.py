"""The sprites of the literature, composed from sheets of a few flat colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from train.data import load_dataset
from train.data.sprites import ACTIONS, CLIP_FRAMES, COLUMNS, DIRECTIONS, PARTS, ROWS, load_sprites

BOXES = {"body": (0, 40), "bottomwear": (16, 32), "topwear": (24, 48), "hair": (40, 56)}
SHOES_BOX = (52, 60)
HALF = 128  # alpha of every top


def colour(place: str, number: int) -> tuple[int, int]:
    """Green and blue of a part; red tells which cell of the sheet it is."""
    return 40 * number, 60 * list(BOXES).index(place)


def sheet(box: tuple[int, int], rest: tuple[int, int], alpha: int = 255) -> np.ndarray:
    """BGRA: in every cell the same lines are filled, in red 15 * row + column, less 14."""
    image = np.zeros((21, 64, 13, 64, 4), np.uint8)
    cells = 15 * np.arange(21)[:, None] + np.arange(13) - 14
    lines = image[:, slice(*box)]
    lines[..., 2] = cells.clip(0, 255)[:, None, :, None]
    lines[..., 1], lines[..., 0], lines[..., 3] = *rest, alpha
    return image.reshape(1344, 832, 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("sheets")
    for place in PARTS.values():
        (root / place).mkdir()
        for number in range(6):
            alpha = HALF if place == "topwear" else 255
            image = sheet(BOXES[place], colour(place, number), alpha)
            assert cv2.imwrite(str(root / place / f"{number}.png"), image)
    (root / "shoes").mkdir()
    assert cv2.imwrite(str(root / "shoes" / "1.png"), sheet(SHOES_BOX, (255, 255)))
    return root


@pytest.fixture(scope="module")
def sprites(folder):
    return load_sprites(folder)


def test_a_character_is_its_parts_one_over_the_other_on_black(sprites):
    for character in (0, 7, 999):
        body, bottom, top, hair = sprites.parts()[character]
        column = sprites.clip(9 * character)[0, :, 5, 1:].astype(int)  # green and blue
        assert (column[8] == colour("body", body)).all()
        assert (column[18] == colour("bottomwear", bottom)).all()
        under, over = np.array([colour("bottomwear", bottom), colour("topwear", top)])
        blended = over * HALF / 255 + under * (1 - HALF / 255)
        assert np.abs(column[28] - blended).max() <= 1
        assert (column[45] == colour("hair", hair)).all()
        assert (column[54] == 255).all()  # shoes above the hair
        assert not column[62].any()


def test_every_motion_shows_the_frames_that_the_literature_takes(sprites):
    for action, name in enumerate(ACTIONS):
        motion, direction = name.split("_")
        row = ROWS[motion] + DIRECTIONS[direction]
        cells = [15 * row + column - 14 for column in COLUMNS[motion]]
        shown = sprites.clip(9 * 3 + action)[:, 8, 5, 0]
        assert shown.tolist() == cells, name


def test_the_split_is_the_literatures_and_keeps_characters_apart(sprites, folder):
    others = load_sprites(folder, split="heldout")
    assert (len(sprites), len(others)) == (9000, 9 * 296)
    assert sprites.characters[:5].tolist() == [1116, 1135, 17, 469, 1293]  # of numpy's seed 423
    assert sorted([*sprites.characters, *others.characters]) == list(range(1296))
    assert (sprites.name, others.name) == ("sprites", "sprites heldout")


def test_names_labels_and_parts_tell_the_same(sprites):
    for clip in (0, 4, 8999):
        digits, action = sprites.names[clip].split("/")
        assert ACTIONS[sprites.labels[clip]] == action
        assert "".join(map(str, sprites.parts()[clip // 9])) == digits
    assert len(set(sprites.names)) == len(sprites)


def test_a_batch_shows_frames_at_their_native_moments(sprites):
    batch = sprites.batch(16, 5, 8, torch.Generator().manual_seed(0))
    assert batch.frames.shape == (16, 5, 3, 64, 64) and batch.action.shape == (16, 5, 9)
    moments = (batch.times * sprites.fps).round().long()
    actions = batch.action.argmax(-1)
    pixels = (batch.frames * 127.5 + 127.5).round().byte().permute(0, 1, 3, 4, 2).numpy()
    for frames, moment, action in zip(pixels, moments, actions, strict=True):
        greens = [tuple(frames[0, line, 5, 1:]) for line in (8, 18, 45)]
        for frame, m, a in zip(frames, moment, action, strict=True):
            assert frame[8, 5, 0] == sprites.clip(int(a))[m, 8, 5, 0]
            assert [tuple(frame[line, 5, 1:]) for line in (8, 18, 45)] == greens  # one character
        assert action[0] == action[1] == action[2]
        assert moment[1] == (moment[0] + 1) % CLIP_FRAMES
        assert moment[1] > 0 or ACTIONS[action[0]].startswith("walk")  # the others end


def test_the_same_seed_draws_the_same_batch(sprites):
    first, second = (sprites.batch(4, 4, 8, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first.frames, second.frames) and torch.equal(first.times, second.times)


def test_smaller_frames_are_means_of_pixels(sprites, folder):
    small = load_dataset(f"sprites:{folder}", 16)
    assert (small.resolution, small.clip(3).shape) == (16, (8, 16, 16, 3))
    means = sprites.clip(3).reshape(8, 16, 4, 16, 4, 3).mean((2, 4))
    assert np.abs(small.clip(3) - means).max() <= 1


def test_a_missing_or_strange_sheet_is_named(folder, tmp_path):
    with pytest.raises(ValueError, match=r"holds no sprites: body/0\.png is missing"):
        load_sprites(tmp_path)
    (tmp_path / "body").mkdir()
    assert cv2.imwrite(str(tmp_path / "body" / "0.png"), np.zeros((64, 64, 4), np.uint8))
    with pytest.raises(ValueError, match="must have 832x1344 pixels in RGBA"):
        load_sprites(tmp_path)
    with pytest.raises(ValueError, match="split into train, heldout, not 'test'"):
        load_sprites(folder, split="test")
