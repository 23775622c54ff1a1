"""What the server says of what steers a clip beside the sliders, in Chinese; as in sentences.py."""

from __future__ import annotations

OF_STEERING = {
    "The pads are two numbers, two more, and the number of a plane.": (
        "两块面板的位置是两个数、另两个数和一个平面编号。"
    ),
}
