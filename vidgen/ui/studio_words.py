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
    # The models.
    "by_picture": ("Choose by picture", "看图选择"),
    "by_picture_play": ("Let the pictures move, or hold them still", "让图片动起来或静止"),
    # The pads.
    "pads": ("Pads: who and how, under your finger", "面板：用手指改变“谁”和“怎么动”"),
    "pad_content": ("Who", "谁"),
    "pad_motion": ("How it moves", "怎么动"),
    "pad_info": (
        "Drag, or use the arrow keys; the centre is the seed",
        "拖动或用方向键；中心就是种子本身",
    ),
    "pad_at": ("{x} to the right, {y} up", "向右 {x}，向上 {y}"),
    "pad_recentre": ("Back to the seed", "回到种子"),
    "pad_plane": ("Other directions", "换一组方向"),
    "pad_plane_info": (
        "Both pads span another plane, drawn at random",
        "两块面板都换成随机抽取的另一个平面",
    ),
    # What a browser keeps.
    "favourites": ("Favourites", "收藏"),
    "favourites_none": (
        "Nothing yet: the star beside a clip keeps it here, in this browser.",
        "还没有收藏：点视频旁的星号，即可保存在本浏览器中。",
    ),
    "favourite_keep": ("Keep it among the favourites", "加入收藏"),
    "favourite_open": ("Show {name}", "显示 {name}"),
    "favourite_remove": ("Remove it", "移除"),
    # Files that are opened again.
    "open": ("Choose a file", "选择文件"),
    "open_info": (
        "A file that vidgen made brings all of its settings back: drop it anywhere on this page.",
        "把 vidgen 生成的文件拖放到本页任意位置，即可恢复它的全部设置。",
    ),
    "open_shade": ("Drop it: its settings come back", "松开即可恢复它的设置"),
    "open_done": ("{name}: its settings are back.", "{name}：设置已恢复。"),
    "open_foreign": (
        "{name} does not say what it shows: vidgen did not make it.",
        "{name} 没有说明自身的内容：它不是 vidgen 生成的。",
    ),
    "open_large": ("{name} is too large for a place.", "{name} 太大，不可能是位置文件。"),
}
