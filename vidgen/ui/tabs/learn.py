"""The Learn tab: a small GAN that trains while one looks on."""

from __future__ import annotations

import json

import gradio as gr

from vidgen.lessons import CLIPS, LOSSES, OPTIMIZERS, PENALTIES, POINTS, PRESETS, as_values
from vidgen.ui.desk import Desk
from vidgen.ui.drawn import answered
from vidgen.ui.labels import QUIET, Controls, Labels
from vidgen.ui.lesson_words import LESSON
from vidgen.ui.scripts import ask_on_change, script
from vidgen.ui.tabs import guide
from vidgen.ui.words import texts

TAB = "learn"
STAGE = """
<div class="vg-lesson">
  <p class="vg-story"></p><p class="vg-mend" role="status"></p>
  <div class="vg-actions">
    <button type="button" data-do="start" class="vg-main"></button
    ><button type="button" data-do="critic"></button
    ><button type="button" data-do="generator"></button
    ><button type="button" data-do="again"></button><span class="vg-state"></span>
  </div>
  <p class="vg-error" role="alert" hidden></p>
  <p class="vg-key"><span class="vg-key-real"></span><span class="vg-key-generated"></span></p>
  <div class="vg-panels">
    <figure><canvas class="vg-scene" role="img"></canvas
      ><figcaption class="vg-scene-caption"></figcaption></figure>
    <div>
      <figure><canvas class="vg-histogram" role="img"></canvas
        ><figcaption class="vg-histogram-caption"></figcaption></figure>
      <figure><canvas class="vg-curves" role="img"></canvas
        ><figcaption class="vg-curves-caption"></figcaption></figure>
    </div>
  </div>
  <dl class="vg-numbers"></dl>
</div>
"""
PACES = {4: "pace_slow", 60: "pace_usual", 0: "pace_fast"}  # steps a second; 0: all that can be
RATES = [1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2, 0.1]
GAMMAS = [0, 0.01, 0.05, 0.1, 0.3, 1, 2, 5, 10, 20]
EXAMPLES = [4, 16, 64, 256, 1024]
BATCHES = [16, 32, 64, 128, 256]
BROKEN = "Something broke while training; the server's log says what."


def build(desk: Desk, labels: Labels) -> None:
    """The tab, inside the `gr.Blocks` that is being made."""
    formula, play = guide.build(desk, labels)
    with gr.Row(elem_classes="vg-tab"):
        stage = gr.Column(scale=7, min_width=320)
        with gr.Column(scale=4, min_width=300):
            labels.make(gr.Markdown, {"value": "learn_hint"})
            controls = game_controls(labels)
            with labels.make(gr.Accordion, {"label": "lesson_settings"}, open=False):
                settings = setting_controls(labels)
    with stage:
        gr.HTML(
            html_template=STAGE,
            js_on_load=script("asking", "charts", "steps", "lesson"),
            server_functions=[server_function(desk)],
            apply_default_css=False,
            elem_id=f"stage-{TAB}",
            tab=TAB,
            first={name: made.value for name, made in (controls | settings).items()},
            words=texts(*LESSON),
        )
    follow_preset(controls, settings)
    guide.try_formulas(formula, play, controls, settings)
    everything = controls | settings
    ask_on_change(TAB, everything)


def server_function(desk: Desk):  # noqa: ANN201 - Gradio names it after the function
    """What the stage calls."""

    def lesson(request: dict) -> dict:
        return answer(desk, request)

    return lesson


def answer(desk: Desk, request: object) -> dict:
    """What the stage gets for a request: news, or {"error": a sentence}; never an exception."""
    return answered(lambda: desk.train(request), BROKEN)


def game_controls(labels: Labels) -> Controls:
    """Which game, whether it is mended, and how fast it goes."""
    games = {name: f"preset_{name}" for name in PRESETS}
    return {
        "preset": labels.make(
            gr.Radio, {"label": "preset"}, choices=games, value="plays", elem_id="learn-preset"
        ),
        "remedy": labels.make(
            gr.Checkbox, {"label": "remedy"}, value=False, interactive=False,
            elem_id="learn-remedy",
        ),
        "pace": labels.make(
            gr.Radio, {"label": "pace"}, choices=PACES, value=60, elem_id="learn-pace"
        ),
    }  # fmt: skip


def setting_controls(labels: Labels) -> Controls:
    """The settings of a lesson, named like its fields."""
    first = as_values(PRESETS["plays"].lesson)

    def choice(name: str, values: tuple[str, ...]) -> gr.Component:
        words = {value: f"{name}_{value}" for value in values}
        return labels.make(
            gr.Radio, {"label": name}, choices=words, value=first[name], elem_id=f"learn-{name}"
        )

    def number(name: str, values: list, word: str | None = None) -> gr.Component:
        return labels.make(
            gr.Dropdown, {"label": word or name}, choices=values, value=first[name],
            min_width=130, elem_id=f"learn-{name}",
        )  # fmt: skip

    made = {"data": choice("data", (*POINTS, CLIPS))}
    many: dict[object, str] = {count: f"examples_{count}" for count in EXAMPLES}
    made["examples"] = labels.make(
        gr.Dropdown, {"label": "examples"}, choices=many | {0: "examples_all"}, value=0,
        elem_id="learn-examples",
    )  # fmt: skip
    made["loss"] = choice("loss", LOSSES)
    made["penalty"] = choice("penalty", PENALTIES)
    with gr.Row():
        made["gamma"] = number("gamma", GAMMAS)
        made["batch"] = number("batch", BATCHES)
    with gr.Row():
        made["critic_rate"] = number("critic_rate", RATES)
        made["generator_rate"] = number("generator_rate", RATES)
    made["optimizer"] = choice("optimizer", OPTIMIZERS)
    for name, most in (("critic_steps", 10), ("head_start", 500), ("seed", 99)):
        made[name] = labels.make(
            gr.Slider, {"label": "lesson_seed" if name == "seed" else name}, value=first[name],
            minimum=int(name == "critic_steps"), maximum=most, step=1, buttons=[],
            elem_id=f"learn-{name}",
        )  # fmt: skip
    return made


def follow_preset(controls: Controls, settings: Controls) -> None:
    """A game that is chosen sets its settings, in the browser alone; so does its remedy."""
    preset, remedy = controls["preset"], controls["remedy"]
    table = {
        name: [{key: as_values(lesson)[key] for key in settings} for lesson in both]
        for name, both in ((n, (p.lesson, p.mended)) for n, p in PRESETS.items())
    }
    fails = [name for name, each in PRESETS.items() if each.remedy]
    chosen = f"(game, mended) => Object.values({json.dumps(table)}[game][mended ? 1 : 0])"
    outputs = list(settings.values())
    remedy.input(None, [preset, remedy], outputs, js=chosen, **QUIET)

    def offer(game: str) -> dict:
        return gr.update(value=False, interactive=game in fails)

    preset.input(None, [preset], outputs, js=f"(game) => ({chosen})(game, false)", **QUIET)
    preset.input(offer, [preset], remedy, **QUIET)
