"""The page in a real Chromium."""

from __future__ import annotations

import json

import pytest
from clips import frames_in

from tests.browsing import (
    DRAW,
    PLAYER,
    canvas,
    is_draw,
    is_local,
    open_page,
    paused,
    play,
    slide,
)


@pytest.fixture(scope="module")
def opened(browser, page_url):
    """An open page whose first clip is shown. To open one takes four seconds of processor time, so
    there is one for all of this."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield open_page(context, page_url)
    context.close()


@pytest.fixture
def tab(opened):
    """The page as the test before left it, at *Generate*; it may have gone to loopback only."""
    opened.locator("#generate-tab-button").click()
    yield opened
    elsewhere = [url for url in opened.requested if not is_local(url)]
    assert not elsewhere, f"requests left this machine: {elsewhere}"
    assert not opened.broken, f"the page's scripts failed: {opened.broken}"


def test_the_clip_plays(tab) -> None:
    play(tab, True)
    seen = set()
    for _ in range(8):
        seen.add(canvas(tab))
        tab.wait_for_timeout(60)
    assert len(seen) >= 3
    frames = tab.evaluate("window.vidgen.requests.generate")["frames"]
    assert f"{frames} frames · 25 fps · 16×16" in tab.locator(f"{PLAYER} .vg-facts").inner_text()
    assert (
        tab.locator(f"{PLAYER} .vg-origin").inner_text()
        == "Weights: file tiny.safetensors · Drawn by: PyTorch, float32"
    )


def test_it_stops_when_asked_and_when_out_of_sight(tab) -> None:
    paused(tab)
    still = canvas(tab)
    tab.wait_for_timeout(200)
    assert canvas(tab) == still
    play(tab, True)
    tab.get_by_role("tab", name="Morph").click()
    tab.wait_for_selector("#player-morph .vg-player[data-clips]")
    frame = tab.locator(f"{PLAYER} .vg-stage canvas").get_attribute("data-frame")
    tab.wait_for_timeout(200)
    assert tab.locator(f"{PLAYER} .vg-stage canvas").get_attribute("data-frame") == frame


@pytest.mark.parametrize(
    ("slider", "value"), [("#seed-slider", 400), ("#generate-truncation", 0.2)]
)
def test_moving_a_slider_changes_the_picture(tab, slider: str, value: float) -> None:
    paused(tab)
    before = canvas(tab)
    slide(tab, slider, value)
    assert canvas(tab) != before


def test_the_dice_and_an_action_change_the_picture(tab) -> None:
    paused(tab)
    before = canvas(tab)
    clips = tab.locator(PLAYER).get_attribute("data-clips")
    tab.locator(".vg-dice:visible").first.click()
    tab.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
    rolled = canvas(tab)
    assert rolled != before
    pictures = set()
    for action in ("bend", "wave", "walk"):
        clips = tab.locator(PLAYER).get_attribute("data-clips")
        tab.locator(f"#generate-action >> text={action}").click()
        tab.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
        pictures.add(canvas(tab))
    assert len(pictures) == 3


def test_a_dragged_slider_asks_only_for_what_can_still_be_seen(tab) -> None:
    calls = []
    tab.on("request", lambda request: calls.append(request) if is_draw(request.url) else None)
    running, most = 0, 0

    def started(request) -> None:
        nonlocal running, most
        if is_draw(request.url):
            running += 1
            most = max(most, running)

    def ended(request) -> None:
        nonlocal running
        running -= is_draw(request.url)

    tab.on("request", started)
    tab.on("requestfinished", ended)
    tab.locator("#seed-slider input[type=range]").evaluate(
        """async (input) => {
            for (let seed = 100; seed <= 400; seed++) {
                input.value = String(seed);
                input.dispatchEvent(new Event("input", { bubbles: true }));
                if (seed % 10 === 0) await new Promise(requestAnimationFrame);
            }
        }"""
    )
    seeds = []
    for _ in range(300):  # as long as a busy machine takes for it
        tab.wait_for_timeout(100)
        seeds = [json.loads(call.post_data)["data"]["seed"] for call in calls]
        if seeds[-1:] == [400]:
            break
    assert seeds[-1] == 400, "the newest is always shown"
    assert most == 1 and 1 <= len(calls) <= 31


def render(tab, format: str) -> None:
    """Has a file made, and waits until it is shown in the place of the one before."""
    marked = "document.querySelectorAll('#generate-result :is(img, video)')"
    tab.evaluate(f"{marked}.forEach((each) => each.classList.add('old'))")
    tab.locator("#generate-format").get_by_text(format, exact=True).click()
    tab.locator("#generate-render").click()
    tab.wait_for_selector("#generate-result :is(img, video):not(.old)")


def test_the_rendered_webm_plays(tab) -> None:
    render(tab, "webm")
    asked = tab.evaluate("window.vidgen.requests.generate")
    video = tab.locator("#generate-result video")
    tab.wait_for_function("document.querySelector('#generate-result video').readyState >= 2")
    assert video.evaluate("v => [v.videoWidth, v.videoHeight, v.error]") == [256, 256, None]
    assert video.evaluate("v => v.duration") == pytest.approx(asked["frames"] / 25, abs=0.05)
    with tab.expect_download() as download:
        tab.locator("#generate-result .vg-download").click()
    parts = (
        "tiny",
        f"seed-{asked['seed']}",
        asked["action"],
        f"truncation-{asked['truncation']:g}",
    )
    name = "-".join(filter(None, (*parts, "25fps.webm")))
    assert download.value.suggested_filename == name
    assert frames_in(download.value.path()) == asked["frames"]


@pytest.mark.parametrize("format", ["gif", "webp", "apng", "png"])
def test_other_formats_are_shown_as_pictures(tab, format: str) -> None:
    if tab.evaluate("window.vidgen.requests.generate")["frames"] != 8:
        slide(tab, "#generate-frames", 8)  # a random picture's many colours make a GIF slow
    render(tab, format)
    tab.wait_for_function("document.querySelector('#generate-result img').complete")
    assert tab.locator("#generate-result img").evaluate("image => image.naturalWidth") >= 256


def test_morph_goes_between_two_clips_and_travels(tab) -> None:
    player = "#player-morph .vg-player"
    tab.get_by_role("tab", name="Morph").click()
    tab.wait_for_selector(f"{player}[data-clips]")
    paused(tab, player)
    pictures = [canvas(tab, player)]
    tab.wait_for_selector(f"{player}[data-ends='2']")
    ends = tab.locator(f"{player} .vg-end canvas")
    shown = [ends.nth(i).evaluate("canvas => canvas.toDataURL()") for i in range(2)]
    assert shown[0] != shown[1], "A and B stand beside the mix"
    for act in (
        lambda: tab.locator("#mix-slider input[type=range]").press("End"),
        lambda: tab.get_by_label("Travel from A to B").check(),
    ):
        clips = tab.locator(player).get_attribute("data-clips")
        act()
        tab.wait_for_selector(f'{player}:not([data-clips="{clips}"])')
        pictures.append(canvas(tab, player))
    assert len(set(pictures)) == 3
    tab.get_by_label("Travel from A to B").uncheck()
    tab.locator(f"{player} .vg-end").first.click()
    tab.wait_for_function("document.querySelector('#mix-slider input[type=range]').value === '0'")
    tab.locator("#morph-render").click()
    tab.wait_for_selector("#morph-result video")


def test_an_error_is_one_sentence_and_the_next_clip_works(tab) -> None:
    ask = "request => window.vidgen.players.generate.ask(request)"
    tab.evaluate(ask, {"model": "tiny", "seed": -1})
    error = tab.locator(f"{PLAYER} .vg-error")
    error.wait_for()
    assert error.inner_text() == "Seed must be a whole number from 0 to 4,294,967,295, not -1."
    slide(tab, "#seed-slider", 300)
    assert not error.is_visible()
    tab.get_by_text("Add a model from the Hugging Face Hub").click()
    tab.locator("#hub-source textarea, #hub-source input").fill("nonsense")
    tab.locator("#hub-add").click()
    tab.wait_for_selector("#hub-status >> text=names no Hub repository")


def test_a_server_that_does_not_answer_is_a_sentence(tab) -> None:
    tab.route(DRAW, lambda route: route.abort())
    tab.evaluate("window.vidgen.players.generate.ask({ model: 'tiny', seed: 5 })")
    tab.wait_for_selector(f"{PLAYER} .vg-error >> text=The server does not answer")
    tab.unroute(DRAW)
    slide(tab, "#seed-slider", 301)
    assert not tab.locator(f"{PLAYER} .vg-error").is_visible()


def test_the_language_switch_changes_every_word_and_is_remembered(tab, page_url: str) -> None:
    tab.locator("#language").get_by_text("中文").click()
    tab.wait_for_selector("#generate-render >> text=渲染")
    body = tab.locator("body").inner_text()
    for words in ("种子", "帧率", "生成", "权重", "Hugging Face Hub 添加模型"):
        assert words in body
    english = ["Seed", "Frame", "Render", "Generate", "Weights", "Loop", "Every clip"]
    # Gradio draws its tabs once more when it knows how wide they are: in a moment, not at once.
    gone = "words => !words.some(word => document.body.innerText.includes(word))"
    tab.wait_for_function(gone, arg=english)
    tab.goto(page_url)
    tab.wait_for_selector("#generate-render >> text=渲染")
    tab.locator("#language").get_by_text("English").click()
    tab.wait_for_selector("#generate-render >> text=Render")


def test_two_tabs_at_once_do_not_disturb_each_other(tab, browser, page_url: str) -> None:
    context = browser.new_context()
    other = open_page(context, page_url)
    paused(tab)
    paused(other)
    same = canvas(tab)
    slide(tab, "#seed-slider", 123)
    slide(other, "#seed-slider", 456)
    slide(other, "#seed-slider", 7)
    assert canvas(tab) != same
    assert not other.broken
    context.close()


@pytest.fixture(scope="module")
def phone(browser, page_url: str):
    """A small page in the dark, which the second test finds as the first one left it."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    yield open_page(context, page_url)
    context.close()


def test_a_phone_shows_the_picture_first_and_then_the_link_to_the_file(phone):
    page = phone
    stage = page.locator(f"{PLAYER} .vg-stage")
    assert stage.bounding_box()["y"] < 140
    for option in page.locator("#language label").all():
        box = option.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, "it is at hand"
    page.locator("#generate-render").click()
    page.wait_for_selector("#generate-result video")
    page.wait_for_function(
        """() => {
            const box = document.querySelector("#generate-result .vg-download")
                .getBoundingClientRect();
            const x = box.x + box.width / 2, y = box.y + box.height / 2;
            return document.elementFromPoint(x, y)?.className === "vg-download";
        }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_fits_a_phone(phone) -> None:
    page = phone
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".overflow-menu > button").click()
    tabs = page.locator(".overflow-dropdown button")
    tabs.first.wait_for()
    for tab in tabs.all():
        tab.click(trial=True)  # fails if something lies over it
    page.keyboard.press("Escape")
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(300)
    box = page.locator(f"{PLAYER} .vg-stage").bounding_box()
    assert box["y"] >= -1 and box["y"] + box["height"] <= 740, "the picture stays in sight"
