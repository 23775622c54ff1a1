"""The Learn tab in a real Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from tests.test_trainings import cpu_ticks

STAGE = ".vg-lesson"
PATIENCE = 180_000  # ms, on a busy machine


@pytest.fixture
def opened(browser, page_url):
    """Opens the page's Learn tab with options of a browser's context."""
    contexts = []

    def open_tab(**options: object):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 1000}, "locale": "en-US"} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.broken = []
        page.on("pageerror", lambda error: page.broken.append(str(error)))
        page.goto(page_url)
        page.get_by_role("tab", name=re.compile("Learn|学习")).click()
        page.wait_for_selector(f"{STAGE} [data-do=start]:has-text('')")
        return page

    yield open_tab
    for context in contexts:
        for page in context.pages:
            assert not page.broken, f"the page's scripts failed: {page.broken}"
        context.close()


def steps(page) -> int:
    return int(page.locator(STAGE).get_attribute("data-steps") or 0)


def wait_for_steps(page, more_than: int) -> None:
    page.wait_for_function(
        f"steps => Number(document.querySelector('{STAGE}').dataset.steps) > steps", arg=more_than
    )


def score(page, name: str) -> str:
    return page.locator(f"{STAGE} [data-score={name}] dd").inner_text()


def trainings_of_pages() -> set[int]:
    """The processes that train for a page of these tests."""
    command = ["ps", "-ww", "-eo", "pid=,ppid=,args="]
    found = subprocess.run(command, capture_output=True, text=True).stdout
    processes = [line.split(maxsplit=2) for line in found.splitlines()]
    pages = {pid for pid, _, command in processes if "app.main()" in command}
    return {int(p) for p, parent, run in processes if parent in pages and "train.live" in run}


def test_a_class_sees_the_game_step_by_step_and_its_remedy(opened):
    page = opened()
    page.locator("[data-do=critic]").click()
    page.wait_for_selector(f"{STAGE}[data-reports] [data-score=accuracy]")
    assert steps(page) == 0, "the critic alone has moved"
    page.locator("[data-do=generator]").click()
    wait_for_steps(page, 0)
    assert steps(page) == 1
    page.locator("[data-do=start]").click()
    wait_for_steps(page, 3)
    page.locator("#learn-preset").get_by_text("Vanishing gradient").click()
    page.wait_for_selector(f"{STAGE} .vg-story >> text=hardly any signal")
    shown = f"document.querySelector('{STAGE} [data-score=signal] dd')?.innerText"
    played = f"Number(document.querySelector('{STAGE}').dataset.steps) > 3"
    page.wait_for_function(f"() => {played} && Number({shown}) < 0.01")
    page.locator("#learn-remedy input").check()
    page.wait_for_selector(f"{STAGE} .vg-mend >> text=non-saturating")
    page.wait_for_function(f"() => Number({shown}) > 0.1")
    page.locator("[data-do=start]").click()
    page.wait_for_selector("[data-do=start] >> text=Start")
    page.wait_for_timeout(500)
    before = steps(page)
    page.wait_for_timeout(500)
    assert steps(page) == before, "it is paused"
    scene = page.locator(f"{STAGE} .vg-scene")
    assert (
        scene.evaluate(
            """canvas => new Set(canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data).size"""
        )
        > 20
    ), "points, grid and heat map are drawn"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_tab_frees_its_core_within_two_seconds(opened):
    before = trainings_of_pages()
    page = opened()
    page.locator("#learn-pace").get_by_text("As fast as it goes").click()
    page.locator("[data-do=start]").click()
    wait_for_steps(page, 3)
    (mine,) = trainings_of_pages() - before
    page.close()
    time.sleep(2)
    rested = cpu_ticks(mine)
    time.sleep(0.5)
    assert cpu_ticks(mine) - rested <= 2
