"""The words of the Compare tab, English and Chinese side by side."""

from __future__ import annotations

COMPARE: dict[str, tuple[str, str]] = {
    "compare": ("Compare", "比较"),
    "compare_hint": (
        "One seed, and all models that learnt from the same data: what each kind takes for "
        "granted about time can be seen in how it moves.",
        "同一个种子，以及从同样的数据学习的所有模型：每一类模型对时间作了什么假设，从运动中就能看出来。",
    ),
    "compare_data": ("Data", "数据"),
    "compare_seed": ("Seed of all", "共同的种子"),
    "rivals": ("Models of the same data, side by side", "同样数据的模型，并排播放"),
    "rivals_shown": (
        "Seed {seed}: {done} of {all} models are drawn",
        "种子 {seed}：已画 {done} 个模型，共 {all} 个",
    ),
    "rival_clip": ("{name}, model {model}, seed {seed}", "{name}，模型 {model}，种子 {seed}"),
    "rival_take": ("Take to Generate", "到“生成”页"),
    "rival_take_title": (
        "Take {model} with seed {seed} to Generate",
        "带着 {model} 和种子 {seed} 到“生成”页",
    ),
    "rival_time": ("About time:", "关于时间："),
    "rival_bad": ("Bad at", "不擅长："),
    "rival_size": ("Parameters", "参数"),
    "rival_size_title": (
        "How many numbers it learnt, in its encoder too if it has one",
        "它学到的数字个数，若有编码器也算在内",
    ),
    "rival_training": ("Training", "训练"),
    "rival_training_title": (
        "Real clips that were shown to it, and how long that took. DCGAN sees one frame of a clip, "
        "the others several",
        "训练时看过的真实视频数和所用时间。DCGAN 每段只看一帧，其他模型看若干帧",
    ),
    "rival_clips": ("{clips} clips", "{clips} 段视频"),
    "rival_hours": ("{hours} hours", "{hours} 小时"),
    "rival_and": (", ", "，"),
    "rival_unknown": ("not recorded", "没有记录"),
    "rival_speed": ("Speed", "速度"),
    "rival_took": ("{milliseconds} ms for 16 frames", "16 帧 {milliseconds} 毫秒"),
    "rival_speed_title": (
        "Measured on this server: the best of the first eight clips",
        "在这台服务器上测得：前八段视频中最快的一次",
    ),
    "rival_real": (" (real {real})", "（真实 {real}）"),
    "rival_direction": ("Direction right", "方向正确"),
    "rival_direction_title": (
        "How often it moves in the direction that was asked for; 50 % is chance",
        "按要求的方向运动的比例；50 % 等于瞎猜",
    ),
    "rival_colour": ("Colour drift", "颜色漂移"),
    "rival_colour_title": (
        "How much the colour of a shape changes over 16 frames (ACD); 0 is best",
        "16 帧之内形状颜色变化的程度（ACD）；0 最好",
    ),
    "rival_accuracy": ("Action recognised", "动作可辨"),
    "rival_accuracy_title": (
        "How often a judge that was trained on real clips sees the action that was asked for",
        "用真实视频训练的评判网络看出所要求动作的比例",
    ),
    "rival_tremor": ("Frame difference", "帧间差异"),
    "rival_tremor_title": (
        "How much neighbouring frames differ, over real ones: 1 is right, more trembles",
        "相邻帧的差异与真实视频之比：1 为正好，更大就是抖动",
    ),
    "rival_coverage": ("Coverage", "覆盖率"),
    "rival_coverage_title": (
        "How many real clips have a generated one near them",
        "有多少真实视频附近有生成的视频",
    ),
    "rival_distance": ("FD-clip", "FD-clip"),
    "rival_distance_title": (
        "Fréchet distance to real clips by the project's own encoder; small is good",
        "用本项目自己的编码器计算的、与真实视频的 Fréchet 距离；越小越好",
    ),
}
