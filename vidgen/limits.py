"""What may be asked for: every limit and its sentence, in one place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any


@dataclass(frozen=True)
class Limit:
    """A number between `low` and `high`, both allowed; a whole one if `whole`."""

    name: str
    low: float
    high: float
    whole: bool = False

    def check(self, value: object) -> Any:
        """The value as a number. Raises ValueError with a sentence that says what is allowed.

        An int if `whole`, or else a float. Takes Python's, NumPy's and PyTorch's single numbers;
        text and truth values are none.
        """
        number = self._number(value)
        if number is None or not self.low <= number <= self.high:
            kind = "a whole number" if self.whole else "a number"
            span = f"from {self.low:,} to {self.high:,}"
            raise ValueError(f"{self.name} must be {kind} {span}, not {shown(value)}.")
        return number

    def _number(self, value: Any) -> float | int | None:
        try:
            if getattr(value, "ndim", None) == 0:  # of NumPy or PyTorch
                value = value.item()
            if isinstance(value, bool) or not isinstance(value, Real):
                return None
            if not self.whole:
                return float(value)
            # A slider and JSON send 16.0 for 16; 16.5 is a mistake.
            whole = int(math.floor(value))
            return whole if value == whole else None
        except (TypeError, ValueError, OverflowError, RuntimeError):
            return None


def shown(value: object) -> str:
    """A value as an error message quotes it: on one line, short, whatever it is."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python refuses to write out very long integers
        text = "a very large number"
    return text if len(text) <= 40 else text[:39] + "…"


FRAMES = Limit("Frame count", 1, 4096, whole=True)
FRAME = Limit("Frame", 0, FRAMES.high - 1, whole=True)  # one of a clip
FPS = Limit("Frame rate", 1, 120)
SEED = Limit("Seed", 0, 2**32 - 1, whole=True)
MOTION_SEED = Limit("Motion seed", 0, 2**32 - 1, whole=True)
SPEED = Limit("Speed", 0.1, 4)  # seconds of motion in one of the clip
PLANE = Limit("Plane", 0, 2**30, whole=True)  # of the pads
SIZE = Limit("Size", 16, 1024, whole=True)
TRUNCATION = Limit("Truncation", 0, 1.5)
MIX = Limit("Mix", 0, 1)
SCALE = Limit("Scale", 1, 6, whole=True)  # of a sheet
COLORS = Limit("Colours", 2, 256, whole=True)
TRANSPARENT, CHECKERBOARD = "transparent", "checkerboard"  # backgrounds, besides #rrggbb
MAX_PIXELS = 300_000_000  # frames x size x size of one request
# The same if a format has to be held in memory as a whole, which takes up to 10 bytes a pixel,
# and of a sprite sheet, which takes 8.
MAX_HELD_PIXELS = 36_000_000
MAX_SHEET_PIXELS = 45_000_000
MAX_PREVIEW_PIXELS = 256 * 128 * 128  # the same of the player, at the model's own size
PREVIEW_FRAMES = Limit("Frame count of the player", 1, 256, whole=True)

# What a weights file may claim of itself.
MAX_WEIGHTS_BYTES = 128 << 20
MAX_ACTIONS = 256
SPEC = {
    "resolution": Limit("Resolution", 4, 256, whole=True),
    "channels": Limit("Channels", 3, 4, whole=True),
    "fps": FPS,
    "content_dim": Limit("Content size", 1, 1024, whole=True),
    "motion_dim": Limit("Motion size", 1, 256, whole=True),
    "knot_seconds": Limit("Knot spacing", 0.05, 60),
    "truncation": TRUNCATION,
    "frames": Limit("Frames of an action", 1, 256, whole=True),
    "lead": Limit("Frames before a cycle", 0, 16, whole=True),
}
CONFIG_SIZE = Limit("Size", 1, 8192, whole=True)
PALETTE = Limit("Colours of a palette", 2, 256, whole=True)
CONFIG = {
    "palette": Limit(PALETTE.name, 0, PALETTE.high, whole=True),  # 0: none
    "anchors": Limit("Anchors", 0, 4096, whole=True),  # 0: none
    "sharpness": Limit("Sharpness", 0.1, 1000),
    "harmonics": Limit("Harmonics", 1, 64, whole=True),
}
CONFIG_NUMBER = Limit("Value", -1e6, 1e6)


def check_pixels(frames: int, size: int, held: bool = False) -> None:
    """Raises ValueError if a clip of that many frames of that size is too much work.

    `held` for formats that are held in memory as a whole, which allow less.
    """
    most = MAX_HELD_PIXELS if held else MAX_PIXELS
    if frames * size * size > most:
        advice = " in this format; webm allows more" if held else ""
        raise ValueError(
            f"At {size} pixels a clip may have at most {most // size**2:,} frames, "
            f"not {frames:,}{advice}."
        )


def check_preview(frames: int, resolution: int, together: int = 1) -> None:
    """Raises ValueError if that many frames, `together` side by side, are too many to play."""
    most = MAX_PREVIEW_PIXELS // (resolution**2 * together)
    if frames > most:
        raise ValueError(
            f"The player shows at most {most:,} frames of this model, not {frames:,}: render the "
            "clip instead."
        )


def check_switch(name: str, value: object) -> bool:
    """The value, if it is true or false. Raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {shown(value)}.")
    return value


def check_choice(name: str, value: object, allowed: tuple[str, ...] | list[str]) -> str:
    """The value, if it is one of `allowed`. Raises ValueError naming them."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {shown(value)}.")
    return value


def check_background(value: object) -> str:
    """The value, if it is a background. Raises ValueError."""
    if value in (TRANSPARENT, CHECKERBOARD):
        return value
    if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise ValueError(
            f"Background must be {TRANSPARENT}, {CHECKERBOARD} or a colour such as #336699, "
            f"not {shown(value)}."
        )
    return value
