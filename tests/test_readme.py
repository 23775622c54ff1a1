"""README: short, its tree is the tree of the files, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])
NOT_LISTED = {"__init__.py", "__pycache__", "build"}  # and what stands beside the tree: see below
BESIDE = {".md", ".toml", ".txt"}  # at the top: pages and settings, which tools name


def tree() -> set[str]:
    """The paths that README's tree tells of; a line may name several."""
    block = README.read_text(encoding="utf-8").split("## What is where")[1].split("```")[1]
    listed, folder = set(), ""
    for line in filter(None, block.splitlines()):
        inside = line.startswith("  ")
        name = line.split()[0]
        folder = "" if not inside else folder
        listed.add(folder + name)
        listed |= {folder + other for other in re.findall(r"(\w+(?:\.py\b|/))", line.strip())}
        if not inside and name.endswith("/"):
            folder = name
    return listed


def files() -> set[str]:
    """What lies at the top, and in vidgen/ and train/: files by name, rooms with a slash."""
    found = set()
    for prefix, folder in (("", ROOT), ("vidgen/", ROOT / "vidgen"), ("train/", ROOT / "train")):
        for path in folder.iterdir():
            hidden = path.name.startswith(".") or path.name in NOT_LISTED
            unlisted = not prefix and path.suffix in BESIDE | {".egg-info"}
            room = path.is_dir() and any(path.rglob("*.*"))
            if not hidden and not unlisted and (room or path.suffix in (".py", ".md")):
                found.add(prefix + path.name + "/" * room)
    return found


def test_the_tree_names_every_file_and_room_once_and_nothing_else():
    assert tree() - files() == set()
    assert files() - tree() - {"runs/", "shared/"} == set()


def test_readme_is_short():
    text = README.read_text(encoding="utf-8")
    assert len(text.split()) <= 1_050
    assert len(text.splitlines()) <= 137


def test_the_head_of_readme_makes_this_repository_a_space():
    lines = README.read_text(encoding="utf-8").split("---")[1].split("\n")
    head = dict(line.split(": ") for line in lines if line)
    assert head["sdk"] == "gradio" and (ROOT / head["app_file"]).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}
            assert heading in slugs, f"{page.name}: {target}"
