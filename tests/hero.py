"""A tiny character with directions and a script, for the tests of what only characters have."""

from __future__ import annotations

from tests.tiny import tiny_generator
from vidgen.types import ActionTiming, Generator

WAYS = ("up", "left", "down", "right")
ACTIONS = (*(f"walk_{way}" for way in WAYS), *(f"hit_{way}" for way in WAYS), "fall", "throw_up")
WALK, HIT = ActionTiming(4, lead=1, loops=True), ActionTiming(3)


def character() -> Generator:
    """16x16 RGBA: it walks and hits in four directions, falls, and throws up."""
    timing = (*(WALK,) * 4, *(HIT,) * 4, *(ActionTiming(6),) * 2)
    return tiny_generator(actions=ACTIONS, timing=timing, channels=4)
