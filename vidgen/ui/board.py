"""The board: many small clips on one canvas, drawn column by column; a click takes one along."""

from __future__ import annotations

import gradio as gr

from vidgen.directions import direction_groups
from vidgen.gallery import gallery_of
from vidgen.studio import Studio
from vidgen.ui.characters import FACING
from vidgen.ui.drawn import drawn_for_page
from vidgen.ui.player import full_screen_button
from vidgen.ui.scripts import script
from vidgen.ui.state import SEEDS
from vidgen.ui.words import LANGUAGES, action_text, texts

MOST_COLUMNS = 12
BOARD = """
<div class="vg-player vg-matrix">
  <div class="vg-scroll"><div class="vg-cells" role="group"
    ><canvas width="64" height="64" aria-hidden="true"></canvas></div></div>
  <div class="vg-bar"><button class="vg-toggle" type="button">❚❚</button
    ><span class="vg-facts" role="status"></span>FULL_SCREEN</div>
  <p class="vg-error" role="alert" hidden></p>
</div>
"""
WORDS = (
    "matrix", "matrix_cell", "matrix_wall_cell", "matrix_row", "matrix_column", "matrix_drawing",
    "matrix_shown", "offline", "play",
)  # fmt: skip


def board(tab: str, studio: Studio, first: dict[str, object]) -> gr.HTML:
    """The canvas of a tab; `first` says what is shown before a control is moved."""

    def columns(model: object) -> dict:
        return columns_of(studio, model)

    def draw(request: object) -> dict:
        return drawn_for_page(lambda: studio.preview(gallery_of(request)))

    return gr.HTML(
        html_template=BOARD.replace("FULL_SCREEN", full_screen_button()),
        js_on_load=script("asking", "playing", "board"),
        server_functions=[columns, draw],
        apply_default_css=False,
        elem_id=f"player-{tab}",
        tab=tab,
        first=first,
        seeds=SEEDS + 1,
        words=texts(*WORDS),
    )


def columns_of(studio: Studio, model: object) -> dict:
    """The actions of a model as columns: what to draw, what *Generate* calls it, words for it.

    Of an action in several directions the one that faces whoever looks. {"columns": []} if there
    are none, or no such model: drawing says so.
    """
    try:
        spec = studio.spec(model if isinstance(model, str) else "")
    except ValueError:
        return {"columns": []}
    groups = direction_groups(spec.actions)
    grouped = {name for group in groups.values() for name in group.values()}
    found: list[tuple[str, str, str | None]] = []
    for action, ways in groups.items():
        direction = FACING if FACING in ways else next(iter(ways))
        found.append((ways[direction], action, direction))
    found += [(action, action, None) for action in spec.actions if action not in grouped]
    return {
        "columns": [
            {
                "draws": draws,
                "takes": {"action": action} | ({"direction": direction} if direction else {}),
                "words": {language: action_text(action, language) for language in LANGUAGES},
            }
            for draws, action, direction in found[:MOST_COLUMNS]
        ]
    }
