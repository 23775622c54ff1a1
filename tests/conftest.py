"""Fixtures that several tests share: a studio over tiny random weights, a page, a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.browsing import open_page
from tests.pages import page_of
from tests.tiny import tiny_generator
from vidgen.store.weights import save_generator
from vidgen.studio import Studio

# Bytes are compared in tests; what other engines promise is tested in test_engine.py.
os.environ.setdefault("VIDGEN_ENGINE", "torch")

CHROMIUM_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_configure(config: pytest.Config) -> None:
    """Processes of pytest-xdist share the cores: one thread each."""
    if hasattr(config, "workerinput"):
        torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a browser can be left out: `-m "not browser"`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny random generator with three actions, called `tiny`."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_generator(tiny_generator(), path)
    return path


@pytest.fixture
def good(tmp_path):
    """A good file, its tensors and its metadata, to be spoilt."""
    path = tmp_path / "good.safetensors"
    save_generator(tiny_generator(), path)
    with safe_open(path, "pt") as file:
        # Copies: older safetensors leave tensors mapped to the file, which a test writes anew.
        return path, {k: t.clone() for k, t in load_file(path).items()}, file.metadata()


@pytest.fixture
def studio(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio whose only model is `tiny`."""
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    studio = Studio(str(weights_file))
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def page_models(weights_file: Path) -> list[Path]:
    """The models of the page, the first in the alphabet first; a module may have its own."""
    return [weights_file]


@pytest.fixture(scope="session")
def tiny_page(weights_file: Path) -> Iterator[str]:
    """The page with `tiny`. To start one takes seconds: all modules that want no other share it."""
    with page_of(weights_file) as (url, _):
        yield url


@pytest.fixture(scope="module")
def page_url(
    page_models: list[Path], weights_file: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of the page: app.py in a process of its own, with no other models."""
    if page_models == [weights_file]:
        yield request.getfixturevalue("tiny_page")
        return
    with page_of(*page_models) as (url, _):
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A real Chromium. Without one the test is skipped, unless VIDGEN_REQUIRE_BROWSER is 1."""
    candidates = [os.environ.get("VIDGEN_CHROMIUM")]
    candidates += map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    path = next((candidate for candidate in candidates if candidate), None)
    if path is None:
        reason = "no Chromium: install one, or name it in VIDGEN_CHROMIUM"
        required = os.environ.get("VIDGEN_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def desktop(browser, tiny_page: str) -> Iterator[object]:
    """An open page of `tiny`, which every test finds as the one before left it, in English."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield open_page(context, tiny_page)
    context.close()
