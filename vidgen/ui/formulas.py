"""The mathematics of the Learn tab: each formula, the lines of our code that compute it, and the
settings that try it. Formulas are MathML, which browsers draw themselves: nothing is fetched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from vidgen.lessons import PRESETS, Lesson
from vidgen.ui.words import text

ROOT = Path(__file__).parents[2]
LOSSES = "train/gan/losses.py"

# Parts of formulas that come again.
X, Z = "<mi>x</mi>", "<mi>G</mi><mo>(</mo><mi>z</mi><mo>)</mo>"


def _d(of: str) -> str:
    return f"<mi>D</mi><mo>(</mo>{of}<mo>)</mo>"


def _mean(of: str) -> str:
    return f"<mi mathvariant='double-struck'>E</mi><mo>[</mo>{of}<mo>]</mo>"


def _log_sigma(of: str, other: bool = False) -> str:
    inside = f"<mi>σ</mi><mo>(</mo>{of}<mo>)</mo>"
    if other:
        inside = f"<mo>(</mo><mn>1</mn><mo>−</mo>{inside}<mo>)</mo>"
    return f"<mi>log</mi><mo>&#8289;</mo>{inside}"


def _square(of: str) -> str:
    return f"<msup><mrow>{of}</mrow><mn>2</mn></msup>"


def _slope(of: str) -> str:
    return f"<mo>‖</mo><mo>∇</mo>{_d(of)}<mo>‖</mo>"


def _half_gamma(of: str) -> str:
    return f"<mfrac><mi>γ</mi><mn>2</mn></mfrac>{_mean(of)}"


@dataclass(frozen=True)
class Formula:
    """A formula as MathML; the code after `place`, a line of `file`; what it sets in the game."""

    maths: str
    place: str  # the line that the code begins with
    lines: int  # of code that are shown
    sets: Mapping[str, Any] = field(default_factory=dict)
    file: str = LOSSES

    def code(self) -> tuple[int, str]:
        """The number of the first line and the lines themselves. Raises ValueError."""
        listed = (ROOT / self.file).read_text(encoding="utf-8").splitlines()
        wanted = self.place.split(" / ")
        at = 0
        for part in wanted:  # a class, then a line inside it
            found = (n for n in range(at, len(listed)) if listed[n].strip().startswith(part))
            at = next(found, -1)
            if at < 0:
                raise ValueError(f"{self.file} has no line {part!r}.")
        return at + 1, "\n".join(listed[at : at + self.lines])


@cache
def formulas() -> dict[str, Formula]:
    """All formulas, by name."""
    min_max = (
        "<munder><mi>min</mi><mi>G</mi></munder><munder><mi>max</mi><mi>D</mi></munder>"
        f"{_mean(_log_sigma(_d(X)))}<mo>+</mo>{_mean(_log_sigma(_d(Z), other=True))}"
    )
    best = (
        "<mi>σ</mi><mo>(</mo><msup><mi>D</mi><mo>*</mo></msup><mo>(</mo><mi>x</mi><mo>)</mo>"
        "<mo>)</mo><mo>=</mo><mfrac><mrow><mi>p</mi><mo>(</mo><mi>x</mi><mo>)</mo></mrow>"
        "<mrow><mi>p</mi><mo>(</mo><mi>x</mi><mo>)</mo><mo>+</mo>"
        "<mi>q</mi><mo>(</mo><mi>x</mi><mo>)</mo></mrow></mfrac>"
    )
    shannon = (
        "<mn>2</mn><mi>log</mi><mn>2</mn><mo>−</mo><mn>2</mn><mspace width='0.2em'/>"
        "<mi>JS</mi><mo>(</mo><mi>p</mi><mo>‖</mo><mi>q</mi><mo>)</mo>"
    )
    return {
        "value": Formula(min_max, "class Minimax / def critic", 8, {"loss": "minimax"}),
        "best": Formula(
            best, "class Minimax / return F.softplus(-real)", 1,
            {"loss": "minimax", "critic_steps": 5},
        ),
        "shannon": Formula(
            shannon, "class Minimax / return -F.softplus", 1,
            {"loss": "minimax", "head_start": 200, "optimizer": "sgd", "generator_rate": 0.1},
        ),
        "saturation": Formula(
            f"<munder><mi>max</mi><mi>G</mi></munder>{_mean(_log_sigma(_d(Z)))}",
            "class NonSaturating / def generator", 2, {"loss": "non-saturating"},
        ),
        "relative": Formula(
            "<munder><mi>max</mi><mi>D</mi></munder>"
            + _mean(_log_sigma(f"{_d(X)}<mo>−</mo>{_d(Z)}")),
            "class Relativistic / def critic", 2, {"loss": "relativistic"},
        ),
        "slopes": Formula(
            f"{_half_gamma(_square(_slope(X)))}<mo>+</mo>{_half_gamma(_square(_slope(Z)))}",
            "def r1_and_r2", 4, {"penalty": "r1+r2", "gamma": 0.3},
        ),
        "lipschitz": Formula(
            _half_gamma(_square(f"<mo>(</mo>{_slope('<mi>y</mi>')}<mo>−</mo><mn>1</mn><mo>)</mo>")),
            "def one_centred_penalty", 4,
            {"loss": "wasserstein", "penalty": "wgan-gp", "gamma": 2.0, "critic_steps": 5},
        ),
        "elbo": Formula(
            "<mi>log</mi><mi>p</mi><mo>(</mo><mi>x</mi><mo>)</mo><mo>≥</mo>"
            "<msub><mi mathvariant='double-struck'>E</mi><mi>q</mi></msub><mo>[</mo><mi>log</mi>"
            "<mi>p</mi><mo>(</mo><mi>x</mi><mo>|</mo><mi>z</mi><mo>)</mo><mo>]</mo><mo>−</mo>"
            "<mi>KL</mi><mo>(</mo><mi>q</mi><mo>(</mo><mi>z</mi><mo>|</mo><mi>x</mi><mo>)</mo>"
            "<mo>‖</mo><mi>p</mi><mo>(</mo><mi>z</mi><mo>)</mo><mo>)</mo>",
            "loss = reconstruction", 1, file="train/families/vae.py",
        ),
        "chain": Formula(
            "<mi>log</mi><mi>p</mi><mo>(</mo><mi>x</mi><mo>)</mo><mo>=</mo>"
            "<munder><mo>∑</mo><mi>t</mi></munder><mi>log</mi><mi>p</mi><mo>(</mo>"
            "<msub><mi>x</mi><mi>t</mi></msub><mo>|</mo>"
            "<msub><mi>x</mi><mrow><mo>&lt;</mo><mi>t</mi></mrow></msub><mo>)</mo>",
            "def surprise", 4, file="train/likelihood.py",
        ),
    }  # fmt: skip


def lesson_for(name: str) -> Lesson:
    """The good game with what a formula sets."""
    return replace(PRESETS["plays"].lesson, **formulas()[name].sets)


def as_html(name: str, language: str) -> str:
    """A formula, what it says, and the lines of our code that compute it."""
    formula = formulas()[name]
    first, code = formula.code()
    where = f"{formula.file}:{first}"
    return (
        f'<div class="vg-formula"><math display="block">{formula.maths}</math>'
        f"<p>{html.escape(text(f'formula_{name}_story', language))}</p>"
        f'<p id="code-{name}"><code>{where}</code></p>'
        f"<pre><code>{html.escape(dedented(code))}</code></pre></div>"
    )


def dedented(code: str) -> str:
    """Lines without the spaces that all of them begin with."""
    filled = [line for line in code.splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return re.sub(rf"^ {{{margin}}}", "", code, flags=re.MULTILINE)
