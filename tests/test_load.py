"""The load benchmark asks for what the app has: every kind of request comes, or is refused."""

from __future__ import annotations

import pytest

from benchmarks.load import API, Client, told
from tests.tiny import TIMING, tiny_generator
from vidgen.store.weights import save_generator


@pytest.fixture(scope="module")
def page_models(tmp_path_factory):
    """One that can draw sheets, too, under the name that is asked for without another."""
    path = tmp_path_factory.mktemp("weights") / "characters.safetensors"
    save_generator(tiny_generator(channels=4, timing=TIMING), path)
    return [path]


def test_every_kind_of_request_comes_and_what_is_wrong_is_refused(page_url):
    page = told(page_url, "/config"), told(page_url, f"{API}/info")
    client = Client(page_url, *page, 0, ["characters"])
    for kind, (often, ask) in client.kinds.items():
        assert often > 0
        assert ask() is (kind not in ("a wrong value", "what is shut")), kind
