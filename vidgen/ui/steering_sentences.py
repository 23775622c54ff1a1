"""What the server says of what steers a clip beside the sliders, in Chinese; as in sentences.py."""

from __future__ import annotations

OF_STEERING = {
    "This file does not say what it shows: vidgen did not make it.": (
        "这个文件没有说明自身的内容：它不是 vidgen 生成的。"
    ),
    "Something broke while opening the file; the server's log says what.": (
        "打开文件时出错；详情见服务器日志。"
    ),
    "The pads are two numbers, two more, and the number of a plane.": (
        "两块面板的位置是两个数、另两个数和一个平面编号。"
    ),
}
