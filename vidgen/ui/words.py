"""The words on the page, English and Chinese side by side."""

from __future__ import annotations

from vidgen.ui.clip_words import CLIP
from vidgen.ui.compare_words import COMPARE
from vidgen.ui.family_words import FAMILIES
from vidgen.ui.guide_words import GUIDE
from vidgen.ui.lesson_words import LESSON
from vidgen.ui.quiz_words import QUIZ
from vidgen.ui.studio_words import STUDIO
from vidgen.ui.timeline_words import TIMELINE
from vidgen.ui.watch_words import WATCH

LANGUAGES = ("English", "中文")

TABLE: dict[str, tuple[str, str]] = {
    "title": ("vidgen", "vidgen"),
    "intro": (
        "Every clip here is made up: a neural network that has watched real clips draws a new one "
        "out of pure noise, anew each time you move a slider.",
        "这里的每一段视频都是虚构的：看过真实视频的神经网络，会在你每次拖动滑块时，用纯噪声当场画出一段新的。",
    ),
    "language": ("Language", "语言"),
    "hints": (
        '<div class="vg-hints" role="note"><ol><li>Drag <b>Seed</b>: every number is another clip.'
        "</li><li>Choose an <b>action</b>: the same character does something else.</li><li>Open "
        '<b>Matrix</b>: who and how, in all combinations.</li></ol><button type="button" '
        'class="vg-hints-close">Got it</button></div>',
        '<div class="vg-hints" role="note"><ol><li>拖动<b>种子</b>：每个数字都是另一段视频。</li>'
        "<li>选择一个<b>动作</b>：同一个角色会做别的事。</li><li>打开<b>矩阵</b>："
        "“是谁”与“怎么动”的所有组合。</li></ol>"
        '<button type="button" class="vg-hints-close">知道了</button></div>',
    ),
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
    "morph_end": ("show all of it", "完全显示它"),
    "morph_end_a": ("A · {seed}", "A · {seed}"),
    "morph_end_b": ("B · {seed}", "B · {seed}"),
    # The controls.
    "model": ("Model", "模型"),
    "seed": ("Seed", "种子"),
    "own_motion": ("It moves as another seed does", "用另一个种子的动作"),
    "own_motion_info": (
        "Who and how are two things: the seed is who, the motion seed is how.",
        "“谁”与“怎么动”是两回事：种子决定谁，动作种子决定怎么动。",
    ),
    "motion_seed": ("Motion seed", "动作种子"),
    "seed_a": ("Seed A", "种子 A"),
    "seed_b": ("Seed B", "种子 B"),
    "mix": ("Mix of A and B", "A 与 B 的混合"),
    "mix_info": ("0 is A, 1 is B.", "0 为 A，1 为 B。"),
    "travel": ("Travel from A to B during the clip", "在视频中从 A 走到 B"),
    "action": ("Action", "动作"),
    "action_info": ("⚄, if there is one, lets the seed choose.", "有 ⚄ 时，由种子决定。"),
    "direction": ("Direction", "方向"),
    "frames": ("Frames", "帧数"),
    "fps": ("Frame rate", "帧率"),
    "truncation": ("Variety (truncation)", "多样性（截断）"),
    "truncation_info": (
        "0 draws the average of everything learnt, 1 all of its variety.",
        "0 只画所学内容的平均，1 展现全部多样性。",
    ),
    "loop": ("Loop without a seam", "无缝循环"),
    "dice": ("Another seed, at random", "随机换一个种子"),
    # What only characters have.
    "snap": ("Hard edges", "硬边缘"),
    "snap_info": ("Every pixel opaque or transparent.", "每个像素要么不透明，要么全透明。"),
    "colors": ("Palette", "调色板"),
    "colors_info": ("At most so many colours.", "最多使用这么多种颜色。"),
    "background": ("Background", "背景"),
    "background_info": (
        "A video has no transparency and gets the checkerboard.",
        "视频文件没有透明通道，透明处会显示为棋盘格。",
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
    "sheet_row": ("Row", "行"),
    "sheet_row_of": ("Row {row} of the sheet, playing", "精灵表的一行，正在播放：{row}"),
    "no_sheet": ("The sheet appears here.", "精灵表会显示在这里。"),
    # The matrix.
    "matrix": ("Matrix", "矩阵"),
    "matrix_hint": (
        "Every row is one content, every column one motion or action: who and how are two things "
        "here. Choose a clip to take it to Generate.",
        "每一行是同一个内容，每一列是同一种运动或动作：在这里，“是谁”与“怎么动”是两回事。点一段视频即可到“生成”页继续。",
    ),
    "matrix_columns": ("What differs", "变化的是"),
    "matrix_actions": ("Content and action", "内容与动作"),
    "matrix_motions": ("Content and motion", "内容与运动"),
    "matrix_wall": ("Everything: a wall of seeds", "全部：种子墙"),
    "matrix_seed": ("First seed", "第一个种子"),
    "matrix_row": ("Content {seed}", "内容 {seed}"),
    "matrix_column": ("Motion {seed}", "运动 {seed}"),
    "matrix_cell": (
        "Content {seed}, {column}: take it to Generate",
        "内容 {seed}，{column}：到“生成”页",
    ),
    "matrix_wall_cell": ("Seed {seed}: take it to Generate", "种子 {seed}：到“生成”页"),
    "matrix_drawing": ("{done} of {all} columns are drawn …", "已画 {done} 列，共 {all} 列……"),
    "matrix_shown": ("{clips} clips", "{clips} 段视频"),
    # Saving.
    "save": ("Save this clip", "保存这段视频"),
    "size": ("Size in pixels", "像素尺寸"),
    "format": ("Format", "格式"),
    "render": ("Render", "渲染"),
    "drawing": ("Drawing frames", "正在画帧"),
    "encoding": ("All frames are drawn, writing the file", "帧已画完，正在写文件"),
    "frame_unit": ("frames", "帧"),
    "download": ("Download {name}", "下载 {name}"),
    "made": ("The rendered clip", "渲染好的视频"),
    "outdated": (
        "Made with other settings than those above.",
        "这是用之前的设置制作的，与上面的设置不同。",
    ),
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
    "full_screen": ("Full screen, and back", "全屏或退出全屏"),
    "strip": (
        "The clip's frames; drag, or use the arrow keys, to step through them",
        "视频的各帧；拖动或用方向键可逐帧查看",
    ),
    "copy": ("Copy a link to this clip", "复制这段视频的链接"),
    "copied": ("The link is copied.", "链接已复制。"),
    "not_copied": ("Copy the address of this page.", "请复制本页的网址。"),
    "strip_frame": ("frame {frame} of {frames}", "第 {frame} 帧，共 {frames} 帧"),
    "untranslated": ("{sentence}", "出了问题：{sentence}"),
    **COMPARE,
    **FAMILIES,
    **LESSON,
    **GUIDE,
    **QUIZ,
    **STUDIO,
    **TIMELINE,
    **WATCH,
    **CLIP,
}

# What models can do, by the names that bundled models and known data sets have for it.
ACTIONS = {
    "bend": "弯腰", "jumping_jack": "开合跳", "one_hand_wave": "单手挥手",
    "two_hand_wave": "双手挥手", "left_right": "左右移动", "bottom_top": "上下移动",
    "spellcast": "施法", "thrust": "突刺", "walk": "行走", "slash": "挥砍", "shoot": "射箭",
    "hurt": "受伤", "bow": "鞠躬", "facepalm": "捂脸", "frown": "皱眉", "haircut": "理发",
    "massage": "按摩", "no": "拒绝", "ok": "好的", "pout": "撅嘴", "raise_hand": "举手",
    "shrug": "耸肩", "tip": "托手", "affection": "喜爱", "angry": "生气", "cat": "猫脸",
    "concerned": "担忧", "dressed": "装扮", "hand": "手势", "neutral": "平静", "sleepy": "困倦",
    "smiling": "微笑", "tongue": "吐舌", "unwell": "不适",
}  # fmt: skip


def text(key: str, language: str = LANGUAGES[0], **values: object) -> str:
    """The words of a key in a language; English for a language that is not one of the two."""
    column = LANGUAGES.index(language) if language in LANGUAGES else 0
    return TABLE[key][column].format(**values)


def texts(*keys: str) -> dict[str, dict[str, str]]:
    """{language: {key: words}}, for the script in the page."""
    return {
        language: {key: TABLE[key][column] for key in keys}
        for column, language in enumerate(LANGUAGES)
    }


def action_text(name: str, language: str = LANGUAGES[0]) -> str:
    """What an action is called on the page; a name that is not in the table stays as it is."""
    if language == LANGUAGES[1] and name in ACTIONS:
        return ACTIONS[name]
    return name.replace("_", " ")
