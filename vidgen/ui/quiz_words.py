"""The words of the quiz, English and Chinese side by side."""

from __future__ import annotations

QUIZ: dict[str, tuple[str, str]] = {
    "step_quiz": ("Real or generated?", "真的还是生成的？"),
    "step_quiz_text": (
        "**Five minutes.** *Do:* press *Begin* and say of each clip whether it is real; ten clips "
        "at least. *See:* how far from chance you are, and how sure that is. Scores by computer "
        "stand in for just this. Nothing is chosen: each clip is a random seed, or a random real "
        "clip that the model has never seen.",
        "**五分钟。** *做：* 按“开始答题”，对每段视频说出它是真是假，至少十段。*看：* "
        "你离瞎猜有多远，这个结论有多可靠。电脑算出的分数正是用来代替这个的。没有任何挑选："
        "每段不是随机种子生成的，就是模型从未见过的随机真实视频。",
    ),
    "quiz_begin": ("Begin", "开始答题"),
    "quiz_next": ("Next clip", "下一段"),
    "quiz_real": ("Real", "真的"),
    "quiz_generated": ("Generated", "生成的"),
    "quiz_clip": ("A clip: real or generated?", "一段视频：真的还是生成的？"),
    "quiz_right": ("Right.", "答对了。"),
    "quiz_wrong": ("Wrong.", "答错了。"),
    "quiz_was_real": ("It is real; the model never saw it.", "这是真的，模型从未见过它。"),
    "quiz_was_generated": ("It was generated, from seed {seed}.", "这是由种子 {seed} 生成的。"),
    "quiz_score": (
        "{model}: {right} of {all} right, {share} % (95 % interval: {low} to {high} %).",
        "{model}：{all} 段中答对 {right} 段，{share} %（95 % 区间：{low} 至 {high} %）。",
    ),
    "quiz_chance": (
        "Chance, 50 %, lies inside: so many answers cannot tell it from guessing.",
        "瞎猜的 50 % 在区间之内：这么多答案还分不出它与瞎猜的区别。",
    ),
    "quiz_told": (
        "Chance, 50 %, lies below: you can tell them apart.",
        "瞎猜的 50 % 低于这个区间：你能分辨真假。",
    ),
    "quiz_misled": (
        "Chance, 50 %, lies above: what is generated looks more real to you.",
        "瞎猜的 50 % 高于这个区间：你觉得生成的更像真的。",
    ),
    "quiz_fooled": (
        "Of {generated} generated ones you took {fooled} for real.",
        "{generated} 段生成的视频中，你把 {fooled} 段当成了真的。",
    ),
}
