"""Motion to a sound: beats lock to the cycle of an action, loudness says how it moves between."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from vidgen import engine, limits
from vidgen.latents import Moments, path_at, seeded_path
from vidgen.sound.beats import Heard
from vidgen.types import Generator, GeneratorSpec, LatentPath

# What loudness steers: how motion hurries and rests between two beats; how far the content lies
# from the average of all; or nothing.
SPEED, VARIETY, NOTHING = FOLLOWS = ("speed", "variety", "nothing")
SMOOTH = 20.0  # frames a second at least, of models that have fewer of their own
BEATS = (0.5, 1, 2, 4, 8)  # that a cycle may take
REST = 0.15  # of the pace, where it is least loud between two beats
QUIET = 0.02  # of the loudest: motion stands still between beats that are not louder
HASTE = 2.5  # times the usual pace at most, if there are no beats
LEAST = 0.2  # of the truncation, where it is least loud
FINE = 200  # steps a second in which pace is added up
POSES, SIDE = 16, 32  # pictures of a cycle, and their pixels, among which its accent is found


@dataclass(frozen=True)
class Dance:
    """A path (batch of one) to a sound, its frame rate, and how many beats a cycle takes."""

    path: LatentPath
    fps: float
    beats: float | None

    def said(self, heard: Heard) -> str:
        """What was heard, and what was made of it, in one sentence."""
        if heard.tempo is None:
            return "No steady beat was heard: the motion follows its loudness alone."
        count, tempo = len(heard.beats), heard.tempo
        if self.beats is None:
            return (
                f"{count} beats were heard, {tempo:.0f} a minute; this model has no cycle, and "
                "moves on each of them."
            )
        return (
            f"{count} beats were heard, {tempo:.0f} a minute; a cycle takes {self.beats:g} of them."
        )


def frames_of(seconds: float, spec: GeneratorSpec) -> tuple[int, float]:
    """How many frames a sound has with a model, and how many a second."""
    fps = max(spec.fps, SMOOTH)
    return max(1, int(seconds * fps)), fps


def dance(
    generator: Generator,
    heard: Heard,
    seed: int = 0,
    action: str | None = None,
    motion_seed: int | None = None,
    follows: str = SPEED,
) -> Dance:
    """The path of a seed that moves to what was heard; ValueError as `seeded_path`.

    A cycle takes the whole number of beats, or half a beat, that comes nearest to its own length;
    on each of those beats it is where it always is, and on the first of a cycle at its accent.
    """
    limits.check_choice("What loudness steers", follows, FOLLOWS)
    spec = generator.spec
    frames, fps = frames_of(heard.seconds, spec)
    times = np.arange(frames) / fps
    plain = seeded_path(spec, seed, 1, action=action, motion_seed=motion_seed)
    cycle, count = generator.cycle_seconds(plain), None
    if heard.tempo is None:
        moved = _hurried(heard, times) if follows == SPEED else times
    else:
        beat = 60 / heard.tempo
        passed = _beats_passed(heard, times, evenly=follows != SPEED)
        if cycle is None:
            moved = beat * (passed - passed.min())
        else:
            count = min(BEATS, key=lambda each: abs(math.log(each * beat / cycle)))
            accent = _accent(generator, cycle, seed, action, motion_seed)
            moved = accent + cycle / count * passed
            moved += cycle * max(0, math.ceil(-moved.min() / cycle))
    moments = Moments(torch.from_numpy(moved))
    path = path_at(spec, seed, moments, action, motion_seed=motion_seed)
    if follows == VARIETY:
        loud = torch.from_numpy(LEAST + (1 - LEAST) * heard.loud(times)).to(path.truncation)
        path = replace(path, truncation=path.truncation * loud)
    return Dance(path, fps, count)


def _beats_passed(heard: Heard, times: np.ndarray, evenly: bool) -> np.ndarray:
    """How many beats have passed at each moment, (T,), the first one being 0.

    Whole numbers on beats. Between two of them motion hurries where it is loud, unless `evenly`;
    where nothing is heard it rests. Before the first beat and after the last it goes on as between.
    """
    beats = heard.beats
    usual = float(np.median(np.diff(beats)))
    before = np.arange(beats[0], -usual, -usual)[:0:-1]
    after = np.arange(beats[-1], heard.seconds + 2 * usual, usual)[1:]
    marks = np.concatenate([before, beats, after])
    fine = np.arange(marks[0], marks[-1] + 1 / FINE, 1 / FINE)
    loud = np.where((fine < 0) | (fine > heard.seconds), 0.0, heard.loud(fine))
    pace = np.ones_like(fine) if evenly else REST + loud
    gone = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2)])
    at_marks = np.interp(marks, fine, gone)
    # Between two marks the share of what goes by there.
    which = np.searchsorted(marks, times, side="right") - 1
    which = which.clip(0, len(marks) - 2)
    share = (np.interp(times, fine, gone) - at_marks[which]) / np.diff(at_marks)[which]
    heard_there = [
        heard.loudness[slice(*_span(heard, *pair))] for pair in zip(marks, marks[1:], strict=False)
    ]
    moves = np.array([len(part) > 0 and part.max() > QUIET for part in heard_there])
    number = np.concatenate([[0.0], np.cumsum(moves)])
    passed = number[which] + share.clip(0, 1) * moves[which]
    return passed - number[len(before)]


def _span(heard: Heard, start: float, stop: float) -> tuple[int, int]:
    """Which moments of loudness lie between two times in seconds."""
    rate = len(heard.loudness) / heard.seconds
    return max(0, int(start * rate)), max(0, int(stop * rate))


def _hurried(heard: Heard, times: np.ndarray) -> np.ndarray:
    """Seconds of motion that have passed, (T,): the louder the faster, one a second on average."""
    loud = heard.loud(times)
    pace = (loud / max(loud.mean(), 1e-6)).clip(0, HASTE)
    return np.concatenate([[0.0], np.cumsum(pace[:-1])]) * (times[1] if len(times) > 1 else 0)


def _accent(
    generator: Generator,
    cycle: float,
    seed: int,
    action: str | None,
    motion_seed: int | None,
) -> float:
    """When in its cycle an action looks least like it usually does, in seconds."""
    moments = Moments(torch.arange(POSES, dtype=torch.float64) * cycle / POSES)
    path = path_at(generator.spec, seed, moments, action, motion_seed=motion_seed)
    side = min(SIDE, generator.spec.resolution)
    poses = torch.cat(list(engine.draw(generator, path, POSES, side)), 1)[0]  # (POSES, C, h, w)
    far = (poses - poses.mean(0)).square().mean((1, 2, 3))
    return float(far.argmax()) * cycle / POSES
