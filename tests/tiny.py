"""Tiny random generators of every family: quick, and none draws a constant picture."""

from __future__ import annotations

import pytest
import torch

from vidgen.models import FAMILIES
from vidgen.types import Generator, GeneratorSpec

ACTIONS = ("bend", "wave", "walk")
SPEC = {"resolution": 16, "channels": 3, "fps": 25, "content_dim": 8, "motion_dim": 4}
CONFIGS = {"style": {"widths": (16, 16, 16), "style_dim": 16, "pose_channels": 4}}

every_family = pytest.mark.parametrize("family", sorted(FAMILIES))
# Families that can draw any moment alone, at any frame rate.
CONTINUOUS = pytest.mark.parametrize("family", ["style"])


def tiny_generator(family: str = "style", actions: tuple[str, ...] = ACTIONS) -> Generator:
    """A generator in eval mode, whose weights depend on nothing but the family and actions."""
    kind, config = FAMILIES[family]
    spec = GeneratorSpec(family, **SPEC, actions=actions)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        generator = kind(spec, config(**CONFIGS.get(family, {}))).eval()
        for parameter in generator.parameters():
            if not parameter.detach().any():  # starts at nothing, and so would the picture
                torch.nn.init.normal_(parameter, std=0.3)
    return generator


def draw(generator: Generator, path) -> torch.Tensor:
    """All frames (B, T, C, H, W) of a path, chunk by chunk as everyone else draws them."""
    return torch.cat(list(generator.stream(path)), 1)
