"""The programmatic face: /models, /generate and /morph, for gradio_client and the API page.

Gradio reads the annotations as they stand here, so they are not put off into strings.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import gradio as gr
from gradio import FileData

from vidgen.library import ModelInfo
from vidgen.studio import FRAMES, SIZE, Studio

Format = Literal["webm", "gif", "webp", "png"]


def build(studio: Studio) -> None:
    """Adds the endpoints to the `gr.Blocks` that is being made. Their names and order are fixed."""
    default = (studio.names() or ["actions"])[0]

    def models() -> list[ModelInfo]:
        """The models that clips can be made with."""
        return studio.models()

    def generate(
        model: str = default,
        seed: int = 0,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        loop: bool = False,
        size: int = SIZE,
        format: Format = "webm",
    ) -> FileData:
        """Renders the clip of a seed; fps, action and truncation may be left to the model."""
        return _file(
            studio.generate, model, seed, frames, fps, action, truncation, loop, size, format
        )

    def morph(
        model: str = default,
        seed_a: int = 0,
        seed_b: int = 1,
        mix: float = 0.5,
        travel: bool = False,
        frames: int = FRAMES,
        fps: float | None = None,
        action: str | None = None,
        truncation: float | None = None,
        size: int = SIZE,
        format: Format = "webm",
    ) -> FileData:
        """Renders a clip between two seeds: mix 0 is A, 1 is B; travel goes from A to B instead."""
        return _file(
            studio.morph, model, seed_a, seed_b, mix, travel, frames, fps, action, truncation,
            size=size, format=format,
        )  # fmt: skip

    gr.api(models, api_name="models", concurrency_limit=4)
    gr.api(generate, api_name="generate", concurrency_limit=2, concurrency_id="render")
    gr.api(morph, api_name="morph", concurrency_limit=2, concurrency_id="render")


def _file(make: Callable[..., Path], *values: object, **named: object) -> FileData:
    try:
        return FileData(path=str(make(*values, **named)))
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error
