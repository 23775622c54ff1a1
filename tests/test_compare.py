"""Compare: what is known of models beside each other, and the tab in a real Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browsing import is_local, open_page
from tests.tabs import pick_tab, serious
from tests.tiny import tiny_generator
from train.scores import sections
from vidgen.models import FAMILIES
from vidgen.models.autoregressive import CORES
from vidgen.store.record import Record, read_record
from vidgen.store.weights import bundled_folder, save_generator
from vidgen.studio import Studio
from vidgen.ui.comparison import SCORES, clip_of, data_of, data_sets, order, rivals_of, told_of
from vidgen.ui.words import TABLE

TAB = "#player-compare .vg-compare"
SCORED = {
    "scores": [
        {"name": "direction right", "generated": {"mean": 0.5, "spread": 0.1}, "real": 1},
        {"name": "coverage", "missing": "there are too few"},
        {"name": "FD-clip (own encoder)", "generated": float("nan")},
        {"name": "colour ACD, 16 frames", "generated": 11.5},
    ]
}


def rival(folder: Path, family: str) -> Path:
    """Tiny weights of a family with a history of two parts, and scores."""
    path = folder / f"{family}-moves" / "model.safetensors"
    generator = tiny_generator(family)
    save_generator(generator, path)
    parts = [(100, 0.5), (200, 1.0), (50, 0.25)]  # it began anew after the second
    rows = [{"clips": clips, "hours": hours} for clips, hours in parts]
    path.with_name("history.json").write_text(json.dumps(rows))
    path.with_name("scores.json").write_text(json.dumps(SCORED))
    return path


@pytest.fixture(scope="module")
def page_models(weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three families that learnt from `moves`, and `tiny`, which is alone with its data."""
    folder = tmp_path_factory.mktemp("weights")
    return [weights_file, *(rival(folder, family) for family in ("style", "dcgan", "mlp"))]


def test_a_model_says_its_data_by_its_name():
    assert data_of("shapes") == data_of("dcgan-shapes") == data_of("hub:a/b-shapes@v1") == "shapes"
    sets = data_sets(["faces", "dcgan-shapes", "shapes"])
    assert list(sets) == ["shapes", "faces"] and sets["shapes"] == ["dcgan-shapes", "shapes"]
    assert data_sets([]) == {}


def test_the_record_of_a_model_is_what_lies_beside_it(tmp_path):
    path = rival(tmp_path, "dcgan")
    learnt = sum(each.numel() for each in tiny_generator("dcgan").parameters())
    scores = {"direction right": (0.5, 1.0), "colour ACD, 16 frames": (11.5, None)}
    assert read_record(path) == Record("dcgan", learnt, 250, 1.25, scores)


@pytest.mark.parametrize(
    "text", ["", "{", "[1, null]", '{"scores": 7}', "[" * 100_000, '[{"clips": "x"}]']
)
def test_a_record_that_is_none_leaves_it_unknown(tmp_path, text):
    path = rival(tmp_path, "style")
    for name in ("history.json", "scores.json"):
        path.with_name(name).write_text(text)
    found = read_record(path)
    assert found.parameters > 0 and found.clips is found.hours is None and found.scores == {}
    assert read_record(tmp_path / "gone.safetensors") == Record()


def test_all_families_have_their_words_and_their_place():
    kinds = {*FAMILIES} - {"autoregressive"} | {*CORES}
    assert kinds == set(order())
    for kind in kinds:
        assert {f"family_{kind}", f"family_{kind}_time", f"family_{kind}_bad"} <= TABLE.keys()
    for name, _ in SCORES.values():
        assert {f"rival_{name}", f"rival_{name}_title"} <= TABLE.keys()


def test_the_scores_beside_bundled_weights_are_those_of_the_scoreboard():
    source = Path(sections.__file__).read_text("utf-8")
    found = [read_record(path).scores for path in bundled_folder().glob("*/model.safetensors")]
    assert any(found)
    for name in {name for scores in found for name in scores} & set(SCORES):
        assert name.split(" (")[0].split(",")[0] in source


def test_what_is_no_model_or_no_clip_is_answered_with_a_sentence_in_both_languages(studio):
    asked = [None, {}, {"model": "none"}, {"model": "tiny", "seed": -1},
             {"model": "tiny", "action": ["walk"]}, {"model": "tiny", "action": "fly"}]  # fmt: skip
    answers = [clip_of(studio, each) for each in asked]
    answers += [rivals_of(studio, each) for each in (None, "none", ["tiny"])]
    for answer in answers:
        assert answer["error"].endswith(".")
        assert re.search("[\u4e00-\u9fff]", answer["words"]["中文"])
    good = clip_of(studio, {"model": "tiny", "seed": 3, "action": "walk"})
    assert good["frames"] == 32 and good["milliseconds"] > 0
    assert rivals_of(studio, "tiny") == {
        "models": [told_of("tiny", read_record(studio.file("tiny")))]
    }


def test_without_any_model_there_is_nothing_to_compare(monkeypatch):
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    studio = Studio()
    assert data_sets(studio.own_names()) == {} and "error" in rivals_of(studio, None)
    studio.close()


@pytest.fixture
def opened(browser, page_url):
    """Opens the tab, all its models drawn, with options of a browser's context."""
    contexts = []

    def open_tab(**options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | options
        )
        page = open_page(context, page_url)
        contexts.append((context, page))
        pick_tab(page, "Compare", "比较")
        page.wait_for_selector(f"{TAB}[data-drawn='3']")
        return page

    yield open_tab
    for context, page in contexts:
        assert not [url for url in page.requested if not is_local(url)] and not page.broken
        context.close()


def test_families_play_in_step_and_tell_of_themselves(opened):
    page = opened()
    names = page.locator(f"{TAB} .vg-name").all_inner_texts()
    assert names == ["mlp-moves", "dcgan-moves", "style-moves"], "the data set with most models"
    second = page.locator(f"{TAB} .vg-rival").nth(1)
    told = second.inner_text()
    for words in ("DCGAN, frame by frame", "250 clips, 1.3 hours", "50 % (real 100 %)", "11.5",
                  "trembles", "ms for 16 frames"):  # fmt: skip
        assert words in told
    shown = """() => [...document.querySelectorAll('.vg-rival canvas')]
        .map((canvas) => [canvas.dataset.frame, canvas.toDataURL()])"""
    first = page.evaluate(shown)
    assert len({frame for frame, _ in first}) == 1, "all at the same moment"
    assert len({picture for _, picture in first}) == 3
    page.wait_for_function(
        "frame => document.querySelector('.vg-rival canvas').dataset.frame !== frame",
        arg=first[0][0],
    )
    page.locator(f"{TAB} .vg-toggle").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    stopped = page.evaluate(shown)
    page.wait_for_timeout(300)
    assert page.evaluate(shown) == stopped, "it pauses"
    page.locator("#compare-action").get_by_text("wave").click()
    page.wait_for_function("() => window.vidgen.requests.compare?.action === 'wave'")
    page.wait_for_selector(f"{TAB}[data-drawn='3']")
    page.locator("#language").get_by_text("中文").click()
    page.wait_for_selector(f"{TAB} h3 >> text=DCGAN，逐帧生成")
    label = second.locator("canvas").get_attribute("aria-label")
    assert label == "DCGAN，逐帧生成，模型 dcgan-moves，种子 7"
    second.locator(".vg-take").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.vidgen.requests.generate?.model === 'dcgan-moves'")
    assert page.locator("#generate-tab-button").get_attribute("aria-selected") == "true"


def test_it_fits_a_phone_in_the_dark_and_axe_finds_nothing_serious(opened):
    page = opened(
        viewport={"width": 360, "height": 740}, color_scheme="dark", locale="zh-CN",
        reduced_motion="reduce",
    )  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    boxes = [page.locator(f"{TAB} canvas").nth(i).bounding_box() for i in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"], "side by side"
    assert serious(page) == {}
