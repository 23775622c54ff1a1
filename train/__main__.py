"""The command line: `python -m train --data FOLDER --out RUN`, `python -m train --resume RUN`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import torch

from train.checkpoint import checkpoints, load_checkpoint
from train.config import TrainConfig
from train.critics import Critic
from train.data import load_dataset
from train.data.batches import ClipDataset
from train.data.tempo import measure_tempo
from train.loop import Run
from train.objectives import Adversarial
from vidgen.hardware import fastest_dtype, keep_freed_memory
from vidgen.models.style import StyleGenerator
from vidgen.types import GeneratorSpec

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def main(arguments: list[str] | None = None) -> int:
    parser = build_parser()
    options = parser.parse_args(arguments)
    keep_freed_memory()
    try:
        run = resume_run(options) if options.resume else new_run(options)
    except (ValueError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    print(run.config.to_json())
    try:
        run.train()
    except OSError as error:
        print(f"train: {error} The last checkpoint is in {run.folder}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    if run.clips < run.config.clips:
        print(f"Stopped. Go on with: python -m train --resume {run.folder}", file=sys.stderr)
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("--data", help="a folder of clips, or 'shapes'")
    parser.add_argument("--out", type=Path, help="the folder of a new run")
    parser.add_argument("--resume", type=Path, help="the folder of a run to go on with")
    parser.add_argument("--resolution", type=int, help="side of a frame in pixels: 32, 64, ...")
    parser.add_argument("--clips", type=int, help="real clips the critic sees in all")
    parser.add_argument(
        "--grow",
        help="resolutions and the clips from which they are drawn, as in 32:0,64:40000",
        type=_parse_grow,
    )
    parser.add_argument("--batch", type=int)
    parser.add_argument("--gamma", type=float, help="weight of the gradient penalties")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--augment", type=float, help="probability of every change, 0 for none")
    parser.add_argument("--half-life", type=float, help="of the averaged generator, in clips")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--device", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--precision", choices=("auto", *DTYPES))
    parser.add_argument("--checkpoint-every", type=int, help="clips")
    parser.add_argument("--sheet-every", type=int, help="clips")
    return parser


def new_run(options: argparse.Namespace) -> Run:
    """A run from nothing. Raises ValueError where the settings or the data are of no use."""
    if not options.data or not options.out:
        raise ValueError("a new run needs --data and --out; an old one goes on with --resume.")
    if checkpoints(options.out):
        raise ValueError(f"{options.out} already holds a run: give another --out, or --resume it.")
    default = TrainConfig(data="")
    config = TrainConfig(
        data=options.data,
        objective=_replace_given(
            default.objective, gamma=options.gamma, learning_rate=options.learning_rate
        ),
        augment=_replace_given(default.augment, strength=options.augment),
        **_given(options),
    )
    dataset = load_dataset(config.data, config.resolution)
    torch.manual_seed(config.seed)
    run = build_run(options.out, config, dataset)
    tempo = measure_tempo(dataset)
    for generator in (run.generator, run.averaged):
        generator.motion.set_tempo(tempo.tolist())
    print("Cycles a second, measured:", ", ".join(f"{hz:.2f}" for hz in tempo))
    run.folder.mkdir(parents=True, exist_ok=True)
    return run


def resume_run(options: argparse.Namespace) -> Run:
    """A run as its newest checkpoint left it; only its length and intervals may be changed."""
    state = load_checkpoint(options.resume)
    config = TrainConfig.from_json(state["config"])
    changeable = ("clips", "device", "checkpoint_every", "sheet_every", "data")
    given = _given(options) | ({"data": options.data} if options.data else {})
    refused = [n for n in given if n not in changeable and given[n] != getattr(config, n)]
    refused += [n for n in ("gamma", "learning_rate", "augment") if getattr(options, n) is not None]
    if refused:
        raise ValueError(f"a resumed run keeps its settings: leave out {', '.join(refused)}.")
    config = dataclasses.replace(config, **given)
    run = build_run(options.resume, config, load_dataset(config.data, config.resolution))
    run.load_state(state)
    return run


def build_run(folder: Path, config: TrainConfig, dataset: ClipDataset) -> Run:
    """The generator, critic and objective of a configuration, on its device."""
    device = config.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    spec = GeneratorSpec(
        family="style",
        resolution=config.resolution,
        channels=dataset.channels,
        fps=dataset.fps,
        content_dim=config.content_dim,
        motion_dim=config.motion_dim,
        knot_seconds=config.knot_seconds,
        actions=dataset.actions,
    )
    generator = StyleGenerator(spec, config.generator).to(device)
    critic = Critic(config.resolution, spec.channels, len(spec.actions), config.critic).to(device)
    dtype = DTYPES.get(config.precision) or fastest_dtype(device)
    generator.compute_dtype = critic.compute_dtype = dtype
    print(
        f"{len(dataset)} clips of {dataset.name} on {device} in {dtype}: generator "
        f"{_millions(generator)}, critic {_millions(critic)} parameters"
    )
    return Run(
        folder, config, dataset, Adversarial(generator, critic, config.objective, config.augment)
    )


def _given(options: argparse.Namespace) -> dict:
    names = {field.name for field in dataclasses.fields(TrainConfig)} - {"data", "augment"}
    return {n: v for n, v in vars(options).items() if n in names and v is not None}


def _replace_given(config: object, **values: float | None) -> object:
    return dataclasses.replace(config, **{n: v for n, v in values.items() if v is not None})


def _millions(module: torch.nn.Module) -> str:
    return f"{sum(p.numel() for p in module.parameters()) / 1e6:.2f} M"


def _parse_grow(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(int(n) for n in pair.split(":")) for pair in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
