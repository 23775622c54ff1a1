"""Tiny random generators of every family: quick, and none draws a constant picture."""

from __future__ import annotations

import pytest
import torch

from vidgen.latents import seeded_path
from vidgen.models import FAMILIES
from vidgen.types import ActionTiming, Generator, GeneratorSpec

ACTIONS = ("bend", "wave", "walk")
SPEC = {"resolution": 16, "channels": 3, "fps": 25, "content_dim": 8, "motion_dim": 4}
CONFIGS = {
    "style": {"widths": (16, 16, 16), "style_dim": 16, "pose_channels": 4},
    "mlp": {"hidden": (16, 32)},
    "dcgan": {"widths": (16, 16)},
    "conv3d": {"moving": (16, 16), "still": (16, 16)},
    "mocogan": {"widths": (16, 16)},
    "vae": {"widths": (16, 16), "features": 16, "width": 16},
    "autoregressive": {"widths": (16, 16), "width": 16},
}
# What a family wants otherwise than SPEC: those that know whole frames only have knots of some.
SPECS = {
    "mlp": {"knot_seconds": 0.16},
    "dcgan": {"motion_dim": 16, "knot_seconds": 0.16},
    "conv3d": {"knot_seconds": 0.16},
    "mocogan": {"motion_dim": 16, "knot_seconds": 0.16},
    "vae": {"motion_dim": 16, "knot_seconds": 0.16},
    "autoregressive": {"motion_dim": 32, "knot_seconds": 0.16},
}
# Of ACTIONS, if motion follows a script.
TIMING = (ActionTiming(5), ActionTiming(3), ActionTiming(4, lead=1, loops=True))

BATCH_NORMS = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)

every_family = pytest.mark.parametrize("family", sorted(FAMILIES))
# Families that can draw any moment, at any frame rate.
ANY_RATE = pytest.mark.parametrize(
    "family", ["autoregressive", "conv3d", "dcgan", "mlp", "mocogan", "style", "vae"]
)
# Those that move smoothly between native frames too, also where a loop closes.
CONTINUOUS = pytest.mark.parametrize("family", ["style"])


def tiny_generator(
    family: str = "style",
    actions: tuple[str, ...] = ACTIONS,
    timing: tuple[ActionTiming, ...] = (),
    channels: int = 3,
) -> Generator:
    """A generator in eval mode, whose weights depend on nothing but what is given here."""
    kind, config = FAMILIES[family]
    sizes = SPEC | SPECS.get(family, {}) | {"channels": channels}
    spec = GeneratorSpec(family, **sizes, actions=actions, timing=timing)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        generator = kind(spec, config(**CONFIGS.get(family, {}))).eval()
        for parameter in generator.parameters():
            if not parameter.detach().any():  # starts at nothing, and so would the picture
                torch.nn.init.normal_(parameter, std=0.3)
    _settle(generator)
    return generator


@torch.no_grad()
def _settle(generator: Generator) -> None:
    """Shows batch normalisation what it will see: untrained, all of its pictures are one grey."""
    norms = [m for m in generator.modules() if isinstance(m, BATCH_NORMS)]
    for norm in norms:
        norm.momentum = 1.0
    if norms:
        generator.train()(seeded_path(generator.spec, 0, 64))
        generator.eval()


def draw(generator: Generator, path) -> torch.Tensor:
    """All frames (B, T, C, H, W) of a path, chunk by chunk as everyone else draws them."""
    return torch.cat(list(generator.stream(path)), 1)
