"""Promises of licences: what a card or a header says goes with a model to all that shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.tiny import tiny_generator
from vidgen.pixels.sheet import Row, Sheet
from vidgen.store.terms import LONGEST, Terms, read_terms, terms_of_card
from vidgen.store.weights import (
    FILE_NAME,
    bundled_folder,
    bundled_models,
    load_generator,
    save_generator,
    with_terms,
)
from vidgen.studio import Studio
from vidgen.ui.saving import terms_line

CARD = """---
license: cc-by-sa-3.0
tags: [gan, video]
attribution: "Ann and Bob: their layers"
---
# A model
license: mit
"""
SAID = Terms("cc-by-sa-3.0", "Ann and Bob: their layers")


@pytest.fixture
def weights(tmp_path) -> Path:
    path = tmp_path / "hers" / FILE_NAME
    save_generator(tiny_generator(), path)
    return path


def test_a_card_says_licence_and_attribution_in_its_front_matter():
    assert terms_of_card(CARD) == SAID
    named = CARD.replace("cc-by-sa-3.0", "other\nlicense_name: research only")
    assert terms_of_card(named).license == "research only"
    quoted = CARD.replace('"Ann and Bob: their layers"', json.dumps('Ann, "Bob"'))
    assert terms_of_card(quoted).attribution == 'Ann, "Bob"'
    for silent in ("", "# no front matter", "---\nlicense: mit\n", "---\n---\nlicense: mit"):
        assert terms_of_card(silent) == Terms()
    assert "not stated" in str(Terms()) and str(SAID) == "cc-by-sa-3.0; Ann and Bob: their layers"


def test_every_bundled_model_says_both_and_the_readme_says_the_same():
    said = (bundled_folder().parent / "README.md").read_text(encoding="utf-8")
    front, licence = said.split("---\n")[1], said[said.index("## Licence") :]
    for model in bundled_models():
        terms = read_terms(bundled_folder() / model / FILE_NAME)
        assert terms.license and terms.attribution and not terms.attribution.endswith("…"), model
        for text in (front, licence):
            (line,) = [x for x in text.splitlines() if x.startswith(("#", "|")) and model in x]
            assert terms.license in line


def test_the_header_comes_before_the_card_and_a_model_without_either_says_so(weights):
    assert read_terms(weights) == Terms()
    weights.with_name("README.md").write_text(CARD)
    assert read_terms(weights) == SAID
    weights.write_bytes(with_terms(weights.read_bytes(), Terms("mit", "Eve")))
    assert read_terms(weights) == Terms("mit", "Eve")
    assert read_terms(weights.with_name("absent.safetensors")) == Terms()


def test_terms_in_the_header_change_no_weight(weights):
    before = load_generator(weights).state_dict()
    weights.write_bytes(with_terms(weights.read_bytes(), SAID))
    after = load_generator(weights).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert with_terms(weights.read_bytes(), SAID) == weights.read_bytes()


def test_somebody_elses_words_are_bounded_and_drawn_as_words():
    text = "---\nlicense: <b>free</b>\x1b[2J\nattribution: " + "<script>" * 9000 + "\n---\n"
    terms = terms_of_card(text)
    assert terms.license == "<b>free</b> [2J"
    assert len(terms.attribution) == LONGEST["attribution"] and terms.attribution.endswith("…")
    assert "<b>" not in terms_line(terms) and "<script>" not in terms_line(terms)
    assert "&lt;b&gt;free" in terms_line(terms)


def test_the_api_and_the_command_line_list_them(weights, capsys, monkeypatch):
    weights.with_name("README.md").write_text(CARD)
    monkeypatch.setattr("vidgen.store.weights.bundled_models", lambda: [])
    studio = Studio(str(weights))
    (model,) = studio.models()
    assert (model["license"], model["attribution"]) == (SAID.license, SAID.attribution)
    monkeypatch.setattr("vidgen.__main__.Studio", lambda: studio)
    from vidgen.__main__ import print_models

    print_models()
    assert str(SAID) in capsys.readouterr().out


def test_the_json_of_a_sheet_says_whose_it_is(tmp_path):
    pixels = torch.zeros(8, 8, 4, dtype=torch.uint8).numpy()
    sheet = Sheet(pixels, (Row("walk", 1, 0, True),), 8, 8.0)
    sheet = replace(sheet, terms={"model": "hers", "license": "mit", "attribution": "Ann"})
    _, described = sheet.save(tmp_path / "a.png")
    meta = json.loads(described.read_text())["meta"]
    assert (meta["model"], meta["license"], meta["attribution"]) == ("hers", "mit", "Ann")
