"""The words of the tab *Your clip*, English and Chinese side by side."""

from __future__ import annotations

CLIP = {
    "clip": ("Your clip", "你的视频"),
    "clip_hint": (
        "Bring a clip of a kind that the model knows. It looks for the point in its space that "
        "draws it, and from there fills in what your clip lacks, or changes it.",
        "带来一段模型熟悉的那类视频。它会在自己的空间里寻找能画出这段视频的点，再由此补全缺少的部分，或作出改变。",
    ),
    "clip_task": ("What happened to it, or what to do", "它经历了什么，或要做什么"),
    "clip_find": ("Nothing: draw it", "没有：画出它"),
    "clip_enlarge": ("It was shrunk: enlarge it", "被缩小了：放大"),
    "clip_repair": ("It has a hole: fill it in", "有破洞：补全"),
    "clip_predict": ("Its end is missing: go on", "没有结尾：续写"),
    "clip_slow": ("Too fast: slow it down", "太快：放慢"),
    "clip_translate": ("Somebody else, or another action", "换人或换动作"),
    "clip_shrunk": ("Shrunk how many times", "缩小了几倍"),
    "clip_given": ("Take only its first frames (0: all)", "只取前几帧（0：全部）"),
    "clip_ahead": ("Frames to add", "要续写的帧数"),
    "clip_every": ("Times as slow", "放慢几倍"),
    "clip_other": ("Show somebody else", "换一个人"),
    "clip_who": ("Who: a seed", "是谁：种子"),
    "clip_action": ("Action", "动作"),
    "clip_action_kept": ("As in the clip", "与原视频相同"),
    "clip_steps": ("Steps of refinement", "优化步数"),
    "clip_steps_info": (
        "More come nearer and take longer; Stop keeps what there is.",
        "步数越多越接近，也越慢；按“停止”会保留已有结果。",
    ),
    "clip_drop": (
        "Choose a clip, or drop it here: video, GIF, WebP, APNG, or a strip of frames; 25 MB.",
        "选择视频，或拖到这里：视频、GIF、WebP、APNG 或帧条；最大 25 MB。",
    ),
    "clip_kept": (
        "Nobody else sees it. It is deleted when you leave this page, after an hour at the latest.",
        "别人看不到它。离开本页即删除，最迟一小时后删除。",
    ),
    "clip_sending": ("Sending {name}: {percent} %", "正在上传 {name}：{percent} %"),
    "clip_reading": ("Reading {name} …", "正在读取 {name}……"),
    "clip_large": ("A clip may have at most 25 MB.", "视频最大 25 MB。"),
    "clip_start": ("Start", "开始"),
    "clip_stop": ("Stop, and keep what there is", "停止并保留结果"),
    "clip_waiting": ("Others are first …", "前面还有人……"),
    "clip_searching": ("Searching for a first answer …", "正在寻找第一个答案……"),
    "clip_refining": ("Step {done} of {steps}", "第 {done} 步，共 {steps} 步"),
    "clip_done": ("Done.", "完成。"),
    "clip_paint": (
        "Paint the hole on your clip with the pointer.",
        "用指针在你的视频上涂出破洞。",
    ),
    "clip_unpaint": ("Paint anew", "重新涂"),
    "clip_seen": ("What was seen", "看到的"),
    "clip_made": ("What comes of it", "得到的"),
    "clip_made_db": ("What comes of it · {psnr} dB (PSNR)", "得到的 · {psnr} dB（PSNR）"),
    "clip_generate": ("To Generate: its nearest seed", "到“生成”页：最接近的种子"),
    "clip_placing": ("Looking for the nearest seed …", "正在寻找最接近的种子……"),
    "clip_save": ("Save as", "保存为"),
    "clip_saving": ("Writing the file …", "正在写文件……"),
    "clip_check": (
        "Was it made by vidgen? Drop a video or a picture here.",
        "是 vidgen 生成的吗？把视频或图片拖到这里。",
    ),
    "clip_checking": ("Looking for the mark in {name} …", "正在 {name} 中寻找标记……"),
}
