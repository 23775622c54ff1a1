"""The models as small moving pictures to choose from, beside the list of their names."""

from __future__ import annotations

import base64

import gradio as gr

from vidgen.store.thumbnail import read_thumbnail
from vidgen.studio import Studio
from vidgen.ui.comparison import data_sets
from vidgen.ui.labels import QUIET
from vidgen.ui.scripts import script
from vidgen.ui.words import texts

STAGE = """
<div class="vg-models">
  <button class="vg-toggle" type="button"></button>
  <div class="vg-models-row" role="radiogroup"></div>
</div>
"""
WORDS = ("by_picture", "by_picture_play")


def thumbnails(tab: str, studio: Studio) -> gr.Button:
    """The pictures of a tab. Returns the button that their script clicks when one is chosen."""

    def models(_: object) -> dict:
        return pictures_of(studio)

    gr.HTML(
        html_template=STAGE,
        js_on_load=script("asking", "thumbnails"),
        server_functions=[models],
        apply_default_css=False,
        elem_id=f"{tab}-models",
        tab=tab,
        models=in_groups(studio.own_names()),
        words=texts(*WORDS),
    )
    return gr.Button(visible="hidden", elem_id=f"{tab}-pick")


def pick_model(
    tab: str, studio: Studio, button: gr.Button, model: gr.Dropdown
) -> gr.events.Dependency:
    """Puts the model of the chosen picture into the list of names. Returns the event of it."""

    def pick(name: str) -> dict:
        return picked(studio, name)

    return button.click(
        pick, gr.Textbox(visible=False), model, trigger_mode="always_last",
        js=f'() => document.querySelector("#{tab}-models input:checked")?.value ?? ""', **QUIET,
    )  # fmt: skip


def picked(studio: Studio, name: object) -> dict:
    """What the list of names becomes: nothing new if the owner offers no such model."""
    if name not in studio.own_names():
        return gr.update()
    return gr.update(choices=studio.names(), value=name)


def in_groups(models: list[str]) -> list[dict]:
    """Models with those that learnt from the same data beside each other, the largest group last.

    `leads` is true of the first of each group.
    """
    groups = sorted(
        data_sets(models).values(), key=lambda group: (len(group), models.index(group[0]))
    )
    return [
        {"name": name, "leads": place == 0} for group in groups for place, name in enumerate(group)
    ]


def pictures_of(studio: Studio) -> dict:
    """{"models": those that the owner offers, each with its picture in base64, or None}."""
    return {
        "models": [
            model | {"picture": picture_of(studio, model["name"])}
            for model in in_groups(studio.own_names())
        ]
    }


def picture_of(studio: Studio, model: str) -> str | None:
    """The picture beside a model's weights; one that is still to be fetched has none."""
    if model.startswith("hub:"):
        return None
    try:
        data = read_thumbnail(studio.file(model))
    except ValueError:
        return None
    return base64.b64encode(data).decode() if data else None
