"""The command line: `python -m train --data FOLDER --out RUN`, `python -m train --resume RUN`.

On several GPUs or machines: `accelerate launch -m train --data FOLDER --out RUN`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import torch

from train.augment import POLICIES
from train.build import DTYPES, build_run, chosen_device, start_from, started_from, suited
from train.checkpoint import checkpoints, load_checkpoint
from train.checks import check_compiler, check_data, check_space, rehearse
from train.config import TrainConfig
from train.data import load_dataset
from train.data.tempo import measure_tempo
from train.divergence import Diverged
from train.loop import Run
from train.losses import LOSSES, PENALTIES
from train.processes import Processes
from vidgen.hardware import keep_freed_memory
from vidgen.models import FAMILIES
from vidgen.weights import load_generator

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


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    keep_freed_memory()
    run = None
    try:
        run = resume_run(options) if options.resume else new_run(options)
        if run.processes.main:
            print(run.config.to_json(), flush=True)
        rehearse(run)
        run.processes.track("vidgen", _flat(json.loads(run.config.to_json())))
        run.train()
        run.processes.finish()
    except KeyboardInterrupt:
        if run is None:
            return 130
    except torch.OutOfMemoryError as error:
        print(f"train: {_too_large(run, error)}", file=sys.stderr)
        return 1
    except (ValueError, OSError, Diverged) as error:
        print(f"train: {error}{_left_behind(run)}", file=sys.stderr)
        return 2 if run is None else 1
    if run and run.clips < run.config.clips:
        print(f"Stopped. Go on with: python -m train --resume {run.folder}", file=sys.stderr)
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description=__doc__,
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


def new_run(options: argparse.Namespace) -> Run:
    """A run from nothing. Raises ValueError where the settings or the data are of no use."""
    if not options.data or not options.out:
        raise ValueError("a new run needs --data and --out; an old one goes on with --resume.")
    if checkpoints(options.out):
        raise ValueError(f"{options.out} already holds a run: give another --out, or --resume it.")
    teacher = load_generator(options.start) if options.start else None
    given = suited(options.family or "", options.resolution or TrainConfig.resolution)
    given |= started_from(teacher) | _given(options)
    config = TrainConfig(data=options.data, **given)
    parts = {n: _replaced(getattr(config, n), _given_of(n, options)) for n in PARTS}
    config = dataclasses.replace(config, **parts)
    run = _built(options.out, config)
    cyclic = config.family == "style" and not run.dataset.timing
    if cyclic:
        tempo = measure_tempo(run.dataset)
        if run.processes.main:
            print("Cycles a second, measured:", ", ".join(f"{hz:.2f}" for hz in tempo))
    for generator in (run.generator, run.averaged):
        if cyclic:
            generator.motion.set_tempo(tempo.tolist())
        fresh = start_from(teacher, generator) if teacher else []
    if fresh and run.processes.main:
        print(f"Not in {options.start}, learnt anew: {', '.join(fresh)}.")
    return run


def resume_run(options: argparse.Namespace) -> Run:
    """A run as its newest checkpoint left it; only CHANGEABLE and STEERING settings may differ."""
    state = load_checkpoint(options.resume)
    config = TrainConfig.from_json(state["config"])
    family = state.get("family", config.family)
    if family != config.family:
        raise ValueError(
            f"{options.resume} is a run of the family {family}, and its settings are of "
            f"{config.family}."
        )
    given = _given(options) | ({"data": options.data} if options.data else {})
    refused = [n for n in given if n not in CHANGEABLE and given[n] != getattr(config, n)]
    for name in PARTS:
        part = getattr(config, name)
        changed = _given_of(name, options)
        refused += [n for n, v in changed.items() if n not in STEERING and v != getattr(part, n)]
        given[name] = _replaced(part, {n: v for n, v in changed.items() if n in STEERING})
    if refused:
        raise ValueError(f"a resumed run keeps its settings: leave out {', '.join(refused)}.")
    run = _built(options.resume, dataclasses.replace(config, **given))
    run.load_state(state)
    return run


def _built(folder: Path, config: TrainConfig) -> Run:
    """The run of a configuration on its data, checked before anything is spent on it."""
    on_cpu = chosen_device(config.device) == "cpu"
    check_compiler(config, on_cpu)
    processes = Processes.join(on_cpu, config.tracker, folder)
    with processes.main_first():  # it decodes, the others read what it decoded
        dataset = load_dataset(config.data, config.resolution)
    check_data(config.data, dataset)
    torch.manual_seed(config.seed)
    run = build_run(folder, config, dataset, processes)
    run.folder.mkdir(parents=True, exist_ok=True)
    check_space(run)
    return run


def _given(options: argparse.Namespace) -> dict:
    names = {field.name for field in dataclasses.fields(TrainConfig)} - {"data", *PARTS}
    return {n: v for n, v in vars(options).items() if n in names and v is not None}


def _given_of(name: str, options: argparse.Namespace) -> dict:
    """The settings of one part of the configuration that were given, under their names there."""
    values = {inside: getattr(options, option) for option, inside in PARTS[name].items()}
    return {n: v for n, v in values.items() if v is not None}


def _replaced(part: object, given: dict) -> object:
    """A part of the configuration with what was given; what follows from that is derived anew."""
    foreign = given.keys() - {field.name for field in dataclasses.fields(part)}
    if foreign:
        raise ValueError(f"this family has no {', '.join(sorted(foreign)).replace('_', ' ')}.")
    derived = {"gamma": None, "penalty": None} if "loss" in given else {}
    return dataclasses.replace(part, **derived | given)


def _flat(values: dict, prefix: str = "") -> dict:
    """Nested settings as a tracker wants them: one level of plain values."""
    flat = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}/")
        else:
            flat[prefix + name] = (
                value if isinstance(value, bool | int | float | str) else str(value)
            )
    return flat


def _too_large(run: Run | None, error: torch.OutOfMemoryError) -> str:
    if run is None:
        return str(error)
    config = run.config
    return (
        f"the device's memory is too small for a batch of {config.batch} clips of "
        f"{config.critic.seen_frames} frames at {config.resolution} pixels in {config.accumulate} "
        f"parts: raise --accumulate (same batch, less memory), or lower --batch or --resolution."
        f"{_left_behind(run)}"
    )


def _left_behind(run: Run | None) -> str:
    found = checkpoints(run.folder) if run else []
    return f" The last checkpoint is {found[-1]}." if found else ""


def _parse_grow(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(int(n) for n in pair.split(":")) for pair in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
