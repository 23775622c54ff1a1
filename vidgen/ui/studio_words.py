"""Words of what moves without an end, of pads, directions and the timeline."""

from __future__ import annotations

STUDIO: dict[str, tuple[str, str]] = {
    # Live.
    "live": ("Endless", "无尽播放"),
    "live_info": (
        "Never stops: what you change is glided to, not begun anew",
        "永不停止：改动会平滑过渡，而不会重新开始",
    ),
    "live_facts": (
        "{shown} of {fps} frames a second · {seconds} s",
        "每秒 {shown} / {fps} 帧 · {seconds} 秒",
    ),
    "live_waiting": ("Drawing …", "正在绘制……"),
    "live_strip": (
        "The last seconds; drag, or use the arrow keys, to step through them",
        "最近几秒；拖动或用方向键可逐帧查看",
    ),
    "live_back": ("Backwards", "倒放"),
    "live_before": ("One frame back", "后退一帧"),
    "live_after": ("One frame on", "前进一帧"),
    "live_speed": ("Speed", "速度"),
}
