"""The training loop, on one page. It knows no model, no loss and no optimizer."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from train.config import TrainConfig
from train.data.dataset import Dataset
from train.data.on_device import moved_to
from train.objective import Objective
from train.pictures.timelapse import Gallery
from train.runtime.checkpoint import (
    check_alike,
    checkpoints,
    load_checkpoint,
    remove_leftovers,
    save_checkpoint,
    write_whole,
)
from train.runtime.divergence import MOST_SETBACKS, SLOWER, Diverged, check_losses, check_state
from train.runtime.ema import update_ema
from train.runtime.interrupt import Interrupt
from train.runtime.lock import RunLock
from train.runtime.meter import Meter
from train.runtime.processes import Processes
from vidgen.limits import Limit
from vidgen.store.weights import save_generator
from vidgen.types import Generator

SHOW_EVERY = 10  # steps
# What wrong values of any kind end in, here or in the networks and optimizers.
WRONG = (
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    TypeError,
    ValueError,
    Diverged,
)
# What a checkpoint may say of how far a run is.
CLIPS = Limit("clips", 0, 10**11, whole=True)
SECONDS = Limit("seconds", 0, 10**10)
SETBACKS = Limit("setbacks", 0, MOST_SETBACKS, whole=True)


class Run:
    """A training run: a folder, and everything in memory that its checkpoints hold.

    `ema` is the generator whose weights are the moving average; `notes` are sentences about what
    was found when the run was set up; `lock` keeps other processes out of the folder.
    """

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        dataset: Dataset,
        objective: Objective,
        processes: Processes,
        notes: Sequence[str] = (),
        lock: RunLock | None = None,
    ) -> None:
        self.folder, self.config, self.notes, self.lock = folder, config, notes, lock
        self.dataset = self.on_device = dataset
        self.objective, self.processes = objective, processes
        self.generator: Generator = objective.generator
        self.ema: Generator = copy.deepcopy(self.generator).eval()
        self.device = next(self.generator.parameters()).device
        self.rng = torch.Generator().manual_seed(config.seed)
        self.gallery = Gallery(folder, dataset, config.sheet_every)
        self.meter = Meter()
        self.clips = self.setbacks = 0
        self.history: list[dict] = []

    def release(self) -> None:
        """Lets another process train in the folder."""
        if self.lock:
            self.lock.release()

    def train(self) -> None:
        """Trains up to `config.clips`; a checkpoint at intervals, when done and on Ctrl-C.

        If numbers diverge, it goes back to the last checkpoint and on with a lower learning rate;
        raises Diverged if that did not help. Raises OSError if it can't write.
        """
        config = self.config
        self._prepare()
        with Interrupt() as stop, self._progress() as progress:
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
        with self.meter.step():
            with self.meter.waiting():
                frames = self.objective.frames_at(self.clips)
                batch = self.on_device.batch(config.batch, frames, config.span, self.rng)
                batch = batch.to(self.device)
            losses = self.objective.step(
                batch,
                config.resolution_at(self.clips),
                self.rng,
                rate=config.rate_after(self.clips) * SLOWER**self.setbacks,
                clips=self.clips,
            )
        check_losses(losses)
        self.meter.add(losses)
        self.clips += config.batch
        update_ema(self.ema, self.generator, config.batch, self.clips, config.half_life)
        return losses

    def _prepare(self) -> None:
        self.generator.train()
        self.on_device = moved_to(self.dataset, self.device)
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
            shown["waiting"] = f"{self.meter.waiting_share:.0%}"
            progress.set_postfix(shown, refresh=False)
            self.processes.report(losses, self.clips)
        if self.processes.main and self.gallery.due(self.clips, self.config.batch):
            self.gallery.add(self.ema, self.clips, self.config.resolution_at(self.clips))

    def _passed(self, interval: int) -> bool:
        return self.clips // interval > (self.clips - self.config.batch) // interval

    def save(self) -> None:
        """Writes a checkpoint, the EMA as a weights file, the history and the timelapse.

        Raises Diverged, and writes nothing, if a number in it is not finite.
        """
        config = self.config
        if self.meter.steps:
            about = {
                "clips": self.clips,
                "resolution": config.resolution_at(self.clips - config.batch),
            }
            self.history.append(about | self.meter.entry(config.batch))
        state = self.state()
        check_state(state)
        if self.processes.main:
            save_generator(self.ema, self.folder / "model.safetensors")
            if self.clips and config.keep_every and self._passed(config.keep_every):
                kept = self.folder / "models" / f"{self.clips:09d}.safetensors"
                save_generator(self.ema, kept)
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
            "actions": list(self.generator.spec.actions),
            "clips": self.clips,
            "seconds": self.meter.seconds,
            "setbacks": self.setbacks,
            "history": json.dumps(self.history),
            "rng": self.rng.get_state(),
            "generator": self.generator.state_dict(),
            "ema": self.ema.state_dict(),
            "objective": self.objective.state(),
        }

    def load_state(self, state: dict) -> None:
        """Goes on from a state. Raises ValueError if it is not one of such a run."""
        try:
            check_state(state)
            self.generator.load_state_dict(state["generator"])
            self.ema.load_state_dict(state.get("ema") or state["averaged"])  # its name before
            check_alike(state["objective"], self.objective.state(), "objective")
            self.objective.load_state(state["objective"])
            self.rng.set_state(state["rng"])
            self.history = _history(state["history"])
            self.clips = int(CLIPS.check(state["clips"]))
            self.meter = Meter(SECONDS.check(state["seconds"]))
            # Older checkpoints have none.
            self.setbacks = int(SETBACKS.check(state.get("setbacks", 0)))
        except WRONG as error:
            reason = " ".join(str(error).split())[:200]
            if isinstance(error, LookupError):
                reason = f"{reason} is missing"
            raise ValueError(f"the checkpoint does not fit these settings: {reason}") from error


def _history(text: str) -> list[dict]:
    history = json.loads(text)
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise ValueError("its history is no list of entries")
    return history
