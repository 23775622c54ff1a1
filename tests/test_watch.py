"""Watch it learn: what a run leaves to be seen, and the slider in a real Chromium."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.browsing import open_page
from tests.tabs import pick_tab
from tests.tiny import tiny_generator
from train.pictures.learning import main, write_learning
from train.pictures.sheets import COLUMNS, ROWS
from vidgen.store.learning import read_learning, shows_learning
from vidgen.store.weights import bundled_folder, save_generator
from vidgen.studio import Studio
from vidgen.ui.tabs.watch import learning_of
from vidgen.ui.words import LANGUAGES, TABLE

WATCH = "#stage-watch .vg-watch"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Weights of a run whose sheets grow lighter, at 16 pixels and then at 128."""
    run, folder = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("weights") / "tiny"
    (run / "samples").mkdir()
    for clips, side, light in ((256, 16, 0), (1000, 16, 120), (9000, 128, 250)):
        sheet = np.full((ROWS * side, COLUMNS * side, 3), light, np.uint8)
        Image.fromarray(sheet).save(run / "samples" / f"{clips:09d}.webp")
    assert write_learning(run, folder) == folder / "learning.webp"
    save_generator(tiny_generator(), folder / "model.safetensors")
    rows = [{"clips": 1000 * n, "critic": 1 / n, "generator": n, "hours": n} for n in range(1, 10)]
    (folder / "history.json").write_text(json.dumps([*rows, {"clips": None, "critic": "x"}]))
    return folder / "model.safetensors"


@pytest.fixture(scope="module")
def page_models(weights_file, model):
    return [model]


def test_the_same_seeds_are_kept_at_every_moment_and_one_size(model):
    found = read_learning(model)
    assert (found.clips, found.seeds, found.side) == ((256, 1000, 9000), (0, 1, 2, 3), 64)
    picture = np.asarray(Image.open(io.BytesIO(found.picture)).convert("L"))
    assert picture.shape == (3 * 4 * 64, 8 * 64)
    moments = picture.reshape(3, -1).mean(1)
    assert moments == pytest.approx([0, 120, 250], abs=4)
    assert set(found.losses) == {"critic", "generator"}
    assert found.losses["critic"][:2] == [(1000, 1), (2000, 0.5)] and shows_learning(model)


def test_a_run_without_sheets_leaves_nothing_and_says_so(tmp_path, capsys):
    assert main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "holds no sample sheets" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_what_was_not_kept_is_told_in_both_languages(studio, model, tmp_path):
    for asked in ("tiny", None, "none", ["tiny"]):
        answer = learning_of(studio, asked)
        assert answer["error"].endswith(".")
        assert re.search("[\u4e00-\u9fff]", answer["words"][LANGUAGES[1]])
    for spoilt in ("{", "[]", '{"side": 64}', '{"side": 64, "seeds": [], "clips": [1]}'):
        other = tmp_path / "model.safetensors"
        shutil.copy(model.with_name("learning.webp"), tmp_path)
        (tmp_path / "learning.json").write_text(spoilt)
        with pytest.raises(ValueError, match="was not kept"):
            read_learning(other)


def test_a_bundled_model_shows_how_it_learnt_in_less_than_a_megabyte():
    shown = [w for w in bundled_folder().glob("*/model.safetensors") if shows_learning(w)]
    assert shown
    for weights in shown:
        found = read_learning(weights)
        with Image.open(io.BytesIO(found.picture)) as picture:
            assert picture.height == len(found.clips) * len(found.seeds) * found.side
        assert found.losses and {f"watch_{name}" for name in found.losses} <= TABLE.keys()
        assert list(found.clips) == sorted(found.clips)
    assert sum(w.with_name("learning.webp").stat().st_size for w in shown) < 1_000_000


def test_the_page_gets_it_whole(monkeypatch, model):
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    studio = Studio(str(model))
    answer = learning_of(studio, "tiny")
    assert base64.b64decode(answer["grid"]) == model.with_name("learning.webp").read_bytes()
    assert json.dumps(answer, allow_nan=False)
    studio.close()


def test_a_slider_goes_through_a_training_by_keyboard(browser, page_url):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = open_page(context, page_url)
    pick_tab(page, "Learn")
    for words in ("wait for the trouble", "only that each", "drag the slider"):  # of each step
        page.get_by_role("button", name="Next", exact=True).click()
        page.get_by_text(words).wait_for()
    page.wait_for_selector(f"{WATCH} .vg-clips[data-moment='2']")
    light = """canvas => canvas.getContext("2d").getImageData(40, 40, 1, 1).data[0]"""
    clips, slider = page.locator(f"{WATCH} .vg-clips"), page.locator(f"{WATCH} .vg-step")
    assert clips.evaluate(light) > 230
    assert slider.get_attribute("aria-valuetext") == "After 9,000 clips"
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_selector(f"{WATCH} .vg-clips[data-moment='0']")
    assert clips.evaluate(light) < 20
    assert clips.get_attribute("aria-label") == "Seeds 0, 1, 2, 3 after 256 clips of training"
    assert "critic (solid) · generator (dashed)" in page.locator(f"{WATCH} .vg-key").inner_text()
    drawn = """canvas => new Set(canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data).size"""
    assert page.locator(f"{WATCH} .vg-losses").evaluate(drawn) > 10, "lines are drawn"
    page.locator("#language").get_by_text("中文").click()
    page.wait_for_selector(f"{WATCH} .vg-moment >> text=看过 256 段视频之后")
    assert not page.broken
    context.close()
