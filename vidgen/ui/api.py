"""The API: /models, /generate, /morph and /sheet, for gradio_client and the API page.

Gradio reads the annotations as they stand here, so they are not put off into strings.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import gradio as gr
from gradio import FileData

from vidgen.limits import TRANSPARENT
from vidgen.requests import ClipRequest, MorphRequest, SheetRequest
from vidgen.store.library import ModelInfo
from vidgen.store.weights import DEFAULT_MODEL
from vidgen.studio import SIZE, Studio
from vidgen.ui.said import errors_shown

Format = Literal["webm", "mp4", "gif", "webp", "apng", "png", "zip"]
SheetFormat = Literal["json-array", "json-hash"]


def build(studio: Studio) -> None:
    """Adds the endpoints to the `gr.Blocks` that is being made. Their names and order are fixed."""
    names = studio.names()
    default = (names or [DEFAULT_MODEL])[0]
    drawn = "characters" if "characters" in names else default  # not all models draw sheets

    def models() -> list[ModelInfo]:
        """The models that clips can be made with."""
        return studio.models()

    def generate(
        model: str = default,
        seed: int = 0,
        frames: int | None = None,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
        size: int = SIZE,
        format: Format = "webm",
        background: str = TRANSPARENT,
        snap: bool = False,
        colors: int | None = None,
        motion_seed: int | None = None,
    ) -> FileData:
        """Renders the clip of a seed; what is null is left to the model.

        With a motion seed it moves as the clip of that seed does.

        An action without its direction ("walk") draws all directions. Background: "transparent",
        "checkerboard" or "#rrggbb". Snap makes alpha 0 or 1, colors is the size of a palette.
        """
        request = ClipRequest(
            model, seed, frames, fps, action, truncation, loop, snap, colors, motion_seed
        )
        return _files(studio.render, request, size, format, background)[0]

    def morph(
        model: str = default,
        seed_a: int = 0,
        seed_b: int = 1,
        mix: float = 0.5,
        travel: bool = False,
        frames: int | None = None,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
        size: int = SIZE,
        format: Format = "webm",
        background: str = TRANSPARENT,
        snap: bool = False,
        colors: int | None = None,
    ) -> FileData:
        """Renders a clip between two seeds: mix 0 is A, 1 is B; travel goes from A to B instead.

        A clip that travels and loops comes back to A.
        """
        request = MorphRequest(
            model, seed_a, frames, fps, action, truncation, loop, snap=snap, colors=colors,
            seed_b=seed_b, mix=mix, travel=travel,
        )  # fmt: skip
        return _files(studio.render, request, size, format, background)[0]

    def sheet(
        model: str = drawn,
        seed: int = 0,
        action: str | None = None,
        truncation: float | None = None,
        scale: int = 1,
        snap: bool = False,
        colors: int | None = None,
        format: SheetFormat = "json-array",
    ) -> tuple[FileData, FileData]:
        """Draws the sprite sheet of a seed: a PNG, and its JSON in the form that Aseprite exports.

        All actions, or the one that is named. Snap makes alpha 0 or 1, colors is the size of a
        palette.
        """
        request = SheetRequest(model, seed, action, truncation, scale, snap, colors, format)
        picture, description = _files(studio.sheet, request)
        return picture, description

    gr.api(models, api_name="models")
    gr.api(generate, api_name="generate")
    gr.api(morph, api_name="morph")
    gr.api(sheet, api_name="sheet")


def _files(make: Callable[..., Path | tuple[Path, ...]], *values: object) -> tuple[FileData, ...]:
    with errors_shown():
        made = make(*values)
    return tuple(FileData(path=str(path)) for path in (made if type(made) is tuple else (made,)))
