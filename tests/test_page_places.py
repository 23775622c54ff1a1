"""Places in a real Chromium: the address carries what is shown, a link opens it, steps go back."""

from __future__ import annotations

import json
import re
import urllib.parse

import pytest

from tests.browsing import PLAYER, canvas, new_page, open_page, paused, slide

PLACE = {
    "vidgen": 1, "model": "tiny", "seed": 123, "motion_seed": 45, "frames": 24, "fps": 12.0,
    "action": "wave", "truncation": 0.5,
}  # fmt: skip


def context_of(browser):
    return browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US",
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip


@pytest.fixture
def blank(browser):
    """A page that has not gone anywhere yet."""
    context = context_of(browser)
    page = new_page(context)
    yield page
    context.close()
    assert not page.broken, f"the page's scripts failed: {page.broken}"


@pytest.fixture(scope="module")
def tab(browser, page_url):
    """One open page, which every test finds as the one before left it."""
    context = context_of(browser)
    page = open_page(context, page_url)
    yield page
    context.close()
    assert not page.broken, f"the page's scripts failed: {page.broken}"


def place_of(url: str) -> dict | None:
    found = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).get("place")
    return json.loads(found[0]) if found else None


def link(url: str, place: object) -> str:
    return f"{url}?{urllib.parse.urlencode({'place': json.dumps(place)})}"


def number(page, selector: str) -> float:
    return float(page.locator(f"{selector} input[type=range]").input_value())


def test_a_link_opens_what_it_says(blank, page_url: str) -> None:
    blank.goto(link(page_url, PLACE))
    blank.wait_for_selector(f"{PLAYER} .vg-facts >> text=24 frames · 12 fps")
    assert (number(blank, "#seed-slider"), number(blank, "#motion-seed-slider")) == (123, 45)
    assert number(blank, "#generate-truncation") == 0.5
    assert blank.locator("#generate-action input:checked").get_attribute("value") == "wave"
    assert blank.locator("#motion-seed-slider").is_visible()
    shown = blank.evaluate("window.vidgen.settings('generate').loop")
    assert shown is False


def test_a_link_to_two_seeds_opens_their_tab(blank, page_url: str) -> None:
    two = {"vidgen": 1, "model": "tiny", "seed": 3, "seed_b": 4, "mix": 0.25, "frames": 16}
    blank.goto(link(page_url, two))
    blank.wait_for_selector("#player-morph .vg-facts >> text=16 frames")
    blank.wait_for_function(
        "document.querySelector('#mix-slider input[type=range]').value === '0.25'"
    )
    assert number(blank, "#seed-b-slider") == 4


def test_what_of_a_link_makes_no_sense_is_said_and_the_rest_is_shown(blank, page_url: str) -> None:
    blank.goto(link(page_url, PLACE | {"flavour": "<b>mint</b>", "truncation": 99}))
    blank.wait_for_selector("text='flavour' is not known here")
    blank.wait_for_selector("text=truncation 99 became 1.5.")
    blank.wait_for_selector(f"{PLAYER} .vg-facts >> text=24 frames")
    assert number(blank, "#generate-truncation") == 1.5
    blank.goto(f"{page_url}?place=nonsense")
    blank.wait_for_selector("text=This is no place of vidgen's")
    blank.wait_for_selector(f"{PLAYER}[data-clips]")


def test_the_address_follows_what_is_chosen_and_steps_go_back_and_forth(blank, page_url) -> None:
    tab = blank
    tab.goto(page_url)
    tab.wait_for_selector(f"{PLAYER}[data-clips]")
    tab.wait_for_selector("#generate-action >> text=wave")
    assert place_of(tab.url) is None, "nothing is chosen yet"
    for seed in (100, 200):
        slide(tab, "#seed-slider", seed)
        tab.wait_for_url(re.compile(f"seed%22%3A\\+{seed}"))
    assert place_of(tab.url) == {
        "vidgen": 1, "model": "tiny", "seed": 200, "frames": 64, "fps": 25, "truncation": 1,
        "loop": True,
    }  # fmt: skip
    tab.go_back()
    tab.wait_for_function(
        "document.querySelector('#seed-slider input[type=range]').value === '100'"
    )
    tab.go_forward()
    tab.wait_for_function(
        "document.querySelector('#seed-slider input[type=range]').value === '200'"
    )


def test_a_copied_link_shows_the_same_clip_elsewhere(tab, browser) -> None:
    slide(tab, "#seed-slider", 321)
    paused(tab)
    tab.locator(f"{PLAYER} .vg-copy").click()
    tab.wait_for_selector(f"{PLAYER} .vg-facts >> text=The link is copied.")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert place_of(copied)["seed"] == 321
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    other = open_page(context, copied)
    other.wait_for_function(
        "document.querySelector('#seed-slider input[type=range]').value === '321'"
    )
    other.wait_for_function(
        "window.vidgen.place('generate') === window.vidgen.place('generate', true)"
    )
    paused(other)
    assert canvas(other) == canvas(tab)
    context.close()


def test_who_and_how_have_dice_of_their_own(tab) -> None:
    own = tab.get_by_label("It moves as another seed does")
    own.uncheck()
    assert not tab.locator("#motion-seed-slider").is_visible()
    paused(tab)
    before = canvas(tab)
    clips = tab.locator(PLAYER).get_attribute("data-clips")
    own.check()
    tab.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
    assert canvas(tab) != before
    who, how = number(tab, "#seed-slider"), number(tab, "#motion-seed-slider")
    clips = tab.locator(PLAYER).get_attribute("data-clips")
    tab.locator(".vg-motion .vg-dice").click()
    tab.wait_for_selector(f'{PLAYER}:not([data-clips="{clips}"])')
    assert number(tab, "#seed-slider") == who and number(tab, "#motion-seed-slider") != how


def test_a_few_frames_come_before_all_of_them(tab) -> None:
    paused(tab)
    before = int(tab.locator(PLAYER).get_attribute("data-drafts") or 0)
    slide(tab, "#seed-slider", 77)
    player = tab.locator(PLAYER)
    assert int(player.get_attribute("data-drafts")) == before + 1
    whole = canvas(tab)
    frame = tab.locator(f"{PLAYER} .vg-stage canvas").get_attribute("data-frame")
    assert frame == "0", "a clip that stands still keeps its frame"
    slide(tab, "#seed-slider", 78)
    assert canvas(tab) != whole


def test_favourites_are_kept_in_the_browser_and_shown_again(tab) -> None:
    shelf = tab.locator("#favourites .vg-favourite")
    for seed in (611, 612):
        slide(tab, "#seed-slider", seed)
        shown = "seed => JSON.parse(window.vidgen.place('generate')).seed === seed"
        tab.wait_for_function(shown, arg=seed)  # an earlier clip may have come meanwhile
        tab.locator(f"{PLAYER} .vg-star").click()
    tab.locator(f"{PLAYER} .vg-star").click()
    assert shelf.count() == 2, "the same one is kept once"
    assert "tiny · 611" in shelf.nth(1).get_attribute("aria-label")
    kept = json.loads(tab.evaluate("localStorage.getItem('vidgen-favourites')"))
    assert (
        all(len(one["picture"]) < 20_000 for one in kept)
        and place_of(link("http://x", json.loads(kept[1]["place"])))["seed"] == 611
    )
    shelf.nth(1).focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function("window.vidgen.requests.generate.seed === 611")
    shelf.nth(0).press("Delete")
    assert shelf.count() == 1 and tab.evaluate("document.activeElement.className") == "vg-favourite"
    many = [
        {"place": f'{{"vidgen":1,"seed":{n}}}', "picture": kept[0]["picture"]} for n in range(99)
    ]
    strange = [None, 7, {"place": 1}, {"place": "{", "picture": "https://elsewhere/x.png"}]
    for stored, shown in (("{{", 0), (json.dumps([*strange, *many]), 24), (json.dumps(kept), 2)):
        tab.evaluate(
            """text => {
                localStorage.setItem("vidgen-favourites", text);
                dispatchEvent(new StorageEvent("storage", { key: "vidgen-favourites" }));
            }""",
            stored,
        )
        assert shelf.count() == shown
    tab.locator("#favourites .vg-cross").first.click()
    tab.locator("#favourites .vg-cross").first.click()
    assert tab.locator("#favourites .vg-none").is_visible()
