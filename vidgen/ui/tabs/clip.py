"""The tab *Your clip*: what a visitor brings is found in a model's space, filled in and changed."""

from __future__ import annotations

import html

import gradio as gr

from vidgen.inverse.tasks import SHRUNK
from vidgen.sound.dance import FOLLOWS
from vidgen.studio import FORMATS
from vidgen.ui.clip_words import CLIP
from vidgen.ui.controls import model_choice, seed_slider
from vidgen.ui.desk import Desk
from vidgen.ui.drawn import answered
from vidgen.ui.labels import QUIET, Controls, Labels, page_being_built
from vidgen.ui.scripts import ask_on_change, script
from vidgen.ui.uploads import KIND, MOST_BYTES
from vidgen.ui.words import action_text, text, texts
from vidgen.ui.your_clips import (
    BROKEN,
    CELLS,
    ENLARGE,
    PREDICT,
    SLOW,
    STEPS,
    TRANSLATE,
    WHAT,
)

TAB, LISTEN = "clip", "listen"
STAGE = """
<div class="vg-clip">
  <label class="vg-drop" data-drop="clip"><input type="file" accept="video/*,image/*"
    ><span class="vg-asked"></span><small data-say="clip_kept"></small></label>
  <p class="vg-error" role="alert" hidden></p>
  <p class="vg-state" role="status"></p>
  <progress class="vg-progress" max="1" value="0" hidden></progress>
  <div class="vg-pair" hidden>
    <figure><canvas class="vg-seen" role="img"></canvas><figcaption></figcaption></figure>
    <figure><canvas class="vg-result" role="img"></canvas><figcaption></figcaption></figure>
  </div>
  <p class="vg-paint" hidden><span data-say="clip_paint"></span>
    <button type="button" data-do="unpaint" data-say="clip_unpaint"></button></p>
  <div class="vg-actions"><button type="button" class="vg-toggle" hidden>❚❚</button
    ><button type="button" class="vg-main" data-do="start"
      data-say="clip_start" disabled></button
    ><button type="button" data-do="stop" data-say="clip_stop" hidden></button></div>
  <div class="vg-notes"></div>
  <div class="vg-actions vg-after" hidden><button type="button" data-do="place"
      data-say="clip_generate"></button
    ><label><span data-say="clip_save"></span> <select>OPTIONS</select></label
    ><button type="button" data-do="save">⬇</button></div>
  <div class="vg-file"></div>
  <label class="vg-drop vg-check" data-drop="checked"><input type="file" accept="video/*,image/*"
    ><span data-say="clip_check"></span></label>
  <p class="vg-verdict" role="status"></p>
</div>
"""


def build(desk: Desk, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    with gr.Row(elem_classes="vg-tab"):
        stage = gr.Column(scale=6, min_width=320)
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": "clip_hint"})
            controls = own_controls(desk, labels)
    options = "".join(f"<option>{html.escape(name)}</option>" for name in FORMATS)
    with stage:
        gr.HTML(
            html_template=STAGE.replace("OPTIONS", options),
            js_on_load=script("asking", "hole", "sound", "clip", "bring"),
            server_functions=[server_function(desk)],
            apply_default_css=False,
            elem_id=f"stage-{TAB}",
            tab=TAB,
            first={name: made.value for name, made in controls.items()},
            cells=CELLS,
            most=MOST_BYTES,
            kind=KIND,
            words=texts(*CLIP, "offline", "play"),
        )
    ask_on_change(TAB, controls)
    return controls


def own_controls(desk: Desk, labels: Labels) -> Controls:
    """What to do with which model, and what each task wants to know besides."""
    controls: Controls = {"model": model_choice(desk, labels)}
    task = labels.make(
        gr.Radio, {"label": "clip_task"},
        choices={name: f"clip_{name}" for name in (*WHAT, LISTEN)}, value=WHAT[0],
        elem_id="clip-task",
    )  # fmt: skip
    controls["task"] = task
    asides: dict[gr.Column, tuple[str, ...]] = {}  # for which tasks each is shown
    with aside(asides, ENLARGE):
        controls["shrunk"] = labels.make(
            gr.Radio, {"label": "clip_shrunk"}, choices=list(SHRUNK), value=SHRUNK[1],
            elem_id="clip-shrunk",
        )  # fmt: skip
    with aside(asides, PREDICT):
        controls["given"] = slider(labels, "given", 0, 96, 0)
        controls["ahead"] = slider(labels, "ahead", 1, 64, 16)
    with aside(asides, SLOW):
        controls["every"] = slider(labels, "every", 2, 4, 2)
    with aside(asides, TRANSLATE):
        controls["other"] = labels.make(
            gr.Checkbox, {"label": "clip_other"}, value=True, elem_id="clip-other"
        )
    with aside(asides, TRANSLATE, LISTEN):
        controls["who"] = seed_slider(labels, "clip_who", 7, "clip-who")
        controls["action"] = labels.make(
            gr.Dropdown, {"label": "clip_action"}, choices=[(text("clip_action_kept"), "")],
            value="", elem_id="clip-action",
        )  # fmt: skip
    with aside(asides, LISTEN):
        controls["loudness"] = labels.make(
            gr.Radio, {"label": "clip_loudness"},
            choices={name: f"clip_loud_{name}" for name in FOLLOWS}, value=FOLLOWS[0],
            elem_id="clip-loudness",
        )  # fmt: skip
    with aside(asides, *WHAT):
        controls["steps"] = labels.make(
            gr.Slider, {"label": "clip_steps", "info": "clip_steps_info"}, minimum=STEPS.low,
            maximum=STEPS.high, step=10, value=100, buttons=[], elem_id="clip-steps",
        )  # fmt: skip

    def show(chosen: str) -> list[dict]:
        return [gr.update(visible=chosen in tasks) for tasks in asides.values()]

    task.change(show, task, list(asides), **QUIET)

    def offer(model: str | None, language: str) -> dict:
        return gr.update(choices=actions_of(desk, model, language), value="")

    model = controls["model"]
    page = page_being_built()
    gr.on(
        [page.load, model.change, labels.language.change], offer, [model, labels.language],
        controls["action"], **QUIET,
    )  # fmt: skip
    return controls


def aside(asides: dict[gr.Column, tuple[str, ...]], *tasks: str) -> gr.Column:
    """A column of controls that is shown for some tasks."""
    column = gr.Column(visible=WHAT[0] in tasks)
    asides[column] = tasks
    return column


def actions_of(desk: Desk, model: str | None, language: str) -> list[tuple[str, str]]:
    """Every action of a model in words, and first none, which leaves it as it is."""
    kept = (text("clip_action_kept", language), "")
    try:
        names = desk.spec(model).actions
    except ValueError:
        names = ()
    return [kept, *((action_text(name, language), name) for name in names)]


def slider(labels: Labels, name: str, least: int, most: int, value: int) -> gr.Slider:
    """A whole number that a task wants to know."""
    return labels.make(
        gr.Slider, {"label": f"clip_{name}"}, minimum=least, maximum=most, step=1, value=value,
        buttons=[], elem_id=f"clip-{name}",
    )  # fmt: skip


def server_function(desk: Desk):  # noqa: ANN201 - Gradio names it after the function
    """What the stage calls."""

    def clip(request: dict) -> dict:
        return answer(desk, request)

    return clip


def answer(desk: Desk, request: object) -> dict:
    """What the stage gets for a request, or {"error": a sentence}; never an exception."""
    return answered(lambda: desk.your_clip(request), BROKEN)
