"""The words of the Timeline tab, English and Chinese side by side."""

from __future__ import annotations

TIMELINE: dict[str, tuple[str, str]] = {
    "timeline": ("Timeline", "时间线"),
    "timeline_hint": (
        "A long clip through several places. In *Generate* or *Morph*, add what is on the screen "
        "with the + under the picture; here, drag its keyframes along the time.",
        "一段经过多个位置的长视频。在“生成”或“渐变”页用画面下的 + 加入屏幕上的内容；"
        "在这里沿时间拖动关键帧。",
    ),
    "timeline_add": ("Add this to the timeline", "加入时间线"),
    "timeline_added": (
        "Keyframe {number} of the timeline, at {at} s.",
        "已成为时间线的第 {number} 个关键帧，在 {at} 秒处。",
    ),
    "timeline_other_model": (
        "The timeline is of {model}: clear it first.",
        "时间线属于模型 {model}：请先清空。",
    ),
    "timeline_full": (
        "The timeline has {most} keyframes, as many as it can have.",
        "时间线已有 {most} 个关键帧，这是上限。",
    ),
    "timeline_stage": ("The clip of the timeline", "时间线的视频"),
    "timeline_empty": (
        "Add at least two keyframes: in Generate, with the + under the picture.",
        "请至少加入两个关键帧：在“生成”页用画面下的 +。",
    ),
    "timeline_one": ("One keyframe: add another one.", "已有一个关键帧：请再加一个。"),
    "timeline_facts": (
        "{now} of {seconds} s · {frames} frames · {fps} fps",
        "{now} / {seconds} 秒 · {frames} 帧 · 每秒 {fps} 帧",
    ),
    "timeline_position": ("Moment of the clip, in seconds", "视频的时刻（秒）"),
    "timeline_keys": ("Keyframes", "关键帧"),
    "timeline_key": (
        "Keyframe {number} of {count}, {what}: at {at} s",
        "第 {number} / {count} 个关键帧，{what}：{at} 秒",
    ),
    "timeline_key_title": (
        "Drag it, or use the arrow keys; Page Up and Page Down change its order, Delete removes it",
        "拖动它，或用方向键；Page Up 和 Page Down 改变次序，Delete 删除",
    ),
    "timeline_seed": ("seed {seed}", "种子 {seed}"),
    "timeline_seeds": ("seeds {seed} and {seed_b}", "种子 {seed} 与 {seed_b}"),
    "timeline_at": ("At (seconds)", "时刻（秒）"),
    "timeline_earlier": ("Change with the one before", "与前一个交换"),
    "timeline_later": ("Change with the one after", "与后一个交换"),
    "timeline_open": ("Take it to Generate", "带到“生成”页"),
    "timeline_delete": ("Delete", "删除"),
    "timeline_way": ("Between keyframes", "关键帧之间"),
    "timeline_spline": ("One smooth curve through all (spline)", "一条平滑曲线穿过全部（样条）"),
    "timeline_spherical": (
        "The shortest way from one to the next (spherical)",
        "逐个走最短的路（球面）",
    ),
    "timeline_loop": ("Loop without a seam", "无缝循环"),
    "timeline_seconds": ("Length of the loop (seconds)", "循环长度（秒）"),
    "timeline_fps": ("Frame rate", "帧率"),
    "timeline_size": ("Size in pixels", "像素尺寸"),
    "timeline_format": ("Format", "格式"),
    "timeline_background": ("Background", "背景"),
    "timeline_transparent": ("Transparent", "透明"),
    "timeline_checkerboard": ("Checkerboard", "棋盘格"),
    "timeline_render": ("Render", "渲染"),
    "timeline_cancel": ("Cancel", "取消"),
    "timeline_waiting": ("Waiting for its turn …", "正在排队……"),
    "timeline_drawing": ("{done} of {total} frames are drawn …", "已画 {done} / {total} 帧……"),
    "timeline_cancelled": ("Cancelled; nothing was kept.", "已取消；没有保留文件。"),
    "timeline_save": ("Save as JSON", "保存为 JSON"),
    "timeline_load": ("Open a JSON", "打开 JSON"),
    "timeline_clear": ("Clear", "清空"),
    "timeline_strange": (
        "This file is no timeline of vidgen's, or the server does not answer.",
        "这个文件不是 vidgen 的时间线，或者服务器没有响应。",
    ),
    "timeline_huge": ("This file is too large for a timeline.", "这个文件太大，不是时间线。"),
}
