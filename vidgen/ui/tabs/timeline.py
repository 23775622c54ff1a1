"""The Timeline tab: keyframes along the time, what lies between them, and the file of it."""

from __future__ import annotations

import html

import gradio as gr

from vidgen.limits import CHECKERBOARD, FPS, TRANSPARENT
from vidgen.studio import FORMATS, SIZE
from vidgen.timeline import AT, KEYFRAMES, MOST_CHARACTERS, SECONDS, SPHERICAL, SPLINE
from vidgen.ui.desk import Desk
from vidgen.ui.drawn import BROKEN, answered
from vidgen.ui.labels import Labels
from vidgen.ui.player import full_screen_button
from vidgen.ui.scripts import script
from vidgen.ui.state import SIZES
from vidgen.ui.timeline_words import TIMELINE
from vidgen.ui.words import texts

TAB = "timeline"
STAGE = """
<div class="vg-player vg-timeline">
  <div class="vg-stage"><canvas width="512" height="512" role="img"></canvas></div>
  <input class="vg-moment" type="range" min="0" max="0" step="1" value="0">
  <div class="vg-bar"><button class="vg-toggle" type="button">❚❚</button
    ><span class="vg-facts"></span>FULL_SCREEN</div>
  <p class="vg-error" role="alert" hidden></p>
  <div class="vg-track" role="group"><i></i></div>
  <div class="vg-chosen" hidden>
    <strong></strong>
    <label><span data-say="at"></span> <input class="vg-at" type="number" min="0" max="MOST_AT"
      step="0.1"></label>
    <button type="button" data-do="earlier">◂</button
    ><button type="button" data-do="later">▸</button
    ><button type="button" data-do="open" data-say="open"></button
    ><button type="button" data-do="remove" data-say="delete"></button>
  </div>
  <div class="vg-choices">
    <label><span data-say="way"></span><select name="way"><option value="SPLINE"
      data-say="spline"></option><option value="SPHERICAL" data-say="spherical"></option
      ></select></label>
    <label class="vg-switch"><input name="loop" type="checkbox"> <span data-say="loop"
      ></span></label>
    <label data-if="loop"><span data-say="seconds"></span><input name="seconds" type="number"
      min="LEAST_SECONDS" max="MOST_SECONDS" step="0.1"></label>
    <label><span data-say="fps"></span><input name="fps" type="number" min="LEAST_FPS"
      max="MOST_FPS" step="1"></label>
    <label><span data-say="size"></span><select name="size">SIZES</select></label>
    <label><span data-say="format"></span><select name="format">FORMATS</select></label>
    <label data-if="alpha"><span data-say="background"></span><select name="background"
      ><option value="TRANSPARENT" data-say="transparent"></option
      ><option value="CHECKERBOARD" data-say="checkerboard"></option></select></label>
  </div>
  <div class="vg-actions"><button type="button" class="vg-main" data-do="render"
      data-say="render"></button
    ><button type="button" data-do="cancel" data-say="cancel" hidden></button
    ><button type="button" data-do="save" data-say="save"></button
    ><label class="vg-open"><input type="file" accept=".json,application/json"
    ><span data-say="load"></span></label
    ><button type="button" data-do="clear" data-say="clear"></button></div>
  <progress class="vg-progress" max="1" value="0" hidden></progress>
  <p class="vg-state" role="status"></p>
  <div class="vg-file"></div>
</div>
"""


def build(desk: Desk, labels: Labels) -> None:
    """The tab, inside the `gr.Blocks` that is being made."""

    def timeline(request: dict) -> dict:
        return answered(lambda: desk.timeline(request), BROKEN)

    labels.make(gr.Markdown, {"value": "timeline_hint"})
    gr.HTML(
        html_template=stage(),
        js_on_load=script("asking", "playing", "making", "keyframes", "timeline"),
        server_functions=[timeline],
        apply_default_css=False,
        elem_id=f"player-{TAB}",
        tab=TAB,
        most=MOST_CHARACTERS,
        keyframes=KEYFRAMES.high,
        words=texts(*TIMELINE, "offline", "play"),
    )


def stage() -> str:
    """The stage as HTML, without a word in it: those are said by the script."""

    def options(values: list) -> str:
        chosen = {SIZE: " selected"}
        return "".join(
            f"<option{chosen.get(value, '')}>{html.escape(str(value))}</option>" for value in values
        )

    filled = STAGE.replace("FULL_SCREEN", full_screen_button())
    for name, value in {
        "SIZES": options(SIZES), "FORMATS": options(list(FORMATS)), "SPLINE": SPLINE,
        "SPHERICAL": SPHERICAL, "TRANSPARENT": TRANSPARENT, "CHECKERBOARD": CHECKERBOARD,
        "MOST_AT": AT.high, "LEAST_SECONDS": SECONDS.low, "MOST_SECONDS": SECONDS.high,
        "LEAST_FPS": FPS.low, "MOST_FPS": FPS.high,
    }.items():  # fmt: skip
        filled = filled.replace(name, str(value))
    return filled
