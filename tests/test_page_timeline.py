"""The Timeline tab in a real Chromium: keyframes by mouse and key, playing, a file, a JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.browsing import PLAYER, is_local
from tests.clips import frames_in
from tests.tabs import pick_tab

STAGE = "#player-timeline .vg-player"
KEPT = "window.vidgen.settings('timeline').keyframes.map(key => [key.at, key.place.seed])"


def keyframes(page) -> list:
    return page.evaluate(KEPT)


def frames_shown(page, count: int) -> None:
    page.wait_for_selector(f"{STAGE}[data-frames='{count}']")


def test_keyframes_are_added_moved_played_rendered_saved_and_opened(desktop, tmp_path):
    page = desktop
    page.locator("#generate-tab-button").click()
    for seed in (11, 12, 13):
        page.locator("#seed-slider input[type=range]").evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            str(seed),
        )
        page.wait_for_function(
            "seed => JSON.parse(window.vidgen.place('generate')).seed === seed", arg=seed
        )
        page.locator(f"{PLAYER} .vg-add").click()
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=Keyframe 3 of the timeline, at 4 s.")
    pick_tab(page, "Timeline")
    frames_shown(page, 101)
    shown = page.locator(f"{STAGE} .vg-stage canvas")
    page.wait_for_function(
        "Number(document.querySelector('#player-timeline .vg-stage canvas').dataset.frame) > 3"
    )

    handles = page.locator(f"{STAGE} .vg-handle")
    handles.nth(2).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("PageUp")
    assert keyframes(page) == [[0, 11], [2, 13], [5, 12]]
    assert handles.nth(1).evaluate("handle => handle === document.activeElement")
    assert "seed 13" in handles.nth(1).get_attribute("aria-label")
    box, track = handles.nth(2).bounding_box(), page.locator(f"{STAGE} .vg-track").bounding_box()
    page.mouse.move(box["x"] + 28, box["y"] + 28)
    page.mouse.down()
    page.mouse.move(track["x"] + 0.2 * track["width"], box["y"] + 28, steps=3)
    page.mouse.up()
    seconds, seeds = zip(*keyframes(page), strict=True)
    assert seeds == (11, 12, 13) and 0.9 < seconds[1] < 1.4, "it was dragged before another one"
    page.keyboard.press("Delete")
    assert keyframes(page) == [[0, 11], [2, 13]]
    frames_shown(page, 51)

    page.locator(f"{STAGE} [name=loop]").check()
    page.locator(f"{STAGE} [name=seconds]").fill("3")
    page.keyboard.press("Enter")
    page.locator(f"{STAGE} [name=way]").select_option("spherical")
    page.locator(f"{STAGE} [name=size]").select_option("64")
    frames_shown(page, 75)
    page.locator(f"{STAGE} .vg-moment").fill("60")
    page.wait_for_function(
        "Number(document.querySelector('#player-timeline .vg-stage canvas').dataset.frame) >= 60"
    )
    page.locator(f"{STAGE} [data-do=render]").click()
    with page.expect_download() as download:
        page.locator(f"{STAGE} .vg-download").click()
    assert frames_in(download.value.path()) == 75
    with page.expect_download() as download:
        page.locator(f"{STAGE} [data-do=save]").click()
    saved = json.loads(Path(download.value.path()).read_text())
    assert (saved["way"], saved["loop"], saved["seconds"], saved["size"]) == (
        "spherical",
        True,
        3,
        64,
    )

    foreign = tmp_path / "foreign.json"
    for words, sentence in (("[1]", "This is no timeline"), ("{", "This file is no timeline")):
        foreign.write_text(words)
        page.locator(f"{STAGE} input[type=file]").set_input_files(foreign)
        page.wait_for_selector(f"{STAGE} .vg-error >> text={sentence}")
    assert len(keyframes(page)) == 2, "what was there is still there"
    foreign.write_text(json.dumps(saved | {"seconds": 4, "flavour": "mint"}))
    page.locator(f"{STAGE} input[type=file]").set_input_files(foreign)
    frames_shown(page, 100)
    page.wait_for_selector(f"{STAGE} .vg-error >> text='flavour' is not known here")

    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#language").get_by_text("中文").click()
    page.wait_for_selector(f"{STAGE} [data-do=render] >> text=渲染")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360 and shown.is_visible()
    page.locator("#language").get_by_text("English").click()
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not [url for url in page.requested if not is_local(url)] and not page.broken
