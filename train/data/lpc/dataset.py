"""Characters composed from the layers of the Liberated Pixel Cup, as clips and batches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from train.data.batches import Batch
from train.data.lpc.attributes import attribute_values
from train.data.lpc.characters import Character, draw_character
from train.data.lpc.layers import (
    ANIMATIONS,
    CELL,
    DIRECTIONS,
    ROW_FRAMES,
    ROWS,
    Layers,
    load_layers,
)
from train.data.lpc.wardrobe import Wardrobe, fill_wardrobe
from vidgen.pixels.arrays import as_frames
from vidgen.types import ActionTiming

# The sheets say nothing of time. So slow, a walk's 8 frames are two steps in a second, a person's
# unhurried pace, and a moment in seconds is a whole number of frames in eighths: exact in binary.
LPC_FPS = 8.0
RESOLUTIONS = (CELL, CELL // 2)
ACTIONS = (*[f"{a}_{d}" for a in ANIMATIONS for d in DIRECTIONS][:-4], "hurt")  # one a row

# Seeds of characters: to learn from, and never learnt from, for judges and scores.
SEEDS = {"train": (0, 60_000), "heldout": (60_000, 64_000)}  # from, up to


def load_lpc(folder: str | Path, resolution: int = CELL, split: str = "train") -> LpcDataset:
    """The characters of a folder of layers. Raises ValueError if none can be dressed."""
    if resolution not in RESOLUTIONS:
        raise ValueError(f"Characters are drawn at 32 or 64 pixels, not at {resolution}.")
    if split not in SEEDS:
        raise ValueError(f"The characters are split into {', '.join(SEEDS)}, not {split!r}.")
    root = Path(folder).expanduser()
    layers = load_layers(root)
    wardrobe = fill_wardrobe(layers)
    if not wardrobe.sexes:
        raise ValueError(f"{root} holds no body with a top and trousers that fit it.")
    seeds = range(*SEEDS[split])
    return LpcDataset(f"lpc {split}", layers, wardrobe, seeds, resolution, timing=lpc_timing())


def lpc_timing() -> tuple[ActionTiming, ...]:
    """Of ACTIONS: a walk stands first and then goes round and round; all else ends."""
    walk = ActionTiming(ANIMATIONS["walk"] - 1, lead=1, loops=True)
    return tuple(walk if a == "walk" else ActionTiming(ANIMATIONS[a]) for a in ROWS)


def compose(layers: Layers, character: Character, row: int, column: int) -> np.ndarray:
    """One cell of a character's sheet: uint8 (64, 64, 4), colour premultiplied by alpha."""
    return layers.colours[_compose(layers, character, row, column)]


def _compose(layers: Layers, character: Character, row: int, column: int) -> np.ndarray:
    """The same as indices into the colours, uint16 (64, 64)."""
    canvas = np.zeros((CELL, CELL), np.uint16)
    for piece in character.outfits[row // len(DIRECTIONS)]:
        box, pixels = layers.cell(piece.layer, row, column)
        if pixels.size:
            np.copyto(canvas[box], pixels, where=pixels > 0)
    return canvas


@dataclass(frozen=True)
class LpcDataset:
    """A `Dataset` of characters, each with 21 clips, composed when asked for.

    Clip `21 * character + row` is that row of the character's sheet. Batches are not of clips but
    of characters, so that what a character looks like is the same in all of its animations.
    """

    name: str
    layers: Layers
    wardrobe: Wardrobe
    seeds: range
    side: int
    timing: tuple[ActionTiming, ...]
    fps: float = LPC_FPS
    actions: tuple[str, ...] = ACTIONS

    def __len__(self) -> int:
        return len(self.seeds) * len(ACTIONS)

    @property
    def resolution(self) -> int:
        return self.side

    @property
    def channels(self) -> int:
        return 4

    @cached_property
    def labels(self) -> np.ndarray:
        return np.tile(np.arange(len(ACTIONS)), len(self.seeds))

    @cached_property
    def lengths(self) -> np.ndarray:
        return np.tile(np.array(ROW_FRAMES), len(self.seeds))

    @cached_property
    def starts(self) -> np.ndarray:
        return self.lengths.cumsum() - self.lengths

    @cached_property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """What can be asked about a character, and every answer, sorted."""
        return attribute_values(self.wardrobe)

    def character(self, index: int) -> Character:
        """The character of a clip // 21. Raises IndexError beyond the last."""
        return draw_character(self.wardrobe, self.seeds[index])

    def clip(self, index: int) -> np.ndarray:
        """All frames of a clip, uint8 (T, H, W, 4); a walk begins with the standing frame."""
        character, row = divmod(index, len(ACTIONS))
        who = self.character(character)
        return self._frames([(who, row, column) for column in range(ROW_FRAMES[row])])

    def batch(self, size: int, frames_per_clip: int, span: int, rng: torch.Generator) -> Batch:
        """Of random characters; `span` has no meaning.

        Frames 0 and 1 are neighbours of one action, frame 2 is any of the same action, all further
        ones are any of any other action. Times are those of the native frames: frame k of a cycle
        is at k / fps, what leads into it at -1 / fps. action is (B, T, A), of every frame.
        """
        who = torch.randint(len(self.seeds), (size,), generator=rng).tolist()
        chance = torch.rand(
            size, 3 + 2 * frames_per_clip, generator=rng, dtype=torch.float64
        ).tolist()
        chosen = [
            _choose(numbers, frames_per_clip, self.timing) for numbers in chance
        ]  # size * frames_per_clip of (row, moment)
        characters = [self.character(index) for index in who]
        cells = [
            (character, row, moment + self.timing[row].lead)
            for character, frames in zip(characters, chosen, strict=True)
            for row, moment in frames
        ]
        frames = as_frames(torch.from_numpy(self._frames(cells)))
        rows, moments = torch.tensor(chosen).unbind(-1)  # (B, T) each
        action = torch.nn.functional.one_hot(rows, len(ACTIONS)).float()
        return Batch(
            frames.unflatten(0, (size, frames_per_clip)),
            moments.float() / self.fps,
            action,
        )

    def _frames(self, cells: list[tuple[Character, int, int]]) -> np.ndarray:
        """Cells of (character, row, column), uint8 (N, H, W, 4), premultiplied."""
        index = np.stack([_compose(self.layers, *cell) for cell in cells])
        frames = self.layers.colours[index]
        if self.side < CELL:
            step = CELL // self.side
            shape = (len(cells), self.side, step, self.side, step, 4)
            frames = frames.reshape(shape).mean((2, 4), dtype=np.float32).round().astype(np.uint8)
        return frames


def _choose(
    numbers: list[float], count: int, timings: tuple[ActionTiming, ...]
) -> list[tuple[int, int]]:
    """(row, moment) of `count` frames; moments count from the first frame of the cycle."""
    row = int(numbers[0] * len(timings))
    timing = timings[row]
    # Every frame but the last has one after it; that of a cycle is followed by the first.
    moment = int(numbers[1] * (timing.lead + timing.frames - (not timing.loops))) - timing.lead
    after = (moment + 1) % timing.frames if timing.loops else moment + 1
    chosen = [(row, moment), (row, after), (row, _any(timing, numbers[2]))][:count]
    for first, second in zip(numbers[3::2], numbers[4::2], strict=True):
        if len(chosen) == count:
            break
        other = int(first * (len(timings) - 1))
        other += other >= row
        chosen.append((other, _any(timings[other], second)))
    return chosen


def _any(timing: ActionTiming, number: float) -> int:
    return int(number * (timing.lead + timing.frames)) - timing.lead
