"""The page of app.py with some models and no others, in a process of its own."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.serving import running_app

PROGRAM = "import app, vidgen.store.weights as w; w.bundled_models = list; app.main()"


def page_of(
    *models: Path, program: str = PROGRAM, **variables: str
) -> AbstractContextManager[tuple[str, subprocess.Popen]]:
    """Its address and its process; `variables` are further ones of its environment."""
    options = [option for file in models for option in ("--model", str(file))]
    # The generators are tiny, and a browser wants the other core.
    environment = {"OMP_NUM_THREADS": "1"} | variables
    return running_app(*options, program=("-c", program), environment=environment)
