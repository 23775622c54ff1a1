"""The command line: `python -m train.judging --data DATA` trains the judges of a data set."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from train.judging.files import FOLDER, judge_path, save_judge
from train.judging.judge import ARCHITECTURES, Judge
from train.judging.material import Material
from train.judging.sources import load_material
from train.judging.training import JudgeTraining, calibrate, measure, train_judge
from vidgen.hardware import keep_freed_memory
from vidgen.limits import Limit

CLIPS = Limit("--clips", 32, 10_000_000, whole=True)


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    keep_freed_memory()
    try:
        clips = CLIPS.check(options.clips)
        material = load_material(options.data)
        training = JudgeTraining(clips=clips, seed=options.seed)
        build(material, options.architecture or list(ARCHITECTURES), training, options.out)
    except (ValueError, OSError) as error:
        print(f"train.judging: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.judging", description=__doc__)
    parser.add_argument(
        "--data",
        required=True,
        help="'shapes', 'sprites:FOLDER', 'lpc:FOLDER', or a folder of clips; the column `person` "
        "of an index.csv in it keeps people apart; loops: pairs of a file's name and its folder",
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="where judges are written")
    parser.add_argument("--architecture", action="append", choices=list(ARCHITECTURES))
    parser.add_argument("--clips", type=int, default=JudgeTraining.clips, help="seen in training")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def build(
    material: Material, architectures: list[str], training: JudgeTraining, folder: Path
) -> list[Judge]:
    """Trains and writes judges; prints how often they are right about what they never saw.

    With several folds, one judge is trained for each: all of them tell the accuracy, and the first
    is the one that is kept.
    """
    folds = material.folds()
    kept, said = [], []
    for architecture in architectures:
        judges = [train_judge(material, architecture, training, held) for held in folds]
        answers = [
            measure(judge, *material.unseen(held))
            for judge, held in zip(judges, folds, strict=True)
        ]
        judge = judges[0]
        calibrate(judge, *material.unseen(folds[0]))
        judge.card = replace(judge.card, accuracy=answers[0].accuracy())
        path = judge_path(material.name, architecture, folder)
        save_judge(judge, path)
        kept.append(judge)
        said.append([some.said.get("action", np.zeros(0)) for some in answers])
        print(f"{path}: {path.stat().st_size:,} bytes, {judge.card.seconds} s")
        print(f"  never saw {', '.join(judge.card.never_saw)}")
        _print_accuracy([some.accuracy() for some in answers])
    if len(said) > 1 and said[0][0].size:
        same = np.concatenate(said[0]) == np.concatenate(said[1])
        print(f"They agree about {100 * same.mean():.2f} % of actions.")
    return kept


def _print_accuracy(accuracies: list[dict[str, float]]) -> None:
    for name in accuracies[0]:
        each = [100 * accuracy[name] for accuracy in accuracies]
        parts = f" ({', '.join(f'{x:.2f}' for x in each)})" if len(each) > 1 else ""
        print(f"  {name}: {np.mean(each):.2f} % right about what it never saw{parts}")


if __name__ == "__main__":
    sys.exit(main())
