"""What a page and a program get of a sound that they brought: what was heard, and a dance to it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vidgen.sound.film import Sound
from vidgen.store.terms import Terms
from vidgen.ui.saving import address, links
from vidgen.ui.sentences import in_all_languages
from vidgen.ui.words import LANGUAGES, text


@dataclass(frozen=True)
class Danced:
    """A film, and in words what was heard and what was left out."""

    path: Path
    said: str
    notes: tuple[str, ...]


def heard_for_page(sound: Sound) -> dict:
    """What was heard, as the page gets it."""
    tempo, beats = sound.heard.tempo, len(sound.heard.beats)
    said = (
        "No steady beat was heard."
        if tempo is None
        else f"{beats} beats were heard, {tempo:.0f} a minute."
    )
    return {"heard": _in_words([said], sound.notes)}


def danced_for_page(danced: Danced, terms: Terms) -> dict:
    """A film as the page gets it: a link that downloads it, and a player, in all languages."""
    films = {
        language: links([danced.path], language, terms)
        + f'<div class="vg-made"><video src="{address(danced.path)}" controls playsinline '
        f'aria-label="{html.escape(text("made", language))}"></video></div>'
        for language in LANGUAGES
    }
    return {"links": films, "heard": _in_words([danced.said], danced.notes)}


def _in_words(said: Iterable[str], notes: Iterable[str]) -> list[dict[str, str]]:
    return [in_all_languages(each) for each in (*said, *(f"This sound: {n}." for n in notes))]
