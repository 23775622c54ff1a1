"""The pads: what their text means, what lies where on them, and both in a real Chromium."""

from __future__ import annotations

import json
import re

import pytest
import torch

from tests.browsing import is_local, open_page
from tests.hero import character
from tests.tiny import tiny_generator
from vidgen.gallery import PADS as PADS_NAMED
from vidgen.gallery import around_place
from vidgen.requests import ClipRequest, write_request
from vidgen.ui import offsets
from vidgen.ui.characters import request_of
from vidgen.ui.pads import pad_pictures
from vidgen.ui.state import settings_of

PADS = "#generate-pads"


def test_the_text_of_the_pads_is_a_place_and_back(studio):
    text = "[0.25, -1.0, 0.5, 0.0, 3]"
    values = {"model": "tiny", "action": "", "direction": "", "pad": text}
    request = request_of(studio, ClipRequest, **values)
    assert (request.content, request.motion, request.plane) == ((0.25, -1), (0.5, 0), 3)
    assert offsets.write(request) == text and offsets.write(ClipRequest()) == ""
    shown, remarks = settings_of(json.dumps(write_request(request)), studio)
    assert shown["pad"] == text and not remarks
    assert settings_of(json.dumps(write_request(ClipRequest("tiny"))), studio)[0]["pad"] == ""


@pytest.mark.parametrize(
    "bad", ["x", "[1]", "[0,0,0,0,0.5]", "[9,0,0,0,1]", "[0,0,0,0,-1]", "{}", 7, [1], "[" * 99]
)
def test_what_is_no_place_on_the_pads_is_refused(studio, bad):
    assert not offsets.fits(bad)
    with pytest.raises(ValueError, match=r"\.$"):
        request_of(studio, ClipRequest, action="", direction="", model="tiny", pad=bad)


def test_the_pictures_of_a_pad_are_what_the_handle_would_show_there():
    for generator in (tiny_generator(), character()):
        spec, walk = generator.spec, "walk"
        request = ClipRequest("tiny", 3, action=walk, motion=(0.5, 0))
        path = around_place(request, "content").path(spec)
        assert path.batch == 9 and path.frames == 1
        corner = ClipRequest("tiny", 3, action=walk, motion=(0.5, 0), content=(1, -1), frames=1)
        wanted = corner.path(spec)
        assert torch.equal(path.content[8], wanted.content[0])
        assert torch.equal(path.motion[8], wanted.motion[0])
        assert torch.equal(path.content[4], ClipRequest(seed=3, frames=1).path(spec).content[0])


@pytest.mark.parametrize(
    "bad",
    [None, {}, {"now": 1}, {"now": {}, "pad": "x"}, {"now": {"model": "no"}, "pad": "motion"}],
)
def test_what_has_no_pictures_is_a_sentence(studio, bad):
    assert pad_pictures(studio, ("model", "seed"), bad)["words"]["中文"]
    good = {"now": {"model": "tiny", "seed": 3}, "pad": "motion"}
    assert pad_pictures(studio, ("model", "seed"), good)["columns"] == 3


@pytest.fixture
def phone(browser, page_url):
    size = {"width": 360, "height": 740}
    context = browser.new_context(viewport=size, locale="zh-CN", has_touch=True)
    page = open_page(context, page_url)
    page.locator(f"{PADS} > button").click()
    page.wait_for_selector(f"{PADS} [data-pad=motion][data-pictures]")
    yield page
    context.close()
    assert not [url for url in page.requested if not is_local(url)] and not page.broken


def shows(page, pad: str) -> None:
    page.wait_for_function("pad => window.vidgen.requests.generate.pad === pad", arg=pad)


def middle(pad) -> tuple[float, float, float]:
    """Where the middle of a pad is, and a sixth of its side: in sight, at rest, nothing over it."""
    pad.hover()
    box = pad.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 6


def test_pads_are_dragged_walked_by_keys_and_carried_by_the_address(phone):
    content, motion = (phone.locator(f"{PADS} [data-pad={name}] .vg-pad") for name in PADS_NAMED)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert content.get_attribute("aria-label").startswith("谁: ")
    x, y, sixth = middle(content)
    phone.mouse.move(x, y)
    phone.mouse.down()
    phone.mouse.move(x + sixth, y - sixth, steps=4)
    phone.mouse.up()
    shows(phone, "[0.5,0.5,0,0,0]")
    assert content.get_attribute("aria-valuetext") == "向右 0.5，向上 0.5"
    motion.focus()
    for key in ("ArrowLeft", "Shift+ArrowDown"):
        phone.keyboard.press(key)
    shows(phone, "[0.5,0.5,-0.05,-0.25,0]")
    phone.wait_for_url(re.compile("content.*%5B0.5.*motion.*%5B-0.05"))
    x, y, sixth = middle(content)
    phone.touchscreen.tap(x + 2 * sixth, y + 2)  # so near to the seed there that it is it
    shows(phone, "[1,0,-0.05,-0.25,0]")
    phone.locator(f"{PADS} .vg-plane").tap()
    phone.wait_for_url(re.compile("plane"))
    for button in phone.locator(f"{PADS} .vg-recentre").all():
        button.tap()
    phone.wait_for_function("() => !Number(window.vidgen.requests.generate.pad.split(',')[2])")
    assert content.get_attribute("aria-valuenow") == "0"
    phone.evaluate("history.go(-1)")
    shows(phone, "[0.5, 0.5, -0.05, -0.25, 0]")
    assert motion.get_attribute("aria-valuetext") == "向右 -0.05，向上 -0.25"
