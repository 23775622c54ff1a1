"""How well a model's encoder knows clips: `python -m train.prediction MODEL --data DATA`.

Of clips that training never saw, 16 frames each: the model reconstructs them, and continues the
first 8 by 8, which is compared with repeating the last frame given. It is not told the action.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import torch
from torch import Tensor

from train.data import ClipDataset, load_dataset
from train.data.shapes import load_shapes
from train.judging import load_judges
from train.scores.aims import data_kind
from train.scores.content import moves_vertically
from vidgen.engine import prepared
from vidgen.limits import Limit
from vidgen.pixels.arrays import as_frames, as_pixels
from vidgen.store.weights import load_generator
from vidgen.types import Generator

GIVEN, CONTINUED = 8, 8  # frames
CLIPS = Limit("--clips", 2, 10_000, whole=True)
PART = 16  # clips at a time
UNSEEN_SEED = 1  # of procedural clips; those of training have 0

Row = tuple[str, float, float | None]  # what, the model's, that of repeating the last frame


def psnr(drawn: Tensor, real: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of clips (N, ...) in [-1, 1], in dB, (N,).

    10 log10(peak^2 / mean squared error), the peak being the whole range of a pixel, 2.
    """
    error = (drawn - real).square().flatten(1).mean(1)
    return 10 * torch.log10(4 / error.clamp(min=1e-10))


def unseen(source: str, resolution: int, count: int) -> tuple[ClipDataset, Tensor, np.ndarray]:
    """A data set, clips of it that training never sees (N, T, C, H, W), and their labels (N,).

    Raises ValueError if there are none.
    """
    dataset = load_dataset(source, resolution)
    assert isinstance(dataset, ClipDataset) or not hasattr(dataset, "heldout")
    if source == "shapes":
        held = load_shapes(resolution, count, seed=UNSEEN_SEED)
    elif isinstance(dataset, ClipDataset) and dataset.heldout:
        held = dataset.chosen(np.array(dataset.heldout[:count]))
    else:
        raise ValueError(
            f"{source} has no clips that training does not see: name some in its heldout.txt."
        )
    long = [n for n in range(len(held)) if held.lengths[n] >= GIVEN + CONTINUED]
    if len(long) < 2:
        raise ValueError(f"{source} holds out no two clips of {GIVEN + CONTINUED} frames.")
    clips = np.stack([held.clip(n)[: GIVEN + CONTINUED] for n in long])
    return held, as_frames(clips), held.labels[long]


def measure(generator: Generator, source: str, count: int) -> list[Row]:
    """The rows of the table. Raises ValueError if the model has no encoder, or all was seen."""
    dataset, real, labels = unseen(source, generator.spec.resolution, count)
    if dataset.channels != generator.spec.channels or dataset.actions != generator.spec.actions:
        raise ValueError(f"{generator.origin} was not trained on {source}.")
    rebuilt, followed = [], []
    for part in real.split(PART):
        rebuilt.append(generator.reconstruct(part))
        followed.append(generator.continue_(part[:, :GIVEN], CONTINUED))
    drawn, wanted = torch.cat(followed), real[:, GIVEN:]
    still = real[:, GIVEN - 1 : GIVEN].expand_as(wanted)

    rows: list[Row] = [("reconstruction, dB", float(psnr(torch.cat(rebuilt), real).mean()), None)]
    for name, span in (
        (f"{CONTINUED} frames", slice(None)),
        ("frame 1", slice(1)),
        (f"frame {CONTINUED}", slice(CONTINUED - 1, None)),
    ):
        model, last = (float(psnr(x[:, span], wanted[:, span]).mean()) for x in (drawn, still))
        rows.append((f"continuation, {name}, dB", model, last))
    if dataset.name == "shapes":
        vertical = labels == dataset.actions.index("bottom_top")
        model, last = (
            float((moves_vertically(as_pixels(x)) == vertical).mean()) for x in (drawn, still)
        )
        rows.append(("direction right, frames continued", model, last))
    rows += _judged(dataset, real, (drawn, still), labels)
    return rows


@torch.inference_mode()
def _judged(
    dataset: ClipDataset, real: Tensor, continued: tuple[Tensor, Tensor], labels: np.ndarray
) -> list[Row]:
    """How often each judge sees the right action in what was given and continued together."""
    rows: list[Row] = []
    try:
        judges = load_judges(data_kind(dataset.name))
    except ValueError as error:
        print(f"No judges: {error}", file=sys.stderr)
        return rows
    for judge in judges:
        right = []
        for follows in continued:
            seen = torch.cat([real[:, :GIVEN], follows], 1)[:, : judge.frames]
            found = judge.logits(seen)["action"].argmax(1).numpy()
            right.append(float((found == labels).mean()))
        rows.append((f"action right ({judge.name})", right[0], right[1]))
    return rows


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| score | model | repeating the last frame |", "|---|---|---|"]
    for name, model, still in rows:
        form = "{:.1f}" if name.endswith("dB") else "{:.1%}"
        cells = [form.format(model), "" if still is None else form.format(still)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m train.prediction",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="a bundled name, a .safetensors file or hub:user/repo@rev")
    parser.add_argument("--data", required=True, help="what it learnt from, as for training")
    parser.add_argument("--clips", type=int, default=256, help="at most (256)")
    options = parser.parse_args(arguments)
    try:
        count = int(CLIPS.check(options.clips))
        generator = prepared(load_generator(options.model))
        print(table(measure(generator, options.data, count)))
    except (ValueError, OSError) as error:
        print(f"train.prediction: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
