"""Fixtures that several tests share: a studio over tiny random weights, a page, a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.tiny import tiny_generator
from vidgen.studio import Studio
from vidgen.weights import save_generator

CHROMIUM_SWITCHES = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny random generator with three actions, called `tiny`."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_generator(tiny_generator(), path)
    return path


@pytest.fixture
def studio(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio whose only model is `tiny`."""
    monkeypatch.setattr("vidgen.weights.bundled_models", list)
    studio = Studio(str(weights_file))
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def page_url(weights_file: Path) -> Iterator[str]:
    """The address of the page, served by this process over the model `tiny`."""
    from vidgen.ui.page import build_page, look, service

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the generator is tiny, and a browser wants the other core
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vidgen.weights.bundled_models", list)
        patch.setenv("GRADIO_TEMP_DIR", "")  # set by the page, put back here
        patch.setenv("GRADIO_EXAMPLES_CACHE", "")
        studio = Studio(str(weights_file))
        page = build_page(studio)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **look(), **service())
        yield url
        page.close(verbose=False)
        studio.close()
    torch.set_num_threads(threads)


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
