"""The mathematics stands beside the code that computes it, and beside what changes it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as xml

import pytest

from vidgen.lessons import PRESETS
from vidgen.ui.formulas import Formula, as_html, formulas, lesson_for
from vidgen.ui.words import LANGUAGES

# A word of the code that computes each.
COMPUTES = {
    "value": "softplus(-real) + F.softplus(generated)",
    "best": "softplus(-real) + F.softplus(generated)",
    "shannon": "-F.softplus(generated)",
    "saturation": "softplus(-generated)",
    "relative": "softplus(generated - real)",
    "slopes": 'values["r1"] + values["r2"]',
    "lipschitz": "sqrt() - 1).square()",
    "elbo": "reconstruction + settings.beta * kl",
    "chain": "square() / 2 + deviation.log()",
}


@pytest.mark.parametrize("name", formulas())
def test_a_formula_stands_beside_the_lines_that_compute_it(name):
    first, code = formulas()[name].code()
    assert COMPUTES[name] in code and first > 1
    assert COMPUTES.keys() == formulas().keys()


@pytest.mark.parametrize("name", formulas())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_is_well_formed_and_fetches_nothing(name, language):
    shown = as_html(name, language)
    tree = xml.fromstring(shown.replace("&nbsp;", " "))
    assert tree.find("math") is not None and tree.find("pre") is not None
    assert not re.search(r"https?://|src=", shown)
    assert bool(re.search(r"[\u4e00-\u9fff]", shown)) == (language == LANGUAGES[1])


@pytest.mark.parametrize("name", formulas())
def test_a_formula_sets_what_it_speaks_of(name):
    lesson = lesson_for(name)
    for setting, value in formulas()[name].sets.items():
        assert getattr(lesson, setting) == value
    played = name not in ("elbo", "chain")  # whose families have no critic
    assert bool(formulas()[name].sets) == played and lesson.data == PRESETS["plays"].lesson.data


def test_code_that_is_gone_is_missed():
    with pytest.raises(ValueError, match="has no line"):
        Formula("", "class Minimax / def nothing_of_this_name", 1).code()
