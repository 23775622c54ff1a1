"""Every command and every snippet of README and docs/, tried on tiny settings in empty folders.

A command is tried by what it starts with (WAYS in ways.py); one that no way knows fails, and so
does a block of a language that LANGUAGES does not name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.clips import write_video
from tests.documents import BLOCK, PAGES, ROOT, blocks
from tests.ways import TINY, WAYS, Bench, caches_in, listed_in_ci
from train.judging.files import FOLDER as JUDGES
from train.judging.files import read_judge
from vidgen.timeline import read_timeline

LANGUAGES = {"sh", "python", "js", "nginx", "json", ""}


def commands() -> Iterator[str]:
    """Every command, without comments; those joined by && one by one."""
    for _, text in blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            for command in line.split(" && "):
                words = shlex.split(command, comments=True)
                if words:
                    yield shlex.join(words).replace(".venv/bin/", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for FOLDER: small clips of two actions."""
    folder = tmp_path_factory.mktemp("clips")
    for name in ("wave/1.webm", "wave/2.webm", "jump/3.webm"):
        write_video(folder / name, 20)
    return folder


@pytest.fixture(scope="module")
def finished(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for RUN wherever one is there already."""
    from train.__main__ import main

    run = tmp_path_factory.mktemp("finished") / "run"
    out = ["--data", str(folder), "--out", str(run)]
    with caches_in(tmp_path_factory.mktemp("cache")):
        assert main([*out, *TINY]) == 0
    return run


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_a_command_does_what_it_is_there_for(command, folder, finished, tmp_path, monkeypatch):
    start = next((s for s in WAYS if command == s or command.startswith(s + " ")), None)
    assert start, f"no way to try it: {command}"
    monkeypatch.chdir(tmp_path)
    with caches_in(tmp_path / "cache"):
        WAYS[start](shlex.split(command[len(start) :]), Bench(tmp_path, folder, finished))


def test_every_block_is_of_a_language_that_is_tried():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert {language for language, _ in BLOCK.findall(text)} <= LANGUAGES, page
        assert text.count("```") == 2 * len(BLOCK.findall(text)), f"{page}: a block is not closed"
    assert {page.name for page, _ in blocks("js")} == {"sprite-sheets.md"}  # tags: test_sheet.py
    assert {page.name for page, _ in blocks("")} == {"README.md"}  # the tree: test_readme.py


def test_a_timeline_of_the_documentation_is_one():
    for _, text in blocks("json"):
        timeline, _, remarks = read_timeline(text)
        assert timeline.length == 6 and not remarks


LOCAL = [text for _, text in blocks("python") if "http://" not in text]


@pytest.mark.parametrize("snippet", LOCAL, ids=lambda text: text.splitlines()[0])
def test_a_snippet_runs(snippet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays = ("features_a", "features_b", "real", "generated")
    exec(snippet, {name: rng.standard_normal((40, 4)) for name in arrays})
    saved = re.findall(r"\.save\(\"(.+?)\"\)", snippet)
    assert all((tmp_path / name).stat().st_size for name in saved)


def test_the_accuracies_of_the_judges_are_those_of_their_files():
    text = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+, \w+) \| (.+) \|$", text, re.MULTILINE))
    files = {f"{f.stem.replace('-', ', ')}": f for f in JUDGES.glob("*.safetensors")}
    assert rows and set(rows) <= set(files)
    for name in rows:
        accuracy = read_judge(files[name]).card.accuracy
        heads = ("action", "played", "speed", "look")
        shown = [f"{accuracy[head]:.0%}".replace("%", " %") for head in heads]
        assert rows[name].split(" | ") == shown, name


def test_what_the_hooks_run_is_what_ci_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for command in re.findall(r"entry: (.+)", hooks):
        listed_in_ci(shlex.split(command), Bench(ROOT, ROOT, ROOT))
