"""Whatever sentence a visitor may be told is said in Chinese, too: all are read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from vidgen.ui.line import Line
from vidgen.ui.said import said
from vidgen.ui.sentences import translated
from vidgen.ui.words import LANGUAGES, TABLE

CHINESE = LANGUAGES[1]
ROOT = Path(__file__).parent.parent / "vidgen"
# Whose words no visitor of the page reads, or reads in a quotation: logs, the command line, answers
# to programs, what a network says of its configuration; and the tables of words themselves.
OTHERS = {
    "__main__", "assistants", "bodies", "clip_sentences", "commands", "connections", "doors",
    "engine", "graph", "guard", "models", "reasons", "schemas", "sentences", "settings",
    "steering_sentences", "tools", "vocabulary", "words",
}  # fmt: skip
GAP = "\0"  # stands for what differs


def template(node: ast.AST) -> str | None:
    """The text of a string or an f-string, with gaps."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else GAP for part in node.values]
        return "".join(map(str, parts))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_sentence(text: str) -> bool:
    return text.endswith((".", f". {GAP}"))


def texts(node: ast.AST, raised: bool = False) -> Iterator[str]:
    """What is raised, and what else reads like a sentence; neither docstrings nor logs."""
    found = template(node)
    if found is not None:
        begins = found[:1].isupper() or found.startswith(GAP)
        if raised or (begins and is_sentence(found) and len(found.split()) > 2):
            yield found
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and template(child.value) is not None):
            yield from texts(child, raised or isinstance(node, ast.Raise))


def sources() -> list[Path]:
    return [
        path for path in sorted(ROOT.rglob("*.py"))
        if not OTHERS & set(path.relative_to(ROOT).with_suffix("").parts)
        and not path.stem.endswith("_words")
    ]  # fmt: skip


FOUND = sorted({text for path in sources() for text in texts(ast.parse(path.read_text("utf-8")))})
# Sentences of which a gap is more than a value: as they are when they are said.
WHOLE = {
    f"{GAP} must be {GAP} {GAP}, not {GAP}.": "Seed must be a whole number from 0 to 5, not -1.",
    f"{GAP} at {GAP}{GAP}": "hub a/b at 0123456789ab (cached copy, the Hub could not be reached)",
}


def test_there_are_sentences_to_look_at():
    assert len(FOUND) > 80 and any(text.startswith("Too many") for text in FOUND)


@pytest.mark.parametrize("text", FOUND, ids=lambda text: text.replace(GAP, "{}")[:60])
def test_a_sentence_is_said_in_chinese(text):
    told = WHOLE.get(text, text).replace(GAP, "7")
    if not is_sentence(text):  # a reason, which ends one
        told = f"a.safetensors is not usable as weights: {told}."
    chinese = translated(told, CHINESE)
    assert not chinese.startswith(TABLE["untranslated"][1].split("{")[0]), told
    for words in text.split(GAP):
        assert len(words.split()) < 3 or words.strip() not in chinese, chinese


def test_what_a_line_says_is_said_in_chinese_down_to_the_wait():
    line = Line("clips", places=3, long_places=1, long=300, most=48, each=8)
    assert (
        translated(line._full(), CHINESE) == "同时要做的视频太多：已有 0 个在等。请约 1 秒后再试。"
    )


def test_what_the_system_says_is_said_in_chinese():
    full = said(OSError(28, "No space left on device", "/tmp/x/clip.webm"))
    assert translated(full, CHINESE) == "无法写入 clip.webm：磁盘空间不足。"
