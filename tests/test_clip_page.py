"""The tab *Your clip* in a real Chromium: brought, watched, stopped, painted, saved, checked."""

from __future__ import annotations

import json
import re

import pytest

from tests.sounds import drums, write_sound
from vidgen.pixels.provenance import read_note
from vidgen.requests import ClipRequest
from vidgen.studio import Studio

STAGE = ".vg-clip"
PATIENCE = 180_000  # ms, on a busy machine


@pytest.fixture(scope="module")
def clip(weights_file, tmp_path_factory):
    """A WebM of 12 frames that `tiny` drew, and that has the mark."""
    studio = Studio(str(weights_file))
    made = studio.render(ClipRequest("tiny", 1, 12, action="wave"), 128)
    kept = tmp_path_factory.mktemp("clips") / "mine.webm"
    kept.write_bytes(made.read_bytes())
    studio.close()
    return kept


@pytest.fixture
def tab(browser, page_url):
    """The page with its tab *Your clip* open."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(page_url)
    page.get_by_role("tab", name="Your clip").click()
    page.wait_for_selector(f"{STAGE} [data-do=start]:has-text('Start')")
    yield page
    context.close()
    assert not broken, f"the page's scripts failed: {broken}"


def bring(page, file, which: str = "clip") -> None:
    page.locator(f"[data-drop={which}] input").set_input_files(str(file))


def do(page, what: str) -> None:
    page.locator(f"{STAGE} [data-do={what}]").click()


def test_a_clip_is_found_stopped_saved_and_taken_to_generate(tab, clip, tmp_path) -> None:
    assert tab.locator(f"{STAGE} [data-do=start]").is_disabled()
    bring(tab, clip)
    tab.wait_for_selector(f"{STAGE}[data-looks='1'] .vg-seen")
    tab.locator("#clip-steps input[type=number]").fill("400")
    tab.locator("#clip-steps input[type=number]").press("Enter")
    do(tab, "start")
    tab.wait_for_selector(f"{STAGE}[data-made][data-phase=refining]")
    do(tab, "stop")
    tab.wait_for_selector(f"{STAGE}[data-phase=done]")
    caption = tab.locator(f"{STAGE} figcaption").last.inner_text()
    assert re.fullmatch(r"What comes of it · [\d.]+ dB \(PSNR\)", caption)
    assert "tiny shows it as " in tab.locator(f"{STAGE} .vg-notes").inner_text()
    tab.locator(f"{STAGE} select").select_option("gif")
    do(tab, "save")
    with tab.expect_download() as waiting:
        tab.locator(f"{STAGE} .vg-file a").click()
    waiting.value.save_as(tmp_path / "find.gif")
    assert json.loads(read_note(tmp_path / "find.gif"))["made"] == "find of a clip"
    do(tab, "place")
    tab.wait_for_selector("#generate-action", state="visible")
    tab.wait_for_function("() => new URLSearchParams(location.search).get('place')")


def test_a_hole_is_painted_and_filled_in(tab, clip) -> None:
    bring(tab, clip)
    tab.wait_for_selector(f"{STAGE}[data-looks='1']")
    tab.locator("#clip-task").get_by_text("It has a hole").click()
    tab.wait_for_selector(f"{STAGE} .vg-paint", state="visible")
    do(tab, "start")
    tab.wait_for_selector(f"{STAGE} .vg-error >> text=Paint the hole")
    seen = tab.locator(f"{STAGE} .vg-seen")
    seen.focus()
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Space")
    assert tab.locator(STAGE).get_attribute("data-hole") == "25"
    box = seen.bounding_box()
    tab.mouse.move(box["x"] + 30, box["y"] + 30)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 80, box["y"] + 30, steps=4)
    tab.mouse.up()
    assert int(tab.locator(STAGE).get_attribute("data-hole")) > 50
    tab.locator("#clip-steps input[type=number]").fill("0")
    tab.locator("#clip-steps input[type=number]").press("Enter")
    do(tab, "start")
    tab.wait_for_selector(f"{STAGE}[data-phase=done]")
    assert tab.locator(f"{STAGE} .vg-error").is_hidden()


def test_a_sound_is_heard_and_moved_to_and_the_film_is_saved(tab, clip, tmp_path) -> None:
    song = write_sound(tmp_path / "song.mp3", drums(120, 3)[0], "libmp3lame")
    tab.locator("#clip-task").get_by_text("A sound: move to it").click()
    tab.wait_for_selector(f"{STAGE} .vg-asked >> text=Choose a sound")
    assert tab.locator(f"{STAGE} [data-do=start]").is_disabled()
    bring(tab, clip)
    tab.wait_for_selector(f"{STAGE} .vg-error >> text=it holds no sound")
    bring(tab, song)
    tab.wait_for_selector(f"{STAGE} .vg-notes >> text=beats were heard")
    assert tab.locator(f"{STAGE} .vg-error").is_hidden()
    do(tab, "start")
    tab.wait_for_function(
        "() => document.querySelector('.vg-clip .vg-file video')?.videoWidth === 256"
    )
    with tab.expect_download() as waiting:
        tab.locator(f"{STAGE} .vg-file a").click()
    waiting.value.save_as(tmp_path / "dance.mp4")
    assert json.loads(read_note(tmp_path / "dance.mp4"))["made"] == "a dance to a sound"


def test_what_is_no_clip_is_said_and_a_mark_is_found(tab, clip, tmp_path) -> None:
    (tmp_path / "letter.mp4").write_text("no video, whatever it is called " * 9)
    bring(tab, tmp_path / "letter.mp4")
    tab.wait_for_selector(f"{STAGE} .vg-error >> text=neither a video nor a picture nor a sound")
    (tmp_path / "cut.webm").write_bytes(clip.read_bytes()[:200])
    bring(tab, tmp_path / "cut.webm")
    tab.wait_for_selector(f"{STAGE} .vg-error >> text=This is no clip that can be used")
    bring(tab, clip, "checked")
    tab.wait_for_selector(f"{STAGE} .vg-verdict >> text=made by vidgen")
    verdict = tab.locator(f"{STAGE} .vg-verdict").inner_text()
    assert re.search(r"carry the mark \(by chance: (\S+e-\d+|less than 1e-99)\)", verdict)
    tab.locator("#language").get_by_text("中文").click()
    tab.wait_for_selector(f"{STAGE} .vg-verdict >> text=由 vidgen 生成")
