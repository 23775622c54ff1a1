"""The Compare tab: all models of one data set side by side, with what is known of each."""

from __future__ import annotations

import gradio as gr

from vidgen.studio import Studio
from vidgen.ui.board import columns_of
from vidgen.ui.compare_words import COMPARE
from vidgen.ui.comparison import clip_of, data_sets, rivals_of
from vidgen.ui.controls import seed_slider
from vidgen.ui.family_words import FAMILIES
from vidgen.ui.labels import QUIET, Controls, Labels, page_being_built
from vidgen.ui.player import full_screen_button
from vidgen.ui.scripts import ask_on_change, script
from vidgen.ui.state import ANY_ACTION
from vidgen.ui.words import texts

TAB = "compare"
SEED = 7
STAGE = """
<div class="vg-player vg-compare">
  <div class="vg-bar"><button class="vg-toggle" type="button">❚❚</button
    ><span class="vg-facts" role="status"></span>FULL_SCREEN</div>
  <p class="vg-error" role="alert" hidden></p>
  <ul class="vg-rivals"></ul>
</div>
"""


def build(studio: Studio, labels: Labels) -> Controls:
    """The tab, inside the `gr.Blocks` that is being made. Returns its controls by name."""
    labels.make(gr.Markdown, {"value": "compare_hint"})
    sets = data_sets(studio.own_names())
    first = next(iter(sets), None)
    with gr.Row(elem_classes="vg-matrix-controls"):
        data = labels.make(
            gr.Dropdown, {"label": "compare_data"}, choices=list(sets), value=first,
            elem_id="compare-data",
        )  # fmt: skip
        with gr.Column(min_width=240):
            seed = seed_slider(labels, "compare_seed", SEED, "compare-seed")
    action = labels.make(
        gr.Radio, {"label": "action", "info": "action_info"}, choices=[ANY_ACTION], value="",
        elem_id="compare-action",
    )  # fmt: skip
    controls: Controls = {"data": data, "seed": seed, "action": action}
    stage(studio, {name: control.value for name, control in controls.items()})
    follow_data(studio, labels, data, action)
    ask_on_change(TAB, controls)
    return controls


def stage(studio: Studio, first: dict[str, object]) -> gr.HTML:
    """The models' cards, which play and tell of themselves."""

    def models(data: object) -> dict:
        return rivals_of(studio, data)

    def draw(request: object) -> dict:
        return clip_of(studio, request)

    return gr.HTML(
        html_template=STAGE.replace("FULL_SCREEN", full_screen_button()),
        js_on_load=script("asking", "playing", "compare"),
        server_functions=[models, draw],
        apply_default_css=False,
        elem_id=f"player-{TAB}",
        tab=TAB,
        first=first,
        words=texts("play", "offline", *COMPARE, *FAMILIES),
    )


def follow_data(studio: Studio, labels: Labels, data: gr.Dropdown, action: gr.Radio) -> None:
    """The actions to choose from are those of the data set."""

    def offer(chosen: object, language: str) -> dict:
        return gr.update(choices=actions_of(studio, chosen, language), value="")

    def name(chosen: object, language: str) -> dict:
        return gr.update(choices=actions_of(studio, chosen, language))

    data.input(offer, [data, labels.language], action, **QUIET)
    labels.on_change(name, [data], action)
    page_being_built().load(name, [data, labels.language], action, **QUIET)


def actions_of(studio: Studio, data: object, language: str) -> list[tuple[str, str]]:
    """The actions that models of a data set have, in the words of a language."""
    models = data_sets(studio.own_names()).get(data if isinstance(data, str) else "", [])
    columns: list[dict] = []
    for model in models:
        columns = columns or columns_of(studio, model)["columns"]
    return [ANY_ACTION, *((column["words"][language], column["draws"]) for column in columns)]
