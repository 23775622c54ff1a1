"""A sentence, English or Chinese, as far as a model can show it: an action, a person, a pace.

No network and no learnt text model: the words that the bundled models know are few, and a table
understands them or says which it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vidgen.directions import direction_groups
from vidgen.latents import seeded_content
from vidgen.limits import shown
from vidgen.models.anchored import AnchoredMapping
from vidgen.place import Place
from vidgen.requests import ClipRequest, write_request
from vidgen.types import Generator, GeneratorSpec
from vidgen.vocabulary import (
    ACTION_WORDS,
    IDLE,
    IDLE_CHINESE,
    KIND_WORDS,
    NOT,
    PACE_WORDS,
    SKIN_WORDS,
    SKINS,
    SLOWER,
    SUBJECTS,
)

ENDINGS = ("ing", "es", "ed", "s", "")  # that a word may have
MOST_LETTERS = 300  # of a sentence
MOST_SEEDS = 4000  # tried until one shows what is wanted
SURE = 0.9  # of what a seed's content must belong to the one that is wanted


@dataclass(frozen=True)
class Wording:
    """place: what shows the sentence; understood, and left: words that were, and that were not."""

    place: Place
    understood: tuple[str, ...]
    left: tuple[str, ...]

    def said(self) -> str:
        """What was understood and what not, in a sentence or two."""
        line = f"Understood: {', '.join(self.understood)}."
        if not self.left:
            return line
        return f"{line} Not understood, or not known by {self.place.model}: {', '.join(self.left)}."


@dataclass(frozen=True)
class Heard:
    """What a sentence says, whichever model is to show it; left: the words that say nothing."""

    actions: tuple[str, ...]
    kind: str | None
    skin: str | None
    pace: float | None
    left: tuple[str, ...]


def heard(sentence: object) -> Heard:
    """The meanings of a sentence's words. Raises ValueError if there is none in it."""
    if not isinstance(sentence, str) or not sentence.strip():
        raise ValueError("The sentence is empty: say what is to be seen, as in: a woman shrugs.")
    if len(sentence) > MOST_LETTERS:
        raise ValueError(f"A sentence may have {MOST_LETTERS} letters, not {len(sentence):,}.")
    text = sentence.lower()
    found: dict[str, list] = {"action": [], "kind": [], "skin": [], "pace": []}
    left: list[str] = []
    _chinese(text, found, left)
    _english(re.findall(r"[a-z][a-z'-]*", text), found, left)
    kind, skin, pace = (next(iter(found[name]), None) for name in ("kind", "skin", "pace"))
    return Heard(_once(found["action"]), kind, skin, pace, _once(left))


def worded(
    sentence: object, specs: Mapping[str, GeneratorSpec], load: Callable[[str], Generator]
) -> Wording:
    """The place that shows a sentence, by the first of the models that shows most of it.

    `specs` by the models' names; `load` is asked for one whose persons are known. Raises ValueError
    if nothing is understood that any of them shows.
    """
    said = heard(sentence)
    model = max(specs, key=lambda name: _shows(said, name, specs[name]))
    understood, left = [], list(said.left)
    action, others = _action(said, specs[model])
    understood += [action] if action else []
    left += others
    wanted = [each for each in (said.kind, said.skin) if each]
    seed = 0
    if wanted:
        subjects = SUBJECTS.get(model)
        mapping = getattr(load(model), "mapping", None) if subjects else None
        if subjects and isinstance(mapping, AnchoredMapping) and len(mapping.keys) == len(subjects):
            fits = [set(wanted) <= set(subject) for subject in subjects]
            seed = _seed_of(mapping, specs[model], torch.tensor(fits))
            understood += [_plain(each) + " skin" * (each in SKINS) for each in wanted]
        else:  # that there is a person says nothing that the model could show otherwise
            left += [_plain(each) for each in wanted if each != "person"]
    if said.pace:
        understood.append("slow" if said.pace == SLOWER else "fast")
    if not understood:
        raise ValueError(
            f"Nothing of this is known by {model}: {shown(sentence)}. It knows "
            f"{', '.join(_plain(name) for name in _names(specs[model])) or 'no actions'}."
        )
    place = Place(model, seed, action=action, speed=said.pace or 1.0)
    return Wording(place, tuple(map(_plain, understood)), _once(left))


def described(studio: Any, sentence: object, model: str | None = None) -> dict[str, object]:
    """The place that shows a sentence, by one of a library's own models, and what was understood.

    Raises ValueError as `worded` does, and for a model that is not at hand.
    """
    names = studio.own_names() if model is None else [model]
    specs = {name: studio.spec(name) for name in names}
    wording = worded(sentence, specs, studio.generator)
    place = wording.place
    request = ClipRequest(place.model, place.seed, action=place.action, speed=place.speed)
    return {
        "place": write_request(request), "understood": list(wording.understood),
        "not_understood": list(wording.left), "said": wording.said(),
    }  # fmt: skip


def _seed_of(mapping: AnchoredMapping, spec: GeneratorSpec, fits: torch.Tensor) -> int:
    """The first seed whose content is one of those that fit."""
    for seed in range(MOST_SEEDS):
        shares = mapping.logits(seeded_content(spec, seed)[0], None).softmax(-1)
        if shares[fits].max() > SURE:
            return seed
    raise ValueError(f"None of the first {MOST_SEEDS:,} seeds shows such a person.")


def _names(spec: GeneratorSpec) -> list[str]:
    """What a model does, an action in several directions once."""
    groups = direction_groups(spec.actions)
    grouped = {name for ways in groups.values() for name in ways.values()}
    return [*groups, *(name for name in spec.actions if name not in grouped)]


def _action(said: Heard, spec: GeneratorSpec) -> tuple[str | None, list[str]]:
    """The first action that a model has, and the others in plain words."""
    known = _names(spec)
    action = next((name for name in said.actions if name in known), None)
    return action, [_plain(name) for name in said.actions if name != action]


def _shows(said: Heard, model: str, spec: GeneratorSpec) -> int:
    """How much of a sentence a model shows; an action counts more than who does it."""
    action, _ = _action(said, spec)
    persons = model in SUBJECTS and (said.kind is not None) + (said.skin is not None)
    return 4 * (action is not None) + int(persons)


def _once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _tables() -> list[tuple[str, dict]]:
    return [
        ("action", ACTION_WORDS), ("skin", SKIN_WORDS), ("kind", KIND_WORDS), ("pace", PACE_WORDS),
    ]  # fmt: skip


def _english(words: list[str], found: dict[str, list], left: list[str]) -> None:
    """Sorts words by what they mean; two that belong together, as in "raise hand", are one."""
    meanings = {
        word: (kind, meaning)
        for kind, table in _tables()
        for meaning, (english, _) in table.items()
        for word in english.split()
    }
    at = 0
    while at < len(words):
        word, after = words[at], words[at + 1 : at + 2]
        pairs = [f"{stem}-{end}" for stem in _stems(word) for one in after for end in _stems(one)]
        pair = next((meanings[each] for each in pairs if each in meanings), None)
        known = pair or next((meanings[each] for each in _stems(word) if each in meanings), None)
        length = 2 if pair else 1
        if word in NOT[0].split():
            # What is not to be seen can't be looked for: the word after it is left out as well.
            left.append(" ".join([word, *after]))
            length = 2
        elif known and (known[0] != "skin" or _of_skin(words, at, length)):
            found[known[0]].append(known[1])
        elif word not in IDLE.split():
            left.append(word)
        at += length


def _of_skin(words: list[str], at: int, length: int) -> bool:
    """Whether a colour is that of a person's skin, by the word after it or before it."""
    persons = " ".join(english for english, _ in KIND_WORDS.values()).split()
    after = words[at + length : at + length + 1]
    return (
        words[at].endswith("-skinned")
        or "skin" in words[max(0, at - 2) : at]
        or any(word in (*persons, "skin", "skinned") for word in after)
    )


def _stems(word: str) -> list[str]:
    """A word without what may have been added to it: "waving" may be "wav" or "wave"."""
    base = word.removesuffix("-skinned").removesuffix("'s")
    cut = [base.removesuffix(end) for end in ENDINGS if base.endswith(end)]
    doubled = [each[:-1] for each in cut if len(each) > 2 and each[-1] == each[-2]]
    return [base, *cut, *(each + "e" for each in cut), *doubled]


def _chinese(text: str, found: dict[str, list], left: list[str]) -> None:
    """Takes the longest words that are known out of a text without spaces between them."""
    meanings = {
        word: (kind, meaning)
        for kind, table in _tables()
        for meaning, (_, chinese) in table.items()
        for word in chinese.split()
    }
    idle, negations = set(IDLE_CHINESE.split()), set(NOT[1].split())
    longest = sorted({*meanings, *idle, *negations}, key=len, reverse=True)
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        at, unknown = 0, ""
        while at < len(run):
            word = next((each for each in longest if run.startswith(each, at)), None)
            if word is None:
                unknown += run[at]
                at += 1
                continue
            if unknown:
                left.append(unknown)
                unknown = ""
            rest = run[at + len(word) :]
            if word in negations:
                left.append(word + rest)
                break
            kind, meaning = meanings.get(word, (None, None))
            if kind == "skin" and not re.match("的?(皮肤|肤色|[男女]|人)", rest):
                unknown = word
            elif kind is not None:
                found[kind].append(meaning)
            at += len(word)
        if unknown:
            left.append(unknown)
