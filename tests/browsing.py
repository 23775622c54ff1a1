"""What tests of the page do in a browser: open it, look at its canvas, move its controls."""

from __future__ import annotations

import hashlib
import re
import urllib.parse

PLAYER = "#player-generate .vg-player"
DRAW = re.compile("/component_server")


def new_page(context):
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.requested, page.broken = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    return page


def open_page(context, url: str):
    page = new_page(context)
    page.goto(url)
    page.wait_for_selector(f"{PLAYER}[data-clips]")
    # The model's actions come last; with them the page stands as it will.
    page.wait_for_selector("#generate-action >> text=wave")
    return page


def is_local(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in ("data", "blob") or parts.hostname in ("127.0.0.1", "localhost")


def canvas(page, player: str = PLAYER) -> str:
    """A digest of what the big canvas shows."""
    url = page.locator(f"{player} .vg-stage canvas").evaluate("canvas => canvas.toDataURL()")
    return hashlib.sha256(url.encode()).hexdigest()


def play(page, on: bool, player: str = PLAYER) -> None:
    toggle = page.locator(f"{player} .vg-toggle")
    if (toggle.get_attribute("aria-pressed") == "true") != on:
        toggle.click()


def paused(page, player: str = PLAYER) -> None:
    """Stops the player at the beginning of the strip, so that only a new clip changes it."""
    play(page, False, player)
    strip = page.locator(f"{player} .vg-strip canvas")
    strip.click(position={"x": 2, "y": 5})
    page.wait_for_selector(f"{player} .vg-stage canvas[data-frame='0']")
    page.wait_for_timeout(100)


def slide(page, selector: str, value: float) -> None:
    """Moves a slider and waits until the player has shown the clip of it."""
    player = page.locator(PLAYER)
    before = int(player.get_attribute("data-clips"))
    page.locator(f"{selector} input[type=range]").evaluate(
        """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        str(value),
    )
    page.wait_for_function(
        "([player, before]) => document.querySelector(player).dataset.clips > before",
        arg=[PLAYER, before],
    )


def is_draw(url: str) -> bool:
    return DRAW.search(url) is not None
