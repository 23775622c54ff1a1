"""How a command of the documentation is tried, by what it starts with; see test_docs.py."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.clips import write_video
from tests.documents import ROOT
from tests.scored import one_way_shapes, small_generator
from tests.sounds import pad, write_sound
from tests.tiny import tiny_generator
from vidgen.pixels.formats import write_picture
from vidgen.place import Place
from vidgen.store.weights import save_generator
from vidgen.timeline import Keyframe, Timeline, write_timeline

TINY = ["--resolution", "32", "--clips", "4", "--batch", "4", "--device", "cpu"]


@contextlib.contextmanager
def caches_in(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield


class Bench:
    """Where a command is tried: `here` is an empty folder, and the working directory."""

    def __init__(self, here: Path, folder: Path, finished: Path) -> None:
        self.here, self.folder, self.finished = here, folder, finished


def vidgen(words: list[str], bench: Bench) -> None:
    from vidgen.__main__ import main

    if words[0] in ("generate", "morph"):
        words = [*words, "--frames", "4", "--size", "64"]
    if words[0] in ("reconstruct", "continue"):
        save_generator(tiny_generator("autoregressive"), bench.here / "RUN/model.safetensors")
        write_video(bench.here / "clip.webm", 4)
    if words[0] in ("restore", "predict", "slow", "translate"):
        save_generator(tiny_generator(), bench.here / "tiny.safetensors")
        for clip in ("clip.webm", "other.webm", "small.webm"):
            write_video(bench.here / clip, 6)
        write_picture(
            bench.here / "hole.png", np.eye(32, dtype=np.uint8)[..., None].repeat(3, 2) * 255
        )
        words = [*words, "--model", "tiny.safetensors", "--steps", "1"]
    if words[0] == "listen":
        save_generator(tiny_generator(), bench.here / "tiny.safetensors")
        write_sound(bench.here / words[1], pad(1), "libmp3lame")
        words = [*words, "--model", "tiny.safetensors"]
    if words[0] == "describe":
        words = [*words, "out.json"]
    if words[0] == "render":
        keys = [Keyframe(0.0, Place("tiny", 1)), Keyframe(0.2, Place("tiny", 2))]
        timeline = json.dumps(write_timeline(Timeline(tuple(keys)), size=64))
        (bench.here / "timeline.json").write_text(timeline)
        save_generator(tiny_generator(), bench.here / "tiny.safetensors")
        words = [*words, "--model", "tiny.safetensors"]
    if words[0] == "check":
        write_video(bench.here / words[1], 4)
    assert main(words) == 0
    outs = [word for word in words if word.startswith("out.")]
    assert all((bench.here / out).stat().st_size for out in outs)


def train(words: list[str], bench: Bench) -> None:
    """Trains and resumes; of commands with further options, whether those are its family's."""
    from train.__main__ import main
    from train.config import TrainConfig, unused_options
    from train.options import build_parser, given_options
    from vidgen.settings import replaced

    if "--resume" in words:
        shutil.copytree(bench.finished, bench.here / "RUN")
        assert main([*words, "--clips", "8", "--device", "cpu"]) == 0
    elif words == ["--data", "FOLDER", "--out", "RUN"]:
        assert main(["--data", str(bench.folder), *words[2:], *TINY]) == 0
    else:
        options = build_parser().parse_args(words)
        given = given_options(options)
        config = TrainConfig(
            data=options.data,
            family=options.family or TrainConfig.family,
            resolution=options.resolution or TrainConfig.resolution,
        )
        assert not unused_options(replaced(config, given), given)
        return
    assert (bench.here / "RUN" / "model.safetensors").is_file()


def launch(words: list[str], bench: Bench) -> None:
    """tests/test_processes.py launches two processes; here the options are read."""
    from accelerate.commands.launch import launch_command_parser

    from train.options import build_parser

    options = launch_command_parser().parse_args(words)
    assert options.module and options.training_script == "train"
    assert build_parser().parse_args(options.training_script_args).out == Path("RUN")


def evaluate(words: list[str], bench: Bench) -> None:
    """Scores a small model on a few shapes, as tests/test_evaluate.py does."""
    from train import evaluate

    assert evaluate.build_parser().parse_args(words).data == "FOLDER"
    if "--quick" in words:  # says only how many clips
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "load_generator", lambda _: small_generator())
        patch.setattr(evaluate, "load_dataset", lambda *_: one_way_shapes(40, frames=24))
        assert evaluate.main([*words, "--clips", "16", "--seeds", "1", "--contents", "2"]) == 0
    assert all((bench.here / out).stat().st_size for out in ("scores.json", words[-1]))


def prediction(words: list[str], bench: Bench) -> None:
    """Measures a tiny model on a few shapes, as tests/test_prediction.py does."""
    from train import prediction

    assert words[1:] == ["--data", "FOLDER"]
    generator = tiny_generator("vae", ("left_right", "bottom_top"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prediction, "load_generator", lambda _: generator)
        assert prediction.main([words[0], "--data", "shapes", "--clips", "2"]) == 0


def encoder(words: list[str], bench: Bench) -> None:
    """tests/test_encoder.py trains one; here the options are read."""
    from train.encoder import build_parser

    assert build_parser().parse_args(words).model


def judging(words: list[str], bench: Bench) -> None:
    """tests/test_judging.py trains judges; here the options are read."""
    from train.judging.__main__ import build_parser

    assert build_parser().parse_args(words).out == Path("JUDGES")


def publish(words: list[str], bench: Bench) -> None:
    from train.publish.command import main

    shutil.copytree(bench.finished, bench.here / "RUN")
    assert main([*words, "--dry-run", "out"]) == 0
    assert (bench.here / "out" / "README.md").is_file()


def thumbnail(words: list[str], bench: Bench) -> None:
    from train.pictures.thumbnail import main

    save_generator(tiny_generator(), bench.here / words[0])
    assert main(words) == 0


def emoji(words: list[str], bench: Bench) -> None:
    """tests/test_emoji.py converts; here the options are read."""
    from train.data.emoji.__main__ import build_parser

    assert build_parser().parse_args(words).out == Path("CLIPS")


def packages_of_emoji(words: list[str], bench: Bench) -> None:
    import train.data.emoji.__main__ as module

    assert all(word[:-1] in (module.__doc__ or "") for word in words)


def app(words: list[str], bench: Bench) -> None:
    """The tests of the page start app.py; here the options are read."""
    from app import parse

    assert parse(words)


def pytest_(words: list[str], bench: Bench) -> None:
    """Options that pytest knows, files that are there."""
    files = [word for word in words if word.startswith("tests/")]
    assert all((ROOT / file.split("::")[0]).is_file() for file in files)
    command = [sys.executable, "-m", "pytest", "--version", *(w for w in words if w not in files)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)


def pip(words: list[str], bench: Bench) -> None:
    """.ci/run installs the requirements, tests/test_package.py the package."""
    assert words[0] == "install"
    assert words[1:] in (["."], ["-r", "requirements.txt"], ["-r", "requirements-dev.txt"])


def listed_in_ci(words: list[str], bench: Bench) -> None:
    assert shlex.join(words) in (ROOT / ".ci/run").read_text(encoding="utf-8")


def hub_login(words: list[str], bench: Bench) -> None:
    """A token is nobody's to give here: that the command is there."""
    hf = Path(sys.executable).with_name("hf")
    subprocess.run([hf, *words, "--help"], check=True, capture_output=True, timeout=120)


def benchmarks(words: list[str], bench: Bench) -> None:
    """It takes minutes, and every machine has its own numbers: that it can start."""
    from benchmarks.__main__ import main

    assert callable(main)
    if words:
        import benchmarks

        assert words[0] in ("inverse", "load") and callable(getattr(benchmarks, words[0]).main)


def nothing(words: list[str], bench: Bench) -> None:
    """Needs no try: a virtual environment."""
    assert words == [".venv"]


def hooks(words: list[str], bench: Bench) -> None:
    """A tool that need not be installed; what it runs is what CI runs (see below)."""
    assert (ROOT / ".pre-commit-config.yaml").is_file()


WAYS = {
    "python3 -m venv": nothing,
    "pip install pre-commit": hooks,
    "pip": pip,
    "pre-commit install": hooks,
    "python app.py": app,
    "GRADIO_ROOT_PATH=/vidgen python app.py": app,  # and behind a real proxy, below
    "python -m vidgen": vidgen,
    "python -m train.evaluate": evaluate,
    "python -m train.encoder": encoder,
    "python -m train.judging": judging,
    "python -m train.prediction": prediction,
    "python -m train.publish": publish,
    "python -m train.data.emoji": emoji,
    "python -m train.pictures.thumbnail": thumbnail,
    "python -m train": train,
    "accelerate launch": launch,
    "python -m pytest": pytest_,
    "python -m benchmarks": benchmarks,
    "hf": hub_login,
    "npm pack": packages_of_emoji,
    "ruff": lambda words, bench: listed_in_ci(["ruff", *words], bench),
    "mypy": lambda words, bench: listed_in_ci(["mypy", *words], bench),
}
