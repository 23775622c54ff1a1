"""The scoreboard's own test: what is broken about clips worsens the scores that should notice it.

Clips stand in for generated ones: real ones that no reference holds, the same ones broken, and
training clips. Shapes move one way, so that time has an arrow.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.scored import BROKEN, CLIPS, all_of, exchanged, one_way_shapes, sample_of
from train.scores import sections
from train.scores.copies import TrainingClips

HIGHER = {"precision", "recall", "density", "coverage", "direction right", "H(y) (conv3d)"}
HIGHER |= {"IS (conv3d)", "accuracy (conv3d)", "distance to training over real"}
LOWER = {"FD-clip (own encoder)", "FD-frame (own encoder)", "colour ACD, 16 frames", "copies"}
LOWER |= {"area variation", "H(y|x) (conv3d)"}
RATIOS = {f"frame difference over real, {apart} apart" for apart in (1, 4)}
RATIOS |= {"fine detail over real", "content distance over real (encoder)"}
# What should notice, and by how much it is worse than for real clips: see `shortfall`.
NOTICED = {
    "frozen": {
        "FD-clip (own encoder)": 1, "precision": 0.3, "coverage": 0.3, "direction right": 0.3,
        "frame difference over real, 1 apart": 0.9, "frame difference over real, 4 apart": 0.9,
        "content distance over real (encoder)": 0.9,
    },
    "shuffled": {
        "FD-clip (own encoder)": 0.03, "coverage": 0.3, "frame difference over real, 1 apart": 1,
    },
    "backward": {"FD-clip (own encoder)": 0.01, "coverage": 0.1},
    "one_class": {
        "FD-clip (own encoder)": 0.003, "recall": 0.1, "accuracy (conv3d)": 0.4,
        "IS (conv3d)": 0.5, "H(y) (conv3d)": 0.5, "direction right": 0.4,
    },
    "one_identity": {
        "FD-clip (own encoder)": 0.1, "FD-frame (own encoder)": 0.5, "recall": 0.8,
        "coverage": 0.8,
    },
    "noisy": {
        "FD-frame (own encoder)": 0.1, "precision": 0.3, "fine detail over real": 1,
        "colour ACD, 16 frames": 3, "area variation": 0.01,
        "frame difference over real, 1 apart": 1,
    },
    "blurred": {"FD-frame (own encoder)": 0.01, "fine detail over real": 0.7},
    "discoloured": {"colour ACD, 16 frames": 10},
    "copied": {"copies": 0.9, "distance to training over real": 0.9},
}  # fmt: skip


def shortfall(name: str, pair: tuple[float, float]) -> float:
    """How much worse than for real clips, in the score's own unit; 0 if it is as good."""
    value, floor = pair
    if name in RATIOS:
        return abs(value - 1) - abs(floor - 1)
    return floor - value if name in HIGHER else value - floor


@pytest.fixture(scope="module")
def scored():
    """By kind of clips, what every section says of them."""
    dataset = one_way_shapes()
    training, fresh = TrainingClips(dataset), all_of(one_way_shapes(CLIPS, seed=9))
    kinds = {"held out": fresh, "copied": all_of(dataset)}
    kinds |= {name: change(fresh) for name, change in BROKEN.items()}
    sample = sample_of(dataset, fresh, training)
    with pytest.MonkeyPatch.context() as patch:
        # The same for all of them, and the only one that has to draw.
        patch.setattr(sections, "_long_distance", lambda sample: "not asked here")
        return {
            name: {
                row: pair
                for section in (
                    sections.distances, sections.overlaps, sections.motions, sections.contents,
                    sections.labels, sections.looks, sections.memory,
                )
                for row, pair in section(exchanged(sample, clips)).items()
            }
            for name, clips in kinds.items()
        }  # fmt: skip


@pytest.mark.parametrize("kind", NOTICED)
def test_what_is_broken_worsens_the_scores_that_should_notice(scored, kind):
    for name, margin in NOTICED[kind].items():
        real = max(0.0, shortfall(name, scored["held out"][name]))
        assert shortfall(name, scored[kind][name]) > real + margin, (name, scored[kind][name])


# What may pass between two sets of 128 real clips by chance.
CHANCE = dict.fromkeys(HIGHER, 0.08) | dict.fromkeys(LOWER, 0.02) | dict.fromkeys(RATIOS, 0.1)
CHANCE |= {"density": 0.15, "colour ACD, 16 frames": 0.3, "IS (conv3d)": 0.05}
CHANCE |= {"FD-clip (own encoder)": 0.002, "distance to training over real": 0.1}


def test_real_clips_that_nobody_learnt_from_worsen_nothing(scored):
    assert set(scored["held out"]) >= HIGHER | LOWER | RATIOS
    for name in HIGHER | LOWER | RATIOS:
        assert shortfall(name, scored["held out"][name]) < CHANCE[name], name


@pytest.mark.parametrize(
    ("kind", "blind"),
    [
        ("backward", {"FD-frame (own encoder)", "copies", "accuracy (conv3d)", *RATIOS}),
        ("shuffled", {"FD-frame (own encoder)", "colour ACD, 16 frames", "area variation"}),
        ("copied", {"FD-clip (own encoder)", "coverage", "recall", "accuracy (conv3d)", *RATIOS}),
        ("blurred", {"accuracy (conv3d)", "direction right", "copies"}),
    ],
)
def test_a_score_says_nothing_of_what_is_not_its_business(scored, kind, blind):
    for name in blind:
        assert shortfall(name, scored[kind][name]) < CHANCE[name] * 2, (name, scored[kind][name])


def test_a_floor_never_depends_on_the_generated_clips(scored):
    for name, (_, floor) in {n: p for n, p in scored["held out"].items() if n in HIGHER}.items():
        assert all(np.isclose(rows[name][1], floor) for rows in scored.values()), name
