"""The scripts of the page's stages, as one text each: a stage's own after those it builds on."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("js")


def script(*names: str) -> str:
    """Files of js/ one after another, named without their suffix: they share what they name."""
    files = [FOLDER / f"{name}.js" for name in names]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
