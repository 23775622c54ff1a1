"""The Sprite sheet tab: all that one character does, as a picture and a JSON for game engines."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from vidgen import limits
from vidgen.requests import SheetRequest
from vidgen.studio import Studio
from vidgen.ui import state
from vidgen.ui.characters import action_choices, clean_up_controls
from vidgen.ui.controls import seed_slider
from vidgen.ui.labels import QUIET, Controls, Labels, page_being_built
from vidgen.ui.said import errors_shown
from vidgen.ui.saving import address, calling, links, rendering, told
from vidgen.ui.scripts import script
from vidgen.ui.words import LANGUAGES, action_text, text, texts

TAB = "sheet"
EVERYTHING = ("–", "")  # every action
ROW = """
<div class="vg-player vg-row-player" hidden>
  <div class="vg-stage"><canvas width="256" height="256" role="img"></canvas></div>
  <div class="vg-bar"><button class="vg-toggle" type="button">❚❚</button
    ><label><span></span> <select></select></label></div>
</div>
"""


def build(studio: Studio, labels: Labels, tab: gr.Tab) -> dict:
    """Fills the tab, which stays hidden until a model can draw sheets.

    Returns the arguments of an event listener that finds out whether one can.
    """
    with gr.Row(elem_classes="vg-tab"):
        with gr.Column(scale=6, min_width=320), gr.Column(elem_classes="vg-board"):
            waiting = labels.make(gr.Markdown, {"value": "no_sheet"})
            gr.HTML(
                html_template=ROW, js_on_load=script("asking", "row"), apply_default_css=False,
                elem_id=f"player-{TAB}", tab=TAB, words=texts("sheet_row", "sheet_row_of", "play"),
            )  # fmt: skip
            result = gr.HTML(visible=False, elem_id="sheet-picture")
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": "sheet_hint"})
            model = labels.make(gr.Dropdown, {"label": "model"}, choices=[], elem_id="sheet-model")
            controls: Controls = {"model": model}
            controls["seed"] = seed_slider(labels, "seed", 7, "sheet-seed")
            controls["action"] = labels.make(
                gr.Dropdown, {"label": "action", "info": "sheet_action_info"},
                choices=[EVERYTHING], value="", elem_id="sheet-action",
            )  # fmt: skip
            controls["scale"] = labels.make(
                gr.Slider, {"label": "scale"}, minimum=limits.SCALE.low, maximum=limits.SCALE.high,
                step=1, value=1, buttons=[], elem_id="sheet-scale",
            )  # fmt: skip
            controls |= clean_up_controls(labels, TAB)
            button = labels.make(
                gr.Button, {"value": "draw_sheet"}, variant="primary", elem_id="sheet-draw"
            )
            files = gr.HTML(visible=False, elem_id="sheet-result", padding=True)

    def draw(
        *values: Any,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, dict]:
        *chosen, language = values
        with errors_shown(language):
            named = dict(zip(controls, chosen, strict=True))
            made = drawn(studio, named, told(progress, language))
            below = links(list(made), language, studio.terms(named["model"]))
            return picture(*made, language), gr.update(value=below, visible=True)

    def offer() -> dict:
        names = [name for name in studio.names() if draws_sheets(studio, name)]
        shown: dict[str, Any] = {"choices": names} | ({"value": names[0]} if names else {})
        return {tab: gr.update(visible=bool(names)), model: gr.update(**shown)}

    def name_actions(chosen: str | None, language: str) -> dict:
        return gr.update(choices=choices_of(studio, chosen, language))

    def change_model(chosen: str | None, language: str) -> dict:
        return gr.update(choices=choices_of(studio, chosen, language), value="")

    settings = list(controls.values())
    button.click(None, settings, None, js=rendering(TAB, controls), **QUIET)
    button.click(
        lambda: (gr.update(visible=False), gr.update(value="", visible=True), ""), None,
        [waiting, result, files], **QUIET,
    ).then(
        draw, [*controls.values(), labels.language], [result, files], api_visibility="private",
        show_progress_on=result,
    ).then(None, None, None, js=calling("rendered", TAB), **QUIET)  # fmt: skip
    model.change(change_model, [model, labels.language], controls["action"], **QUIET)
    labels.on_change(name_actions, [model], controls["action"])
    keep_settings(controls, labels.language)
    return {"fn": offer, "outputs": [tab, model], **QUIET}


def keep_settings(controls: Controls, language: gr.Radio) -> None:
    """The browser keeps what is set; a page that opens begins with what any model can have."""
    names = [name for name in controls if name not in ("model", "action")]

    def arrive(kept: str, language: str) -> list[dict]:
        allowed = state.only_allowed(state.parsed(kept))
        return [gr.update(**allowed.get(name, {})) for name in names]

    page_being_built().load(
        arrive, [gr.Textbox(visible=False), language], [controls[name] for name in names],
        js=f"() => window.vidgen.recall('{TAB}', {list(LANGUAGES)})", **QUIET,
    )  # fmt: skip
    gr.on(
        [control.change for control in controls.values()], None, list(controls.values()), None,
        js=f"(...values) => window.vidgen.keep('{TAB}', {json.dumps(list(controls))}, values)",
        **QUIET,
    )  # fmt: skip


def drawn(
    studio: Studio,
    values: Mapping[str, Any],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, Path]:
    """The picture and the JSON that the tab's controls stand for, `values` by name; ValueError."""
    request = dict(values) | {"colors": values["colors"] or None}
    return studio.sheet(SheetRequest(**request), progress=progress)


def choices_of(
    studio: Studio, model: str | None, language: str = LANGUAGES[0]
) -> list[tuple[str, str]]:
    """All actions of a model at once, or one of them, in the words of a language."""
    try:
        names = action_choices(studio.spec(model))
    except ValueError:
        names = []
    return [EVERYTHING, *((action_text(name, language), name) for name in names)]


def draws_sheets(studio: Studio, model: str) -> bool:
    """Whether a model has native frames and transparency; not, if it cannot be loaded."""
    try:
        spec = studio.spec(model)
    except ValueError:
        return False
    return bool(spec.timing) and spec.channels == 4


def picture(made: Path, described: Path, language: str) -> str:
    """A sheet as HTML, with what its rows are for the script that plays one of them."""
    label = html.escape(text("sheet", language))
    rows = html.escape(json.dumps(rows_of(json.loads(described.read_text(encoding="utf-8")))))
    return f'<img class="vg-sheet" src="{address(made)}" alt="{label}" data-rows="{rows}">'


def rows_of(described: Mapping[str, Any]) -> list[dict]:
    """The rows of a sheet's JSON: what each does, in words, and where and how long its frames are.

    The first `lead` of them stand before the cycle.
    """
    frames, rows, lead = described["frames"], [], 0
    for tag in described["meta"]["frameTags"]:
        first, last = tag["from"], tag["to"]
        if tag["name"].endswith("_lead"):
            lead = last - first + 1
            continue
        shown = frames[first - lead : last + 1]
        rows.append(
            {
                "words": {each: action_text(tag["name"], each) for each in LANGUAGES},
                "boxes": [frame["frame"] for frame in shown],
                "durations": [frame["duration"] for frame in shown],
                "lead": lead,
                "loops": "repeat" not in tag,
            }
        )
        lead = 0
    return rows
