"""`check`: whether a file was made by vidgen, by its metadata and by the mark in its pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vidgen.pixels.checking import verdict_on


def add(commands: Any) -> None:
    """Its option, beside those of the other commands."""
    check = commands.add_parser("check", help="whether a file was made by vidgen")
    check.add_argument("file", help="video, animation or picture")


def said(file: str) -> str:
    """What is known of a file, in a sentence or two. Raises ValueError with one, OSError."""
    return verdict_on(Path(file))
