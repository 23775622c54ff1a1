"""What the Compare tab asks the server: the models of a data set, and the clip of each."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vidgen.requests import ClipRequest
from vidgen.store.record import Record, read_record
from vidgen.studio import Preview, Studio
from vidgen.ui.drawn import drawn_for_page, refusal
from vidgen.ui.family_words import FAMILIES

FRAMES = 32  # of a clip: twice as many as some families know
# Of the scoreboard: a name there -> its words here, and whether it is a share.
SCORES = {
    "direction right": ("direction", "share"),
    "accuracy (conv3d)": ("accuracy", "share"),
    "colour ACD, 16 frames": ("colour", "number"),
    "frame difference over real, 1 apart": ("tremor", "number"),
    "coverage": ("coverage", "share"),
    "FD-clip (own encoder)": ("distance", "number"),
}


def data_of(model: str) -> str:
    """The data set of a model by its name: `shapes` of `shapes`, `dcgan-shapes` and hub models."""
    name = re.sub(r"^hub:[^/]*/|@.*$", "", model)
    return name.rpartition("-")[2] or name


def data_sets(models: Iterable[str]) -> dict[str, list[str]]:
    """Models by data set; the set that most models learnt from comes first."""
    found: dict[str, list[str]] = {}
    for model in models:
        found.setdefault(data_of(model), []).append(model)
    return dict(sorted(found.items(), key=lambda each: (-len(each[1]), each[0])))


def rivals_of(studio: Studio, data: object) -> dict:
    """{"models": what is known of each model of a data set}, or {"error": a sentence}."""
    models = data_sets(studio.own_names()).get(data if isinstance(data, str) else "", [])
    if not models:
        return refusal(ValueError(f"There is no model of the data {str(data):.60} here."))
    told = [told_of(model, read_record(studio.file(model))) for model in models]
    return {"models": sorted(told, key=lambda each: (_place(str(each["kind"])), each["model"]))}


def told_of(model: str, record: Record) -> dict[str, object]:
    """A model as the page tells of it."""
    return {
        "model": model,
        "kind": record.kind,
        "parameters": record.parameters,
        "clips": record.clips,
        "hours": record.hours,
        "scores": [
            {
                "name": name,
                "unit": unit,
                "value": record.scores[of][0],
                "real": record.scores[of][1],
            }
            for of, (name, unit) in SCORES.items()
            if of in record.scores
        ],
    }


def order() -> list[str]:
    """Kinds as textbooks tell of them, and so the words for them stand."""
    ends = [key for key in FAMILIES if key.endswith("_time")]
    return [key.removeprefix("family_").removesuffix("_time") for key in ends]


def _place(kind: str) -> int:
    """Others come last."""
    kinds = order()
    return kinds.index(kind) if kind in kinds else len(kinds)


def clip_of(studio: Studio, request: object) -> dict:
    """The clip of one model, {"model", "seed", "action"}, as the player gets it.

    And what its kind takes for 16 frames here. {"error": a sentence} if it is not allowed.
    """

    def make() -> Preview:
        if not isinstance(request, dict) or not isinstance(request.get("model"), str):
            raise ValueError("A request to the player must be an object.")
        action = request.get("action") or None
        if action is not None and not isinstance(action, str):
            raise ValueError("The action of a cell must be a name, or null.")
        # Its seed is checked where it is drawn.
        clip = ClipRequest(request["model"], request.get("seed", 0), FRAMES, action=action)
        drawn = studio.preview(clip)
        speed.append(studio.speed(clip.model))
        return drawn

    speed: list[float] = []
    answer = drawn_for_page(make)
    return answer | {"milliseconds": speed[0]} if speed else answer
