"""`describe`: a sentence as a place, and what of it was understood."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from vidgen.studio import Studio
from vidgen.wording import described


def add(commands: Any) -> None:
    """Its options, beside those of the other commands."""
    describe = commands.add_parser("describe", help="a sentence as a place, for generate --place")
    describe.add_argument("sentence", help='English or Chinese: "a woman with dark skin shrugs"')
    describe.add_argument("out", nargs="?", help="file to write the place to: .json (prints it)")
    describe.add_argument("--model", metavar="NAME", help="the bundled one to look in (all)")


def make(sentence: str, out: str | None, model: str | None) -> None:
    """Says what was understood, and prints or writes the place. Raises ValueError, OSError."""
    if out is not None and Path(out).suffix.lower() != ".json":
        raise ValueError(f"A place is written to a .json, not to {out}.")
    studio = Studio()
    try:
        found = described(studio, sentence, model)
    finally:
        studio.close()
    print(found["said"], file=sys.stderr)
    place = json.dumps(found["place"], ensure_ascii=False)
    if out is None:
        print(place)
    else:
        Path(out).write_text(place + "\n", encoding="utf-8")
