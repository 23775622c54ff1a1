"""Watch it learn, a step of the Learn tab: the same seeds at every moment of a training."""

from __future__ import annotations

import base64

from vidgen.store.learning import read_learning, shows_learning
from vidgen.studio import Studio
from vidgen.ui.drawn import refusal
from vidgen.ui.labels import Labels
from vidgen.ui.scripts import script
from vidgen.ui.tabs.step import model_step
from vidgen.ui.watch_words import WATCH

TAB = "watch"
STAGE = """
<div class="vg-watch">
  <figure><canvas class="vg-losses" role="img"></canvas
    ><figcaption class="vg-key"></figcaption></figure>
  <label><span class="vg-moment"></span
    ><input type="range" class="vg-step" min="0" max="0" value="0" step="1"></label>
  <canvas class="vg-clips" role="img"></canvas>
  <p class="vg-error" role="alert" hidden></p>
</div>
"""


def build(studio: Studio, labels: Labels) -> None:
    """The step, inside the `gr.Blocks` that is being made."""

    def learning(chosen: object) -> dict:
        return learning_of(studio, chosen)

    models = [model for model in studio.own_names() if there_is(studio, model)]
    scripts = script("asking", "charts", "watch")
    model_step(labels, TAB, models, STAGE, scripts, [learning], list(WATCH))


def there_is(studio: Studio, model: str) -> bool:
    """Whether a model's learning can be seen; one of the Hub comes without."""
    return not model.startswith("hub:") and shows_learning(studio.file(model))


def learning_of(studio: Studio, model: object) -> dict:
    """How a model learnt, as the page gets it, or {"error": a sentence}; never an exception."""
    try:
        found = read_learning(studio.file(model if isinstance(model, str) else ""))
    except ValueError as error:
        return refusal(error)
    return {
        "grid": base64.b64encode(found.picture).decode(),
        "mime": "image/webp",
        "side": found.side,
        "seeds": list(found.seeds),
        "clips": list(found.clips),
        "losses": found.losses,
    }
