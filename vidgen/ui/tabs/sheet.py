"""The Sprite sheet tab: all that one character does, as a picture and a JSON for game engines."""

from __future__ import annotations

import html
from pathlib import Path

import gradio as gr

from vidgen import limits
from vidgen.requests import SheetRequest
from vidgen.studio import Studio
from vidgen.ui.characters import action_choices, clean_up_controls
from vidgen.ui.controls import QUIET, address, download, terms_line
from vidgen.ui.controls import seed_slider as seed_control
from vidgen.ui.words import Labels

TAB = "sheet"
EVERYTHING = ("–", "")  # every action
NAMES = ("model", "seed", "action", "scale", "snap", "colors")


def build(studio: Studio, labels: Labels, tab: gr.Tab) -> dict:
    """Fills the tab, which stays hidden until a model can draw sheets.

    Returns the arguments of an event listener that finds out whether one can.
    """
    with gr.Row(elem_classes="vg-tab"):
        with gr.Column(scale=6, min_width=320), gr.Column(elem_classes="vg-board"):
            waiting = labels.make(gr.Markdown, {"value": "no_sheet"})
            result = gr.HTML(visible=False, elem_id="sheet-result")
        with gr.Column(scale=5, min_width=320):
            labels.make(gr.Markdown, {"value": "sheet_hint"})
            model = labels.make(gr.Dropdown, {"label": "model"}, choices=[], elem_id="sheet-model")
            seed = seed_control(labels, "seed", 7, "sheet-seed")
            action = labels.make(
                gr.Dropdown, {"label": "action", "info": "sheet_action_info"},
                choices=[EVERYTHING], value="", elem_id="sheet-action",
            )  # fmt: skip
            scale = labels.make(
                gr.Slider, {"label": "scale"}, minimum=limits.SCALE.low, maximum=limits.SCALE.high,
                step=1, value=1, buttons=[], elem_id="sheet-scale",
            )  # fmt: skip
            clean_up = clean_up_controls(labels, TAB)
            button = labels.make(
                gr.Button, {"value": "draw_sheet"}, variant="primary", elem_id="sheet-draw"
            )
            files = gr.HTML(visible=False, elem_id="sheet-files", padding=True)

    def draw(
        *values: object,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, dict]:
        request = dict(zip(NAMES, values, strict=True))
        request |= {"colors": request["colors"] or None}
        try:
            made = studio.sheet(SheetRequest(**request), progress=lambda *at: progress(at))
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from error
        links = "".join(map(download, made))
        terms = terms_line(studio.terms(request["model"]))
        links = f'<div class="vg-made">{links}{terms}</div>'
        return picture(made[0]), gr.update(value=links, visible=True)

    def choices(chosen: str | None) -> dict:
        try:
            names = action_choices(studio.spec(chosen))
        except ValueError:
            names = []
        listed = [(name.replace("_", " "), name) for name in names]
        return gr.update(choices=[EVERYTHING, *listed], value="")

    def offer() -> dict:
        names = [name for name in studio.names() if draws_sheets(studio, name)]
        shown = {"choices": names} | ({"value": names[0]} if names else {})
        return {tab: gr.update(visible=bool(names)), model: gr.update(**shown)}

    button.click(
        lambda: (gr.update(visible=False), gr.update(value="", visible=True), ""), None,
        [waiting, result, files], **QUIET,
    ).then(
        draw, [model, seed, action, scale, *clean_up.values()], [result, files],
        api_visibility="private", show_progress_on=result,
    )  # fmt: skip
    model.change(choices, model, action, **QUIET)
    return {"fn": offer, "outputs": [tab, model], **QUIET}


def draws_sheets(studio: Studio, model: str) -> bool:
    """Whether a model has native frames and transparency; not, if it cannot be loaded."""
    try:
        spec = studio.spec(model)
    except ValueError:
        return False
    return bool(spec.timing) and spec.channels == 4


def picture(made: Path) -> str:
    """A sheet as HTML."""
    return f'<img class="vg-sheet" src="{address(made)}" alt="{html.escape(made.name)}">'
