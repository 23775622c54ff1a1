"""What the server says, in Chinese: each of its English sentences as a pattern and a translation.

The rest of the program speaks English and knows no languages. Only what goes to the page comes
through here.
"""

from __future__ import annotations

import re
from functools import cache

from vidgen.ui.words import LANGUAGES, TABLE

# {} is what differs; {} in the Chinese are the same things in the same order, {1} the second one.
SENTENCES = {
    "{} must be a whole number from {} to {}, not {}.": "{}必须是 {} 到 {} 之间的整数，而不是 {}。",
    "{} must be a number from {} to {}, not {}.": "{}必须是 {} 到 {} 之间的数，而不是 {}。",
    "{} must be true or false, not {}.": "{}只能是开或关，而不是 {}。",
    "{} must be one of {} (these also with {}){}, not {}.": (
        "{}必须是以下之一：{}（也可加后缀 {}）{}，而不是 {}。"
    ),
    "{} must be one of {}, not {}.": "{}必须是以下之一：{}，而不是 {}。",
    "Background must be {}, {} or a colour such as {}, not {}.": (
        "背景必须是透明（{}）、棋盘格（{}）或 {} 这样的颜色，而不是 {}。"
    ),
    "This model has no actions to choose from, not {}.": "这个模型没有可选的动作（{}）。",
    "At {} pixels a clip may have at most {} frames, not {} in this format; webm allows more.": (
        "尺寸为 {} 像素时，这种格式的视频最多 {} 帧，而不是 {} 帧；webm 可以更长。"
    ),
    "At {} pixels a clip may have at most {} frames, not {}.": (
        "尺寸为 {} 像素时，视频最多 {} 帧，而不是 {} 帧。"
    ),
    "The player shows at most {} frames of this model, not {}: render the clip instead.": (
        "播放器最多显示这个模型的 {} 帧，而不是 {} 帧：请直接渲染。"
    ),
    "This model draws no transparency, so there is no alpha to snap.": (
        "这个模型不画透明度，没有可处理的边缘。"
    ),
    "This model draws no transparency, so a background would not be seen.": (
        "这个模型不画透明度，看不到背景。"
    ),
    "{} frames of {} pixels are too much to show.": "{} 帧、{} 像素太大，无法显示。",
    "The size of a WebM must be even, not {}: choose {}.": (
        "WebM 的尺寸必须是偶数，而不是 {}：请选择 {}。"
    ),
    "This OpenCV cannot write {}: choose {}.": "这里的 OpenCV 不能写 {}：请选择 {}。",
    "A sheet of {} frames of {} pixels would be wider than {} pixels: choose fewer or smaller "
    "frames.": "{} 帧、每帧 {} 像素的图会超过 {} 像素宽：请减少帧数或缩小尺寸。",
    "A sheet needs a model with native frames and transparency.": (
        "精灵表需要有固定帧和透明度的模型。"
    ),
    "A sheet of {} x {} pixels is too large: choose a smaller scale or one action.": (
        "{} x {} 像素的精灵表太大：请选择较小的放大倍数或单个动作。"
    ),
    "There are no weights here yet: train some or name a Hub model.": (
        "这里还没有权重：请先训练，或填写一个 Hub 上的模型。"
    ),
    "{} is not at hand, or gave way to other models: add it again.": (
        "模型 {} 不在这里，或已让位给别的模型：请重新添加。"
    ),
    "At most {} models can be added from the Hub.": "最多可以从 Hub 添加 {} 个模型。",
    "{} names no Hub repository: it should read hub:user/repo or hub:user/repo@revision.": (
        "{} 不是 Hub 仓库的名字：应写作 hub:user/repo 或 hub:user/repo@revision。"
    ),
    "{} sent a {} with a wrong checksum; try again.": "{} 发来的 {} 校验和不对；请再试一次。",
    "The file on the Hub is too large: at most {} MiB are allowed.": (
        "Hub 上的文件太大：最多 {} MiB。"
    ),
    "What answered is not a Hub; check HF_ENDPOINT and the network.": (
        "回应的不是 Hub；请检查 HF_ENDPOINT 和网络。"
    ),
    "The Hub broke off in the middle of the file; try again.": "Hub 中途断开；请再试一次。",
    "The Hub sent more than it had said; try again.": "Hub 发来的比它说的多；请再试一次。",
    "The Hub kept silent or busy for {} seconds.": "Hub 已有 {} 秒没有回应。",
    "The Hub could not be reached.": "无法连接 Hub。",
    "The Hub could not be reached; check the network.": "无法连接 Hub；请检查网络。",
    "There is no repository {} on the Hub, or it is private.": (
        "Hub 上没有仓库 {}，或者它是私有的。"
    ),
    "{} is gated: ask for access on its page, then log in with `hf auth login`.": (
        "{} 需要申请访问：请在其页面申请，然后用 `hf auth login` 登录。"
    ),
    "{} has no revision {}.": "{} 没有版本 {}。",
    "{} at {} holds no {}.": "{}（版本 {}）里没有 {}。",
    "The Hub refused {} with status {}.": "Hub 拒绝了 {}，状态码 {}。",
    "The Hub sent an incomplete {}; try again.": "Hub 发来的 {} 不完整；请再试一次。",
    "{} could not be stored: {}.": "无法保存 {}：{}。",
    "Other models are being fetched, and there is no room for one more: try again in a minute.": (
        "正在下载别的模型，暂时没有空位：请一分钟后再试。"
    ),
    "It gave way to other models meanwhile; try again.": "它已让位给别的模型；请再试一次。",
    "The page is being closed.": "页面正在关闭。",
    "{} is not usable as weights: {}.": "{} 不能用作权重：{}。",
    "it is damaged, incomplete or no safetensors file": "文件已损坏、不完整或不是 safetensors 文件",
    "its header does not say {}, so something else wrote it": "文件头没有 {}，是别的程序写的",
    "A request to the player must be an object.": "对播放器的请求必须是一个对象。",
    "Something broke while drawing; the server's log says what.": (
        "绘制时出了错；原因见服务器的日志。"
    ),
    "You have {} clips in the making, as many as a visitor may have. {}": (
        "您已有 {} 段视频正在制作，已达上限。{}"
    ),
    "You have {} previews in the making, as many as a visitor may have. {}": (
        "您已有 {} 段预览正在制作，已达上限。{}"
    ),
    "Nobody waits for this clip any more.": "已经没有人在等这段视频了。",
    # Where weights are from.
    "bundled {}": "自带的 {}",
    "file {}": "文件 {}",
    "hub {} at {} (cached copy, the Hub could not be reached)": (
        "Hub 仓库 {}，版本 {}（缓存的副本，无法连接 Hub）"
    ),
    "hub {} at {}": "Hub 仓库 {}，版本 {}",
}
# The names that begin a sentence about a value.
NAMES = {
    "Frame count of the player": "播放器的帧数",
    "Frame count": "帧数",
    "Frame rate": "帧率",
    "Seed": "种子",
    "Size": "尺寸",
    "Truncation": "截断",
    "Mix": "混合",
    "Scale": "放大倍数",
    "Colours": "颜色数",
    "Format": "格式",
    "Model": "模型",
    "Action": "动作",
    "Snap": "硬边缘",
    "Loop": "循环",
    "Travel": "从 A 走到 B",
    "None": "空",
}


def translated(sentence: str, language: str) -> str:
    """A sentence of the server's in a language; one that nobody translated keeps its English."""
    if language != LANGUAGES[1] or not sentence:
        return sentence
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return chinese.format(*(_part(part) for part in found.groups()))
    return TABLE["untranslated"][1].format(sentence=sentence)


def in_all_languages(sentence: str) -> dict[str, str]:
    """{language: sentence}, for the script in the page."""
    return {language: translated(sentence, language) for language in LANGUAGES}


def _part(part: str) -> str:
    """A part of a sentence: the name of a value, a reason, or what somebody wrote."""
    if part in NAMES:
        return NAMES[part]
    return SENTENCES.get(part, part)


@cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    def pattern(english: str) -> re.Pattern:
        parts = map(re.escape, english.split("{}"))
        return re.compile("(.*?)".join(parts), re.DOTALL)

    return [(pattern(english), chinese) for english, chinese in SENTENCES.items()]
