"""What the page shows of how a model learnt: `python -m train.pictures.learning RUN FOLDER`.

Made from the sample sheets of a run: the first seeds at log-spaced moments, all at one size, as one
picture with a JSON beside it that says what its rows are.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from train.pictures.sheets import COLUMNS, ROWS
from train.pictures.timelapse import log_spaced
from train.runtime.checkpoint import write_whole

SIDE = 64  # pixels of a frame
SEEDS = (0, 1, 2, 3)  # rows of a sheet
FRAMES = 8  # of a row
MOMENTS = 20  # at most
QUALITY = 75


def write_learning(run: Path, folder: Path) -> Path | None:
    """Writes `learning.webp` and `learning.json` into a folder; None if the run has no sheets.

    A row of the picture is one seed at one moment: all seeds of the first moment, then of the next.
    """
    sheets = log_spaced(sorted((run / "samples").glob("[0-9]*.webp")))
    if not sheets:
        return None
    chosen = np.unique(np.linspace(0, len(sheets) - 1, MOMENTS).round().astype(int))
    sheets = [sheets[index] for index in chosen]
    picture = Image.fromarray(np.concatenate([_rows(sheet) for sheet in sheets]))
    data = io.BytesIO()
    picture.save(data, "WEBP", quality=QUALITY, method=6)
    told = {"clips": [int(s.stem) for s in sheets], "seeds": list(SEEDS), "side": SIDE}
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "learning.json", json.dumps(told).encode())
    write_whole(folder / "learning.webp", data.getvalue())
    return folder / "learning.webp"


def _rows(sheet: Path) -> np.ndarray:
    """The first seeds of a sheet at SIDE pixels, (len(SEEDS) * SIDE, FRAMES * SIDE, 3)."""
    with Image.open(sheet) as picture:
        side = picture.width // COLUMNS
        assert picture.height == side * ROWS
        part = picture.convert("RGB").crop((0, 0, FRAMES * side, len(SEEDS) * side))
    method = Image.Resampling.BOX if side >= SIDE else Image.Resampling.NEAREST
    return np.asarray(part.resize((FRAMES * SIDE, len(SEEDS) * SIDE), method))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.pictures.learning", description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run")
    parser.add_argument("folder", type=Path, help="where to write, beside the model's weights")
    options = parser.parse_args(arguments)
    if write_learning(options.run, options.folder) is None:
        print(f"train.pictures.learning: {options.run} holds no sample sheets.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
