"""The Hub, spoken to over loopback: what arrives is checked, what fails is said, in time."""

import os
import subprocess
import sys
import time

import pytest
from hub_server import HubServer, Repository
from tiny import tiny_generator

from vidgen.store import hub, weights
from vidgen.store.hub import HubError

FILE = "model.safetensors"
CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: eight chunks


@pytest.fixture
def server():
    with HubServer() as server:
        server.repositories["ann/dance"] = Repository()
        server.commit = server.repositories["ann/dance"].push(FILE, CONTENT)
        yield server


@pytest.fixture
def fetch(server, tmp_path):
    def fetch(source="hub:ann/dance", endpoint=server.endpoint, **options):
        options = {"cache_dir": tmp_path / "cache", "patience": 5.0} | options
        return hub.fetch(source, FILE, endpoint=endpoint, **options)

    return fetch


def refused(fetch, within: float = 4.0, **options) -> str:
    """The sentence of a fetch that fails, which it does in time."""
    started = time.monotonic()
    with pytest.raises(HubError) as caught:
        fetch(**options)
    assert time.monotonic() - started < within
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200, sentence
    return sentence


def test_a_file_arrives_with_its_commit_and_progress(server, fetch):
    seen = []
    found = fetch(progress=lambda done, total: seen.append((done, total)))
    assert found.path.read_bytes() == CONTENT
    assert (found.repo, found.commit, found.stale) == ("ann/dance", server.commit, False)
    assert found.origin == f"hub ann/dance at {server.commit[:12]}"
    assert seen == sorted(seen) and len(seen) >= 8
    assert seen[0] == (0, len(CONTENT)) and seen[-1] == (len(CONTENT), len(CONTENT))


def test_this_machines_token_goes_along_only_where_it_may(server, fetch, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(token=False)
    assert server.tokens == {None}
    fetch(cache_dir=tmp_path / "another")
    assert "Bearer hf_secret" in server.tokens


def test_a_small_file_is_known_by_gits_own_digest(server, fetch):
    server.large = False
    assert fetch().path.read_bytes() == CONTENT


def test_a_pinned_revision_stays_while_the_branch_moves_on(server, fetch):
    old = server.commit
    new = server.repositories["ann/dance"].push(FILE, b"newer")
    assert fetch().commit == new and fetch().path.read_bytes() == b"newer"
    pinned = fetch(f"hub:ann/dance@{old}")
    assert pinned.commit == old and pinned.path.read_bytes() == CONTENT
    assert fetch("hub:ann/dance@main").commit == new


def test_a_tag_is_resolved_to_its_commit(server, fetch):
    server.repositories["ann/dance"].branches["v1.0"] = server.commit
    assert fetch("hub:ann/dance@v1.0").commit == server.commit


def test_a_cached_pin_needs_no_network(server, fetch):
    fetch()
    server.requests.clear()
    source = f"hub:ann/dance@{server.commit}"
    assert fetch(source).path.read_bytes() == CONTENT and server.requests == []
    server.fault = "hang"
    started = time.monotonic()
    found = fetch(source)
    assert time.monotonic() - started < 2  # and not the 5 that it would wait
    assert not found.stale and found.origin == f"hub ann/dance at {server.commit[:12]}"


@pytest.mark.parametrize("fault", ["hang", "busy", "no hub", "closed"])
def test_a_cached_branch_stands_in_and_says_so(server, fetch, fault):
    fetch()
    server.fault = fault
    if fault == "closed":
        server.close()
    found = fetch(patience=0.5)
    assert found.path.read_bytes() == CONTENT and found.commit == server.commit
    assert found.stale and found.origin.endswith("(cached copy, the Hub could not be reached)")


def test_offline_mode_uses_the_cache(server, fetch, monkeypatch):
    fetch()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert fetch().stale
    assert "HF_HUB_OFFLINE is set" in refused(fetch, source="hub:ann/dance@other")


def test_what_is_missing_is_named(server, fetch):
    assert "no repository bob/dance" in refused(fetch, source="hub:bob/dance")
    assert "no revision v9" in refused(fetch, source="hub:ann/dance@v9")
    assert "no revision " + "0" * 40 in refused(fetch, source="hub:ann/dance@" + "0" * 40)
    server.repositories["ann/dance"].push("README.md", b"only words")
    assert f"ann/dance at main holds no {FILE}" in refused(fetch)


def test_a_gated_repository_says_how_to_enter(server, fetch):
    server.repositories["ann/dance"].gated = True
    assert "ann/dance is gated: ask for access" in refused(fetch)


def test_a_gate_that_closes_later_is_not_hidden_by_the_cache(server, fetch):
    fetch()
    server.repositories["ann/dance"].gated = True
    assert "gated" in refused(fetch)


def test_a_body_that_always_breaks_off_is_given_up(server, fetch, tmp_path):
    server.fault = "breaks off"
    assert "broke off in the middle" in refused(fetch)
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and f.stat().st_size > 1000]


def test_a_body_that_breaks_off_once_is_taken_up_where_it_stopped(server, fetch):
    server.fault = "breaks off once"
    assert fetch().path.read_bytes() == CONTENT


def test_a_truncated_body_is_refused(server, fetch, tmp_path):
    server.fault = "short"
    assert f"incomplete {FILE}" in refused(fetch)
    assert not list(tmp_path.rglob(FILE))


def test_a_wrong_checksum_is_refused_and_not_kept(server, fetch, tmp_path):
    server.fault = "corrupt"
    assert "wrong checksum" in refused(fetch)
    assert not list(tmp_path.rglob(FILE))
    server.fault = None
    assert fetch().path.read_bytes() == CONTENT


def test_a_cache_that_went_bad_is_fetched_again(server, fetch):
    found = fetch()
    found.path.resolve().write_bytes(b"bad" + CONTENT[3:])
    assert fetch(f"hub:ann/dance@{server.commit}").path.read_bytes() == CONTENT
    found.path.resolve().write_bytes(b"bad" + CONTENT[3:])
    server.fault = "hang"
    assert "silent" in refused(fetch, patience=0.5)


def test_a_file_that_claims_a_terabyte_is_not_begun(server, fetch):
    server.fault = "huge"
    assert "too large" in refused(fetch)
    assert not any("/storage/" in request for request in server.requests)


@pytest.mark.parametrize("fault", ["hang", "stalls"])
def test_a_server_that_hangs_is_left_in_time(server, fetch, fault):
    server.fault = fault
    assert "kept silent" in refused(fetch, within=3.0, patience=0.5)


def test_a_server_that_drips_is_left_at_the_deadline(server, fetch):
    server.fault = "drips"
    assert "for 1 seconds" in refused(fetch, within=3.0, deadline=1.0)


def test_after_a_hang_the_next_fetch_works(server, fetch):
    server.fault = "hang"
    refused(fetch, patience=0.5)
    server.fault = None
    assert fetch().path.read_bytes() == CONTENT


@pytest.mark.parametrize("endpoint", ["http://hub.invalid", "http://127.0.0.1:9"])
def test_a_hub_that_is_not_there_is_known_at_once(fetch, endpoint):
    sentence = refused(fetch, endpoint=endpoint, patience=3.0)
    assert "could not be reached" in sentence or "kept silent" in sentence


def test_something_else_at_its_address_is_told_apart(server, fetch):
    server.fault = "no hub"
    assert "not a Hub" in refused(fetch)


@pytest.mark.parametrize(
    "source",
    ["hub:", "hub:ann", "hub:a/b/c", "hub:ann/", "hub:/dance", "hub:../..", "hub:a b/c"]
    + [
        "hub:ann/dance@",
        "hub:ann/dance@../../etc",
        "hub:ann/dance@a/../../b",
        "hub:ann/dance@/etc",
        "hub:ann/dance@a b",
    ]
    + [
        "hub:ann/dance@a@b",
        "hub:ann/dan\nce",
        "hub:ann/" + "x" * 5000,
        "hub:ann/dance@" + "x" * 999,
    ],
)
def test_a_source_that_names_no_repository_asks_nobody(server, fetch, source):
    assert "should read hub:user/repo" in refused(fetch, source=source)
    assert server.requests == []


def test_a_caller_that_stops_listening_stops_the_download(server, fetch, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(progress=stop)


def test_load_generator_goes_through_the_endpoint_of_the_environment(server, tmp_path):
    weights.save_generator(tiny_generator(), tmp_path / FILE)
    repository = server.repositories["ann/dance"]
    commit = repository.push(FILE, (tmp_path / FILE).read_bytes())
    repository.push(FILE, b"no weights at all", branch="broken")
    script = """if True:
        import sys, vidgen.store.weights
        for source in sys.argv[1:]:
            try:
                print(vidgen.store.weights.load_generator(source).origin)
            except ValueError as error:
                print(error)
    """

    def run(*sources):
        environment = os.environ | {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(tmp_path)}
        command = [sys.executable, "-W", "error", "-c", script, *sources]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=True
        ).stdout.splitlines()

    found, broken, pinned = run("hub:ann/dance", "hub:ann/dance@broken", f"hub:ann/dance@{commit}")
    assert found == pinned == f"hub ann/dance at {commit[:12]}"
    assert broken.startswith("model.safetensors is not usable as weights: it is damaged")
    server.close()
    pinned, branch = run(f"hub:ann/dance@{commit}", "hub:ann/dance")
    assert pinned == found
    assert branch == f"{found} (cached copy, the Hub could not be reached)"
