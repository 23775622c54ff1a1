"""The words of the guided path and of the mathematics, English and Chinese side by side."""

from __future__ import annotations

GUIDE: dict[str, tuple[str, str]] = {
    "step_game": ("The game", "对局"),
    "step_game_text": (
        "**Eight minutes.** *Do:* press *Start* and watch; press *Pause*; then press *Critic step* "
        "a few "
        "times, then *Generator step*. *See:* the critic's map moves only in its own steps, the "
        "grid "
        "only in the generator's. Each learns from the other's last move.",
        "**八分钟。** *做：* 按“开始”观察；按“暂停”；再按几次“判别器走一步”，然后按“生成器走一步”。"
        "*看：* 热图只在判别器的步里变，网格只在生成器的步里变。双方都从对方的上一步中学习。",
    ),
    "step_trouble": ("What goes wrong", "会出什么问题"),
    "step_trouble_text": (
        "**Twelve minutes.** *Do:* choose *Mode collapse*, *Vanishing gradient*, *Critic too "
        "strong* and "
        "*Memorising four points* in turn, wait for the trouble, then switch on the remedy. "
        "*See:* which "
        "number tells of it: coverage, signal, or copies. The loss curves alone hardly tell.",
        "**十二分钟。** *做：* 依次选择“模式崩塌”“梯度消失”“判别器过强”和“死记四个点”，等问题出现，"
        "再打开补救办法。*看：* 哪个数字说明了问题：覆盖率、信号还是抄袭率。"
        "单看损失曲线几乎看不出来。",
    ),
    "step_clips": ("Clips", "视频"),
    "step_clips_text": (
        "**Four minutes.** *Do:* choose *Tiny clips* and press *Start*. *See:* the same game, "
        "only that each "
        "example is a clip: blobs first, then shapes that keep their colour while they move.",
        "**四分钟。** *做：* 选择“微型视频”，按“开始”。*看：* 还是同一个对局，"
        "只是每个样本成了一段视频："
        "先是色块，然后是移动时保持颜色的形状。",
    ),
    "step_space": ("The latent space", "潜空间"),
    "step_space_text": (
        "**Five minutes**, on the other tabs.\n\n"
        "- *Generate*, do: move *Seed*. See: each seed is a point of the space, and a clip.\n"
        "- *Morph*, do: move *Mix of A and B* from 0 to 1. See: there is a clip at every point "
        "of the way. "
        "The way is an arc, not a straight line: noise in many dimensions lies on a sphere.\n"
        "- *Generate*, do: move *Variety (truncation)* to 0. See: every seed becomes the average "
        "clip; "
        "quality is paid for with variety.\n"
        "- *Generate*, do: choose another *Action*. See: the content stays, the motion changes.",
        "**五分钟**，在其他标签页上进行。\n\n"
        "- “生成”，做：移动“种子”。看：每个种子是空间里的一个点，也是一段视频。\n"
        "- “渐变”，做：把“A 与 B 的混合”从 0 移到 1。看：路上每一点都有一段视频。"
        "这条路是弧线而不是直线：高维噪声分布在球面上。\n"
        "- “生成”，做：把“多样性（截断）”移到 0。看：每个种子都变成平均的那一段；"
        "质量是用多样性换来的。\n"
        "- “生成”，做：换一个“动作”。看：内容不变，运动改变。",
    ),
    "step_maths": ("The mathematics", "数学"),
    "step_maths_text": (
        "**Four minutes.** *Do:* choose a formula, read the lines of code that compute it, press "
        "*Play with "
        "it* and then *Start*. x is a real example, z noise, G the generator, D the critic's "
        "logit, σ the "
        "logistic function, p the density of real examples, q that of generated ones.",
        "**四分钟。** *做：* 选一个公式，读计算它的代码，按“用它来玩”，再按“开始”。"
        "x 是真实样本，z 是噪声，G 是生成器，D 是判别器的输出，σ 是逻辑函数，"
        "p 是真实样本的密度，q 是生成样本的密度。",
    ),
    "step_use": ("Responsible use", "负责任地使用"),
    "step_use_text": (
        "**Three minutes, to talk about.**\n\n"
        "- Models of this kind, larger and trained on real people, are misused to show people "
        "doing what "
        "they never did: to deceive, to shame, to swindle. That those people did not agree is what "
        "makes it wrong, however good the pictures are.\n"
        "- The bundled models show drawn figures, moving shapes, and nine people who were filmed "
        "for "
        "research and teaching. What they draw can look like one of these nine, as *Memorising "
        "four "
        "points* shows: a model can copy what it has learnt from.\n"
        "- Each saved file says inside that it is generated, by which model and from which seed. "
        "`exiftool` or a text editor finds it. Whoever saves the file anew can lose it, so a "
        "missing mark "
        "proves nothing.\n"
        "- Beside each download stand the licence and the people to name. Say that a clip is "
        "generated when "
        "you show it to others.",
        "**三分钟，用于讨论。**\n\n"
        "- 这类模型如果更大、用真人训练，会被滥用来伪造他人从未做过的事：欺骗、羞辱、诈骗。"
        "错在未经当事人同意，与画面好坏无关。\n"
        "- 自带的模型画的是绘制的人物、移动的形状，以及为研究和教学而拍摄的九个人。"
        "生成的人可能很像这九个人之一，正如“死记四个点”所示：模型会照抄学过的东西。\n"
        "- 每个保存的文件内部都写明它是生成的、由哪个模型、用哪个种子。用 `exiftool` 或文本编辑器"
        "可以看到。重新保存文件可能丢掉标记，所以没有标记并不能证明什么。\n"
        "- 每个下载旁边都写着许可和应当署名的人。向他人展示时，请说明这是生成的。",
    ),
    "step_next": ("Next", "下一步"),
    # The mathematics.
    "formula": ("Formula", "公式"),
    "formula_try": ("Play with it", "用它来玩"),
    "formula_value": ("The value of the game", "对局的价值"),
    "formula_value_story": (
        "The critic wants it large: real examples scored high, generated ones low. The generator "
        "wants "
        "it small. Goodfellow et al. 2014, equation 1.",
        "判别器希望它大：真实样本得高分，生成样本得低分。生成器希望它小。"
        "Goodfellow 等 2014，公式 1。",
    ),
    "formula_best": ("The best critic", "最优判别器"),
    "formula_best_story": (
        "The best critic of a generator says, at each point, which share of what lies there is "
        "real. "
        "Watch the map: where as much is generated as is real, it comes to the middle, and has "
        "no colour.",
        "对给定的生成器，最优判别器在每一点给出该处真实样本所占的比例。"
        "请看热图：生成与真实一样多的地方取中间值，没有颜色。",
    ),
    "formula_shannon": ("Jensen-Shannon distance", "JS 散度"),
    "formula_shannon_story": (
        "With the best critic, its loss is this: the generator makes a distance between p and q "
        "small. Where "
        "the two lie apart the distance is log 2, however far apart they are, so it has no slope: "
        "the gradient vanishes.",
        "判别器最优时，它的损失就是这个值：生成器在缩小 p 与 q 之间的距离。两者完全分开时，"
        "不论隔多远，距离都是 log 2，于是没有坡度：梯度消失。",
    ),
    "formula_saturation": ("The non-saturating trick", "非饱和技巧"),
    "formula_saturation_story": (
        "The same winner, another slope: it is steepest where the critic is sure that an example "
        "is "
        "generated, and there the generator has most to learn.",
        "胜负条件相同，坡度不同：在判别器确信是生成样本的地方最陡，"
        "而那里正是生成器最需要学习的地方。",
    ),
    "formula_relative": ("Relativistic pairing", "相对论式配对"),
    "formula_relative_story": (
        "The critic only has to say which of a pair is real. Every real example pulls, so none is "
        "forgotten: fewer modes collapse. Jolicoeur-Martineau 2019; Huang et al. 2024.",
        "判别器只需说出一对样本中哪个更真。每个真实样本都在起作用，没有哪个会被遗忘，"
        "模式崩塌因此减少。Jolicoeur-Martineau 2019；Huang 等 2024。",
    ),
    "formula_slopes": ("R1 and R2", "R1 与 R2"),
    "formula_slopes_story": (
        "The critic pays for being steep at real examples (R1) and at generated ones (R2). When "
        "both "
        "have come to agree it is level there, and the game comes to rest. Mescheder et al. 2018.",
        "判别器在真实样本处（R1）和生成样本处（R2）越陡，代价越大。当两者一致时，它在那里变平，"
        "对局趋于平静。Mescheder 等 2018。",
    ),
    "formula_lipschitz": ("WGAN-GP", "WGAN-GP"),
    "formula_lipschitz_story": (
        "Between real and generated examples (y) the critic is kept at a slope of 1. Then the "
        "difference "
        "of its scores measures how far the points have to be carried. Gulrajani et al. 2017.",
        "在真实样本与生成样本之间（y），判别器的坡度保持为 1。这样，得分之差就衡量点需要搬运多远。"
        "Gulrajani 等 2017。",
    ),
    "formula_elbo": ("ELBO, of a VAE", "ELBO（VAE）"),
    "formula_elbo_story": (
        "Without a critic: a bound of the likelihood of a clip. The first part rewards drawing it "
        "again, the second keeps its latents near the prior. It is not played here; "
        "train --family vae does, and its setting beta weighs the second part.",
        "不用判别器：视频似然的一个下界。第一项奖励把它重新画出来，第二项使潜变量靠近先验。"
        "这里不玩它；用 train --family vae 训练，其设置 beta 是第二项的权重。",
    ),
    "formula_chain": ("Autoregressive likelihood", "自回归似然"),
    "formula_chain_story": (
        "Without a critic: each frame is foretold from those before it, and the model pays for its "
        "surprise. It is not played here; train --family autoregressive does.",
        "不用判别器：每一帧由之前的帧预测，模型为它的“意外”付出代价。"
        "这里不玩它；用 train --family autoregressive 训练。",
    ),
}
