"""The training loop, on one page. It knows no model, no loss and no optimizer."""

from __future__ import annotations

import copy
import json
import signal
import time
from pathlib import Path

import torch
from tqdm import tqdm

from train.averaging import update_average
from train.checkpoint import save_checkpoint
from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.objectives import Adversarial
from train.sheets import generated_rows, real_rows, write_sheet
from vidgen.types import Generator
from vidgen.weights import save_generator


class _StopRequest:
    """Lets the step in progress finish on Ctrl-C or SIGTERM; a second Ctrl-C stops at once."""

    def __enter__(self) -> _StopRequest:
        self.requested = False
        self.before = {s: signal.signal(s, self._note) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: object) -> None:
        self.requested = True
        signal.signal(number, self.before[number])


class Run:
    """A training run: a folder, and everything in memory that its checkpoints hold."""

    def __init__(
        self, folder: Path, config: TrainConfig, dataset: ClipDataset, objective: Adversarial
    ) -> None:
        self.folder, self.config, self.dataset = folder, config, dataset
        self.objective = objective
        self.generator: Generator = objective.generator
        self.averaged: Generator = copy.deepcopy(self.generator).eval()
        self.rng = torch.Generator().manual_seed(config.seed)
        self.clips = 0
        self.seconds = 0.0
        self.history: list[dict] = []

    def train(self) -> None:
        """Trains up to `config.clips`; a checkpoint at intervals, when done and on Ctrl-C."""
        config, device = self.config, next(self.generator.parameters()).device
        self.generator.train()
        progress = tqdm(total=config.clips, initial=self.clips, unit="clip", dynamic_ncols=True)
        sums: dict[str, float] = {}
        steps, started = 0, time.perf_counter()
        with _StopRequest() as stop, progress:
            while self.clips < config.clips and not stop.requested:
                resolution = config.resolution_at(self.clips)
                batch = self.dataset.batch(
                    config.batch, config.critic.seen_frames, config.span, self.rng, device
                )
                losses = self.objective.step(batch, resolution, self.rng)
                self.clips += config.batch
                update_average(
                    self.averaged, self.generator, config.batch, self.clips, config.half_life
                )

                steps += 1
                sums = {name: sums.get(name, 0) + value for name, value in losses.items()}
                progress.update(config.batch)
                if steps % 10 == 0:
                    progress.set_postfix({n: f"{v:.2f}" for n, v in losses.items()}, refresh=False)
                if self._passed(config.sheet_every):
                    self.write_sheet(resolution)
                done = stop.requested or self.clips >= config.clips
                if done or self._passed(config.checkpoint_every):
                    seconds = time.perf_counter() - started
                    self._record(sums, steps, seconds, resolution)
                    sums, steps, started = {}, 0, time.perf_counter()
                    self.save()

    def _passed(self, interval: int) -> bool:
        return self.clips // interval > (self.clips - self.config.batch) // interval

    def _record(self, sums: dict[str, float], steps: int, seconds: float, resolution: int) -> None:
        self.seconds += seconds
        means = {name: round(total / steps, 4) for name, total in sums.items()}
        rate = round(steps * self.config.batch / seconds, 2)
        self.history.append(
            {"clips": self.clips, "resolution": resolution, "clips_per_second": rate}
            | {"hours": round(self.seconds / 3600, 3)}
            | means
        )

    def write_sheet(self, resolution: int) -> None:
        """Generated clips as they are now, and once a resolution real ones beside them."""
        sheets = self.folder / "samples"
        real = sheets / f"real-{resolution}.png"
        if not real.exists():
            write_sheet([real_rows(self.dataset, resolution)], real)
        rows = generated_rows(self.averaged, resolution)
        write_sheet([rows], sheets / f"{self.clips:09d}.png")

    def save(self) -> None:
        """Writes a checkpoint, the averaged generator and the history."""
        save_checkpoint(self.folder, self.clips, self.state())
        save_generator(self.averaged, self.folder / "model.safetensors")
        (self.folder / "history.json").write_text(json.dumps(self.history, indent=1))

    def state(self) -> dict:
        return {
            "config": self.config.to_json(),
            "clips": self.clips,
            "seconds": self.seconds,
            "history": json.dumps(self.history),
            "rng": self.rng.get_state(),
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "objective": self.objective.state(),
        }

    def load_state(self, state: dict) -> None:
        self.clips, self.seconds = state["clips"], state["seconds"]
        self.history = json.loads(state["history"])
        self.rng.set_state(state["rng"])
        self.generator.load_state_dict(state["generator"])
        self.averaged.load_state_dict(state["averaged"])
        self.objective.load_state(state["objective"])
