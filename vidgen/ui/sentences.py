"""What the server says, in Chinese: each of its English sentences as a pattern and a translation.

The rest of the program speaks English and knows no languages. Only what goes to the page comes
through here.
"""

from __future__ import annotations

import re
from functools import cache

from vidgen.ui.clip_sentences import OF_CLIPS
from vidgen.ui.reasons import NAMES, REASONS, SYSTEM
from vidgen.ui.steering_sentences import OF_STEERING
from vidgen.ui.words import LANGUAGES, TABLE

# {} is what differs; {} in the Chinese are the same things in the same order, {1} the second one.
SENTENCES = {
    "{} must be a whole number from {} to {}, not {}.": "{}必须是 {} 到 {} 之间的整数，而不是 {}。",
    "{} must be a number from {} to {}, not {}.": "{}必须是 {} 到 {} 之间的数，而不是 {}。",
    "Keyframes must come one after another, at least {} seconds apart.": (
        "关键帧必须先后排列，至少相隔 {} 秒。"
    ),
    "A request about a timeline must be an object.": "关于时间线的请求必须是对象。",
    "This rendering is not known here any more.": "这里已不再有这次渲染。",
    "All keyframes of a timeline must be of one model.": "时间线的所有关键帧必须属于同一个模型。",
    "All keyframes of a timeline must show as many directions.": (
        "时间线的所有关键帧必须显示同样多的方向。"
    ),
    "A loop must be longer than the way to its last keyframe.": (
        "循环必须比到最后一个关键帧的时间更长。"
    ),
    "A timeline has at most {} characters.": "时间线最多 {} 个字符。",
    "This is no timeline of vidgen's: it is no JSON.": "这不是 vidgen 的时间线：它不是 JSON。",
    "This is no timeline of vidgen's: an object with {} and keyframes.": (
        "这不是 vidgen 的时间线：应为含有 {} 和关键帧的对象。"
    ),
    "A keyframe must be an object with its time and its place.": (
        "关键帧必须是包含时间和位置的对象。"
    ),
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
    "How this model learnt was not kept.": "没有保存这个模型的学习过程。",
    "The answer to this clip is told once you have given yours.": (
        "您作答之后，才会公布这段视频的答案。"
    ),
    "There are no real clips here that may be shown beside this model.": (
        "这里没有可以与这个模型并排展示的真实视频。"
    ),
    "There is no model of the data {} here.": "这里没有数据 {} 的模型。",
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
    "HF_ENDPOINT must be an address with https:// before it, not {}.": (
        "HF_ENDPOINT 必须是以 https:// 开头的地址，而不是 {}。"
    ),
    "{} names no proxy: it must be http://HOST:PORT or socks5://HOST:PORT.": (
        "{} 不是代理：应写作 http://HOST:PORT 或 socks5://HOST:PORT。"
    ),
    "{} names a SOCKS proxy, and the package for it is missing: pip install socksio.": (
        "{} 是 SOCKS 代理，但缺少所需的包：pip install socksio。"
    ),
    "{} names {}, and there is no such file.": "{} 指向 {}，但没有这个文件。",
    "{} names {}, which holds no certificates.": "{} 指向 {}，其中没有证书。",
    "HF_HUB_OFFLINE is set, so the Hub is not asked, and there is no copy of {} here.": (
        "设置了 HF_HUB_OFFLINE，所以不连接 Hub，而这里没有 {} 的副本。"
    ),
    "The Hub's certificate is none that this machine trusts: is there a proxy between? {} may name "
    "a file with its certificate.": (
        "这台机器不信任 Hub 的证书：中间有代理吗？可用 {} 指定它的证书文件。"
    ),
    "The Hub does not accept this machine's token, which may have expired: `hf auth login` makes a "
    "new one, or unset HF_TOKEN.": (
        "Hub 不接受这台机器的令牌，可能已过期：请用 `hf auth login` 重新登录，或取消 HF_TOKEN。"
    ),
    "Other models are being fetched, and there is no room for one more: try again in a minute.": (
        "正在下载别的模型，暂时没有空位：请一分钟后再试。"
    ),
    "It gave way to other models meanwhile; try again.": "它已让位给别的模型；请再试一次。",
    "The page is being closed.": "页面正在关闭。",
    "{} is not usable as {}: {}.": "{} 不能用作{}：{}。",
    "{} holds values that float16 cannot hold: not saved.": (
        "{} 里有 float16 放不下的值：没有保存。"
    ),
    "Weights must be a name, a path or hub:user/repo, not {}.": (
        "权重必须是名字、路径或 hub:user/repo，而不是 {}。"
    ),
    "There is no model {}: the bundled ones are {}; a path ends with .safetensors.": (
        "没有模型 {}：自带的有 {}；路径以 .safetensors 结尾。"
    ),
    # Places.
    "The model of this place is not at hand: another one is shown.": (
        "这里没有所需的模型：显示的是另一个。"
    ),
    "The page has no control for this and leaves it out: {}.": "页面没有对应的控件，已略去：{}。",
    "This is no place of vidgen's: a JSON object with {} in it.": (
        "这不是 vidgen 的位置描述：它应是含有 {} 的 JSON 对象。"
    ),
    "This is no place of vidgen's: it is no JSON.": "这不是 vidgen 的位置描述：它不是 JSON。",
    "A place has at most {} characters, not {}.": "位置描述最多 {} 个字符，而不是 {} 个。",
    "This was written by another version ({}).": "这是另一个版本（{}）写的。",
    "{} is not known here: left out.": "这里不认识 {}：已略去。",
    "{} can't be {}: left out.": "{} 不能是 {}：已略去。",
    "{} {} became {}.": "{} 的值 {} 已改为 {}。",
    "Pad must be two numbers, not {}.": "平面上的位置必须是两个数，而不是 {}。",
    "This model does not have every action of the place: left out.": (
        "这个模型没有其中的某些动作：已略去。"
    ),
    "This model draws no transparency: its clean-up is left out.": (
        "这个模型不画透明度：已略去边缘清理。"
    ),
    "What a file says of itself may have {} bytes.": "文件的自述最多 {} 字节。",
    "There is no place for a text in this kind of file.": "这种文件里放不下文字。",
    "There is no place for a text in this WebM.": "这个 WebM 里放不下文字。",
    "{} does not say what it shows: vidgen did not make it.": (
        "{} 没有说明它的内容：它不是 vidgen 生成的。"
    ),
    "{} is too large: {} bytes are enough.": "{} 太大：最多 {} 字节。",
    "A request to the player must be an object.": "对播放器的请求必须是一个对象。",
    "A request for a matrix must be an object with cells.": "对矩阵的请求必须是带有 cells 的对象。",
    "A cell must be two seeds and an action.": "每一格必须是两个种子和一个动作。",
    "The action of a cell must be a name, or null.": "每一格的动作必须是名字或 null。",
    "Model must be a name.": "模型必须是一个名字。",
    "Something broke while drawing; the server's log says what.": (
        "绘制时出了错；原因见服务器的日志。"
    ),
    "A visitor may have {} {} in the making. {}": "每位访客最多可有 {} 个{}正在制作。{}",
    "Too many {} are wanted at once: {} wait. {}": "同时要做的{}太多：已有 {} 个在等。{}",
    "Try again in about 1 second.": "请约 1 秒后再试。",
    "Try again in about {} seconds.": "请约 {} 秒后再试。",
    "Nobody waits for this clip any more.": "已经没有人在等这段视频了。",
    "Nobody waits for this download any more.": "已经没有人在等这次下载了。",
    "{} could not be written: {}.": "无法写入 {}：{}。",
    "A clip needs at least one frame.": "视频至少要有一帧。",
    "This OpenCV cannot write {}.": "这里的 OpenCV 不能写 {}。",
    "Frames to render must be (T, 3 or 4, H, W) or one such clip, not {}.": (
        "要渲染的帧的形状必须是 (T, 3 或 4, H, W) 或一段这样的视频，而不是 {}。"
    ),
    "{} has no line {}.": "{} 里没有 {} 这一行。",
    # What Python callers may meet, and tabs to come.
    "This model has no native frames: its motion follows no script.": (
        "这个模型没有固定帧：它的动作不按脚本进行。"
    ),
    "Action weights must be {} numbers from 0 to 1, not all 0.": (
        "动作权重必须是 {} 个 0 到 1 之间的数，不能全为 0。"
    ),
    "To morph, both paths need the same frames, rate and model.": (
        "渐变的两条路径必须有相同的帧数、帧率和模型。"
    ),
    "To morph, both paths must loop alike.": "渐变的两条路径必须同样循环或不循环。",
    "A curve of mix must be {} numbers from 0 to 1.": "混合曲线必须是 {} 个 0 到 1 之间的数。",
    "To mix, both paths need the same number of frames and the same model.": (
        "混合的两条路径必须有相同的帧数和模型。"
    ),
    "A model of the family {} has no encoder, so it can't tell which latents a clip has.": (
        "{} 类模型没有编码器，不能从视频得出潜变量。"
    ),
    "Clips to encode must be (B, T, {}) in [-1, 1], not {}.": (
        "要编码的视频必须是 [-1, 1] 内的 (B, T, {})，而不是 {}。"
    ),
    "timing must name {} actions, not {}.": "timing 必须有 {} 个动作，而不是 {} 个。",
    "Videos are read with PyAV, which is not installed: pip install av": (
        "读取视频需要 PyAV，这里没有安装：pip install av"
    ),
    "This model has no action {}; it has {}.": "这个模型没有动作 {}；它有 {}。",
    # Small trainings.
    "{} trainings are running, as many as this server allows. One ends within {} minutes, sooner "
    "if somebody leaves.": (
        "已有 {} 个训练正在进行，已达服务器上限。{} 分钟内会有一个结束，有人离开则更早。"
    ),
    "The training broke; the server's log says why.": "训练出了错；原因见服务器的日志。",
    "Something broke while training; the server's log says what.": (
        "训练时出了错；原因见服务器的日志。"
    ),
    "A request to a training must be an object.": "对训练的请求必须是一个对象。",
    # Where weights are from.
    "bundled {}": "自带的 {}",
    "file {}": "文件 {}",
    "hub {} at {} (cached copy, the Hub could not be reached)": (
        "Hub 仓库 {}，版本 {}（缓存的副本，无法连接 Hub）"
    ),
    "hub {} at {}": "Hub 仓库 {}，版本 {}",
    **OF_CLIPS,
    **OF_STEERING,
}


def translated(sentence: str, language: str) -> str:
    """A sentence of the server's in a language; one that nobody translated keeps its English."""
    if language != LANGUAGES[1] or not sentence:
        return sentence
    return _found(sentence) or TABLE["untranslated"][1].format(sentence=sentence)


def in_all_languages(sentence: str) -> dict[str, str]:
    """{language: sentence}, for the script in the page."""
    return {language: translated(sentence, language) for language in LANGUAGES}


def _found(text: str, reasons: bool = False) -> str | None:
    """A sentence in Chinese, or a reason, if its table has it."""
    for pattern, chinese in _patterns(reasons):
        found = pattern.fullmatch(text)
        if found:
            return chinese.format(*(_part(part) for part in found.groups()))
    return None


def _part(part: str) -> str:
    """A part of a sentence: a name, a reason, another sentence, or what somebody wrote."""
    known = NAMES.get(part) or SYSTEM.get(part.lower()) or _found(part, reasons=True)
    if known is None and part.endswith("."):
        known = _found(part)
    return known or part


@cache
def _patterns(reasons: bool) -> list[tuple[re.Pattern, str]]:
    table = REASONS if reasons else SENTENCES

    def pattern(english: str) -> re.Pattern:
        parts = map(re.escape, english.split("{}"))
        return re.compile("(.*?)".join(parts), re.DOTALL)

    return [(pattern(english), chinese) for english, chinese in table.items()]
