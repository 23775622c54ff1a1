"""Video that never stops, in a real Chromium."""

from __future__ import annotations

import json
import re

import pytest

from tests.browsing import DRAW, PLAYER, canvas, is_local, open_page

CHUNKS = "player => Number(document.querySelector(player).dataset.chunks)"
MOMENT = "player => Number(document.querySelector(`${player} .vg-stage canvas`).dataset.time)"


@pytest.fixture
def endless(browser, page_url):
    """Opens a page and lets it play without an end; no request may leave, no script may fail."""
    contexts = []

    def begin(**options: object):
        size = {"width": 1280, "height": 900}
        context = browser.new_context(**{"viewport": size, "locale": "en-US"} | options)
        page = open_page(context, page_url)
        contexts.append((context, page))
        page.locator(f"{PLAYER} .vg-live").click()
        page.wait_for_selector(f"{PLAYER}[data-chunks]")
        return page

    yield begin
    for context, page in contexts:
        context.close()
        assert not [url for url in page.requested if not is_local(url)] and not page.broken


def moment(page) -> float:
    return page.evaluate(MOMENT, PLAYER)


def after(page, seconds: float, compare: str = ">") -> None:
    """Waits until the motion has come past a moment."""
    page.wait_for_function(
        f"([player, at]) => ({MOMENT})(player) {compare} at", arg=[PLAYER, seconds]
    )


def asked(page) -> list[dict]:
    """What the page asks for from now on."""
    found: list[dict] = []

    def note(request) -> None:
        if DRAW.search(request.url) and json.loads(request.post_data)["fn_name"] == "live":
            found.append(json.loads(request.post_data)["data"])

    page.on("request", note)
    return found


def press(page, selector: str, key: str) -> None:
    page.locator(selector).press(key)


def test_it_goes_on_beyond_the_clip_and_glides_to_what_is_changed(endless) -> None:
    page = endless()
    chunks = asked(page)
    page.evaluate("document.querySelector('#player-generate .vg-speed').value = 4")
    page.locator(f"{PLAYER} .vg-speed").dispatch_event("input")
    after(page, 3)  # longer than its 64 frames at 25 a second
    seeds = {chunk["now"]["seed"] for chunk in chunks}
    assert seeds == {7} and chunks[-1]["speed"] == 4
    press(page, "#seed-slider input[type=range]", "ArrowRight")
    page.wait_for_function("() => /seed%22%3A\\+8/.test(location.search)")
    changed = next(chunk for chunk in chunks if chunk["now"]["seed"] == 8)
    assert json.loads(changed["before"])["seed"] == 7, "it knows where it glides from"
    assert changed["start"] > 3, "and goes on where it is"
    for seed in (7, 8):  # what was made ahead of a change is made anew, so the first may overlap
        starts = [chunk["start"] for chunk in chunks if chunk["now"]["seed"] == seed]
        assert starts == sorted(starts)
    assert "frames a second" in page.locator(f"{PLAYER} .vg-facts").inner_text()
    page.locator(f"{PLAYER} .vg-live").click()
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=64 frames")
    assert page.locator(f"{PLAYER} .vg-live-bar").is_hidden()


def test_it_runs_backwards_pauses_and_steps_by_keys_and_fingers(endless) -> None:
    page = endless()
    after(page, 0.6)
    page.locator(f"{PLAYER} .vg-back").click()
    top = moment(page)
    after(page, max(0.1, top - 0.3), "<")
    after(page, 0.3, ">")  # at its beginning it turns round by itself
    page.locator(f"{PLAYER} .vg-toggle").click()
    stopped, picture = moment(page), canvas(page)
    page.wait_for_timeout(300)
    assert moment(page) == stopped
    press(page, f"{PLAYER} .vg-strip", "ArrowLeft")
    assert moment(page) != stopped and canvas(page) != picture
    page.locator(f"{PLAYER} .vg-after").click()
    assert moment(page) == stopped and canvas(page) == picture
    page.locator(f"{PLAYER} .vg-strip canvas").click(position={"x": 2, "y": 5})
    assert moment(page) != stopped, "the last seconds can be gone back to"
    told = page.locator(f"{PLAYER} .vg-strip").get_attribute("aria-valuetext")
    assert re.fullmatch(r"frame \d+ of \d+", told)


def test_a_page_that_falls_behind_shows_fewer_frames_and_says_when_the_server_is_gone(
    endless,
) -> None:
    page = endless()
    chunks = asked(page)
    network = page.context.new_cdp_session(page)

    def slow(latency: int, offline: bool = False) -> None:
        found = {"latency": latency, "offline": offline}
        rates = {"downloadThroughput": -1, "uploadThroughput": -1}
        network.send("Network.emulateNetworkConditions", found | rates)

    slow(700)
    for _ in range(100):
        page.wait_for_timeout(500)
        if chunks and chunks[-1]["fps"] < 10:
            break
    assert chunks[-1]["fps"] < 10 and chunks[-1]["frames"] == 4
    slow(0, offline=True)
    page.wait_for_selector(f"{PLAYER} .vg-error >> text=The server does not answer")
    slow(0)
    page.wait_for_selector(f"{PLAYER} .vg-error", state="hidden")


def test_it_fits_a_phone_in_chinese_and_moves_not_by_itself_if_that_is_wished(endless) -> None:
    size = {"width": 360, "height": 740}
    page = endless(viewport=size, locale="zh-CN", reduced_motion="reduce")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for words in ("无尽播放", "倒放", "速度"):
        page.wait_for_selector(f"{PLAYER} >> text={words}")  # visible, once the language has come
    assert page.locator(f"{PLAYER} .vg-before").get_attribute("aria-label") == "后退一帧"
    stopped = moment(page)
    page.wait_for_timeout(400)
    assert moment(page) == stopped
    page.locator(f"{PLAYER} .vg-after").click()
    assert moment(page) > stopped
