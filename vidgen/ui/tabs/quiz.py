"""The quiz, a step of the Learn tab: is a clip real or generated?"""

from __future__ import annotations

from vidgen.studio import Studio
from vidgen.ui.labels import Labels
from vidgen.ui.quiz import models_of_quiz, riddle, solution
from vidgen.ui.quiz_words import QUIZ
from vidgen.ui.scripts import script
from vidgen.ui.tabs.step import model_step

TAB = "quiz"
STAGE = """
<div class="vg-quiz">
  <canvas role="img"></canvas>
  <div class="vg-actions">
    <button type="button" class="vg-next vg-main"></button
    ><button type="button" class="vg-real"></button
    ><button type="button" class="vg-generated"></button>
  </div>
  <p class="vg-verdict" role="status"></p>
  <p class="vg-error" role="alert" hidden></p>
  <ul class="vg-scores"></ul>
</div>
"""


def build(studio: Studio, labels: Labels) -> None:
    """The quiz, inside the `gr.Blocks` that is being made."""

    def clip(request: object) -> dict:
        return riddle(studio, request)

    models, scripts = models_of_quiz(studio), script("asking", "quiz")
    model_step(labels, TAB, models, STAGE, scripts, [clip, solution], list(QUIZ))
