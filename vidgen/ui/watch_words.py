"""The words of *Watch it learn*, English and Chinese side by side."""

from __future__ import annotations

WATCH: dict[str, tuple[str, str]] = {
    "step_watch": ("Watch it learn", "看它学习"),
    "step_watch_text": (
        "**Four minutes.** *Do:* drag the slider from left to right. *See:* the same four seeds "
        "at every moment of a training. They become somebody long before the losses settle, and "
        "get better while the losses hardly move.",
        "**四分钟。** *做：* 把滑块从左拖到右。*看：* 训练中每个时刻的同四个种子。"
        "损失还远未稳定，它们就已成形；损失几乎不动时，它们仍在变好。",
    ),
    "watch_moment": ("After {clips} clips", "看过 {clips} 段视频之后"),
    "watch_clips": (
        "Seeds {seeds} after {clips} clips of training",
        "训练看过 {clips} 段视频之后的种子 {seeds}",
    ),
    "watch_losses": ("Losses over clips seen", "损失随所看视频数的变化"),
    "watch_critic": ("critic (solid)", "判别器（实线）"),
    "watch_generator": ("generator (dashed)", "生成器（虚线）"),
    "watch_anchor": ("distance to the clips (solid)", "与真实视频的差距（实线）"),
    "watch_l1": ("distance to the clips (solid)", "与真实视频的差距（实线）"),
    "watch_reconstruction": ("reconstruction (solid)", "重建（实线）"),
    "watch_prediction": ("prediction (dashed)", "预测（虚线）"),
}
