"""What `python -m train` takes: its options, and which of them a run that goes on may change."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.gan.augment import POLICIES
from train.gan.losses import LOSSES, PENALTIES
from train.setup import DTYPES
from vidgen.models import FAMILIES

# Options -> the part of TrainConfig that they belong to, and their name there.
PARTS = {
    "objective": {
        "loss": "loss",
        "penalty": "penalty",
        "gamma": "gamma",
        "gap": "gap",
        "learning_rate": "learning_rate",
        "critic_learning_rate": "critic_learning_rate",
        "learning_rate_decay": "learning_rate_decay",
        "weight_decay": "weight_decay",
    },
    "augment": {"augment": "strength", "augment_policy": "policy", "augment_pixel": "pixel"},
    "critic": {"dropout": "dropout", "spectral_norm": "spectral_norm"},
    "generator": {"still_colours": "still_colours", "palette": "palette", "roaming": "roaming"},
}
# What may differ when a run goes on: how long, where, how it is watched, and what steers it.
CHANGEABLE = {
    "clips",
    "grow",
    "half_life",
    "device",
    "data",
    "accumulate",
    "compile",
    "tracker",
    "checkpoint_every",
    "sheet_every",
    "keep_every",
}
STEERING = {"gamma", "gap", "learning_rate", "critic_learning_rate", "learning_rate_decay"}


def build_parser(description: str | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", help="a folder of clips, or 'shapes'")
    add("--out", type=Path, help="the folder of a new run")
    add("--resume", type=Path, help="the folder of a run to go on with")
    add(
        "--start",
        metavar="MODEL",
        help="a model to start from: a bundled name, a .safetensors file or hub:user/repo",
    )
    add(
        "--head-start",
        type=int,
        help="clips during which only the critic learns (1,000 after --start)",
    )
    add("--family", choices=FAMILIES, help="of the generator (style); mocogan is the baseline")
    add("--resolution", type=int, help="side of a frame in pixels: 32, 64, ...")
    add("--clips", type=int, help="real clips the critic sees in all")
    add(
        "--grow",
        help="resolutions and the clips from which they are drawn, as in 32:0,64:40000",
        type=_parse_grow,
    )
    add("--span", type=int, help="frames within which those lie that the critic sees (32)")
    add("--batch", type=int, help="clips a step, of all processes together")
    add("--accumulate", type=int, help="parts that a batch is divided into, for less memory")
    add("--loss", choices=LOSSES, help="what is minimised (relativistic)")
    add("--penalty", choices=PENALTIES, help="on the critic's gradients (r1+r2; r1; by the loss)")
    add("--gamma", type=float, help="weight of the gradient penalties; may change on --resume")
    add("--gap", type=float, help="gamma falls where the critic's gap would be less (0: it stays)")
    add("--weight-decay", type=float, help="of the critic (0)")
    add("--dropout", type=float, help="in the critic's heads (0)")
    add(
        "--spectral-norm",
        action=argparse.BooleanOptionalAction,
        help="the critic's layers keep a largest singular value of 1",
    )
    add("--learning-rate", type=float, help="of both networks at the start (3e-4)")
    add("--critic-learning-rate", type=float, help="where it is not the generator's")
    add(
        "--learning-rate-decay",
        type=int,
        metavar="CLIPS",
        help="from so many on the rates fall with the inverse root of the clips; 0: never (10,000)",
    )
    add("--augment", type=float, help="probability of every change, 0 for none")
    add(
        "--augment-policy",
        choices=POLICIES,
        help="that probability (fixed), one that the critic's overfitting steers (ada), "
        "colour, translation and cutout on every clip (diffaugment), or none",
    )
    add(
        "--augment-pixel",
        action=argparse.BooleanOptionalAction,
        help="shift by whole pixels and change nothing else: for sprites",
    )
    add(
        "--still-colours",
        action=argparse.BooleanOptionalAction,
        help="colours depend on the content and not on the motion: for sprites",
    )
    add(
        "--palette",
        type=int,
        metavar="COLOURS",
        help="pixels are mixtures of so many, which the content chooses: for pixel art and flat "
        "colours (0: any colour)",
    )
    add(
        "--roaming",
        action=argparse.BooleanOptionalAction,
        help="the style moves the plane that is drawn on: for things that travel far",
    )
    add("--half-life", type=float, help="of the averaged generator, in clips (20,000)")
    add("--seed", type=int)
    add("--device", help="cpu, cuda, cuda:1, ...")
    add("--precision", choices=("auto", *DTYPES))
    add(
        "--compile",
        action=argparse.BooleanOptionalAction,
        help="torch.compile the generator: a minute of waiting first",
    )
    add("--tracker", help="tensorboard, or another that Accelerate knows and that is installed")
    add("--checkpoint-every", type=int, help="clips")
    add("--sheet-every", type=int, help="clips, beside the sheets at log-spaced moments")
    add("--keep-every", type=int, help="clips after which the averaged generator is kept for good")
    return parser


def _parse_grow(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(int(n) for n in pair.split(":")) for pair in text.split(","))
