"""The words on the page, English and Chinese side by side, and what switches between them."""

from __future__ import annotations

from typing import TypeVar

import gradio as gr

LANGUAGES = ("English", "中文")

TABLE: dict[str, tuple[str, str]] = {
    "title": ("vidgen", "vidgen"),
    "intro": (
        "Every clip here is made up: a neural network that has watched real clips draws a new one "
        "out of pure noise, anew each time you move a slider.",
        "这里的每一段视频都是虚构的：看过真实视频的神经网络，会在你每次拖动滑块时，用纯噪声当场画出一段新的。",
    ),
    "language": ("Language", "语言"),
    # The tabs.
    "generate": ("Generate", "生成"),
    "morph": ("Morph", "渐变"),
    "generate_hint": (
        "A seed is the noise a clip grows from: the same seed is always the same clip.",
        "种子就是生成视频的那份噪声：同一个种子永远得到同一段视频。",
    ),
    "morph_hint": (
        "Two seeds are two points in the network's space; every point on the way from A to B is a "
        "clip too.",
        "两个种子是网络空间里的两个点；从 A 到 B 的路上，每一点也都是一段视频。",
    ),
    # The controls.
    "model": ("Model", "模型"),
    "seed": ("Seed", "种子"),
    "seed_a": ("Seed A", "种子 A"),
    "seed_b": ("Seed B", "种子 B"),
    "mix": ("Mix of A and B", "A 与 B 的混合"),
    "mix_info": ("0 is A, 1 is B.", "0 为 A，1 为 B。"),
    "travel": ("Travel from A to B during the clip", "在视频中从 A 走到 B"),
    "action": ("Action", "动作"),
    "action_info": ("⚄, where there is one, lets the seed choose.", "有 ⚄ 时，由种子决定。"),
    "direction": ("Direction", "方向"),
    "frames": ("Frames", "帧数"),
    "fps": ("Frame rate", "帧率"),
    "truncation": ("Variety (truncation)", "多样性（截断）"),
    "truncation_info": (
        "0 draws the average of everything learnt, 1 all of its variety.",
        "0 只画所学内容的平均，1 展现全部多样性。",
    ),
    "loop": ("Loop without a seam", "无缝循环"),
    # What only characters have.
    "snap": ("Hard edges", "硬边缘"),
    "snap_info": ("Every pixel opaque or transparent.", "每个像素要么不透明，要么全透明。"),
    "colors": ("Palette", "调色板"),
    "colors_info": ("At most so many colours.", "最多使用这么多种颜色。"),
    "background": ("Background", "背景"),
    "background_info": (
        "A WebM has no transparency and gets the checkerboard.",
        "WebM 没有透明通道，透明处会显示为棋盘格。",
    ),
    "transparent": ("Transparent", "透明"),
    "checkerboard": ("Checkerboard", "棋盘格"),
    "colour": ("Colour", "颜色"),
    # The sheet.
    "sheet": ("Sprite sheet", "精灵表"),
    "sheet_hint": (
        "Everything that one character does, frame by frame, as a picture for a game engine, with "
        "a JSON file that says what is where (as Aseprite exports it).",
        "一个角色的全部动作，逐帧排成一张图，供游戏引擎使用；附带的 JSON 文件说明每一帧的位置"
        "（与 Aseprite 导出的格式相同）。",
    ),
    "sheet_action_info": ("– draws all of them.", "选 – 则画出全部动作。"),
    "scale": ("Scale", "放大倍数"),
    "draw_sheet": ("Draw the sheet", "生成精灵表"),
    "no_sheet": ("The sheet appears here.", "精灵表会显示在这里。"),
    # Saving.
    "save": ("Save this clip", "保存这段视频"),
    "size": ("Size in pixels", "像素尺寸"),
    "format": ("Format", "格式"),
    "render": ("Render", "渲染"),
    "rendering": ("Rendering", "正在渲染"),
    "download": ("Download", "下载"),
    # Models from the Hub.
    "hub": ("Add a model from the Hugging Face Hub", "从 Hugging Face Hub 添加模型"),
    "hub_source": ("Repository", "仓库"),
    "hub_button": ("Add", "添加"),
    "hub_fetching": ("Fetching", "正在下载"),
    "hub_added": ("{name} is ready: choose it as the model.", "{name} 已就绪：可在模型中选择。"),
    # The player.
    "facts": (
        "{frames} frames · {fps} fps · {width}×{height} · {milliseconds} ms",
        "{frames} 帧 · 每秒 {fps} 帧 · {width}×{height} · {milliseconds} 毫秒",
    ),
    "weights": ("Weights:", "权重:"),
    "engine": ("Drawn by:", "绘制:"),
    "waiting": ("Drawing the first clip …", "正在画第一段视频……"),
    "offline": (
        "The server does not answer: is it still running?",
        "服务器没有响应：它还在运行吗？",
    ),
    "play": ("Play or pause", "播放或暂停"),
    "strip": ("The clip's frames; drag to step through them", "视频的各帧；拖动可逐帧查看"),
}

Kind = TypeVar("Kind", bound=gr.blocks.Block)


def say(key: str, language: str = LANGUAGES[0], **values: object) -> str:
    """The words of a key in a language; English for a language that is not one of the two."""
    column = LANGUAGES.index(language) if language in LANGUAGES else 0
    return TABLE[key][column].format(**values)


def both(*keys: str) -> dict[str, dict[str, str]]:
    """{language: {key: words}}, for the script in the page."""
    return {
        language: {key: TABLE[key][column] for key in keys}
        for column, language in enumerate(LANGUAGES)
    }


class Labels:
    """Makes components with words on them, and changes the words when the language changes."""

    def __init__(self) -> None:
        self._made: list[tuple[gr.blocks.Block, dict]] = []

    def make(
        self, kind: type[Kind], words: dict[str, str], choices: object = None, **options: object
    ) -> Kind:
        """A component whose properties take the words of keys: {"label": "seed"}.

        `choices` may be {value: key of its words}.
        """
        if isinstance(choices, dict):
            words = words | {"choices": choices}
        elif choices is not None:
            options["choices"] = choices
        component = kind(**_said(words, LANGUAGES[0]), **options)
        self._made.append((component, words))
        return component

    def follow(self, language: gr.Radio) -> None:
        """From now on every word made here follows the switch."""

        def translate(chosen: str) -> list[dict]:
            return [gr.update(**_said(words, chosen)) for _, words in self._made]

        language.change(
            translate,
            language,
            [component for component, _ in self._made],
            show_progress="hidden",
            api_visibility="private",
        )


def _said(words: dict[str, str | dict[str, str]], language: str) -> dict[str, object]:
    """Properties of a component in the words of a language."""
    return {
        name: say(key, language)
        if isinstance(key, str)
        else [(say(words_of, language), value) for value, words_of in key.items()]
        for name, key in words.items()
    }
