"""Tiny clips of moving shapes: 8 frames of 16 pixels, whose frames a picture's channels hold.

So one convolution looks at all frames, and a step of 32 clips takes hundredths of a second.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from train.data.shapes import FPS, draw, random_scene
from train.gan.convolution import convolve
from vidgen.pixels.arrays import as_frames

FRAMES, SIZE, COLOURS = 8, 16, 3
CHANNELS = FRAMES * COLOURS
STRIDE = 2  # of the shapes' frames: 8 of them are about half of to and fro
# Of `shapes`: larger and less far apart, so that one minute is enough to learn them.
LARGER, NEARER = 1.5, 0.6
CHANNELS_LAST = torch.channels_last  # a sixth quicker on one core
EXAMPLES = 2048
WIDTH = 64
LIT = 0.0  # a pixel whose brightest colour is above it belongs to a shape
COPY = 1 / 3  # a clip is a copy if it is that much nearer than real clips are to each other


class Clips:
    """Tiny clips as a world of the game: examples are (N, 8 * 3, 16, 16) in [-1, 1]."""

    latent = 32

    def __init__(self) -> None:
        self.clips = real_clips(EXAMPLES, seed=0)
        self.held_out = real_clips(256, seed=1)
        self.sound = sound_ranges(real_clips(512, seed=2))

    def real(self, count: int, examples: int, rng: torch.Generator) -> Tensor:
        """(count, 24, 16, 16) of the first `examples` clips, or of all if that is 0."""
        chosen = self.clips[torch.randint(examples or EXAMPLES, (count,), generator=rng)]
        return chosen.contiguous(memory_format=CHANNELS_LAST)

    def generator(self) -> nn.Module:
        return channels_last(ShapeGenerator(self.latent))

    def critic(self) -> nn.Module:
        layers = nn.Sequential(
            Convolution(CHANNELS, WIDTH, 3, stride=2), nn.LeakyReLU(0.2),
            Convolution(WIDTH, WIDTH * 2, 3, stride=2), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(WIDTH * 2 * 16, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1),
        )  # fmt: skip
        return channels_last(layers)

    def scores(self, generated: Tensor, examples: int) -> dict[str, float]:
        """shapes: frames that show one shape, as large and compact as a real one, over black.

        copies: clips that are nearly one of the few `examples` that there are.
        """
        low, high = self.sound
        found = features(generated)
        sound = ((found >= low) & (found <= high)).all(2)  # (N, T)
        scores = {"shapes": sound.float().mean().item()}
        if examples:
            few = self.clips[:examples].flatten(1)
            nearest = torch.cdist(generated.flatten(1), few).amin(1)
            usual = torch.cdist(self.held_out.flatten(1), few).amin(1).mean()
            scores["copies"] = (nearest < COPY * usual).float().mean().item()
        return scores


def channels_last(network: nn.Module) -> nn.Module:
    """The network, its convolutions' weights in that order."""
    for weight in network.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=CHANNELS_LAST)
    return network


class Convolution(nn.Conv2d):
    """A convolution under a penalty: its second derivatives are quick."""

    def forward(self, x: Tensor) -> Tensor:
        assert self.bias is not None
        return convolve(x, self.weight, self.bias, self.stride[0])


class ShapeGenerator(nn.Module):
    """A mask for each frame and one colour for all, over black: VGAN's idea (Vondrick et al. 2016).

    Latents (N, Z) -> clips (N, 24, 16, 16) in [-1, 1].
    """

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.colour = nn.Sequential(nn.Linear(latent, WIDTH), nn.ReLU(), nn.Linear(WIDTH, COLOURS))

        def larger() -> nn.Module:
            return nn.Upsample(scale_factor=2, mode="bilinear")

        self.start = nn.Sequential(nn.Linear(latent, WIDTH * 16), nn.Unflatten(1, (WIDTH, 4, 4)))
        self.masks = nn.Sequential(
            nn.BatchNorm2d(WIDTH), nn.ReLU(),
            larger(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU(),
            larger(), nn.Conv2d(WIDTH, FRAMES, 3, padding=1),
        )  # fmt: skip

    def forward(self, latents: Tensor) -> Tensor:
        start = self.start(latents).contiguous(memory_format=CHANNELS_LAST)  # (N, 64, 4, 4)
        masks = (2 * self.masks(start)).sigmoid()  # (N, T, H, W)
        colour = self.colour(latents).sigmoid()  # (N, C)
        light = masks[:, :, None] * colour[:, None, :, None, None]  # (N, T, C, H, W)
        return light.flatten(1, 2) * 2 - 1


def real_clips(count: int, seed: int) -> Tensor:
    """Procedural clips (count, 24, 16, 16) of a seed, in [-1, 1]."""
    scene = random_scene(count, seed)
    scene = replace(
        scene,
        radius=LARGER * scene.radius,
        reach=NEARER * scene.reach,
        centre=0.5 + NEARER * (scene.centre - 0.5),
    )
    clip, frame = np.divmod(np.arange(count * FRAMES), FRAMES)
    pixels = draw(scene, clip, frame * STRIDE / FPS, SIZE)
    return as_frames(pixels).reshape(count, CHANNELS, SIZE, SIZE)


def features(clips: Tensor) -> Tensor:
    """What a frame shows, (N, T, 3): how large its shape is, how wide, and how black the rest."""
    frames = clips.view(len(clips), FRAMES, COLOURS, SIZE, SIZE)
    light = frames.amax(2)  # (N, T, H, W)
    lit = (light > LIT).float()
    area = lit.sum((2, 3))
    at = torch.arange(SIZE, dtype=torch.float32)
    mass = area.clamp(min=1)
    spread = torch.zeros_like(area)
    for axis in (2, 3):
        profile = lit.sum(axis)  # (N, T, 16)
        mean = (profile * at).sum(2) / mass
        spread += (profile * (at - mean[..., None]).square()).sum(2) / mass
    dark = 1 - lit
    glow = ((light + 1) * dark).sum((2, 3)) / dark.sum((2, 3)).clamp(min=1)
    return torch.stack([area, spread / mass, glow], 2)


def sound_ranges(clips: Tensor) -> tuple[Tensor, Tensor]:
    """Between what the features of all real frames but the most unusual lie, with some room."""
    found = features(clips).flatten(0, 1)
    low, high = found.quantile(0.01, 0), found.quantile(0.99, 0)
    room = (high - low) / 4
    return low - room, high + room
