"""A graph that can't be had leaves drawing to PyTorch, and what is kept on disk is bounded."""

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.test_engine import needs_openvino, settled
from tests.tiny import tiny_generator
from vidgen import graph
from vidgen.engine import engine_of, prepared

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def gives_up(monkeypatch, caplog) -> str:
    """The one line of the log that says why PyTorch draws a tiny generator."""
    monkeypatch.setenv("VIDGEN_ENGINE", "openvino")
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        generator = settled(prepared(tiny_generator(), hasten=True))
    (record,) = caplog.records
    assert engine_of(generator).startswith("PyTorch") and record.exc_info is None
    return record.getMessage()


def test_without_openvino_pytorch_draws_and_one_line_says_why(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "openvino", None)  # its import fails
    assert "OpenVINO can't be loaded" in gives_up(monkeypatch, caplog)


def test_an_openvino_that_fails_leaves_drawing_to_pytorch(monkeypatch, caplog):
    class Old:
        __version__ = "1"

    monkeypatch.setattr(graph, "_openvino", Old)
    assert "OpenVINO failed" in gives_up(monkeypatch, caplog)


class Fake:
    """An OpenVINO that converts nothing: graphs are a text."""

    __version__ = "1"

    @staticmethod
    def save_model(model, path, compress_to_fp16):
        path.write_text(model)
        path.with_suffix(".bin").write_text("weights")

    class Core:
        def read_model(self, path):
            return path.read_text()

        def compile_model(self, model, device, settings):
            raise RuntimeError("unknown instruction set\nat line 7")


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(graph, "_openvino", Fake)
    monkeypatch.setattr(graph, "_converted", lambda *_: "a graph")


def test_a_processor_that_openvino_does_not_know_leaves_drawing_to_pytorch(
    fake, monkeypatch, caplog
):
    said = gives_up(monkeypatch, caplog)
    assert said == "PyTorch draws no file: OpenVINO failed (unknown instruction set at line 7)."


RUBBISH = {
    "an empty folder": lambda kept: [path.unlink() for path in kept.iterdir()],
    "no checksum": lambda kept: (kept / "sum").unlink(),
    "a checksum of bytes that are no text": lambda kept: (kept / "sum").write_bytes(b"\xff\xfe"),
    "other weights": lambda kept: (kept / "graph.bin").write_bytes(b"\0" * 9),
    "a graph cut short": lambda kept: (kept / "graph.xml").write_text("a gra"),
}


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_in_the_cache_is_removed_and_made_anew_at_the_next_start(
    rubbish, fake, monkeypatch, caplog
):
    generator = tiny_generator()
    kept = graph._kept(generator, Fake).parent
    RUBBISH[rubbish](kept)
    assert f"{kept} was damaged and is removed" in gives_up(monkeypatch, caplog)
    assert not kept.exists()
    assert graph._kept(generator, Fake).read_text() == "a graph"


def test_a_file_or_a_broken_link_in_the_cache_is_in_nobodys_way(fake, monkeypatch):
    generator = tiny_generator()
    kept = graph._kept(generator, Fake).parent
    graph._remove(kept)
    kept.write_text("no folder")
    (kept.parent / "elsewhere").symlink_to("nowhere")
    (kept.parent / "note").write_text("no folder")
    assert graph._kept(generator, Fake).read_text() == "a graph"
    monkeypatch.setattr(graph, "MAX_KEPT", 1)
    other = graph._kept(tiny_generator(channels=4), Fake).parent
    assert list(other.parent.iterdir()) == [other]


@needs_openvino
def test_a_cache_that_cant_be_written_or_is_damaged_leaves_drawing_to_pytorch(
    tmp_path, monkeypatch, caplog
):
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    assert f"{file}" in gives_up(monkeypatch, caplog)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    graph.graph_of(tiny_generator())
    (kept,) = graph.cache_folder().iterdir()
    weights = kept / "graph.bin"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert f"{kept} was damaged" in gives_up(monkeypatch, caplog)
    assert not kept.exists()  # and made anew at the next start

    graph.graph_of(tiny_generator())
    monkeypatch.setattr(graph, "_converted", lambda *_: pytest.fail("it was kept on disk"))
    graph.graph_of(tiny_generator())


def test_only_so_many_graphs_are_kept_and_the_oldest_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "MAX_KEPT", 3)
    for number in range(6):
        graph._write(graph.cache_folder() / f"{number}", f"graph {number}", Fake)
        time.sleep(0.02)
    kept = {path.name for path in graph.cache_folder().iterdir()}
    assert kept == {"3", "4", "5"}
    assert (graph.cache_folder() / "5" / "graph.xml").read_text() == "graph 5"


def test_other_weights_and_another_configuration_are_other_graphs():
    generators = tiny_generator(), tiny_generator(channels=4), tiny_generator(), tiny_generator()
    with torch.no_grad():
        next(iter(generators[2].blocks.parameters())).view(-1)[0] += 1e-3
    keys = [graph._content(generator, "1") for generator in generators]
    assert len(set(keys)) == 3 and keys[0] == keys[3] != graph._content(generators[0], "2")


@needs_openvino
def test_openvino_contacts_nobody(tmp_path):
    script = """if True:
        import sys
        spoken = []
        def watch(event, arguments):
            if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto",
                         "socket.gethostbyname", "subprocess.Popen"):
                spoken.append((event, arguments))
        sys.addaudithook(watch)
        import threading
        from tests.test_engine import settled
        from tests.tiny import tiny_generator
        from vidgen.engine import engine_of, prepared
        generator = settled(prepared(tiny_generator(), hasten=True))
        assert engine_of(generator).startswith("OpenVINO"), engine_of(generator)
        assert not spoken, spoken
        loaded = [name for name in sys.modules if "telemetry" in name and sys.modules[name]]
        assert not loaded, loaded
    """
    # None of the variables by which a continuous integration would be spared.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VIDGEN_ENGINE": "openvino"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "intel").exists()
