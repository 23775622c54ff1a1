"""Where the handles of the two pads are, as one text: a control that scripts set and Gradio keeps.

"[0.2, 0, -0.5, 1, 3]" are right and up on the content pad, the same on the motion pad, and the
plane that both span; nothing is the seed itself.
"""

from __future__ import annotations

import json

from vidgen import limits
from vidgen.place import ORIGIN, PAD
from vidgen.requests import ClipRequest

WRONG = "The pads are two numbers, two more, and the number of a plane."
LONGEST = 120  # characters


def read(text: object) -> dict[str, object]:
    """The fields of a request that the text stands for. Raises ValueError."""
    if text in (None, ""):
        return {}
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(WRONG)
    try:
        numbers = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(WRONG) from None
    if not isinstance(numbers, list) or len(numbers) != 5:
        raise ValueError(WRONG)
    right, up, onward, upward = (PAD.check(number) for number in numbers[:4])
    plane = limits.PLANE.check(numbers[4])
    return {"content": (right, up), "motion": (onward, upward), "plane": plane}


def write(request: ClipRequest) -> str:
    """The text of a request."""
    if request.content == request.motion == ORIGIN and not request.plane:
        return ""
    return json.dumps([*request.content, *request.motion, request.plane])


def fits(text: object) -> bool:
    """Whether it is such a text."""
    try:
        read(text)
    except ValueError:
        return False
    return isinstance(text, str)
