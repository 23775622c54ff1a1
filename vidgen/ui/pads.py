"""The pads: two planes through the latent space, one of who and one of how, under a finger."""

from __future__ import annotations

from collections.abc import Collection

import gradio as gr

from vidgen.gallery import around_place
from vidgen.previews import Preview
from vidgen.requests import ClipRequest
from vidgen.studio import Studio
from vidgen.ui.characters import request_of
from vidgen.ui.drawn import drawn_for_page
from vidgen.ui.labels import Labels
from vidgen.ui.scripts import script
from vidgen.ui.words import texts

PAD = """
  <div class="vg-pad-one" data-pad="NAME"><span class="vg-pad-name"></span>
    <div class="vg-pad" role="slider" tabindex="0" aria-valuemin="-150" aria-valuemax="150"
      aria-valuenow="0"><canvas width="192" height="192" aria-hidden="true"></canvas><i></i></div>
    <button class="vg-recentre" type="button"></button></div>
"""
PADS = f"""
<div class="vg-pads">{PAD.replace("NAME", "content")}{PAD.replace("NAME", "motion")}
  <button class="vg-plane" type="button"></button></div>
"""
WORDS = (
    "pad_content", "pad_motion", "pad_at", "pad_recentre", "pad_plane", "pad_plane_info",
    "pad_info",
)  # fmt: skip


def pads(tab: str, studio: Studio, labels: Labels, names: Collection[str]) -> gr.Textbox:
    """The pads of a tab; `names` are its controls. Returns the one that holds where they are."""

    def pictures(request: dict) -> dict:
        return pad_pictures(studio, names, request)

    held = gr.Textbox("", visible="hidden", elem_id=f"{tab}-pad")
    with labels.make(gr.Accordion, {"label": "pads"}, open=False, elem_id=f"{tab}-pads"):
        gr.HTML(
            html_template=PADS,
            js_on_load=script("asking", "pads"),
            server_functions=[pictures],
            apply_default_css=False,
            tab=tab,
            words=texts(*WORDS),
        )
    return held


def pad_pictures(studio: Studio, names: Collection[str], request: object) -> dict:
    """Nine small pictures of what lies where on a pad, {"now": controls, "pad": its name}."""

    def make() -> Preview:
        if not isinstance(request, dict) or not isinstance(request.get("now"), dict):
            raise ValueError("A request to the player must be an object.")
        controls = {name: request["now"][name] for name in names if name in request["now"]}
        defaults = {"model": None, "action": "", "direction": ""}
        wanted = request_of(studio, ClipRequest, **defaults | controls)
        return studio.preview(around_place(wanted, request.get("pad")))

    return drawn_for_page(make)
