"""Characters: dressed whatever they do, the same for a seed; what their batches hold."""

import logging
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from tests.lpc_sheets import EVERY, SHEETS, write_sheet
from train.data import load_dataset
from train.data.lpc import layers as layers_module
from train.data.lpc.characters import draw_character
from train.data.lpc.dataset import ACTIONS, LPC_FPS, load_lpc
from train.data.lpc.layers import ANIMATIONS, CELL, ROW_FRAMES, ROWS
from train.data.lpc.wardrobe import Wardrobe
from train.pictures.sheets import real_rows

PEOPLE = 150


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("layers")
    for name, (*box, colour, animations) in SHEETS.items():
        write_sheet(root, name, box, colour, animations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield root


@pytest.fixture(scope="module")
def dataset(folder):
    return load_lpc(folder)


@pytest.fixture(scope="module")
def people(dataset):
    return [dataset.character(index) for index in range(PEOPLE)]


def colour_of(piece):
    return (*SHEETS[piece.name.removesuffix(".png")][-2], 255)


def shown(frame):
    """The colours in a frame (H, W, 4)."""
    colours = np.unique(np.ascontiguousarray(frame).view(np.uint32))
    return {tuple(colour) for colour in colours.view(np.uint8).reshape(-1, 4).tolist()}


def batch(dataset, size=64, seen=4, seed=0):
    return dataset.batch(size, seen, 32, torch.Generator().manual_seed(seed))


def test_a_seed_is_the_same_character_whatever_the_order_of_files(dataset, people):
    shuffled = Wardrobe(tuple(reversed(dataset.wardrobe.pieces)))
    assert [draw_character(shuffled, index) for index in range(PEOPLE)] == people


def test_characters_differ(people):
    assert len({who.outfits for who in people}) > 10


def test_everyone_is_dressed_in_every_frame_of_every_action(dataset, people):
    pieces = dataset.wardrobe.pieces
    tops, robe = {colour_of(p) for p in pieces if p.slot == "torso"}, (0, 0, 99, 255)
    legs = {colour_of(p) for p in pieces if p.slot == "legs"} | {robe}
    for index in range(12):
        for row in range(len(ACTIONS)):
            for frame in dataset.clip(index * len(ACTIONS) + row):
                colours = shown(frame)
                assert colours & tops, (people[index], ACTIONS[row])
                assert colours & legs


def test_a_piece_is_worn_only_where_it_is_drawn(people):
    robes = daggers = 0
    for who in people:
        for animation, outfit in zip(ANIMATIONS, who.outfits, strict=True):
            kinds = {piece.kind for piece in outfit}
            if dict(who.attributes)["torso"] == "blue robe":
                robes += 1
                assert ("robe" in kinds) == (animation not in ("thrust", "shoot"))
                assert ("tunic" in kinds) == (animation in ("thrust", "shoot"))
            if dict(who.attributes)["weapon"] == "dagger":
                daggers += 1
                assert ("dagger" in kinds) == (animation in ("walk", "slash"))
    assert robes and daggers


def test_a_helm_hides_the_hair_but_where_the_helm_is_not_drawn(people):
    found = [w for w in people if dict(w.attributes)["head"] == "golden helm"]
    found = [who for who in found if dict(who.attributes)["hair"] != "none"]
    assert found
    for who in found:
        for animation, outfit in zip(ANIMATIONS, who.outfits, strict=True):
            slots = {piece.slot for piece in outfit}
            assert ("hair" in slots, "head" in slots) == (animation == "hurt", animation != "hurt")


def test_nobody_wears_what_was_drawn_for_another_body(people):
    for who in people:
        for outfit in who.outfits:
            assert len({piece.sex for piece in outfit} - {"either"}) == 1
    assert {dict(who.attributes)["body"] for who in people} == {"male", "female", "skeleton"}


def test_a_skeleton_has_no_face_and_no_hair(people):
    bones = [dict(who.attributes) for who in people if dict(who.attributes)["body"] == "skeleton"]
    assert bones and all(b["eyes"] == b["hair"] == b["beard"] == "none" for b in bones)


def test_every_attribute_has_one_of_its_values(dataset, people):
    for who in people:
        assert [name for name, _ in who.attributes] == list(dataset.attributes)
        assert all(value in dataset.attributes[name] for name, value in who.attributes)


@pytest.mark.parametrize("resolution", [32, 64])
def test_colour_is_premultiplied(folder, resolution):
    frames = load_lpc(folder, resolution).clip(10)
    assert frames.shape == (9, resolution, resolution, 4) and frames.dtype == np.uint8
    assert (frames[..., :3] <= frames[..., 3:]).all() and frames.any((1, 2, 3)).all()
    partly = (frames[..., 3] % 255 > 0).any()
    assert partly == (resolution == 32)


def test_the_smaller_frame_is_the_mean_of_the_larger(folder, dataset):
    large = dataset.clip(3).reshape(-1, 32, 2, 32, 2, 4).mean((2, 4))
    assert np.abs(load_lpc(folder, 32).clip(3) - large).max() <= 0.5


def test_a_clip_has_the_frames_of_its_row(dataset):
    assert [len(dataset.clip(row)) for row in range(21)] == list(ROW_FRAMES)
    assert (
        dataset.lengths[:21].tolist() == list(ROW_FRAMES)
        and dataset.starts[22] == sum(ROW_FRAMES) + 7
    )
    assert dataset.labels[:22].tolist() == [*range(21), 0]
    assert len(dataset) == len(dataset.labels) == 60_000 * 21
    assert ACTIONS[0] == "spellcast_up" and ACTIONS[11] == "walk_right" and ACTIONS[20] == "hurt"


def test_a_batch_has_the_shapes_and_range_that_training_wants(dataset):
    got = batch(dataset)
    assert got.frames.shape == (64, 4, 4, 64, 64) and got.times.shape == (64, 4)
    assert got.action.shape == (64, 4, 21) and (got.action.sum(-1) == 1).all()
    assert got.frames.min() == -1 and got.frames.max() <= 1
    assert (got.frames[:, :, :3] <= got.frames[:, :, 3:]).all()


def test_the_same_source_of_chance_is_the_same_batch(dataset):
    first, again, other = batch(dataset), batch(dataset), batch(dataset, seed=1)
    assert torch.equal(first.frames, again.frames) and torch.equal(first.times, again.times)
    assert not torch.equal(first.action, other.action)


@pytest.mark.parametrize("seen", [2, 3, 4, 6])
def test_two_frames_are_neighbours_one_is_of_their_action_and_more_of_others(dataset, seen):
    got = batch(dataset, 300, seen)
    moments, rows = (got.times * LPC_FPS).round().int().tolist(), got.action.argmax(-1).tolist()
    leads, wraps = 0, 0
    for moment, row in zip(moments, rows, strict=True):
        timing = dataset.timing[row[0]]
        assert row[0] == row[1]
        assert timing.loops == ("walk" in ACTIONS[row[0]])
        if timing.loops and moment[0] == timing.frames - 1:
            wraps += 1
            assert moment[1] == 0
        else:
            leads += moment[0] == -1
            assert moment[1] == moment[0] + 1
        assert set(row[2:3]) <= {row[0]} and row[0] not in row[3:]
        for which, when in zip(row, moment, strict=True):
            assert -dataset.timing[which].lead <= when < dataset.timing[which].frames
    assert leads and wraps


def test_a_frame_of_a_batch_is_the_native_one_of_its_time_and_action(dataset):
    alone = replace(dataset, seeds=range(7, 8))
    got = batch(alone, 16)
    for clip in range(16):
        for frame in range(4):
            row = int(got.action[clip, frame].argmax())
            native = round(float(got.times[clip, frame]) * LPC_FPS) + dataset.timing[row].lead
            wanted = torch.from_numpy(dataset.clip(7 * 21 + row)[native])
            assert torch.equal(got.frames[clip, frame], wanted.permute(2, 0, 1) / 127.5 - 1)


def test_characters_held_out_are_never_trained_on(folder, dataset):
    heldout = load_lpc(folder, split="heldout")
    assert not set(dataset.seeds) & set(heldout.seeds) and len(heldout.seeds) >= 1000


def test_layers_are_decoded_once_and_again_once_one_has_changed(folder, dataset, monkeypatch):
    def refuse(files):
        raise AssertionError("decoded")

    monkeypatch.setattr(layers_module, "decode_layers", refuse)
    assert np.array_equal(load_lpc(folder).clip(30), dataset.clip(30))
    changed = folder / "body" / "male" / "light.png"
    before = changed.stat().st_mtime_ns
    os.utime(changed, ns=(before, before + 1_000_000_000))
    with pytest.raises(AssertionError, match="decoded"):
        load_lpc(folder)
    os.utime(changed, ns=(before, before))


def test_cropped_cells_put_back_are_the_sheet(tmp_path):
    rng = np.random.default_rng(0)
    sheet = rng.integers(0, 4, (len(ROWS), CELL, 13, CELL, 4)).astype(np.uint8) * 60
    sheet[..., 3] = 255 * (rng.random(sheet.shape[:-1]) < 0.001)
    for row, frames in enumerate(ROW_FRAMES):
        sheet[row, :, frames:] = 0
    cv2.imwrite(str(tmp_path / "x.png"), sheet.reshape(len(ROWS) * CELL, 13 * CELL, 4))
    got = layers_module.decode_layers([("x.png", tmp_path / "x.png")])
    for row, column in np.ndindex(len(ROWS), 13):
        canvas = np.zeros((CELL, CELL, 4), np.uint8)
        box, pixels = got.cell(0, row, column)
        canvas[box] = got.colours[pixels]
        wanted = sheet[row, :, column] * (sheet[row, :, column, :, 3:] > 0)
        assert np.array_equal(canvas, wanted[..., [2, 1, 0, 3]])


def test_shadows_are_left_out_and_what_is_almost_opaque_is_whole(tmp_path):
    sheet = np.zeros((21 * CELL, 13 * CELL, 4), np.uint8)
    sheet[0, :3] = [[9, 8, 7, 100], [9, 8, 7, 253], [9, 8, 7, 255]]
    cv2.imwrite(str(tmp_path / "x.png"), sheet)
    got = layers_module.decode_layers([("x.png", tmp_path / "x.png")])
    box, pixels = got.cell(0, 0, 0)
    assert box == (slice(0, 1), slice(1, 3))
    assert got.colours[pixels].tolist() == [[[7, 8, 9, 255]] * 2]


def test_a_file_of_no_use_is_named_and_the_rest_is_used(folder, caplog, dataset):
    strange, broken = folder / "feet" / "small.png", folder / "feet" / "broken.png"
    strange.parent.mkdir()
    cv2.imwrite(str(strange), np.zeros((64, 64, 4), np.uint8))
    broken.write_bytes(b"no picture")
    with caplog.at_level(logging.WARNING, "train.data"):
        again = load_lpc(folder)
    assert "feet/small.png: wanted 832x1344" in caplog.text and "got 64x64" in caplog.text
    assert "feet/broken.png: not a picture" in caplog.text
    assert np.array_equal(again.clip(5), dataset.clip(5))
    strange.unlink(), broken.unlink()


def test_what_can_not_be_drawn_is_answered_in_one_sentence(folder, tmp_path):
    with pytest.raises(ValueError, match="no PNG file"):
        load_lpc(tmp_path)
    with pytest.raises(ValueError, match="no PNG file"):
        load_lpc(tmp_path / "nowhere")
    (tmp_path / "x.png").write_bytes(b"")
    with pytest.raises(ValueError, match="x.png: not a picture"):
        load_lpc(tmp_path)
    (tmp_path / "x.png").unlink()
    write_sheet(tmp_path, "body/male/light", (10, 20, 60, 44), (200, 150, 100), EVERY)
    with pytest.raises(ValueError, match="no body with a top and trousers"):
        load_lpc(tmp_path)
    with pytest.raises(ValueError, match="32 or 64 pixels, not at 48"):
        load_lpc(folder, 48)
    with pytest.raises(ValueError, match="train, heldout"):
        load_lpc(folder, split="test")


def test_training_finds_them_by_name_and_can_show_them(folder):
    found = load_dataset(f"lpc:{folder}", 32)
    assert (found.resolution, found.channels, found.fps) == (32, 4, 8.0)
    assert real_rows(found, 32).shape == (16, 12, 32, 32, 4)
