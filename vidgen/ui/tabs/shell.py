"""What tabs that make clips share: the picture on one side, the controls on the other."""

from __future__ import annotations

import json
from collections.abc import Callable

import gradio as gr

from vidgen.place import MARK
from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.ui import state
from vidgen.ui.characters import background_controls, clean_up_controls
from vidgen.ui.controls import model_choice, motion_controls
from vidgen.ui.labels import QUIET, Controls, Labels, page_being_built
from vidgen.ui.player import player, redraw_on_change
from vidgen.ui.saving import save_controls
from vidgen.ui.sentences import translated
from vidgen.ui.thumbnails import pick_model, thumbnails
from vidgen.ui.words import LANGUAGES


def clip_tab(
    tab: str,
    kind: type[ClipRequest],
    studio: Studio,
    labels: Labels,
    own_controls: Callable[[Labels], Controls],
    pictured: bool = False,
) -> Controls:
    """A tab that plays and saves the clip of a request of `kind`, inside a `gr.Blocks`.

    `own_controls` makes what only this tab has, named like the fields of the request. `pictured`
    shows the models as pictures, too. Returns the controls by name.
    """
    with gr.Row(elem_classes="vg-tab"):
        stage = gr.Column(scale=6, min_width=320, elem_classes="vg-stage-column")
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": f"{tab}_hint"})
            pick = thumbnails(tab, studio) if pictured else None
            controls: Controls = {"model": model_choice(studio, labels)}
            picked = None if pick is None else pick_model(tab, studio, pick, controls["model"])
            controls |= own_controls(labels)
            controls |= motion_controls(labels, tab)
            with gr.Column(visible=False) as art:
                controls |= clean_up_controls(labels, tab)
                backdrop = background_controls(labels, tab)
            saving = save_controls(labels, studio, kind, controls | backdrop, tab)
    with stage:
        player(tab, studio, kind, controls)
    redraw = redraw_on_change(tab, controls)
    everything = controls | backdrop | saving
    follow_model(studio, labels, everything, art, redraw, picked)
    keep_settings(studio, labels, tab, everything, art, redraw)
    return controls


def follow_model(
    studio: Studio, labels: Labels, controls: Controls, art: gr.Column, redraw: dict,
    picked: gr.events.Dependency | None = None,
) -> None:  # fmt: skip
    """A model that is chosen brings its actions, rate and truncation.

    `art` holds what only pixel art has: shown for it, and set back to nothing for others. `picked`
    is the event of a model that was chosen by its picture.
    """
    model, action, direction = controls["model"], controls["action"], controls["direction"]
    shown = controls | {"art": art}
    names = [name for name in state.BROUGHT if name in shown]

    def describe_model(chosen: str | None, language: str) -> list[dict]:
        try:
            found = state.for_model(studio.spec(chosen), language)
        except ValueError:  # the player shows its sentence
            found = state.without_model()
        return updates(found, names)

    def name_actions(chosen: str | None, language: str) -> dict:
        try:
            return gr.update(choices=state.choices_of(studio.spec(chosen), language))
        except ValueError:
            return gr.update()

    def look_around(chosen: str | None, wanted: str) -> dict:
        return gr.update(interactive=state.looks_around(studio, chosen, wanted))

    outputs = [shown[name] for name in names]
    # Not `change`, which also comes when settings are put back that were kept.
    for told in filter(None, (model.input, picked and picked.then)):
        told(describe_model, [model, labels.language], outputs, **QUIET).then(**redraw)
    labels.on_change(name_actions, [model], action)
    action.change(look_around, [model, action], direction, **QUIET)


def keep_settings(
    studio: Studio, labels: Labels, tab: str, controls: Controls, art: gr.Column, redraw: dict
) -> None:
    """The browser keeps what is set, and a page that opens begins with that."""
    names, shown = list(controls), controls | {"art": art}
    listed = json.dumps(names)

    def arrive(kept: str, language: str) -> list[dict]:
        values = state.parsed(kept)
        if MARK in values or (kept and not values and kept != "{}"):  # a link's
            values, remarks = placed(studio, kept)
            for remark in remarks:
                gr.Warning(translated(remark, language))
        return updates(state.on_arrival(studio, language, values), list(shown))

    page = page_being_built()
    # Scripts click it, when the tab is to take over other settings, or a place that a link names.
    taking = gr.Button(visible="hidden", elem_id=f"{tab}-take")
    gr.on(
        [page.load, taking.click],
        arrive, [gr.Textbox(visible=False), labels.language], list(shown.values()),
        js=f"() => window.vidgen.recall('{tab}', {list(LANGUAGES)})", trigger_mode="multiple",
        **QUIET,
    ).then(**redraw)  # fmt: skip
    gr.on(
        [control.change for control in controls.values()], None, list(controls.values()), None,
        js=f"(...values) => window.vidgen.keep('{tab}', {listed}, values)", **QUIET,
    )  # fmt: skip


def placed(studio: Studio, document: str) -> tuple[dict[str, object], list[str]]:
    """The settings that the JSON of a place stands for, and what is to be said of it."""
    try:
        return state.settings_of(document, studio)
    except ValueError as error:
        return {}, [str(error)]


def updates(found: state.Properties, names: list[str]) -> list[dict]:
    """Properties by name as what Gradio takes, in the order of `names`."""
    return [gr.update(**found.get(name, {})) for name in names]
