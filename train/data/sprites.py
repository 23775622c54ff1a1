"""The `sprites` of the literature: 1,296 characters in 9 motions of 8 frames, RGB over black.

As Y. Li and S. Mandt, "Disentangled Sequential Autoencoder" (ICML 2018) make them from sheets of
the Liberated Pixel Cup, read from the authors' scripts (github.com/YingzhenLi/Sprites): the first
six bodies, trousers, tops and hair styles and one pair of shoes, laid over each other on black; no
eyes. Colours are within a level of theirs, who round after every layer.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch

from train.data.batches import Batch
from vidgen.pixels.arrays import as_frames
from vidgen.types import ActionTiming

CELL, SHEET = 64, (1344, 832, 4)
OPTIONS = 6  # of each part
PARTS = {"body": "body", "bottom": "bottomwear", "top": "topwear", "hair": "hair"}  # lowest first
SHOES = "shoes/1.png"  # above all else, the same for everyone
# Rows of a sheet, and the columns that the literature's frames 0 to 7 come from: spellcast has 7
# drawings and slash 6, so some are shown twice.
ROWS = {"slash": 12, "spellcast": 0, "walk": 8}
COLUMNS = {
    "slash": (0, 1, 2, 3, 4, 5, 4, 0),
    "spellcast": (0, 1, 2, 3, 4, 5, 4, 6),
    "walk": (8, 1, 2, 3, 4, 5, 6, 7),
}
DIRECTIONS = {"front": 2, "left": 1, "right": 3}
ACTIONS = tuple(f"{motion}_{direction}" for motion in ROWS for direction in DIRECTIONS)
CLIP_FRAMES = 8
BLACK = (0.0, 0.0, 0.0, 1.0)
SPRITES_FPS = 10.0  # the scripts' `duration = 0.1`
SPLITS = {"train": (0, 1000), "heldout": (1000, 1296)}  # of the shuffled characters


def load_sprites(folder: str | Path, resolution: int = CELL, split: str = "train") -> SpriteDataset:
    """1,000 characters to learn from, or the 296 others, as the literature splits them.

    `folder` holds the sheets. Raises ValueError if one is missing or of another size.
    """
    if split not in SPLITS:
        raise ValueError(f"The sprites are split into {', '.join(SPLITS)}, not {split!r}.")
    root = Path(folder).expanduser()
    parts = [
        np.stack([_read_sheet(root, f"{place}/{number}.png") for number in range(OPTIONS)])
        for place in PARTS.values()
    ]
    body, bottom, top, hair = parts
    shoes = _read_sheet(root, SHOES)
    lower = [_as_bytes(_over(b, _over(a, BLACK))) for a, b in itertools.product(body, bottom)]
    upper = [_as_bytes(_over(shoes, _over(b, a))) for a, b in itertools.product(top, hair)]
    order = np.random.RandomState(423).permutation(OPTIONS ** len(PARTS))
    return SpriteDataset(
        name="sprites" if split == "train" else f"sprites {split}",
        lower=np.stack(lower),
        upper=np.stack(upper),
        characters=order[slice(*SPLITS[split])],
        timing=sprites_timing(),
        side=resolution,
    )


def sprites_timing() -> tuple[ActionTiming, ...]:
    """Of ACTIONS: a walk goes round and round, all else ends."""
    return tuple(ActionTiming(CLIP_FRAMES, loops=name.startswith("walk")) for name in ACTIONS)


@dataclass(frozen=True)
class SpriteDataset:
    """A `Dataset` of characters, each with 9 clips of 8 frames, composed when read.

    Clip `9 * i + action` is a motion of character `characters[i]`, whose parts are its digits to
    base 6: body, bottom, top, hair. lower: body and trousers over black; upper: top, hair and
    shoes, premultiplied: both uint32 (36, 72, 64, 64), the bytes of RGBA, 85 MB instead of 1.1 GB.
    """

    name: str
    lower: np.ndarray
    upper: np.ndarray
    characters: np.ndarray
    timing: tuple[ActionTiming, ...]
    side: int = CELL
    fps: float = SPRITES_FPS
    actions: tuple[str, ...] = ACTIONS
    channels: int = 3

    def __len__(self) -> int:
        return len(self.characters) * len(ACTIONS)

    @property
    def resolution(self) -> int:
        return self.side

    @cached_property
    def labels(self) -> np.ndarray:
        return np.tile(np.arange(len(ACTIONS)), len(self.characters))

    @cached_property
    def lengths(self) -> np.ndarray:
        return np.full(len(self), CLIP_FRAMES)

    @cached_property
    def starts(self) -> np.ndarray:
        return np.arange(len(self)) * CLIP_FRAMES

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """What can be asked about a character, and every answer."""
        return {part: tuple(map(str, range(OPTIONS))) for part in PARTS}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of every clip: the character's four digits and its motion, as in `0351/walk_left`."""
        digits = ("".join(map(str, row)) for row in self.parts())
        return tuple(f"{name}/{action}" for name, action in itertools.product(digits, ACTIONS))

    def parts(self) -> np.ndarray:
        """Which body, bottom, top and hair each character has: (characters, 4), 0 to 5."""
        return np.stack(np.unravel_index(self.characters, (OPTIONS,) * len(PARTS)), 1)

    def frames(self, clips: np.ndarray, moments: np.ndarray) -> np.ndarray:
        """Frames 0 to 7 `moments` of clips, both of one shape (...): uint8 (..., H, W, 3)."""
        who, action = np.divmod(clips.reshape(-1), len(ACTIONS))
        lower, upper = np.divmod(self.characters[who], OPTIONS**2)
        cell = action * CLIP_FRAMES + moments.reshape(-1)
        under, over = self.lower[lower, cell], self.upper[upper, cell]
        alpha = over.view(np.uint8)[..., 3::4]
        pictures = np.where(alpha == 255, over, under)
        # Next to all pixels are opaque or empty: one in ten thousand is worth the arithmetic.
        soft = (alpha > 0) & (alpha < 255)
        pictures[soft] = _blend(over[soft], under[soft])
        pictures = pictures.view(np.uint8).reshape(*pictures.shape, 4)[..., :3]
        if self.side != CELL:
            size = (self.side, self.side)
            pictures = np.stack(
                [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pictures]
            )
        return pictures.reshape(*clips.shape, *pictures.shape[1:])

    def clip(self, index: int) -> np.ndarray:
        """All frames of a clip, uint8 (8, H, W, 3)."""
        return self.frames(np.full(CLIP_FRAMES, index), np.arange(CLIP_FRAMES))

    def batch(self, size: int, frames_per_clip: int, span: int, rng: torch.Generator) -> Batch:
        """Of random characters; `span` has no meaning.

        Frames 0 and 1 are neighbours of one action, frame 2 is any of the same action, all further
        ones are any of any action. Frame k is at k / fps; action is (B, T, A), of every frame.
        """
        chance = torch.rand(
            size, 2 + 2 * frames_per_clip, generator=rng, dtype=torch.float64
        ).numpy()
        who = (chance[:, :1] * len(self.characters)).astype(int)
        action = (chance[:, 2 : 2 + frames_per_clip] * len(ACTIONS)).astype(int)
        action[:, 1:3] = action[:, :1]
        moment = (chance[:, 2 + frames_per_clip :] * CLIP_FRAMES).astype(int)
        # Of a motion that ends, the last frame has none after it.
        ends = np.array([not timing.loops for timing in self.timing])[action[:, 0]]
        moment[:, 0] = (chance[:, 1] * (CLIP_FRAMES - ends)).astype(int)
        moment[:, 1] = (moment[:, 0] + 1) % CLIP_FRAMES
        frames = torch.from_numpy(self.frames(who * len(ACTIONS) + action, moment))
        classes = torch.nn.functional.one_hot(torch.from_numpy(action), len(ACTIONS))
        return Batch(
            as_frames(frames),
            torch.from_numpy(moment / self.fps).float(),
            classes.float(),
        )


def _read_sheet(root: Path, name: str) -> np.ndarray:
    """The frames that are used, RGBA in [0, 1], premultiplied: float32 (72, 64, 64, 4)."""
    path = root / name
    try:
        sheet = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        sheet = None
    if sheet is None:
        raise ValueError(f"{root} holds no sprites: {name} is missing, or no picture.")
    if sheet.shape != SHEET or sheet.dtype != np.uint8:
        raise ValueError(f"{path} must have 832x1344 pixels in RGBA, not {sheet.shape}.")
    cells = sheet.reshape(SHEET[0] // CELL, CELL, -1, CELL, 4).swapaxes(1, 2)
    frames = [
        cells[ROWS[motion] + row, column]
        for motion, row in itertools.product(ROWS, DIRECTIONS.values())
        for column in COLUMNS[motion]
    ]
    pixels = cv2.cvtColor(np.concatenate(frames), cv2.COLOR_BGRA2RGBA).astype(np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    return pixels.reshape(len(frames), CELL, CELL, 4)


def _over(above: np.ndarray, below: np.ndarray | tuple) -> np.ndarray:
    """One premultiplied picture over another."""
    return above + np.asarray(below, np.float32) * (1 - above[..., 3:])


def _as_bytes(pixels: np.ndarray) -> np.ndarray:
    """RGBA in [0, 1], (..., 4), as uint32 (...)."""
    return (pixels * 255 + 0.5).astype(np.uint8).view(np.uint32)[..., 0]


def _blend(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Premultiplied pixels over opaque ones, all uint32 (K,)."""
    over, under = (x.view(np.uint8).reshape(-1, 4).astype(np.float32) / 255 for x in (over, under))
    return _as_bytes(_over(over, under))
