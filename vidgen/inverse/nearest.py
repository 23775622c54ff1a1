"""Which seed's clip comes nearest to a path: a clip that was found goes to the sliders by it."""

from __future__ import annotations

from dataclasses import replace

import torch

from vidgen import engine
from vidgen.inverse.distance import multi_scale_distance
from vidgen.inverse.start import TOGETHER, at
from vidgen.latents import seeded_content, together
from vidgen.types import Generator, LatentPath

SEEDS = 256  # tried
SIDE = 32  # pixels
MOMENTS = 2


def nearest_seed(generator: Generator, path: LatentPath, seeds: int = SEEDS) -> int:
    """Of the first seeds the one whose content looks most like that of a path, moving as it does.

    Compared as drawn, at two moments and 32 pixels: latents that differ may look the same.
    """
    side = min(SIDE, generator.spec.resolution)
    moments = torch.linspace(0, path.frames - 1, min(MOMENTS, path.frames)).round().long()
    some = at(path, moments)
    wanted = next(engine.draw(generator, some, some.frames, side))[0]
    count, distances = max(1, TOGETHER // len(moments)), []
    for start in range(0, seeds, count):
        contents = [
            seeded_content(generator.spec, seed)[0]
            for seed in range(start, min(start + count, seeds))
        ]
        paths = [replace(some, content=content.expand(1, some.frames, -1)) for content in contents]
        frames = next(engine.draw(generator, together(paths), some.frames, side))
        each = multi_scale_distance(
            frames.flatten(0, 1), wanted.repeat(len(paths), 1, 1, 1), levels=3
        )
        distances.append(each.unflatten(0, (len(paths), -1)).mean(1))
    return int(torch.cat(distances).argmin())
