"""The page by eye, by key and by ear, in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hero import character
from tests.tabs import pick_tab, serious
from train.pictures.thumbnail import write_thumbnail
from vidgen.store.weights import save_generator
from vidgen.ui.words import TABLE

PLAYER = "#player-generate .vg-player"
SHOWN = f"{PLAYER}[data-clips]"
MODELS = "#generate-models .vg-models"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# What has the keyboard's focus, or what stands for it, and whether a line is drawn around it.
FOCUSED = """() => {
    const element = document.activeElement;
    const shown = [element, element.closest("label"), element.closest(".wrap")].filter(Boolean);
    const outlined = shown.some((one) => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    const name = element.getAttribute("aria-label") || element.textContent.trim();
    return { tag: element.tagName, outlined, name, html: element.outerHTML.slice(0, 120) };
}"""


@pytest.fixture(scope="module")
def page_models(weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """`tiny`, and `zero`, who has directions, a script, a sprite sheet and a thumbnail."""
    path = tmp_path_factory.mktemp("weights") / "zero.safetensors"
    save_generator(character(), path)
    write_thumbnail(str(path))
    return [weights_file, path]


@pytest.fixture
def opened(browser, page_url):
    """Opens the page with options of a browser's context."""
    contexts = []

    def open_page(**options: object):
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US"} | options)
        contexts.append(context)
        return shown(context, page_url)

    yield open_page
    for context in contexts:
        context.close()


def shown(context, url: str):
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector(SHOWN)
    return page


@pytest.fixture(scope="module")
def usual(browser, page_url):
    """A page without options, which every test finds as the one before left it."""
    context = browser.new_context(viewport=DESKTOP, locale="en-US")
    yield shown(context, page_url)
    context.close()


@pytest.fixture(scope="module")
def chinese(browser, page_url):
    """A page of somebody who reads Chinese, which every test finds as the one before left it."""
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN")
    yield shown(context, page_url)
    context.close()


@pytest.mark.parametrize(
    ("scheme", "locale", "viewport"),
    [("light", "en-US", DESKTOP), ("dark", "zh-CN", DESKTOP), ("light", "zh-CN", PHONE)],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious_on_any_tab(opened, scheme, locale, viewport):
    page, found = opened(color_scheme=scheme, locale=locale, viewport=viewport), {}
    page.locator("#generate-render").click()
    page.wait_for_selector("#generate-result video")
    page.locator(f"{PLAYER} .vg-live").click()
    page.wait_for_selector(f"{PLAYER}[data-chunks]")
    places = {
        "generate": SHOWN,
        "morph": "#player-morph .vg-player[data-clips]",
        "matrix": "#player-matrix .vg-player[data-drawn='3']",
        "sheet": "#sheet-draw",
        "timeline": "#player-timeline .vg-player[data-chunks]",
    }
    for _ in range(2):
        page.locator(f"{PLAYER} .vg-add").click()
    for tab, selector in places.items():
        pick_tab(page, *TABLE[tab])
        page.wait_for_selector(selector)
        found |= serious(page)
    assert not found


def test_a_clip_is_made_and_downloaded_by_keyboard_alone_and_focus_is_always_seen(opened):
    page = opened()
    clips = page.locator(PLAYER).get_attribute("data-clips")
    asked, seed = False, False
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["tag"] == "BODY":
            continue
        assert focused["outlined"], focused["html"]
        if not seed and page.evaluate("!!document.activeElement.closest('#seed-slider')"):
            seed = True
            if page.evaluate("document.activeElement.type") != "range":
                continue
            page.keyboard.press("ArrowRight")
            page.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
        if page.evaluate("document.activeElement.id") == "generate-render":
            page.keyboard.press("Enter")
            asked = True
            page.wait_for_selector("#generate-result video")
        if page.evaluate("document.activeElement.className") == "vg-download":
            with page.expect_download() as download:
                page.keyboard.press("Enter")
            assert download.value.suggested_filename.endswith(".webm")
            break
    else:
        pytest.fail(f"no download was reached: seed {seed}, asked {asked}")
    assert seed and asked


def test_the_frame_strip_is_a_slider_for_the_keyboard(usual):
    page = usual
    strip = page.get_by_role("slider", name="The clip's frames")
    strip.focus()
    page.keyboard.press("Home")
    stage = page.locator(f"{PLAYER} .vg-stage canvas")
    for key, frame in (
        ("ArrowRight", 1),
        ("PageUp", 9),
        ("ArrowLeft", 8),
        ("End", 63),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        assert stage.get_attribute("data-frame") == str(frame)
        assert strip.get_attribute("aria-valuenow") == str(frame + 1)
        assert strip.get_attribute("aria-valuetext") == f"frame {frame + 1} of 64"
    assert page.locator(f"{PLAYER} .vg-toggle").get_attribute("aria-pressed") == "false"


def test_dice_have_a_name_in_both_languages(usual):
    page = usual
    assert page.get_by_role("button", name="Another seed, at random").count() >= 1
    page.locator("#language").get_by_text("中文").click()
    page.get_by_role("button", name="随机换一个种子").first.wait_for()
    page.locator("#language").get_by_text("English").click()
    page.get_by_role("button", name="Another seed, at random").first.wait_for()


def test_a_model_is_chosen_by_its_moving_picture_with_mouse_or_arrow_keys(opened):
    page = opened()
    page.wait_for_selector(f"{MODELS}[data-pictures='1']")  # `tiny` has only its letter
    assert page.locator(MODELS).get_by_role("radio", checked=True).get_attribute("value") == "tiny"
    page.locator(f"{MODELS} >> text=zero").click()
    page.wait_for_url("**zero**")
    listed = page.get_by_label("Model").first
    assert listed.input_value() == "zero"
    page.locator("#generate-action >> text=hit").wait_for()
    assert page.evaluate("window.vidgen.settings('generate').model") == "zero"
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**tiny**")
    page.locator("#generate-action >> text=wave").wait_for()
    assert listed.input_value() == "tiny"
    page.go_back()
    page.wait_for_selector(f"{MODELS} input[value=zero]:checked", state="attached")
    moving, held = page.locator(f"{MODELS} img"), page.locator(f"{MODELS} canvas")
    assert moving.is_visible() and not held.is_visible()
    page.locator(f"{MODELS} .vg-toggle").click()
    assert held.is_visible() and not moving.is_visible()


def test_nothing_moves_by_itself_if_that_is_wished(opened):
    page = opened(reduced_motion="reduce")
    page.wait_for_selector(f"{MODELS}[data-pictures='1']")
    assert not page.locator(f"{MODELS} img").is_visible()
    frame = page.locator(f"{PLAYER} .vg-stage canvas")
    before = frame.get_attribute("data-frame")
    page.wait_for_timeout(500)
    assert frame.get_attribute("data-frame") == before
    page.locator("#generate-render").click()
    page.wait_for_selector("#generate-result video")
    page.wait_for_function("document.querySelector('#generate-result video').paused")
    page.locator(f"{PLAYER} .vg-toggle").click()
    page.wait_for_function(
        "frame => document.querySelector('.vg-stage canvas').dataset.frame !== frame", arg=before
    )
    page.locator("#generate-format").get_by_text("gif", exact=True).click()
    page.locator("#generate-render").click()
    frame = page.locator("#generate-result canvas")
    frame.wait_for()  # the first frame in the place of the picture
    picture, toggle = (page.locator(f"#generate-result {name}") for name in ("img", "button"))
    assert not picture.is_visible() and toggle.get_attribute("aria-pressed") == "false"
    painted = "canvas => canvas.getContext('2d').getImageData(9, 9, 1, 1).data[3]"
    assert frame.evaluate(painted) == 255
    toggle.click()
    picture.wait_for()
    assert not frame.is_visible() and toggle.get_attribute("aria-pressed") == "true"


def test_a_first_visit_has_three_hints_and_no_other(chinese, page_url):
    page = chinese
    hints = page.locator(".vg-hints")
    page.wait_for_selector(".vg-hints >> text=知道了")
    assert hints.locator("li").count() == 3
    hints.get_by_role("button").press("Enter")
    assert not hints.is_visible()
    page.goto(page_url)
    page.wait_for_selector(SHOWN)
    assert not hints.is_visible()


def test_forced_colours_leave_tracks_ticks_and_choices_to_be_seen(usual):
    page = usual
    page.emulate_media(forced_colors="active")
    style = """([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"""
    assert page.evaluate(style, ["#seed-slider input[type=range]", "appearance"]) == "auto"
    assert page.evaluate(style, ["input[type=checkbox]", "appearance"]) == "auto"
    chosen, other = (
        page.evaluate(style, [f"#generate-format label:has(input{state})", "backgroundColor"])
        for state in (":checked", ":not(:checked)")
    )
    page.emulate_media(forced_colors="none")
    assert chosen != other


def test_settings_outlast_a_reload_and_none_of_it_is_believed_blindly(opened, page_url):
    page = opened()
    page.locator("#generate-action >> text=wave").click()
    page.locator("#seed-slider input[type=number]").fill("321")
    page.locator("#seed-slider input[type=number]").press("Enter")
    page.locator("#generate-format").get_by_text("gif", exact=True).click()
    page.wait_for_function("localStorage['vidgen-settings-generate']?.includes('321')")
    page.wait_for_function("localStorage['vidgen-settings-generate']?.includes('gif')")
    page.reload()
    page.wait_for_selector(SHOWN)
    page.wait_for_function("document.querySelector('#seed-slider input[type=number]').value == 321")
    assert page.locator("#generate-action input:checked").get_attribute("value") == "wave"
    assert page.locator("#generate-format input:checked").get_attribute("value") == "gif"
    for kept in (
        ('{"model": "gone", "seed": -5, "action": "fly", "fps": "x"}', "null"),
        ("[1", "7"),
    ):
        for tab, text in zip(("generate", "morph"), kept, strict=True):
            page.evaluate(
                "([tab, text]) => localStorage[`vidgen-settings-${tab}`] = text", [tab, text]
            )
        page.goto(page_url)
        page.wait_for_selector(SHOWN)
        page.wait_for_selector("#generate-action >> text=wave")
        assert not page.locator(f"{PLAYER} .vg-error").is_visible()


def test_the_player_asks_again_by_itself_when_the_server_is_back(usual):
    page = usual
    page.route(re.compile("/component_server"), lambda route: route.abort())
    page.evaluate("window.vidgen.players.generate.ask({ model: 'tiny', seed: 5 })")
    page.wait_for_selector(f"{PLAYER} .vg-error >> text=The server does not answer")
    page.unroute(re.compile("/component_server"))
    page.wait_for_selector(f"{PLAYER}:not(.vg-stale)")
    assert not page.locator(f"{PLAYER} .vg-error").is_visible()


def test_a_file_made_with_other_settings_says_so(usual):
    page = usual
    page.locator("#generate-render").click()
    line = page.locator("#generate-result .vg-outdated")
    line.wait_for(state="attached")
    assert not line.is_visible()
    page.locator("#seed-slider input[type=range]").press("ArrowRight")
    line.wait_for(state="visible")
    page.locator("#seed-slider input[type=range]").press("ArrowLeft")
    line.wait_for(state="hidden")


def test_a_chinese_page_has_chinese_errors_actions_and_weights(chinese):
    page = chinese
    page.wait_for_selector("#generate-action >> text=行走")
    said = "权重: 文件 tiny.safetensors · 绘制: PyTorch, "
    page.wait_for_selector(f"{PLAYER} .vg-origin >> text=/^{said}/")
    page.evaluate("window.vidgen.players.generate.ask({ model: null })")
    error = page.locator(f"{PLAYER} .vg-error")
    error.wait_for()
    assert error.inner_text() == "模型必须是以下之一：tiny, zero，而不是 空。"
