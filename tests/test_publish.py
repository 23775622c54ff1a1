"""Publishing: what lies in a run arrives on the Hub whole, in one commit, or not at all."""

import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from hub_server import HubServer, Repository
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars
from published import REPO, finished_run
from tiny import draw, tiny_generator

from train.publish.command import Package, PublishError, main, pack, publish
from vidgen.latents import seeded_path
from vidgen.store import hub
from vidgen.store.weights import load_generator, save_generator

# huggingface_hub hands httpx its files in a way that httpx would like to see changed.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

ROOT = Path(__file__).parent.parent


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", HubServer.writer)
    # Without Xet, whose storage is no part of the loopback server, files go by way of LFS.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    disable_progress_bars()
    with HubServer() as server:
        yield server
        server.answers.clear()
        # What was given up tries again, and closes a connection pool that the next test shares.
        for thread in threading.enumerate():
            if thread.name == "hub upload":
                thread.join(5)
    enable_progress_bars()


@pytest.fixture
def run(tmp_path) -> Path:
    return finished_run(tmp_path / "run")


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Package:
    return pack(finished_run(tmp_path_factory.mktemp("packed")), REPO)


def refused(server, package, within: float = 30.0, **options) -> str:
    """The sentence with which publishing fails, in time and without a commit."""
    started = time.monotonic()
    with pytest.raises(PublishError) as caught:
        publish(package, REPO, **{"endpoint": server.endpoint, "patience": 2.0} | options)
    assert time.monotonic() - started < within
    sentence = str(caught.value)
    assert sentence.endswith((".", "?")) and "\n" not in sentence and len(sentence) < 250, sentence
    repository = server.repositories.get(REPO)
    assert repository is None or not repository.files, "something was committed"
    return sentence


def test_what_is_published_is_loaded_again_from_one_commit(
    server, run, tmp_path, monkeypatch, capsys
):
    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.constants.ENDPOINT", server.endpoint)
        assert main([str(run), REPO]) == 0
    repository = server.repositories[REPO]
    commit = repository.branches["main"]
    assert f"{server.endpoint}/{REPO}/commit/{commit}" in capsys.readouterr().out
    assert len(repository.files) == 1 and repository.main == pack(run, REPO).files
    assert set(repository.main) == {"model.safetensors", "README.md", "history.json", "samples.jpg"}

    here = partial(hub.fetch, endpoint=server.endpoint, cache_dir=tmp_path / "cache")
    monkeypatch.setattr("vidgen.store.weights.hub.fetch", here)
    generator = load_generator(f"hub:{REPO}")
    assert generator.origin == f"hub {REPO} at {commit[:12]}"
    path = seeded_path(generator.spec, 3, 4)
    assert torch.equal(draw(generator, path), draw(load_generator(run / "model.safetensors"), path))


def test_publishing_again_changes_what_changed_and_makes_no_empty_commit(server, run):
    package = pack(run, REPO)
    publish(package, REPO, endpoint=server.endpoint)
    publish(package, REPO, endpoint=server.endpoint)
    assert len(server.repositories[REPO].files) == 1
    (run / "history.json").write_text("[]")
    publish(pack(run, REPO), REPO, endpoint=server.endpoint, message="shorter")
    assert len(server.repositories[REPO].files) == 2
    assert server.repositories[REPO].main["history.json"] == b"[]"
    assert sum("PUT" in request for request in server.requests) == 2  # weights and picture, once


def test_a_publisher_killed_while_it_uploads_leaves_nothing_and_the_next_one_is_whole(
    server, run, package
):
    environment = os.environ | {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(run / "home")}
    environment |= {"HF_HUB_DISABLE_XET": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "train.publish", str(run), REPO]
    server.answers["PUT /storage"] = 0
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not any("PUT" in request for request in server.requests):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert not server.repositories[REPO].files
    server.answers.clear()
    publish(package, REPO, endpoint=server.endpoint)
    assert len(server.repositories[REPO].files) == 1
    assert server.repositories[REPO].main == package.files


def test_without_a_token_nobody_is_asked(server, package, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    assert "hf auth login" in refused(server, package)
    assert server.requests == []


def test_a_token_that_the_hub_does_not_know_is_told_so(server, package, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_stale")
    assert "does not know this machine's token: log in with `hf auth login`" in refused(
        server, package
    )


def test_a_place_where_one_may_not_write_is_named(server, package):
    server.writable = {"bob"}
    assert f"may not write to {REPO}" in refused(server, package)
    server.writable = {"ann"}
    server.answers["/commit/"] = 403
    assert f"may not write to {REPO}" in refused(server, package)


def test_an_owner_who_does_not_exist_is_named(server, package):
    server.answers["/api/repos/create"] = 404
    assert "There is no user or organisation ann" in refused(server, package)


@pytest.mark.parametrize(
    "request_, sentence",
    [
        ("/api/repos/create", "asked for the repository: nothing was published"),
        ("/preupload/", "uploaded: nothing was published"),
        ("/objects/batch", "uploaded: nothing was published"),
        ("PUT /storage", "uploaded: nothing was published"),
        ("/commit/", "look at the page of ann/dance"),
    ],
)
def test_a_hub_that_hangs_is_left_in_time_and_nothing_arrives_later(
    server, package, request_, sentence
):
    server.answers[request_] = 0
    assert sentence in refused(server, package)
    server.answers.clear()
    publish(package, REPO, endpoint=server.endpoint)  # and the next time it works
    assert len(server.repositories[REPO].files) == 1


@pytest.mark.parametrize("status, sentence", [(413, "too large"), (429, "asks to wait")])
def test_other_refusals_are_one_sentence(server, package, status, sentence):
    server.answers["/commit/"] = status
    assert sentence in refused(server, package)


def test_a_network_that_is_not_there_is_known_at_once(server, package):
    server.close()
    assert "could not be reached" in refused(server, package)


def test_something_else_at_its_address_is_told_apart(server, package):
    server.fault = "no hub"
    assert "not a Hub" in refused(server, package)


def test_what_should_be_private_is_never_published_in_public(server, package):
    publish(package, REPO, private=True, endpoint=server.endpoint)
    assert server.repositories[REPO].private
    server.repositories[REPO] = Repository(private=False)
    assert "is public already" in refused(server, package, private=True)


@pytest.mark.parametrize("repo", ["", "dance", "a/b/c", "../dance", "ann/dance@main", "a b/c"])
def test_a_repository_that_is_none_asks_nobody(server, tmp_path, repo, capsys):
    assert main([str(tmp_path), repo]) == 2
    assert "reads user/name" in capsys.readouterr().err
    assert server.requests == []


def test_a_folder_without_usable_weights_is_refused(run, tmp_path, capsys):
    (run / "model.safetensors").write_bytes(b"no weights")
    assert main([str(run), REPO]) == 2
    assert "not usable as weights" in capsys.readouterr().err
    assert main([str(tmp_path / "absent"), REPO]) == 2
    assert "holds no model.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["history.json", "scores.json"])
def test_a_damaged_file_of_the_run_is_named(run, name, capsys):
    for text in ("{", "7", '"x"'):
        (run / name).write_text(text)
        assert main([str(run), REPO]) == 2
        assert f"train.publish: {name}" in capsys.readouterr().err


def test_the_weights_alone_are_enough(tmp_path):
    save_generator(tiny_generator(), tmp_path / "model.safetensors")
    files = pack(tmp_path, REPO).files
    assert set(files) == {"model.safetensors", "README.md", "samples.jpg"}
    assert "settings were not kept" in files["README.md"].decode()


def test_a_dry_run_writes_what_would_be_published_and_sends_nothing(server, run, tmp_path, capsys):
    out = tmp_path / "dry"
    assert main([str(run), REPO, "--dry-run", str(out)]) == 0
    assert {p.name: p.read_bytes() for p in out.iterdir()} == pack(run, REPO).files
    assert server.requests == []
    assert main([str(run), REPO, "--dry-run", str(out)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
