"""The notebook of lessons runs from top to bottom, and shows what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "learn.ipynb"


def test_the_notebook_runs_from_top_to_bottom_and_shows_what_it_says(capsys, monkeypatch):
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setattr("sys.path", sys.path.copy())
    monkeypatch.setattr("torch.set_num_threads", lambda _: None)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict = {"__name__": "notebook"}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert not cell["outputs"], "it is kept without what it printed"
            exec(compile("".join(cell["source"]), str(NOTEBOOK), "exec"), names)
    said = capsys.readouterr().out
    assert "moved by the critic's step: False" in said
    assert "moved by the generator's step: True" in said
    assert "mix 0 is the first clip: True" in said
    failed, mended = names["results"]["vanishing"]
    assert failed["signal"] < 0.01 < 0.1 < mended["signal"]
    failed, mended = names["results"]["collapse"]
    assert failed["coverage"] < 0.5 < mended["coverage"]
    failed, mended = names["results"]["unbounded"]
    assert failed["signal"] > 10 * mended["signal"]
    failed, mended = names["results"]["memorises"]
    assert failed["coverage"] < 0.5 < mended["coverage"]
