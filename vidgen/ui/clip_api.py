"""The API of clips that callers bring, /invert to /check, and of sentences, /describe.

A clip is sent to /gradio_api/clip as the body of a POST, which answers with the name that these
endpoints take. Gradio reads the annotations as they stand here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar

import gradio as gr
from gradio import FileData

from vidgen.inverse.footage import hole_of_cells
from vidgen.store.weights import DEFAULT_MODEL
from vidgen.ui.api import Format
from vidgen.ui.desk import Desk
from vidgen.ui.said import errors_shown
from vidgen.ui.your_clips import CELLS, FIND, PREDICT, REPAIR, TRANSLATE
from vidgen.wording import described

STEPS = 100
Made = TypeVar("Made")


def build(desk: Desk) -> None:
    """Adds the endpoints to the `gr.Blocks` that is being made."""
    default = (desk.names() or [DEFAULT_MODEL])[0]

    def invert(clip: str, model: str = default, steps: int = STEPS) -> dict:
        """Finds a clip in a model's space: what it shows, how near that comes, the nearest seed.

        The place is what /generate and the page draw of it; psnr is in dB, against what was seen.
        Clip is the name that POST /gradio_api/clip answered with.
        """
        return _answered(lambda: desk.inverted(clip, model, steps))

    def restore(
        clip: str,
        model: str = default,
        shrunk: int | None = None,
        hole: list[str] | None = None,
        steps: int = STEPS,
        format: Format = "webm",
    ) -> FileData:
        """A clip larger (shrunk 2, 4 or 8 times), with its hole filled, or as the model draws it.

        The hole is 32 rows of 32 digits: 1 where the clip has a hole, 0 where not.
        """
        where = None if hole is None else partial(hole_of_cells, hole, CELLS)
        options = {"shrunk": shrunk, "hole": where}
        task = FIND if shrunk is None and hole is None else REPAIR
        return _made(desk, task, clip, model, options, steps, format)

    def predict(
        clip: str,
        model: str = default,
        given: int | None = None,
        frames: int = 8,
        steps: int = STEPS,
        format: Format = "webm",
    ) -> FileData:
        """A clip, or its first frames if `given` says how many, and so many frames more."""
        options = {"given": given, "frames": frames}
        return _made(desk, PREDICT, clip, model, options, steps, format)

    def translate(
        clip: str,
        model: str = default,
        content_seed: int | None = None,
        action: str | None = None,
        steps: int = STEPS,
        format: Format = "webm",
    ) -> FileData:
        """What a clip shows, done by another seed's content, or in another action."""
        options = {"content_seed": content_seed, "action": action}
        return _made(desk, TRANSLATE, clip, model, options, steps, format)

    def listen(
        sound: str,
        model: str = default,
        seed: int = 0,
        action: str | None = None,
        loudness: Literal["speed", "variety", "nothing"] = "speed",
    ) -> FileData:
        """A seed that moves to a sound, as an MP4 with the sound in it: its first 20 seconds.

        Sound is the name that POST /gradio_api/clip answered with. Beats lock to the cycle of the
        action; loudness steers its speed between two beats, or how far from the average it is.
        """
        return _answered(
            lambda: FileData(path=str(desk.danced(sound, model, seed, action, loudness).path))
        )

    def check(clip: str) -> str:
        """Whether a clip or a picture was made by vidgen, and how probable that is by chance."""
        return _answered(lambda: desk.checked(clip))

    def describe(sentence: str, model: str | None = None) -> dict:
        """A sentence, English or Chinese, as a place that shows it, and what was not understood.

        The values of the place are those that /generate takes. No text model reads the sentence: it
        is understood as far as it names actions, persons, skin and pace that the models know.
        """
        return _answered(lambda: described(desk, sentence, model))

    gr.api(invert, api_name="invert")
    gr.api(restore, api_name="restore")
    gr.api(predict, api_name="predict")
    gr.api(translate, api_name="translate")
    gr.api(listen, api_name="listen")
    gr.api(check, api_name="check")
    gr.api(describe, api_name="describe")


def _made(
    desk: Desk, task: str, clip: str, model: str, options: dict[str, Any], steps: int, format: str
) -> FileData:
    def make() -> FileData:
        return FileData(path=str(desk.restored(task, clip, model, options, steps, format)))

    return _answered(make)


def _answered(make: Callable[[], Made]) -> Made:
    with errors_shown():
        return make()
