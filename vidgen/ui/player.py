"""The canvas player: small clips straight from the studio to a canvas, no video on the way."""

from __future__ import annotations

import html
import json
from collections.abc import Collection

import gradio as gr

from vidgen.previews import Preview
from vidgen.requests import ClipRequest, MorphRequest, write_request
from vidgen.studio import Studio
from vidgen.timeline import KEYFRAMES
from vidgen.ui.characters import request_of
from vidgen.ui.drawn import drawn_for_page as drawn_for_page
from vidgen.ui.drawn import refusal as refusal
from vidgen.ui.favourites import star_button
from vidgen.ui.labels import QUIET, Controls
from vidgen.ui.live import chunk
from vidgen.ui.scripts import asking, script
from vidgen.ui.words import texts

CORNERS = "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"


def full_screen_button() -> str:
    """A button by which the player around it fills the screen; page.js says and does it."""
    words = html.escape(json.dumps(texts("full_screen"), ensure_ascii=False))
    sign = f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{CORNERS}"/></svg>'
    return f'<button class="vg-full" type="button" data-words="{words}">{sign}</button>'


STAGE = '<div class="vg-stage"><canvas width="512" height="512" role="img"></canvas></div>'
END = (
    '<button class="vg-end" type="button"><canvas width="96" height="96"></canvas>'
    "<span></span></button>"
)
PLAYER = """
<div class="vg-player">
  STAGE
  <div class="vg-strip" role="slider" tabindex="0" aria-valuemin="1" aria-valuenow="1"
    ><canvas width="12" height="1"></canvas><i></i></div>
  <div class="vg-bar"><button class="vg-toggle" type="button">❚❚</button
    ><button class="vg-live" type="button" aria-pressed="false">∞ <span></span></button
    ><span class="vg-facts"></span><button class="vg-copy" type="button"><svg
    viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d="M10 14a4 4 0 0 0 6 0l4-4
    a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1" fill="none"
    stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg></button
    ><button class="vg-add" type="button">+</button>STAR FULL_SCREEN</div>
  <div class="vg-live-bar" hidden><button class="vg-before" type="button">◂</button
    ><button class="vg-back" type="button" aria-pressed="false">⟲ <span></span></button
    ><button class="vg-after" type="button">▸</button
    ><label><span></span> <input class="vg-speed" type="range" min="0.1" max="4" step="0.1"
    value="1"> <output>1 ×</output></label></div>
  <p class="vg-error" role="alert" hidden></p>
  <p class="vg-origin"></p>
</div>
"""
WORDS = (
    "facts", "weights", "engine", "waiting", "offline", "play", "strip", "strip_frame", "generate",
    "morph", "copy", "copied", "not_copied", "live", "live_info", "live_facts", "live_waiting",
    "live_strip", "live_back", "live_before", "live_after", "live_speed", "timeline_add",
    "timeline_added", "morph_end", "morph_end_a", "morph_end_b", "timeline_full",
    "timeline_other_model",
)  # fmt: skip


def answer(
    studio: Studio, kind: type[ClipRequest], names: Collection[str], request: object
) -> dict:
    """What the player gets for a request: a grid, or {"error": a sentence}; never an exception.

    An error's `words` are the sentence by language, so that the page can change its language.
    The request comes from a page, so from anyone: only `names` are taken from it, and the studio
    checks their values.
    """

    def make() -> Preview:
        if not isinstance(request, dict):
            raise ValueError("A request to the player must be an object.")
        named = {name: request[name] for name in names if name in request}
        defaults = {"model": None, "action": "", "direction": ""}
        wanted = request_of(studio, kind, **defaults | named)
        place.append(json.dumps(write_request(wanted)))
        return studio.preview(wanted, request.get("start"))

    place: list[str] = []  # of what is drawn, as the address has it
    drawn = drawn_for_page(make)
    return drawn | {"place": place[0]} if "grid" in drawn else drawn


def player(tab: str, studio: Studio, kind: type[ClipRequest], controls: Controls) -> gr.HTML:
    """The player of a tab, which draws anew whenever one of the controls changes.

    `controls` are named like what `request_of` takes.
    """

    def draw(request: dict) -> dict:
        return answer(studio, kind, list(controls), request)

    def live(request: dict) -> dict:
        return chunk(studio, kind, list(controls), request)

    # The first clip waits for nobody: what only the model knows is left to the studio.
    first = {name: control.value for name, control in controls.items()}
    first |= {"fps": None, "truncation": None}
    two = kind is MorphRequest  # its ends stand beside it
    stage = f'<div class="vg-ends">{END}{STAGE}{END}</div>' if two else STAGE
    html_template = PLAYER.replace("STAGE", stage).replace("STAR", star_button())
    return gr.HTML(
        html_template=html_template.replace("FULL_SCREEN", full_screen_button()),
        js_on_load=script("asking", "live", "strip", "player", *(["ends"] if two else [])),
        server_functions=[draw, live],
        apply_default_css=False,
        elem_id=f"player-{tab}",
        tab=tab,
        first=first,
        keyframes=KEYFRAMES.high,
        words=texts(*WORDS),
    )


def redraw_on_change(tab: str, controls: Controls) -> dict:
    """Every change of a control goes to the tab's player, in the browser alone.

    Returns the arguments of an event listener that asks for the clip again.
    """
    redraw = {
        "fn": None,
        "inputs": list(controls.values()),
        "js": asking(tab, controls),
        **QUIET,
    }
    # A new model brings new actions and a new rate: it is drawn when they have come.
    gr.on([control.change for name, control in controls.items() if name != "model"], **redraw)
    return redraw
