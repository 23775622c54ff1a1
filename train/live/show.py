"""What there is to see of a game: everything that the page draws, as plain numbers."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import torch
from torch import Tensor

from train.live.clips import COLOURS, FRAMES, SIZE, Clips
from train.live.game import Game, World
from train.live.points import EXTENT, Points
from vidgen.lessons import Lesson
from vidgen.pixels.arrays import as_pixels

SHOWN = {"points": 240, "clips": 12}  # examples
SCORED = {"points": 512, "clips": 64}
HEAT = 28  # cells along a side of the critic's heat map
GRID = 13  # lines each way of the square that the generator bends
BINS = 24  # of the histograms
MOST_POINTS = 240  # of a curve; then every second one is left out


def world_of(lesson: Lesson) -> World:
    """The world that a lesson plays in."""
    return Points(lesson.data) if lesson.plane else Clips()


class Curve:
    """Values over steps, thinned out as they become many."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.values: dict[str, list[float]] = {name: [] for name in names}
        self.every, self._steps = 1, 0

    def add(self, **values: float) -> None:
        """One step's values, by name."""
        self._steps += 1
        if self._steps % self.every:
            return
        for name, kept in self.values.items():
            kept.append(round(values[name], 4))
        if len(next(iter(self.values.values()))) > MOST_POINTS:
            self.values = {name: kept[1::2] for name, kept in self.values.items()}
            self.every *= 2


class Show:
    """A game and its curves. Deterministic: the same lesson shows the same."""

    def __init__(self, lesson: Lesson) -> None:
        self.game = Game(lesson, world_of(lesson))
        self.kind = "points" if lesson.plane else "clips"
        self.curve = Curve(("critic", "generator"))

    def change(self, lesson: Lesson) -> Show:
        """Goes on with other settings: itself, or a new show between points and clips."""
        if lesson.plane != self.game.lesson.plane:
            return Show(lesson)
        if lesson.data != self.game.lesson.data:
            self.game.world = world_of(lesson)
        self.game.change(lesson)
        return self

    def step(self) -> None:
        """A step of both, and a point of the curves."""
        self.game.step()
        judged = self.game.judged
        assert judged is not None
        self.curve.add(critic=judged.critic_loss, generator=self.game.generator_loss)

    def report(self) -> dict:
        """What the page draws: plain numbers, lists of them, and words."""
        game = self.game
        seen = {
            "kind": self.kind,
            "steps": game.steps,
            "signal": float(f"{game.signal:.3g}"),
            "scores": {name: round(value, 3) for name, value in self.scores().items()},
            "curves": self.curve.values,
            "every": self.curve.every,
            "histogram": self._histogram(),
        }
        drawn = game.generated(SHOWN[self.kind])
        return seen | (self._plane(drawn) if self.kind == "points" else self._clips(drawn))

    def scores(self) -> dict[str, float]:
        """The game's scores, each a share in [0, 1]."""
        return self.game.scores(SCORED[self.kind])

    def _histogram(self) -> dict | None:
        judged = self.game.judged
        if judged is None:
            return None
        both = torch.cat([judged.real, judged.generated])
        low, high = both.min().item(), both.max().item()
        if high - low < 1e-3:
            low, high = low - 0.5, high + 0.5
        count = {
            name: torch.histc(logits, BINS, low, high).int().tolist()
            for name, logits in (("real", judged.real), ("generated", judged.generated))
        }
        return {"low": round(low, 2), "high": round(high, 2), **count}

    @torch.no_grad()
    def _plane(self, drawn: Tensor) -> dict:
        game, ends = self.game, torch.linspace(-1, 1, GRID)
        lesson, world = game.lesson, game.world
        assert isinstance(world, Points)
        corners = torch.cartesian_prod(ends, ends)
        cells = (torch.arange(HEAT) + 0.5) / HEAT * 2 * EXTENT - EXTENT
        logits = game.critic(torch.cartesian_prod(cells, cells).flip(1)).flatten()
        if game.judged is None:
            level = logits.mean()
        else:
            level = (game.judged.real.mean() + game.judged.generated.mean()) / 2
        height = logits - level
        height = height / height.abs().quantile(0.98).clamp(min=1e-6)
        return {
            "real": as_list(world.points[: min(lesson.examples or len(drawn), len(drawn))]),
            "generated": as_list(drawn),
            "grid": as_list(game.generator(corners)),
            "lines": GRID,
            "heat": (height.clamp(-1, 1) * 50 + 50).int().tolist(),  # row by row from the bottom
            "cells": HEAT,
            "extent": EXTENT,
        }

    def _clips(self, drawn: Tensor) -> dict:
        world = self.game.world
        assert isinstance(world, Clips)
        return {
            "clips": picture(drawn),
            "examples": picture(world.clips[: len(drawn) // 2]),
            "frames": FRAMES,
            "side": SIZE,
        }


def as_list(points: Tensor) -> list[float]:
    """Points (N, 2) as x, y, x, y, ... in hundredths of a unit's precision."""
    return [round(value, 2) for value in points.flatten().tolist()]


def picture(clips: Tensor) -> str:
    """Clips (N, 24, 16, 16) as a PNG in base64: a row for each, its frames from left to right."""
    frames = clips.view(len(clips), FRAMES, COLOURS, SIZE, SIZE)
    pixels = as_pixels(frames).transpose(0, 2, 1, 3, 4)  # (N, H, T, W, C)
    rows = pixels.reshape(len(clips) * SIZE, FRAMES * SIZE, COLOURS)
    written, png = cv2.imencode(".png", np.ascontiguousarray(rows[..., ::-1]))
    assert written
    return base64.b64encode(png.tobytes()).decode()
