"""Saving what a tab shows: size, format, a button that renders, and the file that it made."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from vidgen.requests import ClipRequest
from vidgen.store.terms import Terms
from vidgen.studio import FORMATS, SIZE, Studio
from vidgen.ui.characters import background_of, request_of
from vidgen.ui.labels import QUIET, Controls, Labels
from vidgen.ui.said import errors_shown
from vidgen.ui.state import SIZES
from vidgen.ui.words import text


def save_controls(
    labels: Labels, studio: Studio, kind: type[ClipRequest], controls: Controls,
    tab: str,
) -> Controls:  # fmt: skip
    """The controls of a file and its button; `controls` are all others of the tab by name.

    Returns size and format by name.
    """
    with gr.Group(elem_classes="vg-save"):
        with gr.Row():
            size = labels.make(
                gr.Dropdown, {"label": "size"}, choices=SIZES, value=SIZE, min_width=110
            )
            format = labels.make(
                gr.Radio, {"label": "format"}, choices=list(FORMATS), value=FORMATS[0], scale=3,
                min_width=270, elem_id=f"{tab}-format",
            )  # fmt: skip
        button = labels.make(
            gr.Button, {"value": "render"}, variant="primary", elem_id=f"{tab}-render"
        )
        result = gr.HTML(elem_id=f"{tab}-result", padding=True, visible=False)
    saving = {"size": size, "format": format}
    everything = controls | saving

    def make(*values: Any, progress: gr.Progress = gr.Progress()) -> dict:  # noqa: B008
        *chosen, language = values
        with errors_shown(language):
            named = dict(zip(everything, chosen, strict=True))
            made = rendered(studio, kind, named, told(progress, language))
            page = shown(made, language, studio.terms(named["model"]))
            return gr.update(value=page, visible=True)

    settings = list(everything.values())
    button.click(None, settings, None, js=rendering(tab, everything), **QUIET)
    started = button.click(
        lambda: gr.update(value="", visible=True), None, result, **QUIET,
    ).then(
        make, [*everything.values(), labels.language], result, api_visibility="private",
    )  # fmt: skip
    started.then(None, None, None, js=calling("rendered", tab), **QUIET)
    return saving


def rendered(
    studio: Studio,
    kind: type[ClipRequest],
    values: Mapping[str, Any],
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """The file that a tab's controls stand for, `values` by name; ValueError."""
    values = dict(values)
    size, format = values.pop("size"), values.pop("format")
    background = background_of(values.pop("background"), values.pop("colour"))
    request = request_of(studio, kind, **values)
    return studio.render(request, size, format, background, progress)


def told(progress: gr.Progress, language: str) -> Callable[[int, int], None]:
    """Tells a progress bar how many frames are drawn, and that then they are written.

    How long the writing takes nobody knows: some formats take all frames in one go.
    """

    def report(done: int, total: int) -> None:
        if done < total:
            unit = text("frame_unit", language)
            progress((done, total), desc=text("drawing", language), unit=unit)
        else:
            progress((0, None), desc=text("encoding", language), unit="")

    return report


def calling(event: str, tab: str) -> str:
    """Calls page.js: its function of that name, with the tab."""
    return f"() => window.vidgen.{event}({json.dumps(tab)})"


def rendering(tab: str, controls: Controls) -> str:
    """Tells page.js what a tab's file is made with: the values of `controls`."""
    names = json.dumps(list(controls))
    return f"(...values) => window.vidgen.rendering({json.dumps(tab)}, {names}, values)"


def shown(made: Path, language: str, terms: Terms) -> str:
    """A rendered file as HTML: a link that downloads it, its model's terms, and the clip itself."""
    label = html.escape(text("made", language))
    if made.suffix in (".webm", ".mp4"):
        view = (
            f'<video src="{address(made)}" aria-label="{label}" autoplay loop muted playsinline '
            "controls></video>"
        )
    elif made.suffix == ".zip":
        view = ""
    elif made.suffix == ".png":
        view = f'<img src="{address(made)}" alt="{label}">'
    else:  # page.js shows its first frame, and a button, to whoever wants nothing to move
        play = html.escape(text("play", language))
        view = f'<img class="vg-moves" src="{address(made)}" alt="{label}" data-play="{play}">'
    return links([made], language, terms) + f'<div class="vg-made">{view}</div>'


def links(made: list[Path], language: str, terms: Terms) -> str:
    """Links that download rendered files, what one may do with them, and a line for old ones.

    page.js shows the line when the files were made with other settings.
    """
    items = "".join(download(file, language) for file in made)
    outdated = html.escape(text("outdated", language))
    return (
        f'<div class="vg-links">{items}<p class="vg-outdated" hidden>{outdated}</p>'
        f"{terms_line(terms)}</div>"
    )


def terms_line(terms: Terms) -> str:
    """What one may do with what a model draws, as HTML."""
    return f'<small class="vg-terms">⚖ {html.escape(str(terms))}</small>'


def address(made: Path) -> str:
    """Where the page finds a rendered file, as an attribute in HTML."""
    return html.escape(f"gradio_api/file={quote(str(made))}")


def download(made: Path, language: str) -> str:
    """A link that downloads a rendered file."""
    name, kilobytes = html.escape(made.name), max(1, round(made.stat().st_size / 1000))
    label = html.escape(text("download", language, name=made.name))
    return (
        f'<a class="vg-download" href="{address(made)}" download="{name}" aria-label="{label}">'
        f"⬇ {name} · {kilobytes} kB</a>"
    )
