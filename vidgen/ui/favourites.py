"""Favourites: what a visitor wants to see again, kept in the browser and nowhere else."""

from __future__ import annotations

import html
import json

import gradio as gr

from vidgen.ui.scripts import script
from vidgen.ui.words import texts

STAR = "M8 1.5l2 4.3 4.6.5-3.4 3.2.9 4.6L8 11.8l-4.1 2.3.9-4.6L1.4 6.3 6 5.8z"
SHELF = """
<div class="vg-shelf"><h3 tabindex="-1"></h3><p class="vg-none"></p>
  <ul class="vg-favourites"></ul></div>
"""
WORDS = ("favourites", "favourites_none", "favourite_open", "favourite_remove")


def star_button() -> str:
    """A button that keeps what the player around it shows; favourites.js does it."""
    words = html.escape(json.dumps(texts("favourite_keep"), ensure_ascii=False))
    sign = f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{STAR}"/></svg>'
    return f'<button class="vg-star" type="button" data-words="{words}">{sign}</button>'


def favourites() -> gr.HTML:
    """The shelf on which they stand."""
    return gr.HTML(
        html_template=SHELF,
        js_on_load=script("asking", "favourites"),
        apply_default_css=False,
        elem_id="favourites",
        words=texts(*WORDS),
    )
