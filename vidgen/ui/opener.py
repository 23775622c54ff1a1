"""Files that vidgen made, opened again: what they say of themselves becomes what is set."""

from __future__ import annotations

import base64
import binascii
import io
import json

import gradio as gr

from vidgen.pixels.provenance import kind_of, note_in
from vidgen.requests import read_request, write_request
from vidgen.timeline import read_timeline, write_timeline
from vidgen.ui.drawn import answered
from vidgen.ui.scripts import script
from vidgen.ui.sentences import in_all_languages
from vidgen.ui.words import LANGUAGES, texts

MOST = 30_000  # characters of what a page sends of a file
FOREIGN = "This file does not say what it shows: vidgen did not make it."
BROKEN = "Something broke while opening the file; the server's log says what."
OPENER = """
<div class="vg-opener"><span data-says="open_info"></span>
  <label class="vg-pick"><span data-says="open"></span><input type="file"></label>
  <div class="vg-shade" hidden><span data-says="open_shade"></span></div>
  <p class="vg-opened" role="alert" hidden></p></div>
"""
WORDS = (
    "open",
    "open_info",
    "open_shade",
    "open_done",
    "open_foreign",
    "open_large",
    "offline",
    "timeline",
)


def opener() -> gr.HTML:
    """A line that says that files can be dropped, and all that happens when one is."""

    def opened(request: dict) -> dict:
        return answered(lambda: read(request), BROKEN)

    return gr.HTML(
        html_template=OPENER,
        js_on_load=script("asking", "opener"),
        server_functions=[opened],
        apply_default_css=False,
        elem_id="opener",
        words=texts(*WORDS),
    )


def read(request: object) -> dict:
    """The place, or the timeline, that {"file": part of a file, in base64} says, and remarks.

    Raises ValueError.
    The page gets it in the form that the server itself writes, and nothing else of the file.
    """
    sent = request.get("file") if isinstance(request, dict) else None
    if not isinstance(sent, str) or len(sent) > MOST:
        raise ValueError(FOREIGN)
    try:
        data = base64.b64decode(sent, validate=True)
    except binascii.Error:
        raise ValueError(FOREIGN) from None
    if data.startswith(b"{"):
        note: str | None = data.decode("utf-8", "replace")
    else:
        note = note_in(io.BytesIO(data))
    if note is None:
        raise ValueError(FOREIGN)
    if '"keyframes"' in note:
        timeline, _, remarks = read_timeline(note)
        return {"timeline": write_timeline(timeline)} | spoken(remarks)
    wanted, file, remarks = read_request(note)
    format = kind_of(data)
    place = write_request(wanted, **file | ({} if format is None else {"format": format}))
    return {"place": json.dumps(place)} | spoken(remarks)


def spoken(remarks: list[str]) -> dict:
    """Remarks as one sentence after another, by language; nothing if there are none."""
    told = [in_all_languages(remark) for remark in remarks]
    by_language = {language: " ".join(each[language] for each in told) for language in LANGUAGES}
    return {"remarks": by_language} if remarks else {}
