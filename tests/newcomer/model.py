"""A generator of three layers: what `vidgen/models/newcomer.py` would be."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidgen.settings import setting
from vidgen.types import Generator, GeneratorSpec, LatentPath


@dataclass(frozen=True)
class NewcomerConfig:
    width: int = setting(16, "channels of the hidden layer")

    @classmethod
    def for_resolution(cls, resolution: int) -> NewcomerConfig:
        return cls()


class NewcomerGenerator(Generator):
    """One picture for every content and action, at 8x8 and then enlarged."""

    def __init__(self, spec: GeneratorSpec, config: NewcomerConfig | None = None) -> None:
        super().__init__()
        self.spec, self.config = spec, config or NewcomerConfig()
        self.compute_dtype = torch.float32
        inputs = spec.content_dim + len(spec.actions)
        self.layers = nn.Sequential(
            nn.Linear(inputs, self.config.width),
            nn.LeakyReLU(0.2),
            nn.Linear(self.config.width, spec.channels * 64),
        )

    def forward(self, path: LatentPath, resolution: int | None = None) -> Tensor:
        content = path.content * path.truncation.unsqueeze(-1)
        if path.action is not None:
            content = torch.cat([content, path.action], -1)
        image = self.layers(content).tanh().unflatten(-1, (self.spec.channels, 8, 8))
        factor = (resolution or self.spec.resolution) // 8
        return image.repeat_interleave(factor, -1).repeat_interleave(factor, -2)
