"""Real or generated: clips for the quiz, at random and uncurated, half of them real.

Real ones lie beside the weights of the data set that bears their name, in `real.webp`: a row for
each clip, of frames of 64 pixels. None of them was trained on.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cache

from vidgen.pixels.clip import grid_image, is_pixel_art, smaller
from vidgen.pixels.reading.rows import read_rows
from vidgen.previews import Preview
from vidgen.requests import ClipRequest
from vidgen.store.weights import bundled_folder
from vidgen.studio import Studio
from vidgen.types import GeneratorSpec
from vidgen.ui.comparison import data_of
from vidgen.ui.drawn import drawn_for_page, refusal

SIDE = 64  # pixels of a frame, at most
FILE = "real.webp"
NAME_BYTES = 16  # of a riddle


@dataclass(frozen=True)
class Examples:
    """How real clips of a data set were sampled: frames a second, and whether they are loops."""

    fps: float
    loop: bool


# Where the licence allows to show them: procedural, and MIT (LICENSE beside the weights).
EXAMPLES = {"shapes": Examples(12.5, False), "gestures": Examples(20 / 3.024, True)}


@dataclass(frozen=True)
class QuizRequest(ClipRequest):
    """A generated clip at the size of the real ones."""

    def shrink(self, spec: GeneratorSpec) -> int:
        """Both are as large, or their size would tell."""
        return max(1, spec.resolution // SIDE)


def models_of_quiz(studio: Studio) -> list[str]:
    """The models at hand whose data may be shown."""
    there = {data for data in EXAMPLES if (bundled_folder() / data / FILE).is_file()}
    return [model for model in studio.own_names() if data_of(model) in there]


def riddle(studio: Studio, request: object) -> dict:
    """A clip of {"model"} or a real one, as the player gets it, and the riddle's name.

    {"error": a sentence} if there is no such model; never an exception.
    """
    name = secrets.token_hex(NAME_BYTES)
    real, seed = truth(name)

    def make() -> Preview:
        model = request.get("model") if isinstance(request, dict) else None
        if model not in models_of_quiz(studio):
            raise ValueError("There are no real clips here that may be shown beside this model.")
        return real_clip(studio, model, seed) if real else generated_clip(studio, model, seed)

    drawn = drawn_for_page(make)
    if "grid" not in drawn:
        return drawn
    hidden = ("origin", "engine")  # they would tell
    kept = {name: value for name, value in drawn.items() if name not in hidden}
    return kept | {"riddle": name}


def solution(request: object) -> dict:
    """Which clip a {"riddle"} was, once {"said"} tells what it was taken for: {"real", "seed"}.

    {"error": a sentence} if nothing was said, or there is no such riddle; never an exception.
    """
    asked = request if isinstance(request, dict) else {}
    name = asked.get("riddle")
    known = isinstance(name, str) and re.fullmatch(rf"[0-9a-f]{{{2 * NAME_BYTES}}}", name)
    if not known or not isinstance(asked.get("said"), bool):
        return refusal(ValueError("The answer to this clip is told once you have given yours."))
    real, seed = truth(str(name))
    return {"real": real, "seed": seed}


def truth(name: str) -> tuple[bool, int]:
    """Whether the clip of a riddle is real, and its seed.

    They follow from its name and a key that never leaves this process: nothing is kept for any
    visitor, and the browser cannot know before it has answered.
    """
    drawn = hmac.digest(_key(), name.encode(), hashlib.sha256)
    return drawn[0] % 2 == 1, int.from_bytes(drawn[1:5], "big")


@cache
def _key() -> bytes:
    return secrets.token_bytes(32)


def generated_clip(studio: Studio, model: str, seed: int) -> Preview:
    """What a model draws from a seed, as long and as fast as real clips are."""
    data = data_of(model)
    how, frames = EXAMPLES[data], real_clips(data).shape[1]
    return studio.preview(QuizRequest(model, seed, frames, fps=how.fps, loop=how.loop))


def real_clip(studio: Studio, model: str, seed: int) -> Preview:
    """One of the real clips of a model's data, no larger than the model draws."""
    data, spec = data_of(model), studio.spec(model)
    clips = real_clips(data)
    frames = smaller(clips[seed % len(clips)][None], max(1, SIDE // spec.resolution))
    count = frames.shape[1]
    pixel_art = is_pixel_art(spec.resolution, spec.channels)
    fps = EXAMPLES[data].fps
    return Preview(grid_image([frames]), fps, "", "", 0.0, pixel_art, start=0, total=count)


@cache
def real_clips(data: str):  # noqa: ANN201 - a tensor, which the page need not know
    """(N, T, C, 64, 64) in [-1, 1]."""
    return read_rows(bundled_folder() / data / FILE, SIDE)
