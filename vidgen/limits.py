"""What may be asked for: every limit and its sentence, in one place."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A number between `low` and `high`, both allowed; a whole one if `whole`."""

    name: str
    low: float
    high: float
    whole: bool = False

    def check(self, value: object) -> float | int:
        """The value as a number. Raises ValueError with a sentence that says what is allowed."""
        number = self._number(value)
        if number is None or not self.low <= number <= self.high:
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(
                f"{self.name} must be {kind} from {self.low:,} to {self.high:,}, not {value!r:.40}."
            )
        return number

    def _number(self, value: object) -> float | int | None:
        if isinstance(value, bool | str | bytes):
            return None
        try:
            if not self.whole:
                return float(value)
            # A slider and JSON send 16.0 for 16; 16.5 is a mistake.
            if isinstance(value, float) and math.isfinite(value) and value == int(value):
                return int(value)
            return operator.index(value)
        except (TypeError, ValueError, OverflowError):
            return None


FRAMES = Limit("Frame count", 1, 4096, whole=True)
FPS = Limit("Frame rate", 1, 120)
SEED = Limit("Seed", 0, 2**32 - 1, whole=True)
SIZE = Limit("Size", 16, 1024, whole=True)
TRUNCATION = Limit("Truncation", 0, 1.5)
MIX = Limit("Mix", 0, 1)
MAX_PIXELS = 300_000_000  # frames x size x size of one request


def check_pixels(frames: int, size: int) -> None:
    """Raises ValueError where a clip of that many frames of that size is too much work."""
    if frames * size * size > MAX_PIXELS:
        raise ValueError(
            f"At {size} pixels a clip may have at most {MAX_PIXELS // size**2:,} frames, "
            f"not {frames:,}."
        )


def check_choice(name: str, value: object, allowed: tuple[str, ...] | list[str]) -> str:
    """The value, if it is one of `allowed`. Raises ValueError naming them."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r:.40}.")
    return value
