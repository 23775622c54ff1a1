"""Characters in a real Chromium: directions, backgrounds, sheets, and nothing of it for others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.hero import character
from vidgen.store.weights import save_generator

PLAYER = "#player-generate .vg-player"


@pytest.fixture(scope="module")
def page_models(weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """`hero`, who has directions and a script, and `tiny`, which has neither."""
    path = tmp_path_factory.mktemp("weights") / "hero.safetensors"
    save_generator(character(), path)
    return [path, weights_file]


@pytest.fixture(scope="module")
def page(browser, page_url):
    """One page for all of this: every test goes on from where the one before left it."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(120_000)
    broken = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(page_url)
    page.wait_for_selector("#generate-direction")
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=16×16")
    yield page
    context.close()
    assert not broken, f"the page's scripts failed: {broken}"


def facts(page) -> str:
    return page.locator(f"{PLAYER} .vg-facts").inner_text()


def test_four_directions_play_side_by_side(page):
    assert facts(page).startswith("4 frames · 25 fps · 16×16"), "a walk downwards, one cycle"
    page.locator("#generate-direction").get_by_text("↑←↓→", exact=True).click()
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=4 frames · 25 fps · 32×32")
    canvas = page.locator(f"{PLAYER} .vg-stage canvas")
    seen = set()
    for _ in range(20):
        seen.add(hashlib.sha256(canvas.evaluate("c => c.toDataURL()").encode()).hexdigest())
        page.wait_for_timeout(30)
    assert len(seen) >= 2
    page.locator("#generate-action").get_by_text("fall").click()
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=6 frames · 25 fps · 16×16")
    assert page.locator("#generate-direction input").first.is_disabled(), "it has one direction"


def test_a_background_is_seen_and_rendered(page):
    page.locator("#generate-background").get_by_text("Colour").click()
    page.wait_for_selector("#generate-colour")
    page.wait_for_function(
        "document.querySelector('#player-generate .vg-stage').style.background.startsWith('rgb')"
    )
    page.locator("#generate-format").get_by_text("apng").click()
    page.locator("#generate-render").click()
    image = page.locator("#generate-result img")
    image.wait_for()
    page.wait_for_function("document.querySelector('#generate-result img').complete")
    assert image.evaluate("image => image.naturalWidth") == 256
    with page.expect_download() as download:
        page.locator("#generate-result .vg-download").click()
    with Image.open(download.value.path()) as picture:
        assert picture.n_frames == 6
        assert picture.convert("RGBA").getextrema()[3] == (255, 255)


def test_the_sheet_tab_makes_a_picture_and_its_json(page):
    page.get_by_role("tab", name="Sprite sheet").click()
    sheet = page.locator("#sheet-picture img")
    sheet.wait_for()
    page.wait_for_function("document.querySelector('#sheet-picture img').complete")
    assert sheet.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [96, 160]
    page.wait_for_selector("#sheet-result a[download]")
    assert page.evaluate("scrollY") == 0, "nobody has asked for the file yet"
    row = page.locator("#player-sheet select")
    assert row.locator("option").all_inner_texts()[row.evaluate("s => s.selectedIndex")] == (
        "walk down"
    ), "what goes on for ever plays first"
    frame = "document.querySelector('#player-sheet .vg-stage canvas').dataset.frame"
    for chosen in (row.evaluate("s => s.selectedIndex"), 0):
        row.select_option(index=chosen)
        page.wait_for_function(f"{frame}?.startsWith('{chosen} ')")
        page.wait_for_function(f"before => {frame} !== before", arg=page.evaluate(frame))
    box = sheet.bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + 5 + 0.2 * box["width"])
    page.wait_for_function("document.querySelector('#player-sheet select').selectedIndex === 1")
    with page.expect_download() as download:
        page.locator("#sheet-result a[download]").nth(1).click()
    assert download.value.suggested_filename == "hero-seed-7-sheet.json"
    described = json.loads(Path(download.value.path()).read_text())
    assert described["meta"]["image"] == "hero-seed-7-sheet.png"
    assert len(described["frames"]) == 4 * 5 + 4 * 3 + 2 * 6


def test_a_model_without_them_shows_none_of_these_controls(page):
    page.get_by_role("tab", name="Generate").click()
    page.get_by_label("Model").first.click()
    page.get_by_role("option", name="tiny").click()
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=64 frames")
    for control in ("direction", "background", "snap", "colors"):
        page.locator(f"#generate-{control}").wait_for(state="hidden")
    page.locator("#generate-frames").wait_for(state="visible")


def test_gradio_client_gets_a_picture_and_its_json(page_url, tmp_path):
    from gradio_client import Client

    client = Client(page_url, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
    picture, described = client.predict("hero", seed=3, action="hit", scale=2, api_name="/sheet")
    with Image.open(picture) as sheet:
        assert sheet.size == (3 * 32, 4 * 32) and sheet.mode == "RGBA"
    assert json.loads(Path(described).read_text())["meta"]["size"] == {"w": 96, "h": 128}
    with pytest.raises(Exception, match="^A sheet needs a model with native frames and transpar"):
        client.predict("tiny", api_name="/sheet")
    clip = client.predict(
        "hero", action="walk", format="gif", background="#204060", colors=8, api_name="/generate"
    )
    with Image.open(clip) as picture:
        assert picture.n_frames == 4 and picture.size == (256, 256)
    client.close()
