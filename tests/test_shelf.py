"""What visitors fetch from the Hub takes a bounded part of the disk, and none of the owner's."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.hub_server import HubServer, Repository
from tests.tiny import tiny_generator
from vidgen.store import hub
from vidgen.store.library import Library
from vidgen.store.shelf import Shelf
from vidgen.store.weights import save_generator

FILE = "model.safetensors"


@pytest.fixture
def content(weights_file: Path) -> bytes:
    return weights_file.read_bytes()


@pytest.fixture
def server(content, monkeypatch, tmp_path):
    """A Hub with ann/0 to ann/5, each with its own good weights."""
    with HubServer() as server:
        for number in range(6):
            save_generator(tiny_generator(actions=(f"action{number}", "b", "c")), tmp_path / "w")
            server.repositories[f"ann/{number}"] = Repository()
            server.repositories[f"ann/{number}"].push(FILE, (tmp_path / "w").read_bytes())
        here = partial(hub.fetch, endpoint=server.endpoint, patience=3.0)
        monkeypatch.setattr(hub, "fetch", here)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "owner"))
        monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
        yield server


@pytest.fixture
def library(server):
    library = Library(shelf=Shelf(max_files=3))
    yield library
    library.close()


def visit(library: Library, source: str) -> str:
    return library.fetch(source, token=False)


def on_disk(library: Library) -> list[Path]:
    """Every file and folder of what visitors fetched."""
    temporary = library._shelf._temporary
    return sorted(Path(temporary.name).rglob("*")) if temporary else []


def test_one_file_a_model_is_kept_and_nothing_else(library, server, tmp_path, content):
    assert visit(library, "ann/0") == "hub:ann/0"
    (file,) = on_disk(library)
    assert file.is_file() and not file.is_symlink()
    assert library.generator("hub:ann/0").spec.actions[0] == "action0"
    assert not (tmp_path / "owner").exists(), "the owner's cache is not touched"
    folder = Path(library._shelf._temporary.name)
    library.close()
    assert not folder.exists()


def test_the_least_used_goes_first_and_says_so(library):
    for number in range(3):
        visit(library, f"ann/{number}")
    library.generator("hub:ann/0")
    visit(library, "ann/3")
    assert library.names() == ["hub:ann/0", "hub:ann/2", "hub:ann/3"]
    assert len(on_disk(library)) == 3
    with pytest.raises(ValueError, match="gave way to other models: add it again"):
        library.describe("hub:ann/1")
    assert visit(library, "ann/1") in library.names(), "and no restart is needed"
    assert set(library._reading) | set(library._loaded) | set(library._specs) <= {*library.names()}


def test_the_bytes_on_the_disk_stay_within_the_budget(library, server):
    size = len(server.repositories["ann/0"].main[FILE])
    library._shelf.max_bytes = int(2.5 * size)
    for number in range(6):
        visit(library, f"ann/{number}")
        assert sum(file.stat().st_size for file in on_disk(library)) <= library._shelf.max_bytes
    assert library.names() == ["hub:ann/4", "hub:ann/5"]
    library._shelf.max_bytes = size // 2
    with pytest.raises(ValueError, match="no room"):
        visit(library, "ann/0")
    assert library.names() == ["hub:ann/4", "hub:ann/5"], "nothing went for it"


def test_what_is_refused_goes_at_once(library, server, content):
    repository = server.repositories["ann/0"]
    for bad in (b"no weights" * 1000, content[:-100], content[:100] + b"x" * 5000):
        repository.push(FILE, bad)
        with pytest.raises(ValueError, match="not usable as weights"):
            visit(library, "ann/0")
        assert on_disk(library) == [] and library.names() == []


@pytest.mark.parametrize("fault", ["breaks off", "short", "corrupt", "huge", "busy", "no hub"])
def test_a_download_that_fails_leaves_nothing(library, server, fault):
    server.fault = fault
    with pytest.raises(ValueError):
        visit(library, "ann/0")
    assert on_disk(library) == []


@pytest.mark.parametrize("fault", ["hang", "stalls"])
def test_a_download_that_is_given_up_leaves_nothing(library, server, fault, monkeypatch):
    monkeypatch.setattr(hub, "fetch", partial(hub.fetch, patience=0.3))
    server.fault = fault
    with pytest.raises(ValueError, match="silent"):
        visit(library, "ann/0")
    server.close()  # what hangs there comes back, late
    for thread in threading.enumerate():
        if thread.name == "hub download":
            thread.join(20)
    assert on_disk(library) == []


def test_a_branch_that_moves_counts_once_and_is_not_fetched_again_without_need(library, server):
    for _ in range(2):
        visit(library, "hub:ann/0")
        visit(library, "hub:ann/0@main")
    assert library.names() == ["hub:ann/0"]
    assert len([asked for asked in server.requests if "GET" in asked]) == 1
    old = library.generator("hub:ann/0")
    content = server.repositories["ann/1"].main[FILE]
    server.repositories["ann/0"].push(FILE, content)
    visit(library, "ann/0")
    assert len(on_disk(library)) == 1
    assert old.spec.actions[0] == "action0"
    assert library.generator("hub:ann/0").spec.actions[0] == "action1"


def test_a_branch_that_moves_to_what_is_refused_leaves_the_old_model(library, server):
    visit(library, "ann/0")
    server.repositories["ann/0"].push(FILE, b"no weights")
    with pytest.raises(ValueError, match="not usable as weights"):
        visit(library, "ann/0")
    assert len(on_disk(library)) == 1 and library.generator("hub:ann/0")


def test_the_model_at_hand_stands_in_where_the_hub_is_gone(library, server):
    visit(library, "ann/0")
    server.close()
    visit(library, "ann/0")
    assert "cached copy" in library.describe("hub:ann/0")["source"]
    assert "cached copy" in library.generator("hub:ann/0").origin


def test_the_owners_models_stay_and_visitors_do_not_move_them(library, server):
    library.fetch("ann/0")
    server.repositories["ann/0"].push(FILE, b"moved")
    server.requests.clear()
    assert visit(library, "ann/0") == "hub:ann/0"
    assert server.requests == [] and on_disk(library) == []
    for number in range(1, 6):
        visit(library, f"ann/{number}")
    assert "hub:ann/0" in library.names() and library.generator("hub:ann/0")


def test_a_visitor_gets_nothing_from_the_owners_cache(library, server):
    commit = server.repositories["ann/0"].branches["main"]
    hub.fetch("hub:ann/0", FILE)
    del server.repositories["ann/0"]  # as a private one looks without a token
    with pytest.raises(ValueError, match="no repository"):
        visit(library, f"ann/0@{commit}")


def test_the_owners_refused_file_goes_but_what_was_there_before_stays(library, server, tmp_path):
    server.repositories["ann/0"].push(FILE, b"somebody's other model")
    with pytest.raises(ValueError, match="not usable"):
        library.fetch("ann/0")
    assert not list((tmp_path / "owner").rglob(FILE))
    hub.fetch("hub:ann/0", FILE)  # another program's
    with pytest.raises(ValueError, match="not usable"):
        library.fetch("ann/0")
    (kept,) = (tmp_path / "owner").rglob(FILE)
    assert kept.read_bytes() == b"somebody's other model"


def test_many_visitors_at_once_stay_within_the_budget(library, server):
    def visitor(number: int) -> None:
        with suppress(hub.HubError):  # there is no room at this moment
            visit(library, f"ann/{number % 6}")

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= len(library.names()) <= 3 and len(on_disk(library)) == len(library.names())
    assert set(library._shelf._sizes) == set(library.names())
    for name in library.names():
        library.generator(name)
