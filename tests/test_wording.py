"""A sentence, English or Chinese, as a place: what is understood is shown, and the rest is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.tiny import tiny_generator
from vidgen import load_generator, seeded_path
from vidgen.latents import seeded_content
from vidgen.vocabulary import FASTER, SLOWER, SUBJECTS
from vidgen.wording import Wording, heard, worded


@pytest.fixture(scope="module")
def generators():
    """`gestures` and a tiny one of other actions."""
    return {"gestures": load_generator("gestures"), "tiny": tiny_generator()}


def worded_by(generators, sentence: object) -> Wording:
    specs = {name: generator.spec for name, generator in generators.items()}
    return worded(sentence, specs, generators.__getitem__)


def person(generators, seed: int) -> tuple[str, str]:
    """Who a seed of `gestures` is, by its nearest anchor."""
    generator = generators["gestures"]
    scores = generator.mapping.scores(seeded_content(generator.spec, seed)[0])
    return SUBJECTS["gestures"][int(scores.argmax())]


@pytest.mark.parametrize(
    "sentence, model, who, action",
    [
        ("a woman with dark skin shrugs", "gestures", ("woman", "dark"), "shrug"),
        ("A light-skinned man is bowing slowly.", "gestures", ("man", "light"), "bow"),
        ("medium dark woman raising her hand", "gestures", ("woman", "medium_dark"), "raise_hand"),
        ("一个深色皮肤的女人在耸肩", "gestures", ("woman", "dark"), "shrug"),
        ("黄色皮肤的男人鞠躬", "gestures", ("man", "yellow"), "bow"),
        ("somebody walks", "tiny", None, "walk"),
        ("有人在走路", "tiny", None, "walk"),
    ],
)
def test_a_sentence_finds_a_seed_that_shows_it(generators, sentence, model, who, action):
    found = worded_by(generators, sentence)
    assert (found.place.model, found.place.action, found.left) == (model, action, ()), found
    if who:
        assert person(generators, found.place.seed) == who
        assert worded_by(generators, sentence).place == found.place


@pytest.mark.parametrize(
    "sentence, left",
    [
        ("a woman with red hair shrugs", ("red", "hair")),
        ("a woman in a black coat shrugs", ("black", "coat")),
        ("红头发的女人耸肩", ("红头发",)),
        ("a woman who is not angry shrugs", ("not angry",)),
        ("a woman shrugs and bows", ("bow",)),
    ],
)
def test_what_is_not_understood_is_said(generators, sentence, left):
    found = worded_by(generators, sentence)
    assert found.place.action == "shrug" and person(generators, found.place.seed)[0] == "woman"
    assert found.left == left and all(word in found.said() for word in left)


def test_what_another_model_does_not_know_is_left_out(generators):
    found = worded_by(generators, "a man walks")
    assert (found.place.model, found.place.action, found.left) == ("tiny", "walk", ("man",))


def test_a_pace_becomes_a_speed():
    assert heard("she shrugs slowly").pace == SLOWER and heard("他快速鞠躬").pace == FASTER


@pytest.mark.parametrize(
    "sentence, refusal",
    [
        ("  ", "The sentence is empty"), (7, "The sentence is empty"),
        ("x" * 301, "A sentence may have 300 letters"),
        ("eine Katze im Regen", "Nothing of this is known by"),
        ("不知道", "Nothing of this is known by"),
    ],
)  # fmt: skip
def test_a_sentence_that_says_nothing_is_refused_in_one(generators, sentence, refusal):
    with pytest.raises(ValueError, match=f"^{refusal}"):
        worded_by(generators, sentence)


def test_whose_anchor_is_which_is_seen_in_what_is_drawn(generators):
    """Skin is what differs between the six of a kind: the darker it is called the darker it is."""
    generator = generators["gestures"]
    brightness = {}
    for key, name in zip(generator.mapping.keys, SUBJECTS["gestures"], strict=True):
        path = seeded_path(generator.spec, 0, 1, action="shrug")
        path = replace(path, content=(key * 8).expand(1, 1, -1))
        with torch.inference_mode():
            frame = generator(path, 32)[0, 0]
        shown = frame[3] > 0.9
        warm = (frame[0] - frame[2] > 0.08) & shown  # skin, and neither shirt nor hair
        brightness[name] = float(frame[0][warm].mean())
    for kind in ("man", "person", "woman"):
        tones = [brightness[kind, skin] for skin in ("dark", "medium_dark", "medium", "light")]
        assert tones == sorted(tones), (kind, tones)
