"""From a file with sound to a film that moves to it: reading, hearing, dancing, writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidgen import engine, limits
from vidgen.pixels.clip import write_clip
from vidgen.pixels.reading.apart import sound_apart
from vidgen.pixels.reading.sound import as_samples, decode_sound
from vidgen.pixels.reading.timing import Bounds, Unreadable
from vidgen.sound.beats import Heard, hear
from vidgen.sound.dance import Dance
from vidgen.types import Generator

BACKGROUND = "#ffffff"  # of what is drawn with transparency, which an MP4 has not
FORMAT = "mp4"
MADE = "a dance to a sound"  # what such a file says of itself
BOUNDS = Bounds(seconds=20.0)  # of decoding
THIS = "This"  # what a file is called that a visitor sent


@dataclass(frozen=True, eq=False)
class Sound:
    """samples: int16 (N, 2), 44,100 a second; what was heard; and what was left out, in words."""

    samples: np.ndarray
    heard: Heard
    notes: tuple[str, ...]


def read_sound(path: Path) -> Sound:
    """The first seconds of a file's sound. Raises ValueError with one sentence."""
    try:
        data, notes = decode_sound(path, BOUNDS)
    except Unreadable as error:
        raise ValueError(f"{path.name} is no sound that can be used: {error}.") from error
    samples = as_samples(data)
    return Sound(samples, hear(samples), tuple(notes))


def read_strangers_sound(path: Path) -> Sound:
    """The same of a file that a visitor sent, decoded apart: see vidgen/pixels/reading/apart.py."""
    try:
        samples, notes = sound_apart(path, BOUNDS)
    except Unreadable as error:
        raise ValueError(f"{THIS} is no sound that can be used: {error}.") from error
    return Sound(samples, hear(samples), tuple(notes))


def write_dance(
    path: Path,
    generator: Generator,
    dance: Dance,
    sound: Sound,
    size: int,
    background: str = BACKGROUND,
    note: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Writes an MP4 with the sound in it. Raises ValueError, OSError."""
    frames, alpha = dance.path.frames, generator.spec.channels == 4
    limits.check_pixels(frames, int(limits.SIZE.check(size)))
    return write_clip(
        path, engine.draw(generator, dance.path), dance.fps, size, FORMAT,
        background=background if alpha else limits.TRANSPARENT, progress=progress, note=note,
        sound=sound.samples,
    )  # fmt: skip
