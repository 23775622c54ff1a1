"""Promises of the scores of loops: a seam, a person who changes, a pair drawn badly all show."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.tiny import tiny_generator
from train.data import ClipDataset
from train.judging import JudgeCard
from train.scores.aims import aims
from train.scores.board import score
from train.scores.clips import ClipSet, window
from train.scores.loops import FARTHER, SAME, SEAM, seam_ratios, seams, subjects
from train.scores.sample import Counts, Sample

LENGTH, SIDE, ACTIONS, PEOPLE = 24, 8, ("a", "b", "c"), ("ann", "bob", "eve", "joe")
HELD = (0, 5)  # ann in a, bob in b


def picture(action: int, person: int, frame: np.ndarray, off: float = 0.0) -> np.ndarray:
    """Loops uint8 (T, 8, 8, 3): red says who, green which action, blue goes up and down."""
    pixels = np.zeros((len(frame), SIDE, SIDE, 3))
    pixels[..., 0] = 60 * person + off
    pixels[..., 1] = 80 * action
    pixels[..., 2] = (120 + 100 * np.sin(2 * np.pi * frame / LENGTH))[:, None, None]
    return pixels.round().clip(0, 255).astype(np.uint8)


def people() -> ClipDataset:
    pairs = [(a, p) for a in range(len(ACTIONS)) for p in range(len(PEOPLE))]
    starts = np.arange(len(pairs)) * LENGTH
    return ClipDataset(
        "gestures",
        np.concatenate([picture(a, p, np.arange(LENGTH)) for a, p in pairs]),
        starts,
        np.full(len(pairs), LENGTH),
        np.array([a for a, _ in pairs]),
        ACTIONS,
        24.0,
        names=tuple(f"{ACTIONS[a]}/{PEOPLE[p]}.webp" for a, p in pairs),
        loops=True,
        heldout=HELD,
    )


class ColourJudge:
    """Reads person and action from the colours, and features too."""

    card = JudgeCard()
    name, attributes, frames = "conv3d", {"action": ACTIONS, "person": PEOPLE}, 8

    def features(self, frames: torch.Tensor) -> torch.Tensor:
        return ((frames + 1) * 127.5).mean((3, 4)).flatten(1)

    def logits(self, frames: torch.Tensor) -> dict[str, torch.Tensor]:
        red, green, _ = ((frames + 1) * 127.5).mean((1, 3, 4)).unbind(1)
        return {
            "person": -(red[:, None] - 60 * torch.arange(4)).square() / 100,
            "action": -(green[:, None] - 80 * torch.arange(3)).square() / 100,
        }


class Painter:
    """Draws seed s as person s % 4; `off` is added to the red of a pair, (action, person)."""

    labelled = True

    def __init__(self, dataset: ClipDataset, off: dict[tuple[int, int], float]) -> None:
        self.dataset, self.off = dataset, off
        self.generator = tiny_generator(channels=3, actions=ACTIONS)

    def path(self, seed: int, label: int, frames: int) -> tuple[int, int]:
        return seed, label

    def draw(self, path: tuple[int, int], frames: int) -> np.ndarray:
        seed, action = path
        person = seed % 4
        first = 6 * (seed // 4 % 4)
        return picture(action, person, first + np.arange(frames), self.off.get((action, person), 0))


def sample(off: dict, contents: int = 8) -> Sample:
    dataset = people()
    seen = dataset.chosen(dataset.trained)
    clips = ClipSet(np.zeros((4, 8, SIDE, SIDE, 3), np.uint8), np.arange(4) % 3, np.arange(4))
    judge = ColourJudge()
    held = dataset.chosen(np.array(HELD))
    counts = Counts(1, 16, contents)
    painter = Painter(seen, off)
    return Sample(0, counts, painter, clips, clips, clips, judge, [judge], "none", held=held)


def loop_of(levels: np.ndarray) -> np.ndarray:
    """Grey frames of these levels, (T,): uint8 (T, 4, 4, 3)."""
    return np.broadcast_to(levels.astype(np.uint8)[:, None, None, None], (len(levels), 4, 4, 3))


def test_a_loop_has_no_seam_and_a_clip_that_ends_elsewhere_has_one():
    def wave(frames: int, turns: float) -> np.ndarray:
        return loop_of(128 + 120 * np.sin(2 * np.pi * turns * np.arange(frames) / frames + 0.4))

    assert seam_ratios([wave(72, 1), wave(60, 2)]) == pytest.approx((1, 1), abs=0.35)
    pixels, speed = seam_ratios([wave(72, 1.3)])
    assert pixels > 5 and speed > 5


def test_a_sudden_turn_at_the_seam_shows_in_speed_and_not_in_pixels():
    moment = np.arange(40) / 40
    pixels, speed = seam_ratios([loop_of(960 * moment * (1 - moment))])  # a ball that bounces
    assert pixels == pytest.approx(1, abs=0.1) and speed > 5


def test_a_seed_is_one_person_in_all_actions_or_is_counted():
    assert subjects(sample({}))[SAME.format("person")] == (1, 1)
    changed = subjects(sample({(2, 3): -60}))[SAME.format("person")]
    assert changed == (0.75, 1)  # joe is eve in one action: one of four


def test_pairs_that_training_left_out_are_compared_with_those_that_it_saw():
    fair = {(a, p): 6.0 for a in range(3) for p in range(4)}
    assert subjects(sample(fair))[FARTHER][0] == pytest.approx(1)
    worse = fair | {(0, 0): 12.0}
    assert subjects(sample(worse))[FARTHER][0] == pytest.approx(1.5)
    nobody = sample({(a, 0): 180.0 for a in range(3)} | {(a, 1): 120.0 for a in range(3)})
    assert "--contents takes more" in subjects(nobody)[FARTHER]


def test_scores_of_loops_are_of_loops_only():
    other = sample({})
    object.__setattr__(other.sampler.dataset, "loops", False)
    assert subjects(other) == seams(other) == {}


def test_windows_of_loops_go_on_with_the_first_frame():
    dataset = people()
    whole = dataset.clip(0)
    firsts = set()
    for seed in range(60):
        found = window(dataset, 0, 8, np.random.default_rng(seed))
        (first,) = [s for s in range(LENGTH) if (np.roll(whole, -s, 0)[:8] == found).all()]
        firsts.add(first)
    assert max(firsts) > LENGTH - 8 and min(firsts) < 3


def test_the_board_scores_loops_and_keeps_the_held_out_clips_apart():
    generator = tiny_generator(channels=3, actions=ACTIONS)
    judge = ColourJudge()
    judge.to = lambda device: judge
    judge.frame_features = lambda frames: ((frames + 1) * 127.5).mean((3, 4))
    board = score(generator, people(), [judge], Counts(1, 16, 2))
    rows = {row.name: row for row in board.scores}
    for name in (*SEAM, SAME.format("person")):
        assert len(rows[name].values) == 1
    assert FARTHER in rows and len(board.first.dataset) == 10 and len(board.first.held) == 2
    assert board.first.training.lengths.shape == (10,)
    wanted = aims("gestures")
    assert {SAME.format("person"), FARTHER, *SEAM} <= set(wanted) and rows[SEAM[0]].aim
