"""The words that say what the bundled models can show, English and Chinese, for wording.py."""

from __future__ import annotations

SLOWER, FASTER = 0.6, 1.6  # seconds of motion in one

KINDS = ("man", "person", "woman")
SKINS = ("dark", "light", "medium", "medium_dark", "medium_light", "yellow")
# Whose anchor is which: the order of the training clips' names. tests/test_wording.py draws them.
SUBJECTS = {"gestures": tuple((kind, skin) for kind in KINDS for skin in SKINS)}

# What is understood: of each meaning the English words, without endings, and the Chinese ones.
KIND_WORDS = {
    "woman": ("woman women girl lady female she her", "女人 女孩 女士 女性 女子 她 女"),
    "man": ("man men boy guy male he him gentleman", "男人 男孩 男士 男性 男子 他 男"),
    "person": ("person people somebody someone human they adult", "人物 有人 某人 人"),
}
SKIN_WORDS = {
    "medium_dark": ("medium-dark brown", "中深色 棕色 褐色 棕"),
    "medium_light": ("medium-light tanned", "中浅色 小麦色"),
    "dark": ("dark black", "深色 黑色 黝黑 黑"),
    "light": ("light fair pale white", "浅色 白色 白皙 白"),
    "medium": ("medium olive", "中等 中间色"),
    "yellow": ("yellow", "黄色 黄"),
}
PACE_WORDS = {
    SLOWER: ("slow slowly calmly", "慢慢 缓慢 慢"),
    FASTER: ("fast quick quickly rapidly", "快速 迅速 快"),
}
ACTION_WORDS = {
    "one_hand_wave": ("wave waving greet", "单手挥手 挥手 招手"),
    "two_hand_wave": ("two-hand-wave", "双手挥手"),
    "jumping_jack": ("jumping-jack jump", "开合跳 跳"),
    "bend": ("bend stoop", "弯腰"),
    "bow": ("bow", "鞠躬"),
    "facepalm": ("facepalm", "捂脸"),
    "frown": ("frown", "皱眉"),
    "haircut": ("haircut", "理发 剪头发"),
    "massage": ("massage", "按摩"),
    "no": ("refuse deny reject", "拒绝 不行"),
    "ok": ("ok okay agree approve", "好的 同意"),
    "pout": ("pout sulk", "撅嘴 生气地撅嘴"),
    "raise_hand": ("raise-hand raise", "举手"),
    "shrug": ("shrug", "耸肩"),
    "tip": ("tip", "托手"),
    "walk": ("walk stroll", "走路 行走 散步 走"),
    "slash": ("slash strike", "挥砍 砍"),
    "spellcast": ("spellcast spell conjure", "施法"),
    "thrust": ("thrust stab", "突刺 刺"),
    "shoot": ("shoot", "射箭 射"),
    "hurt": ("hurt fall die", "受伤 倒下"),
    "affection": ("love affection loving", "喜爱 爱"),
    "angry": ("angry furious rage", "愤怒 生气"),
    "cat": ("cat", "猫脸 猫"),
    "concerned": ("concerned worried worry", "担忧 担心"),
    "neutral": ("neutral", "平静"),
    "sleepy": ("sleepy tired sleep", "困倦 困 睡觉"),
    "smiling": ("smile smiling happy laugh", "微笑 高兴 开心 笑"),
    "tongue": ("tongue", "吐舌"),
    "unwell": ("unwell sick ill", "不适 生病"),
}
# Words that say nothing of the clip, and those that turn the meaning of others round.
IDLE = (
    "a an the is are be with and in of to his her their its who that this on at by it one does do "
    "doing make making makes show shows me please i want video clip skin skinned hand hands arm "
    "head shoulder shoulders"
)
IDLE_CHINESE = (
    "皮肤 肤色 一个 一位 正在 在 的 着 地 了 请 我 想 看 要 画 视频 一段 有 和 个 位 做 她 他 是"
)
NOT = ("not never without no-one", "没有 没 不在 别")
