"""The training loop, on one page. It knows no model, no loss and no optimizer."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from train.config import TrainConfig
from train.data.batches import ClipDataset
from train.data.on_device import resident
from train.gan.adversarial import Adversarial
from train.pictures.timelapse import Gallery
from train.runtime.checkpoint import (
    checkpoints,
    load_checkpoint,
    remove_leftovers,
    save_checkpoint,
    write_whole,
)
from train.runtime.divergence import MOST_SETBACKS, SLOWER, Diverged, check_losses, check_state
from train.runtime.ema import update_average
from train.runtime.interrupt import StopRequest
from train.runtime.meter import Tally
from vidgen.store.weights import save_generator
from vidgen.types import Generator

SHOW_EVERY = 10  # steps


class Run:
    """A training run: a folder, and everything in memory that its checkpoints hold."""

    def __init__(
        self, folder: Path, config: TrainConfig, dataset: ClipDataset, objective: Adversarial
    ) -> None:
        self.folder, self.config = folder, config
        self.dataset = self.resident = dataset
        self.objective, self.processes = objective, objective.processes
        self.generator: Generator = objective.generator
        self.averaged: Generator = copy.deepcopy(self.generator).eval()
        self.device = next(self.generator.parameters()).device
        self.rng = torch.Generator().manual_seed(config.seed)
        self.gallery = Gallery(folder, dataset, config.sheet_every)
        self.tally = Tally()
        self.clips = self.setbacks = 0
        self.history: list[dict] = []

    def train(self) -> None:
        """Trains up to `config.clips`; a checkpoint at intervals, when done and on Ctrl-C.

        Where numbers diverge it goes back to the last checkpoint and on with a lower learning rate;
        raises Diverged where that did not help. Raises OSError where it can't write.
        """
        config = self.config
        self._prepare()
        with StopRequest() as stop, self._progress() as progress:
            done = self.clips >= config.clips
            while not done:
                try:
                    losses = self._step()
                    stopped = self.processes.any(stop.requested)
                    done = stopped or self.clips >= config.clips
                    self._show(losses, progress)
                    if done or self._passed(config.checkpoint_every):
                        self.save()
                except Diverged as error:
                    self._roll_back(error)

    def _step(self) -> dict[str, float]:
        config = self.config
        with self.tally.step():
            with self.tally.waiting():
                batch = self.resident.batch(
                    config.batch, config.critic.seen_frames, config.span, self.rng, self.device
                )
            losses = self.objective.step(
                batch,
                config.resolution_at(self.clips),
                self.rng,
                rate=config.objective.rate_after(self.clips) * SLOWER**self.setbacks,
                only_critic=self.clips < config.head_start,
            )
        check_losses(losses)
        self.tally.add(losses)
        self.clips += config.batch
        update_average(self.averaged, self.generator, config.batch, self.clips, config.half_life)
        return losses

    def _prepare(self) -> None:
        self.generator.train()
        self.resident = resident(self.dataset, self.device)
        if self.processes.main:
            remove_leftovers(self.folder)
        if self.processes.any(not checkpoints(self.folder)):
            self.save()  # what a first setback goes back to; a disk without room shows now

    def _progress(self) -> tqdm:
        shown = {"unit": "clip", "dynamic_ncols": True, "disable": not self.processes.main}
        return tqdm(total=self.config.clips, initial=self.clips, **shown)

    def _show(self, losses: dict[str, float], progress: tqdm) -> None:
        progress.update(self.clips - progress.n)
        if self.clips // self.config.batch % SHOW_EVERY == 0:
            shown = {name: f"{value:.2f}" for name, value in losses.items()}
            shown["waiting"] = f"{self.tally.waiting_share:.0%}"
            progress.set_postfix(shown, refresh=False)
            self.processes.report(losses, self.clips)
        if self.processes.main and self.gallery.due(self.clips, self.config.batch):
            self.gallery.add(self.averaged, self.clips, self.config.resolution_at(self.clips))

    def _passed(self, interval: int) -> bool:
        return self.clips // interval > (self.clips - self.config.batch) // interval

    def save(self) -> None:
        """Writes a checkpoint, the averaged generator, the history and the timelapse.

        Raises Diverged, and writes nothing, where a number in it is not finite.
        """
        config = self.config
        if self.tally.steps:
            about = {
                "clips": self.clips,
                "resolution": config.resolution_at(self.clips - config.batch),
            }
            self.history.append(about | self.tally.entry(config.batch))
        state = self.state()
        check_state(state)
        if self.processes.main:
            save_generator(self.averaged, self.folder / "model.safetensors")
            if self.clips and config.keep_every and self._passed(config.keep_every):
                kept = self.folder / "models" / f"{self.clips:09d}.safetensors"
                save_generator(self.averaged, kept)
            write_whole(self.folder / "history.json", json.dumps(self.history, indent=1).encode())
            self.gallery.write_timelapse()
            # Last: a run that is killed before it writes all of this again.
            save_checkpoint(self.folder, self.clips, state)
        self.processes.wait()

    def _roll_back(self, error: Diverged) -> None:
        setbacks = self.setbacks + 1
        if setbacks > MOST_SETBACKS:
            raise error
        self.load_state(load_checkpoint(self.folder))
        self.setbacks = setbacks
        self.rng.manual_seed(self.config.seed + setbacks)  # not into the same clips again
        if self.processes.main:
            rate = SLOWER**setbacks
            tqdm.write(
                f"{error} Back to {self.clips:,} clips, at {rate:g} of the learning rate.",
                file=sys.stderr,
            )

    def state(self) -> dict:
        return {
            "config": self.config.to_json(),
            "family": self.generator.spec.family,
            "clips": self.clips,
            "seconds": self.tally.seconds,
            "setbacks": self.setbacks,
            "history": json.dumps(self.history),
            "rng": self.rng.get_state(),
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "objective": self.objective.state(),
        }

    def load_state(self, state: dict) -> None:
        """Goes on from a state. Raises ValueError where it is not one of such a run."""
        try:
            self.generator.load_state_dict(state["generator"])
            self.averaged.load_state_dict(state["averaged"])
            self.objective.load_state(state["objective"])
            self.rng.set_state(state["rng"])
            self.history = json.loads(state["history"])
            self.clips, self.tally = state["clips"], Tally(state["seconds"])
            self.setbacks = state.get("setbacks", 0)  # older checkpoints have none
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(f"the checkpoint does not fit these settings: {reason}") from error
