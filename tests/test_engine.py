"""What a path promises holds for whichever engine draws, and PyTorch draws if another can't."""

import threading
from types import SimpleNamespace

import pytest
import torch

from tests.tiny import every_family, tiny_generator
from vidgen import engine, graph
from vidgen.engine import draw, engine_of, prepared
from vidgen.latents import seeded_path

WHOLE = {"conv3d"}  # families that draw the frames of a clip all at once, which PyTorch does
needs_openvino = pytest.mark.skipif(graph.installed() is None, reason="OpenVINO is not installed")
every_engine = pytest.mark.parametrize(
    "name", ["torch", pytest.param("openvino", marks=needs_openvino)]
)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def graphs():
    """Graphs by family, each converted once."""
    return {}


def everything(generator, path, chunk=16):
    return torch.cat(list(draw(generator, path, chunk)), 1)


def settled(generator):
    """A generator that has drawn a clip, and whose other engine was made or given up."""
    list(draw(generator, seeded_path(generator.spec, 0, 1)))
    for thread in threading.enumerate():
        if thread.name == "graph":
            thread.join(300)
    return generator


def drawn_by(name, family, graphs, monkeypatch):
    """A generator of a family, which is drawn by the engine called `name`."""
    monkeypatch.setattr(engine, "fastest_dtype", lambda device: torch.float32)
    monkeypatch.setenv("VIDGEN_ENGINE", name)
    generator = prepared(tiny_generator(family), hasten=name == "openvino")
    if family in graphs:
        monkeypatch.setattr(engine, "graph_of", lambda generator: graphs[family])
    settled(generator)
    drawing = "OpenVINO" if name == "openvino" and family not in WHOLE else "PyTorch"
    assert engine_of(generator) == f"{drawing}, float32"
    if drawing == "OpenVINO":
        graphs[family] = engine._states[generator].graph
    return generator


@every_family
def test_what_draws_frame_by_frame_can_be_drawn_by_another_engine(family):
    splits = type(tiny_generator(family)).codes is not engine.Generator.codes
    assert splits == (family not in WHOLE)


@every_family
@every_engine
def test_the_promises_hold_for_every_engine(name, family, graphs, monkeypatch):
    generator = drawn_by(name, family, graphs, monkeypatch)
    path = seeded_path(generator.spec, 3, 21, action="wave")
    whole = everything(generator, path)
    assert whole.shape == (1, 21, 3, 16, 16) and whole.std() > 0.01

    close = {"atol": 2e-5, "rtol": 0}
    again = seeded_path(generator.spec, 3, 21, action="wave")
    torch.testing.assert_close(everything(generator, again), whole, atol=0, rtol=0)
    torch.testing.assert_close(everything(generator, path, chunk=5), whole, **close)
    shorter = seeded_path(generator.spec, 3, 6, action="wave")
    torch.testing.assert_close(everything(generator, shorter), whole[:, :6], **close)
    with torch.inference_mode():  # by PyTorch at once
        torch.testing.assert_close(whole, generator(path).clamp(-1, 1), **close)


@every_engine
def test_whoever_asks_one_thread_draws(name, graphs, monkeypatch):
    generator = drawn_by(name, "style", graphs, monkeypatch)
    path = seeded_path(generator.spec, 3, 20)
    drew, plain = set(), type(generator).codes

    def noted(self, part):
        drew.add((threading.current_thread().name, torch.is_inference_mode_enabled()))
        return plain(self, part)

    monkeypatch.setattr(type(generator), "codes", noted)
    askers = [threading.Thread(target=everything, args=(generator, path)) for _ in range(4)]
    for act in (threading.Thread.start, threading.Thread.join):
        for asker in askers:
            act(asker)
    assert drew == {("drawing_0", True)}


def test_what_goes_wrong_while_drawing_reaches_who_asked_and_the_next_one_draws(monkeypatch):
    generator = tiny_generator()
    path = seeded_path(generator.spec, 3, 4)
    with monkeypatch.context() as patch:
        patch.setattr(type(generator), "codes", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            everything(generator, path)
    assert everything(generator, path).shape[1] == 4


@every_engine
def test_several_clips_at_once_are_each_what_they_are_alone(name, graphs, monkeypatch):
    generator = drawn_by(name, "style", graphs, monkeypatch)
    alone = [seeded_path(generator.spec, seed, 7, action="walk") for seed in (1, 2, 3)]
    joined = {
        field: torch.cat([getattr(path, field) for path in alone])
        for field in ("content", "motion", "action", "truncation")
    }
    together = everything(generator, engine.LatentPath(times=alone[0].times, **joined))
    for frames, path in zip(together, alone, strict=True):
        torch.testing.assert_close(frames, everything(generator, path)[0], atol=2e-5, rtol=0)


@pytest.mark.parametrize("quicker", [True, False])
def test_the_quicker_engine_draws(quicker, monkeypatch):
    monkeypatch.setenv("VIDGEN_ENGINE", "auto")
    clock = [0.0]
    plain = type(tiny_generator()).draw

    def torch_draws(self, *codes):
        clock[0] += 2
        return plain(self, *codes)

    def other(*codes):
        clock[0] += 1 if quicker else 3
        return plain(generator, *codes)

    monkeypatch.setattr(engine, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setattr(type(tiny_generator()), "draw", torch_draws)
    monkeypatch.setattr(engine, "graph_of", lambda generator: other)
    generator = prepared(tiny_generator(), hasten=True)
    settled(generator)
    assert engine_of(generator).startswith("OpenVINO" if quicker else "PyTorch")


def test_an_engine_that_draws_something_else_is_not_used(monkeypatch, caplog):
    monkeypatch.setenv("VIDGEN_ENGINE", "openvino")
    monkeypatch.setattr(engine, "graph_of", lambda generator: lambda *c: -generator.draw(*c))
    generator = settled(prepared(tiny_generator(), hasten=True))
    assert engine_of(generator).startswith("PyTorch")
    assert [record.getMessage() for record in caplog.records] == [
        "PyTorch draws no file: OpenVINO draws something else."
    ]


def test_the_first_clip_waits_for_no_other_engine(monkeypatch):
    monkeypatch.setenv("VIDGEN_ENGINE", "openvino")
    asked, may_go_on = threading.Event(), threading.Event()

    def make(generator):
        asked.set()
        may_go_on.wait(300)
        return generator.draw

    monkeypatch.setattr(engine, "graph_of", make)
    generator = prepared(tiny_generator(), hasten=True)
    path = seeded_path(generator.spec, 0, 20)
    chunks = draw(generator, path)
    next(chunks)
    assert not asked.is_set()  # not even begun before the clip is whole
    list(chunks)
    assert asked.wait(300)
    list(draw(generator, path))  # while it is being made
    assert engine_of(generator).startswith("PyTorch")
    may_go_on.set()
    assert engine_of(settled(generator)).startswith("OpenVINO")


@pytest.mark.parametrize("value", ["torch", "auto", "openvino"])
def test_no_other_engine_is_looked_for_unless_asked(value, monkeypatch):
    def never(generator):
        raise AssertionError("a graph that nobody wanted")

    monkeypatch.setattr(engine, "graph_of", never)
    monkeypatch.setenv("VIDGEN_ENGINE", value)
    generator = prepared(tiny_generator(), hasten=value == "torch")
    assert engine_of(settled(generator)).startswith("PyTorch")


def test_an_unknown_engine_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setenv("VIDGEN_ENGINE", "steam")
    with pytest.raises(ValueError, match="VIDGEN_ENGINE must be one of auto, torch, openvino"):
        prepared(tiny_generator())
