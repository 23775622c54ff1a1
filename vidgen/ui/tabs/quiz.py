"""The quiz, a step of the Learn tab: is a clip real or generated?"""

from __future__ import annotations

import gradio as gr

from vidgen.studio import Studio
from vidgen.ui.labels import QUIET, Labels
from vidgen.ui.quiz import models_of_quiz, riddle
from vidgen.ui.quiz_words import QUIZ
from vidgen.ui.scripts import script
from vidgen.ui.words import texts

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
    models = models_of_quiz(studio)
    first = models[0] if models else None
    model = labels.make(
        gr.Dropdown, {"label": "model"}, choices=models, value=first, elem_id="quiz-model"
    )

    def clip(request: object) -> dict:
        return riddle(studio, request)

    gr.HTML(
        html_template=STAGE,
        js_on_load=script("asking", "quiz"),
        server_functions=[clip],
        apply_default_css=False,
        elem_id=f"stage-{TAB}",
        tab=TAB,
        first={"model": first},
        words=texts("offline", *QUIZ),
    )
    model.change(
        None, model, None, js=f"(model) => window.vidgen.ask('{TAB}', ['model'], [model])", **QUIET
    )
