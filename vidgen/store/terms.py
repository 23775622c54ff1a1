"""Under which terms a model may be used: what its weights' header or its model card says.

Both are somebody else's text: one line each, of printable characters and bounded length; what is
drawn of them as HTML is escaped there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

CARD = "README.md"
LICENSE, ATTRIBUTION = "license", "attribution"  # keys of the header and of the card
LONGEST = {LICENSE: 80, ATTRIBUTION: 500}  # characters of each that are shown
MOST_READ = 1 << 16  # bytes of a card: its front matter comes first


@dataclass(frozen=True)
class Terms:
    """license: the Hub's name ("mit"), or in words; attribution: whom to name; "" if unknown."""

    license: str = ""
    attribution: str = ""

    def __str__(self) -> str:
        """Both in a line; says so if nobody told."""
        return "; ".join(filter(None, (self.license or "licence not stated", self.attribution)))


def read_terms(weights: Path) -> Terms:
    """What the header of a weights file says, or the model card beside it. Never raises."""
    try:
        with safe_open(weights, "pt") as file:
            found = _terms(file.metadata() or {})
        return found if found.license else terms_of_card(_beginning(weights.with_name(CARD)))
    except (OSError, SafetensorError):
        return Terms()


def terms_of_card(text: str) -> Terms:
    """What the front matter of a model card says: lines of `key: value` between two of `---`.

    `license: other` is told by its `license_name`.
    """
    values: dict[str, str] = {}
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return Terms()
    for line in lines[1:]:
        if line.strip() == "---":
            break
        if match := re.match(r"(\w+):[ \t]*(.*)$", line):
            values[match[1]] = _unquoted(match[2].strip())
    else:
        return Terms()  # it never ends
    if values.get(LICENSE) == "other":
        values[LICENSE] = values.get("license_name") or "other"
    return _terms(values)


def metadata_of(terms: Terms) -> dict[str, str]:
    """The terms as a header of weights holds them; what is unknown is left out."""
    return {k: v for k, v in ((LICENSE, terms.license), (ATTRIBUTION, terms.attribution)) if v}


def _terms(values: dict[str, str]) -> Terms:
    return Terms(*(_line(values.get(key, ""), LONGEST[key]) for key in (LICENSE, ATTRIBUTION)))


def _line(text: str, longest: int) -> str:
    """Printable characters and single spaces only, cut if it is too long."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * longest]).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != value[-1] or value[0] not in "\"'":
        return value
    try:
        return str(json.loads(value))  # as our own cards are written
    except ValueError:
        return value[1:-1]


def _beginning(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(MOST_READ).decode("utf-8", "replace")
