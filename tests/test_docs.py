"""Every command and every snippet of README and docs/, tried on tiny settings in empty folders.

A command is tried by what it starts with (WAYS); one that no way knows fails, and so does a block
of a language that LANGUAGES does not name.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from benchmarks.serving import running_app
from tests.clips import write_video
from tests.scored import one_way_shapes, small_generator
from train.judging.files import FOLDER as JUDGES
from train.judging.files import read_judge
from vidgen.store.weights import bundled_models

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "benchmarks/README.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "python", "js", "nginx", ""}
TINY = ["--resolution", "32", "--clips", "4", "--batch", "4", "--device", "cpu"]


def blocks(language: str) -> list[tuple[Path, str]]:
    return [
        (page, text)
        for page in PAGES
        for found, text in BLOCK.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]


def commands() -> Iterator[str]:
    """Every command, without comments; those joined by && one by one."""
    for _, text in blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            for command in line.split(" && "):
                words = shlex.split(command, comments=True)
                if words:
                    yield shlex.join(words).replace(".venv/bin/", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for FOLDER: small clips of two actions."""
    folder = tmp_path_factory.mktemp("clips")
    for name in ("wave/1.webm", "wave/2.webm", "jump/3.webm"):
        write_video(folder / name, 20)
    return folder


@pytest.fixture(scope="module")
def finished(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for RUN wherever one is there already."""
    from train.__main__ import main

    run = tmp_path_factory.mktemp("finished") / "run"
    out = ["--data", str(folder), "--out", str(run)]
    with caches_in(tmp_path_factory.mktemp("cache")):
        assert main([*out, *TINY]) == 0
    return run


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
        config = TrainConfig(data=options.data, family=options.family or TrainConfig.family)
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


def judging(words: list[str], bench: Bench) -> None:
    """tests/test_judging.py trains judges; here the options are read."""
    from train.judging.__main__ import build_parser

    assert build_parser().parse_args(words).out == Path("JUDGES")


def publish(words: list[str], bench: Bench) -> None:
    from train.publish.command import main

    shutil.copytree(bench.finished, bench.here / "RUN")
    assert main([*words, "--dry-run", "out"]) == 0
    assert (bench.here / "out" / "README.md").is_file()


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

    assert callable(main) and not words


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
    "python -m train.judging": judging,
    "python -m train.publish": publish,
    "python -m train.data.emoji": emoji,
    "python -m train": train,
    "accelerate launch": launch,
    "python -m pytest": pytest_,
    "python -m benchmarks": benchmarks,
    "hf": hub_login,
    "npm pack": packages_of_emoji,
    "ruff": lambda words, bench: listed_in_ci(["ruff", *words], bench),
    "mypy": lambda words, bench: listed_in_ci(["mypy", *words], bench),
}


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_a_command_does_what_it_is_there_for(command, folder, finished, tmp_path, monkeypatch):
    start = next((s for s in WAYS if command == s or command.startswith(s + " ")), None)
    assert start, f"no way to try it: {command}"
    monkeypatch.chdir(tmp_path)
    with caches_in(tmp_path / "cache"):
        WAYS[start](shlex.split(command[len(start) :]), Bench(tmp_path, folder, finished))


def test_every_block_is_of_a_language_that_is_tried():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert {language for language, _ in BLOCK.findall(text)} <= LANGUAGES, page
        assert text.count("```") == 2 * len(BLOCK.findall(text)), f"{page}: a block is not closed"
    assert {page.name for page, _ in blocks("js")} == {"sprite-sheets.md"}  # tags: test_sheet.py
    assert {page.name for page, _ in blocks("")} == {"README.md"}  # the tree: test_readme.py


SNIPPETS = [text for _, text in blocks("python")]
LOCAL = [text for text in SNIPPETS if "gradio_client" not in text]


@pytest.mark.parametrize("snippet", LOCAL, ids=lambda text: text.splitlines()[0])
def test_a_snippet_runs(snippet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    arrays = ("features_a", "features_b", "real", "generated")
    exec(snippet, {name: rng.standard_normal((40, 4)) for name in arrays})
    saved = re.findall(r"\.save\(\"(.+?)\"\)", snippet)
    assert all((tmp_path / name).stat().st_size for name in saved)


def test_the_api_answers_as_in_the_snippet():
    (snippet,) = set(SNIPPETS) - set(LOCAL)
    with running_app(environment={"OMP_NUM_THREADS": "1"}) as (url, _):
        found: dict = {}
        exec(snippet.replace("http://127.0.0.1:7860", url), found)
    for name in ("clip", "between", "picture", "description"):
        file = found[name]
        assert Path(file["video"] if isinstance(file, dict) else file).stat().st_size


class UnderPath(BaseHTTPRequestHandler):
    """A proxy that serves the app under /vidgen/ and takes that away, as in the docs."""

    app = ""

    def do_GET(self) -> None:
        self.pass_on(None)

    def do_POST(self) -> None:
        self.pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, *_: object) -> None: ...

    def pass_on(self, body: bytes | None) -> None:
        if not self.path.startswith("/vidgen/"):
            return self.send_error(404)
        url = self.app + self.path.removeprefix("/vidgen/")
        request = urllib.request.Request(url, body, dict(self.headers), method=self.command)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status)
            for name in ("Content-Type", "Content-Disposition"):
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            while part := answer.read1(65_536):
                self.wfile.write(part)


def test_the_page_works_under_the_path_of_a_proxy():
    from gradio_client import Client

    (config,) = (text for _, text in blocks("nginx"))
    assert "location /vidgen/" in config
    variables = {"GRADIO_ROOT_PATH": "/vidgen", "OMP_NUM_THREADS": "1"}
    with running_app(environment=variables) as (url, _):
        handler = type("Handler", (UnderPath,), {"app": url})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
            threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
            try:
                address = f"http://127.0.0.1:{proxy.server_address[1]}/vidgen/"
                page = urllib.request.urlopen(address, timeout=60).read().decode()
                assert "/vidgen/" in page
                client = Client(address, verbose=False)
                names = [model["name"] for model in client.predict(api_name="/models")]
                assert sorted(names) == bundled_models()
                clip = client.predict("shapes", frames=8, size=64, api_name="/generate")
                assert Path(clip["video"] if isinstance(clip, dict) else clip).stat().st_size
            finally:
                proxy.shutdown()


def test_the_accuracies_of_the_judges_are_those_of_their_files():
    text = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+, \w+) \| (.+) \|$", text, re.MULTILINE))
    files = {f"{f.stem.replace('-', ', ')}": f for f in JUDGES.glob("*.safetensors")}
    assert rows and set(rows) <= set(files)
    for name in rows:
        accuracy = read_judge(files[name]).card.accuracy
        heads = ("action", "played", "speed", "look")
        shown = [f"{accuracy[head]:.0%}".replace("%", " %") for head in heads]
        assert rows[name].split(" | ") == shown, name


def test_what_the_hooks_run_is_what_ci_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for command in re.findall(r"entry: (.+)", hooks):
        listed_in_ci(shlex.split(command), Bench(ROOT, ROOT, ROOT))
