"""The matrix: what its columns are drawn from, and the tab in a real Chromium."""

from __future__ import annotations

import re
import time

import pytest
import torch

from tests.browsing import is_local, open_page
from tests.hero import character
from tests.tiny import tiny_generator
from vidgen import mix, seeded_path
from vidgen.gallery import FPS, FRAMES, GalleryRequest, gallery_of
from vidgen.pixels.clip import smaller
from vidgen.ui.board import columns_of
from vidgen.ui.drawn import drawn_for_page

BOARD = "#player-matrix .vg-player"
PLAYER = "#player-generate .vg-player"


def test_a_cell_is_one_seeds_content_in_the_motion_of_another():
    spec = tiny_generator().spec
    cells = ((3, 3, None), (4, 3, "walk"), (3, 5, None))
    path = GalleryRequest(cells=cells).path(spec)
    options = FRAMES, min(FPS, spec.fps)
    for row, (content, motion, action) in enumerate(cells):
        a, b = (seeded_path(spec, s, *options, action=action, loop=True) for s in (content, motion))
        wanted = mix(content_of=a, motion_of=b)
        assert torch.equal(path.content[row], wanted.content[0])
        assert torch.equal(path.motion[row], wanted.motion[0])
        assert torch.equal(path.action[row], wanted.action[0])


def test_a_column_of_one_scripted_action_plays_its_cycle():
    spec = character().spec
    timing = dict(zip(spec.actions, spec.timing, strict=True))
    for action in spec.actions:
        request = GalleryRequest(cells=((1, 1, action), (2, 1, action)))
        assert request.path(spec).frames == timing[action].frames
        assert request.rate(spec) == spec.fps


def test_large_models_are_sent_at_the_size_of_a_cell(studio):
    frames = torch.randn(1, 2, 4, 128, 128)
    assert torch.allclose(smaller(frames, 2)[0, 0, 0, 0, 0], frames[0, 0, 0, :2, :2].mean())
    assert smaller(frames, 1) is frames
    request = gallery_of({"model": "tiny", "cells": [[n, 1, None] for n in range(4)]})
    grid = studio.preview(request).grid
    assert (grid.width, grid.height, grid.frames) == (2 * 16, 2 * 16, FRAMES)


@pytest.mark.parametrize(
    "asked",
    [
        None, [], {}, {"model": "tiny"}, {"model": "tiny", "cells": []}, {"cells": [[1, 1, None]]},
        {"model": "tiny", "cells": [[1, 1, None]] * 5}, {"model": [1], "cells": [[1, 1, None]]},
        {"model": "tiny", "cells": [[1, 1]]}, {"model": "tiny", "cells": [[1, 1, ["walk"]]]},
        {"model": "tiny", "cells": [[-1, 1, None]]}, {"model": "tiny", "cells": [[1, 1.5, None]]},
        {"model": "tiny", "cells": [[1, 1, "fly"]]}, {"model": "none", "cells": [[1, 1, None]]},
        {"model": "tiny", "cells": [{"path": "/etc/passwd"}]},
    ],
)  # fmt: skip
def test_what_is_no_column_is_answered_with_a_sentence_in_both_languages(studio, asked):
    answer = drawn_for_page(lambda: studio.preview(gallery_of(asked)))
    assert answer["error"].endswith(".")
    assert re.search("[\u4e00-\u9fff]", answer["words"]["中文"])


def test_an_action_in_several_directions_is_one_column_that_faces_whoever_looks(tmp_path):
    from vidgen.store.weights import save_generator
    from vidgen.studio import Studio

    save_generator(character(), tmp_path / "hero.safetensors")
    studio = Studio(str(tmp_path / "hero.safetensors"))
    walk = next(c for c in columns_of(studio, "hero")["columns"] if c["takes"]["action"] == "walk")
    assert walk["draws"] == "walk_down" and walk["takes"]["direction"] == "down"
    assert walk["words"]["中文"] == "行走"
    assert columns_of(studio, "no such") == columns_of(studio, {"a": 1}) == {"columns": []}
    studio.close()


@pytest.fixture
def page(desktop):
    """The tab, its matrix drawn; no request may leave the machine, no script may fail."""
    desktop.locator("#matrix-tab-button").click()
    desktop.locator("#matrix-columns label").nth(0).click()
    desktop.wait_for_selector(f"{BOARD}[data-drawn='3']")
    yield desktop
    assert not [url for url in desktop.requested if not is_local(url)] and not desktop.broken


def frames(page) -> str:
    return page.locator(f"{BOARD} canvas").get_attribute("data-frames")


def test_every_cell_plays_and_one_that_is_chosen_goes_to_generate(page):
    assert page.locator(f"{BOARD} .vg-cell").count() == 4 * 3
    assert page.locator(f"{BOARD} .vg-column").all_inner_texts() == ["bend", "wave", "walk"]
    assert page.locator(f"{BOARD} .vg-facts").inner_text() == "12 clips"
    before = frames(page)
    page.wait_for_function(
        "before => document.querySelector('#player-matrix canvas').dataset.frames !== before",
        arg=before,
    )
    page.locator(f"{BOARD} .vg-toggle").click()
    stopped = frames(page)
    page.wait_for_timeout(400)
    assert frames(page) == stopped, "it pauses"
    clips = page.locator(PLAYER).get_attribute("data-clips")
    page.locator(f"{BOARD} .vg-cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
    page.wait_for_function("window.vidgen.requests.generate?.seed === 8")
    asked = page.evaluate("window.vidgen.requests.generate")
    assert (asked["model"], asked["seed"], asked["action"]) == ("tiny", 8, "wave")
    assert page.locator("#generate-tab-button").get_attribute("aria-selected") == "true"


def test_a_wall_of_seeds_plays_and_asks_for_four_clips_at_a_time(page):
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "component_server" in r.url else None)
    page.locator("#matrix-columns label").nth(2).click()
    page.wait_for_selector(f"{BOARD}[data-drawn='10']")
    assert page.locator(f"{BOARD} .vg-cell").count() == 40 and len(asked) == 10
    assert page.locator(f"{BOARD} .vg-cell").last.get_attribute("aria-label").startswith("Seed 46")
    page.locator("#language").get_by_text("中文").click()
    page.wait_for_selector(f"{BOARD} .vg-cell[aria-label^='种子 7']")
    assert page.locator(f"{BOARD} .vg-facts").inner_text() == "40 段视频"
    page.locator("#language").get_by_text("English").click()
    page.wait_for_selector(f"{BOARD} .vg-cell[aria-label^='Seed 7']")


def test_a_player_fills_the_screen_and_goes_back(page):
    button = page.locator(f"{BOARD} .vg-full")
    assert button.get_attribute("aria-label") == "Full screen, and back"
    for filled in (True, False):
        button.click()
        page.wait_for_function("filled => !!document.fullscreenElement === filled", arg=filled)
    page.locator("#generate-tab-button").click()
    assert page.locator(f"{PLAYER} .vg-full").is_visible()


def test_a_matrix_fits_a_phone_and_moves_not_by_itself_if_that_is_wished(browser, page_url):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", reduced_motion="reduce"
    )
    page = open_page(context, page_url)
    page.wait_for_function(  # of a narrow page's tabs some are in a menu
        """() => {
            const listed = [...document.querySelectorAll(".overflow-dropdown button")];
            const tab = document.querySelector("#matrix-tab-button")
                ?? listed.find((each) => each.textContent.trim() === "矩阵");
            tab?.click();
            return Boolean(tab);
        }"""
    )
    page.wait_for_selector(f"{BOARD}[data-drawn='3']")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    before, deadline = frames(page), time.monotonic() + 0.4
    while time.monotonic() < deadline:
        assert frames(page) == before
    context.close()
