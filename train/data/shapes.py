"""The procedural `shapes`: a flat-coloured square or circle, moving to and fro over black.

Modelled on the shape motion set of MoCoGAN (Tulyakov et al. 2018, section 4): two shapes of any
size and colour, two motions, paths that are Bezier curves. Here a shape goes back and forth along
its curve like a pendulum, so that a clip of any length shows the motion whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from train.data.batches import ClipDataset

ACTIONS = ("left_right", "bottom_top")
CLIPS, FRAMES, FPS = 4000, 32, 25.0
CYCLES_PER_SECOND = 0.8  # there and back within the 1.28 s of a clip, more or less
MARGIN = 1 / 64  # of the frame, always black around the shape


@dataclass(frozen=True)
class Scene:
    """What clips show: arrays of one row a clip, lengths as fractions of the frame.

    square: True for a square, False for a circle; colour: (N, 3) in [0, 1]; vertical: True where
    the shape moves between bottom and top; radius: half its width; centre: (N, 2), x and y of the
    middle of its path; reach: how far it goes to either side; bow: how far the path's ends and
    middle lie off the straight line; cycles: per second; phase: in turns.
    """

    square: np.ndarray
    colour: np.ndarray
    vertical: np.ndarray
    radius: np.ndarray
    centre: np.ndarray
    reach: np.ndarray
    bow: np.ndarray
    cycles: np.ndarray
    phase: np.ndarray

    def position(self, clip: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the shape's centre, of clips (N,) at moments (N,)."""
        angle = 2 * np.pi * (self.phase[clip] + self.cycles[clip] * seconds)
        along = self.reach[clip] * np.sin(angle)
        # sin and cos of twice the angle trace a parabola: the quadratic Bezier curve.
        across = self.bow[clip] * np.cos(2 * angle)
        x, y = self.centre[clip].T
        vertical = self.vertical[clip]
        return x + np.where(vertical, across, along), y + np.where(vertical, along, across)


def random_scene(clips: int, seed: int) -> Scene:
    """Clips drawn at random, half of each action, that stay `MARGIN` inside the frame."""
    rng = np.random.default_rng(seed)

    def uniform(low: float | np.ndarray, high: float | np.ndarray) -> np.ndarray:
        return low + (high - low) * rng.random(clips)

    vertical = np.arange(clips) % 2 == 1
    radius = uniform(5.5, 11) / 64
    reach = np.minimum(uniform(14, 24) / 64, 0.5 - MARGIN - radius)
    bow = uniform(-3, 3) / 64
    room_along = 0.5 - MARGIN - radius - reach
    room_across = 0.5 - MARGIN - radius - np.abs(bow)
    along, across = (0.5 + uniform(-1, 1) * room for room in (room_along, room_across))
    centre = np.stack([np.where(vertical, across, along), np.where(vertical, along, across)], 1)
    return Scene(
        square=rng.random(clips) < 0.5,
        colour=_colours(uniform(0, 1), uniform(0.3, 1), uniform(0.6, 1)),
        vertical=vertical,
        radius=radius,
        centre=centre,
        reach=reach,
        bow=bow,
        cycles=CYCLES_PER_SECOND * np.exp(0.15 * rng.standard_normal(clips)),
        phase=uniform(0, 1),
    )


def draw(scene: Scene, clip: np.ndarray, seconds: np.ndarray, resolution: int) -> np.ndarray:
    """Pictures of clips (N,) at moments (N,), uint8 (N, resolution, resolution, 3)."""
    # In single precision, half the time of double
    x, y = (np.float32(c * resolution)[:, None] for c in scene.position(clip, seconds))
    radius = np.float32(scene.radius[clip] * resolution)[:, None]  # (N, 1), in pixels
    left = np.arange(resolution, dtype=np.float32)  # of each pixel, which is one wide

    def covered(middle: np.ndarray) -> np.ndarray:
        """How much of each pixel, (N, resolution), lies within `radius` of `middle`."""
        inside = np.minimum(left + 1, middle + radius) - np.maximum(left, middle - radius)
        return inside.clip(0, 1)

    def squared(middle: np.ndarray) -> np.ndarray:
        return np.square(left + 0.5 - middle)

    mask = covered(y)[:, :, None] * covered(x)[:, None, :]  # (N, H, W)
    round_ = np.flatnonzero(~scene.square[clip])
    distance = np.sqrt(squared(y)[round_, :, None] + squared(x)[round_, None, :])
    mask[round_] = (radius[round_, :, None] - distance + 0.5).clip(0, 1)
    colour = np.float32(scene.colour[clip] * 255)[:, None, None]
    return (mask[..., None] * colour + 0.5).astype(np.uint8)


@dataclass(frozen=True)
class DrawnPixels:
    """All frames of all clips, like an array uint8 (clips * frames, H, W, 3), drawn when read.

    4,000 clips are 1.6 GB of pixels, or 400 kB that say what they show; a batch takes 5 ms.
    """

    scene: Scene
    frames: int
    resolution: int
    dtype = np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self), self.resolution, self.resolution, 3

    def __len__(self) -> int:
        return len(self.scene.radius) * self.frames

    @cached_property
    def _index(self) -> np.ndarray:
        return np.arange(len(self))

    def __getitem__(self, index: Any) -> np.ndarray:
        """As of an array: an integer, a slice or an array of integers along the first axis."""
        index = self._index[index]
        clip, frame = np.divmod(index.reshape(-1), self.frames)
        pictures = draw(self.scene, clip, frame / FPS, self.resolution)
        return pictures.reshape(*index.shape, *pictures.shape[1:])


def load_shapes(
    resolution: int = 64, clips: int = CLIPS, frames: int = FRAMES, seed: int = 0
) -> ClipDataset:
    """The procedural clips of a seed: always the same ones, the longer beginning as the shorter."""
    scene = random_scene(clips, seed)
    return ClipDataset(
        name="shapes",
        pixels=DrawnPixels(scene, frames, resolution),
        starts=np.arange(clips) * frames,
        lengths=np.full(clips, frames),
        labels=scene.vertical.astype(np.int64),
        actions=ACTIONS,
        fps=FPS,
    )


def _colours(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """HSV, each (N,) in [0, 1], to RGB (N, 3)."""
    corner = (hue[:, None] * 6 + np.array([0, 4, 2])) % 6
    pure = (np.abs(corner - 3) - 1).clip(0, 1)
    return value[:, None] * (1 - saturation[:, None] * (1 - pure))
