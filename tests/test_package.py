"""`pip install .`: a wheel has the weights and the command, and works from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from vidgen.store.weights import bundled_models

ROOT = Path(__file__).parent.parent
SOURCES = ("vidgen", "weights", "pyproject.toml", "requirements.txt", "README.md", "LICENSE")


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=240, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders behind, and fetches nothing here."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")
    run(*pip, "--no-index", "-w", out, source)
    return next(out.glob("vidgen-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    paths = sysconfig.get_paths("venv", {"base": str(folder), "platbase": str(folder)})
    run(sys.executable, "-m", "pip", "--python", folder, "install", "-q", "--no-deps", wheel)
    # What vidgen needs is taken from here, after what was just installed.
    here = sysconfig.get_paths()["purelib"]
    (Path(paths["purelib"]) / "needs.pth").write_text(here, encoding="utf-8")
    return Path(paths["scripts"])


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return kept | {"OMP_NUM_THREADS": "1"} | more


def test_a_wheel_holds_every_file_of_the_package_and_all_weights(wheel):
    with zipfile.ZipFile(wheel) as file:
        packed = set(file.namelist())
    wanted = {
        path.relative_to(ROOT)
        for path in ROOT.glob("vidgen/**/*")
        if path.is_file() and path.suffix in (".py", ".js", ".css")
    }
    wanted |= {Path("vidgen") / p.relative_to(ROOT) for p in ROOT.glob("weights/*/*")}
    assert {path.as_posix() for path in wanted} <= packed
    assert not any(name.startswith(("train/", "tests/")) for name in packed)


def test_the_first_snippet_of_readme_runs_from_any_folder(installed, tmp_path):
    snippet = next(
        part.split("```")[0]
        for part in (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1:]
        if "load_generator" in part.split("```")[0]
    )
    program = snippet + "\nimport vidgen\nprint(vidgen.__file__)\n"
    python = installed / Path(sys.executable).name
    where = run(python, "-c", program, cwd=tmp_path, env=environment())
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert any(path.stat().st_size > 1_000 for path in tmp_path.iterdir())


def test_the_command_is_installed_and_knows_the_bundled_models(installed, tmp_path):
    listed = run(installed / "vidgen", "models", cwd=tmp_path, env=environment())
    models, engine = listed.split("\n\n")  # a line per model, then what draws
    assert sorted(line.split()[0] for line in models.splitlines()) == sorted(bundled_models())
    assert engine.startswith("PyTorch draws")
    out = tmp_path / "out.gif"
    run(
        installed / "vidgen", "generate", "--frames", "4", "--size", "64", out,
        cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert out.read_bytes().startswith(b"GIF89a")


def test_the_dependencies_of_the_package_are_those_of_requirements(wheel):
    with zipfile.ZipFile(wheel) as file:
        name = next(name for name in file.namelist() if name.endswith("/METADATA"))
        metadata = file.read(name).decode()
    needs = {
        line.split(" ", 1)[1].split("[")[0].split("<")[0].split(">")[0].split("=")[0].strip()
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist: ")
    }
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert needs == {line.split(">")[0].strip() for line in lines if line.strip()}
    assert "\nRequires-Python: >=3.10\n" in metadata
