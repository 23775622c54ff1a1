"""Proxies, certificates, tokens, addresses: what can't work is named, and the page comes up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.hub_server import HubServer, Repository
from tests.runs import free_port
from train.publish.command import Package, PublishError, publish
from vidgen.store import hub, network
from vidgen.store.hub import HubError
from vidgen.store.library import Library

FILE = "model.safetensors"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "HF_ENDPOINT")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """An environment with nothing in it about the network, put back afterwards."""
    for name in NAMES:
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, "")
            monkeypatch.delenv(spelling)
    return monkeypatch


@pytest.fixture
def no_socks(monkeypatch):
    find = network.importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *a: None if name == "socksio" else find(name, *a)
    )


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
def test_a_socks_proxy_without_its_package_is_named(name, environment, no_socks):
    environment.setenv(name, "socks5://127.0.0.1:9")
    with pytest.raises(HubError, match=f"{name.upper()} names a SOCKS proxy.*pip install socksio"):
        hub.fetch("hub:ann/dance", FILE)


@pytest.mark.parametrize("proxy", ["ftp://x:1", "http://", "http://host:port", "socks4://x:1"])
def test_a_proxy_that_is_none_is_named(proxy, environment):
    environment.setenv("HTTPS_PROXY", proxy)
    assert "HTTPS_PROXY names no proxy" in network.obstacle()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "127.0.0.1:9", "https://user:a@host:1"])
def test_an_ordinary_proxy_is_no_obstacle(proxy, environment):
    environment.setenv("HTTPS_PROXY", proxy)
    assert network.obstacle() is None


@pytest.mark.parametrize(
    "endpoint", ["hub.example.com", "hub.example.com/x", "ftp://hub", "https://"]
)
def test_an_endpoint_without_https_is_named(endpoint, environment):
    with pytest.raises(HubError, match="must be an address with https://"):
        hub.fetch("hub:ann/dance", FILE, endpoint=endpoint)
    environment.setenv("HF_ENDPOINT", endpoint)
    assert "HF_ENDPOINT" in network.obstacle()


def test_publishing_names_it_too(environment, no_socks):
    package = Package({"README.md": b"words"}, "words")
    with pytest.raises(PublishError, match="must be an address with https://"):
        publish(package, "ann/dance", endpoint="hub.example.com")
    environment.setenv("ALL_PROXY", "socks5h://127.0.0.1:9")
    with pytest.raises(PublishError, match="pip install socksio"):
        publish(package, "ann/dance")


def test_missing_and_false_certificates_are_named(environment, tmp_path):
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    with pytest.raises(HubError, match="SSL_CERT_FILE names .*absent.pem, and there is no such"):
        hub.fetch("hub:ann/dance", FILE)
    (tmp_path / "false.pem").write_text("no certificate")
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "false.pem"))
    assert "holds no certificates" in network.obstacle()


def test_a_token_that_is_not_accepted_is_named(environment, tmp_path):
    environment.setenv("HF_TOKEN", "hf_expired")
    with HubServer() as server:
        server.repositories["ann/dance"] = Repository()
        server.repositories["ann/dance"].push(FILE, b"weights")
        server.expired.add("hf_expired")
        fetch = {"endpoint": server.endpoint, "cache_dir": tmp_path}
        with pytest.raises(HubError, match="does not accept this machine's token.*hf auth login"):
            hub.fetch("hub:ann/dance", FILE, **fetch)
        assert hub.fetch("hub:ann/dance", FILE, token=False, **fetch).path.exists()


def test_a_cached_copy_stands_in_whatever_is_in_the_way(environment, tmp_path, no_socks):
    with HubServer() as server:
        server.repositories["ann/dance"] = Repository()
        server.repositories["ann/dance"].push(FILE, b"weights")
        fetch = {"endpoint": server.endpoint, "cache_dir": tmp_path}
        hub.fetch("hub:ann/dance", FILE, **fetch)
        environment.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
        assert hub.fetch("hub:ann/dance", FILE, **fetch).stale


def test_loopback_needs_no_proxy_and_what_was_exempt_stays_so(environment):
    assert network.prepare() is None
    assert "NO_PROXY" not in os.environ
    environment.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    environment.setenv("NO_PROXY", "example.com, localhost")
    assert network.prepare() is None
    assert os.environ["NO_PROXY"] == "example.com,localhost,127.0.0.1,::1"
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"]
    assert os.environ["HTTP_PROXY"] == "http://127.0.0.1:9"
    environment.setenv("NO_PROXY", "*")
    environment.setenv("no_proxy", "*")
    network.prepare()
    assert os.environ["NO_PROXY"] == "*"


def test_what_nothing_can_work_with_is_taken_out_and_the_hub_says_why(environment, no_socks):
    environment.setenv("all_proxy", "socks5://127.0.0.1:9")
    environment.setenv("SSL_CERT_FILE", "/nowhere.pem")
    library = Library()
    library.no_hub = network.prepare()
    assert not {"all_proxy", "ALL_PROXY", "SSL_CERT_FILE"} & set(os.environ)
    for token in (None, False):
        with pytest.raises(HubError, match="SOCKS proxy"):
            library.fetch("ann/dance", token=token)


@pytest.mark.parametrize(
    "variables, said",
    [
        ({"HTTP_PROXY": "http://127.0.0.1:9", "SSL_CERT_FILE": "/nowhere.pem"}, "/nowhere.pem"),
        ({"ALL_PROXY": "socks9://127.0.0.1:9"}, "ALL_PROXY names no proxy"),
    ],
    ids=["proxy", "socks"],
)
def test_the_page_comes_up_whatever_proxy_there_is(variables, said, weights_file, tmp_path):
    port, log = free_port(), tmp_path / "log"
    options = ["--no-browser", "--port", str(port), "--model", str(weights_file)]
    program = f"import app, vidgen.store.weights as w; w.bundled_models = list; app.main({options})"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-c", program], env=os.environ | variables, stderr=out, stdout=out,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        for _ in range(1200):
            assert server.poll() is None, log.read_text()
            with suppress(OSError), straight.open(f"http://127.0.0.1:{port}/", timeout=5):
                break
            time.sleep(0.1)
        # Gradio asks its own page once more before it says where it is.
        while f"127.0.0.1:{port}" not in log.read_text():
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        assert said in log.read_text() and "Traceback" not in log.read_text()
    finally:
        server.terminate()
        server.wait(20)
