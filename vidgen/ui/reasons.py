"""Parts of the server's sentences in Chinese: names of values, reasons, what the system says.

{} are as in sentences.py, which puts these into its own sentences.
"""

from __future__ import annotations

# The names that begin a sentence about a value, and words of few kinds in others.
NAMES = {
    # Settings of small trainings.
    "What to do": "要做的事",
    "Pace": "速度",
    "data": "真实样本",
    "examples": "样本数量",
    "loss": "损失",
    "penalty": "惩罚",
    "gamma": "惩罚的权重",
    "critic rate": "判别器的学习率",
    "generator rate": "生成器的学习率",
    "optimizer": "优化器",
    "critic steps": "判别器的步数",
    "head start": "判别器先走的步数",
    "batch": "批大小",
    "seed": "种子",
    "Frame count of the player": "播放器的帧数",
    "Frame count": "帧数",
    "Frame count of a chunk": "一小段的帧数",
    "Start": "开始的时间",
    "Number of keyframes": "关键帧数",
    "Length in seconds": "秒数",
    "Time of a keyframe": "关键帧的时间",
    "Way": "插值方式",
    "Back": "倒放",
    "Number of clips at once": "同时绘制的段数",
    "Frame rate": "帧率",
    "Seed": "种子",
    "Frame": "帧",
    "Motion seed": "动作种子",
    "Speed": "速度",
    "Plane": "平面",
    "Pad": "平面上的位置",
    "Size": "尺寸",
    "Truncation": "截断",
    "Mix": "混合",
    "Scale": "放大倍数",
    "Colours": "颜色数",
    "Colours of a palette": "调色板的颜色数",
    "Format": "格式",
    "What loudness steers": "响度控制的内容",
    "The format of a clip with sound": "有声视频的格式",
    "Model": "模型",
    "Action": "动作",
    "Snap": "硬边缘",
    "Loop": "循环",
    "Travel": "从 A 走到 B",
    "Value": "数值",
    "None": "空",
    "clips": "视频",
    "previews": "预览",
    "model(s) of the Hub": "Hub 模型",
    "weights": "权重",
    "a judge": "评判网络",
    "The file": "文件",
    "This": "这个文件",
    "clips to read": "待读取的视频",
    "searches": "寻找",
    "Task": "任务",
    "The number of steps": "步数",
    "The number of given frames": "已有帧数",
    "The number of frames to predict": "续写帧数",
    "Every": "放慢倍数",
    "Report": "报告号",
    "white": "白色",
    "black": "黑色",
}
# Why a file is not usable: as the end of a sentence, without a full stop.
REASONS = {
    "it is damaged, incomplete or no safetensors file": "文件已损坏、不完整或不是 safetensors 文件",
    "it is no file": "它不是文件",
    "there is no such file": "没有这个文件",
    "it has {} MiB, and at most {} are allowed": "它有 {} MiB，最多允许 {} MiB",
    "its header does not say {}, so something else wrote it": "文件头没有 {}，是别的程序写的",
    "its {} is not JSON": "它的 {} 不是 JSON",
    "its {} is not a JSON object": "它的 {} 不是 JSON 对象",
    "its family must be one of {}, not {}": "它的模型类别必须是以下之一：{}，而不是 {}",
    "its spec is of another family": "它的 spec 属于另一类模型",
    "its timing is not one of each action": "它的 timing 没有与动作一一对应",
    "its actions must be at most {} different names": "它的动作最多有 {} 个，名字不能重复",
    "its actions' names must be printable and of 1 to 40 characters": (
        "它的动作名必须可打印，长 1 到 40 个字符"
    ),
    "its {} lacks or does not know {}": "它的 {} 缺少或不认识 {}",
    "its {} must be a list of at most {}": "它的 {} 必须是最多 {} 项的列表",
    "its {} must be of type {}": "它的 {} 必须是 {} 类型",
    "in its {}, {} must be a whole number from {} to {}, not {}": (
        "在它的 {} 中，{}必须是 {} 到 {} 之间的整数，而不是 {}"
    ),
    "in its {}, {} must be a number from {} to {}, not {}": (
        "在它的 {} 中，{}必须是 {} 到 {} 之间的数，而不是 {}"
    ),
    "in its {}, {}": "在它的 {} 中，{}",
    "its tensors are not those of its config ({})": "它的张量与它的 config 不符（{}）",
    "{} is {} and should be {}": "{} 是 {}，应该是 {}",
    "{} holds values that are not numbers": "{} 里有不是数的值",
    "its spec and config do not fit ({})": "它的 spec 与 config 不匹配（{}）",
    "it cannot draw ({})": "它不能绘制（{}）",
    "what it draws is no picture": "它画出来的不是图像",
    "it describes a network larger than the file": "它描述的网络比文件还大",
    "it cannot be read ({})": "无法读取（{}）",
    # Of clips.
    "{} shows it as {}": "{} 把它画成 {}",
    "{} shows it": "{} 画出了它",
    "not a regular file": "不是普通文件",
    "the file is empty": "文件是空的",
    "it takes longer than {} seconds to decode": "解码超过 {} 秒",
    "{} x {} pixels are more than the {} allowed": "{} x {} 像素，超过了允许的 {} 像素",
    "{}x{} pixels are no strip of two or more square frames": (
        "{}x{} 像素的图不是由两帧以上的方形帧排成的长条"
    ),
    "{}x{} pixels are no rows of frames of {} pixels": "{}x{} 像素的图不是由 {} 像素的帧排成的行",
    "none of its pictures can be read": "其中没有一张图能读取",
    "a HEIC picture can't be read: save it as JPEG or PNG": (
        "不能读取 HEIC 图像：请存成 JPEG 或 PNG"
    ),
    "its pixels are fractions, of which nothing says what is white": (
        "它的像素是小数，不知道多少算白色"
    ),
    "its pixels have more than 16 bits": "它的像素超过 16 位",
    "not a sound that can be decoded": "不是可以解码的声音",
    "it holds no sound": "它没有声音",
    "its sound can't be decoded": "它的声音无法解码",
    "its sound has a codec that can't be decoded here": "它的声音编码在这里无法解码",
    "not a video that can be decoded": "不是可以解码的视频",
    "not one frame of the video can be decoded": "视频中没有一帧可以解码",
    "its pictures can't be converted ({})": "它的画面无法转换（{}）",
    "it holds {}{}, but no video": "它只有 {}{}，没有视频",
    "its video has a codec that can't be decoded here": "它的视频编码在这里无法解码",
    "it is encrypted": "它已加密",
    "neither a video nor a picture, by what is in it and by its name": (
        "从内容和名字看，既不是视频也不是图像"
    ),
    "a clip opens no other file": "视频不能打开别的文件",
    "it has more than the {} pixels allowed": "它的像素超过了允许的 {}",
    "the picture is truncated": "图像不完整",
    "the animation is truncated": "动画不完整",
    "not a picture that can be decoded": "不是可以解码的图像",
    "not an animation that can be decoded": "不是可以解码的动画",
    "its HDR colours are taken as they are, so that they look pale": (
        "HDR 颜色按原样处理，看起来偏淡"
    ),
    "it is to be turned by no quarter: the nearest quarter is taken": (
        "它的旋转角度不是直角：取最近的直角"
    ),
    "its pixels can't be {} as wide as high: square ones are taken": (
        "它的像素宽高比不可能是 {}：按方形像素处理"
    ),
    "Its pixels carry the mark (by chance: {})": "像素里有标记（偶然出现的概率：{}）",
    "its decoder broke": "解码器出错",
    "it needs too much memory": "它需要太多内存",
    "only its first {} frames are taken": "只取前 {} 帧",
    "its first {} seconds are taken": "只取前 {} 秒",
    "{} damaged frames are left out": "略去了 {} 帧损坏的画面",
    "it stops after {} of {} seconds": "它在 {} 秒处中断，全长应为 {} 秒",
    "it holds {} videos, of which one is taken": "它有 {} 条视频流，只取其一",
    "it says no frame rate: {} a second are taken": "它没有说明帧率：按每秒 {} 帧处理",
    "its times make no sense: {} frames a second are taken": "它的时间不合理：按每秒 {} 帧处理",
    "its times jump at {} places, where it is taken to go on": "它的时间有 {} 处跳跃，按连续处理",
    "it is damaged after {} frames, and the rest is left out": "它在 {} 帧之后损坏，其余略去",
    "{} of its frames say no time, and get 100 ms as in browsers": (
        "有 {} 帧没有时间，与浏览器一样按 100 毫秒处理"
    ),
    "its transparency is laid over black, as the model draws none": (
        "透明处垫为黑色，因为这个模型不画透明度"
    ),
    "it has no transparency: {} is taken for its background": "它没有透明通道：把{}当作背景",
    "the colour of its edge ({})": "边缘的颜色（{}）",
    "the checkerboard": "棋盘格",
    "it is grey: its colours are the model's": "它是灰色的：颜色由模型决定",
}
# What the system says, in small letters, and what is said in its place.
SYSTEM = {
    "no space left on device": "磁盘空间不足",
    "disk quota exceeded": "超出磁盘配额",
    "permission denied": "没有权限",
    "read-only file system": "文件系统是只读的",
    "no such file or directory": "没有这个文件或文件夹",
    "is a directory": "它是文件夹",
    "file too large": "文件太大",
    "too many open files": "打开的文件太多",
    "input/output error": "读写出错",
    "only a part of the video could be written": "只写出了视频的一部分",
}
