"""The words of the Learn tab, English and Chinese side by side."""

from __future__ import annotations

LESSON: dict[str, tuple[str, str]] = {
    "learn": ("Learn", "学习"),
    "learn_hint": (
        "Two networks play against each other, live and on this computer's server: the generator "
        "draws, the critic tells real from generated. Choose a game and press *Start*.",
        "两个网络正在服务器上实时对抗：生成器负责画，判别器负责分辨真假。请选择一局，然后按“开始”。",
    ),
    # The games.
    "preset": ("Game", "对局"),
    "preset_plays": ("A good game", "正常的对局"),
    "preset_plays_story": (
        "A ring of eight spots. Watch the grid: the generator bends a square of noise until its "
        "points lie where the real ones do, while the critic's map turns even, because it can no "
        "longer tell the two apart.",
        "真实数据是围成一圈的八团点。请看网格：生成器把一块方形的噪声弯折，直到它的点落在真实的点上；"
        "与此同时判别器的热图渐渐变平，因为它再也分不清两者。",
    ),
    "preset_collapse": ("Mode collapse", "模式崩塌"),
    "preset_collapse_story": (
        "The critic learns fast and nothing holds it. The generator finds a spot or two that "
        "pass for real and puts all its points there; when the critic objects, they jump to "
        "others. Precision is good, coverage is bad.",
        "判别器学得很快，又不受任何约束。生成器发现一两团点能蒙混过关，就把所有的点都放到那里；"
        "判别器一反对，它们便跳到别处。精确率高，覆盖率低。",
    ),
    "preset_collapse_mended": (
        "Mended: R1 and R2 penalise the slope of the critic at real and generated points. A gentle "
        "slope shows the way to every spot, and coverage rises.",
        "补救：R1 和 R2 惩罚判别器在真实点与生成点处的坡度。坡度平缓，通往每一团点的路都看得见，"
        "覆盖率随之上升。",
    ),
    "preset_vanishing": ("Vanishing gradient", "梯度消失"),
    "preset_vanishing_story": (
        "The critic had 200 steps before the generator's first and is always right. With the "
        "minimax loss the generator then gets hardly any signal, and its points stay where "
        "they are.",
        "生成器走第一步之前，判别器已经学了 200 步，判断从不出错。用极小极大损失时，"
        "生成器几乎收不到信号，它的点停在原地。",
    ),
    "preset_vanishing_mended": (
        "Mended: the non-saturating loss maximises log D(G(z)) instead of minimising "
        "log(1 - D(G(z))). It wants the same, but is steepest where the generator is worst.",
        "补救：非饱和损失改为最大化 log D(G(z))，而不是最小化 log(1 - D(G(z)))。"
        "目标相同，但生成器越差，它越陡。",
    ),
    "preset_unbounded": ("Critic too strong", "判别器过强"),
    "preset_unbounded_story": (
        "The Wasserstein loss without its penalty: the critic's logits grow without end, the "
        "generator's signal with them, and its points are thrown about.",
        "没有惩罚项的 Wasserstein 损失：判别器的输出无限增大，生成器收到的信号也随之增大，"
        "它的点被抛来抛去。",
    ),
    "preset_unbounded_mended": (
        "Mended: WGAN-GP keeps the critic's slope near 1, so the signal is near 1 as well.",
        "补救：WGAN-GP 使判别器的坡度保持在 1 附近，信号也就在 1 附近。",
    ),
    "preset_memorises": ("Memorising four points", "死记四个点"),
    "preset_memorises_story": (
        "Only four points are real. The generator learns just these: what it draws is copied, "
        "though the critic has nothing against it.",
        "真实数据只有四个点。生成器学到的也只有这四个：它画的都是抄来的，判别器却挑不出毛病。",
    ),
    "preset_memorises_mended": (
        "Mended: with no end of examples there is nothing to memorise, and both moons fill up.",
        "补救：样本无穷无尽，就没有什么可以死记的，两个月牙都会被填满。",
    ),
    "preset_clips": ("Tiny clips", "微型视频"),
    "preset_clips_story": (
        "Coloured shapes that move, 8 frames of 16 pixels. Noise turns into blobs, blobs into "
        "shapes that stay whole while they move. The first ones come after ten seconds, if one "
        "core is free.",
        "移动的彩色形状，每段 8 帧、16 像素。噪声先变成色块，色块再变成移动中保持完整的形状。"
        "如果有一个核空闲，十秒后就能看到最初的形状。",
    ),
    "preset_clips_memorise": ("Memorising four clips", "死记四段视频"),
    "preset_clips_memorise_story": (
        "Only four clips are real. Compare the rows: what is generated is one of them, again and "
        "again.",
        "真实视频只有四段。请上下对比：生成的总是这四段中的一段。",
    ),
    "preset_clips_memorise_mended": (
        "Mended: with many clips the generator has to find out what makes a shape.",
        "补救：视频足够多时，生成器就必须弄明白什么才算一个形状。",
    ),
    "remedy": ("Apply the remedy", "使用补救办法"),
    # The settings.
    "lesson_settings": ("Settings of the game", "对局的设置"),
    "data": ("Real examples", "真实样本"),
    "data_ring": ("Ring of eight spots", "八团点围成的圈"),
    "data_moons": ("Two moons", "两个月牙"),
    "data_clips": ("Moving shapes", "移动的形状"),
    "examples": ("How many of them", "样本数量"),
    **{f"examples_{count}": (f"{count:,}", f"{count:,}") for count in (4, 16, 64, 256, 1024)},
    "examples_all": ("No end of them", "无穷多"),
    "loss": ("Loss", "损失"),
    "loss_minimax": ("Minimax", "极小极大"),
    "loss_non-saturating": ("Non-saturating", "非饱和"),
    "loss_least-squares": ("Least squares", "最小二乘"),
    "loss_hinge": ("Hinge", "合页"),
    "loss_wasserstein": ("Wasserstein", "Wasserstein"),
    "loss_relativistic": ("Relativistic", "相对论式"),
    "penalty": ("Penalty on the critic's slope", "对判别器坡度的惩罚"),
    "penalty_none": ("None", "无"),
    "penalty_r1": ("R1", "R1"),
    "penalty_r1+r2": ("R1 + R2", "R1 + R2"),
    "penalty_wgan-gp": ("WGAN-GP", "WGAN-GP"),
    "gamma": ("Weight of the penalty (γ)", "惩罚的权重（γ）"),
    "critic_rate": ("Learning rate of the critic", "判别器的学习率"),
    "generator_rate": ("Learning rate of the generator", "生成器的学习率"),
    "optimizer": ("Optimiser of the generator", "生成器的优化器"),
    "optimizer_adam": ("Adam", "Adam"),
    "optimizer_sgd": ("SGD", "SGD"),
    "critic_steps": ("Critic steps for each generator step", "生成器每走一步，判别器走几步"),
    "head_start": ("Head start of the critic, in steps", "判别器先走的步数"),
    "batch": ("Batch", "批大小"),
    "lesson_seed": ("Seed of both networks", "两个网络的种子"),
    "pace": ("Pace", "速度"),
    "pace_slow": ("Slow motion", "慢动作"),
    "pace_usual": ("Usual", "正常"),
    "pace_fast": ("As fast as it goes", "全速"),
    # The stage.
    "lesson_start": ("Start", "开始"),
    "lesson_start_title": ("Start the training", "开始训练"),
    "lesson_pause": ("Pause", "暂停"),
    "lesson_pause_title": ("Pause the training", "暂停训练"),
    "lesson_critic": ("Critic step", "判别器走一步"),
    "lesson_critic_title": ("One step of the critic alone", "只让判别器走一步"),
    "lesson_generator": ("Generator step", "生成器走一步"),
    "lesson_generator_title": ("One step of the generator alone", "只让生成器走一步"),
    "lesson_again": ("Begin again", "重新开始"),
    "lesson_again_title": ("Begin again with new networks", "用新的网络重新开始"),
    "lesson_starting": ("Starting …", "正在启动……"),
    "lesson_steps": ("{steps} steps", "{steps} 步"),
    "lesson_diverged": (
        "The training has diverged: its numbers grew beyond all bounds. Choose smaller learning "
        "rates or a penalty, and begin again.",
        "训练发散了：数值大得超出了范围。请减小学习率或加上惩罚，然后重新开始。",
    ),
    "lesson_real": ("real ●", "真实 ●"),
    "lesson_generated": ("generated ■", "生成 ■"),
    "lesson_scene_points": (
        "The plane: the critic's map (where it says real or generated), the generator's bent grid",
        "平面：判别器的热图（它认为哪里真、哪里假）和生成器弯折的网格",
    ),
    "lesson_scene_clips": (
        "Twelve generated clips, real ones below them",
        "十二段生成的视频，最下面是真实的",
    ),
    "lesson_histogram": (
        "The critic's scores: real and generated",
        "判别器的打分：真实与生成",
    ),
    "lesson_curves": (
        "Losses over steps: critic (solid), generator (dashed)",
        "损失随步数的变化：判别器（实线）、生成器（虚线）",
    ),
    "score_precision": ("Precision", "精确率"),
    "score_precision_title": (
        "How many generated points lie near a real one",
        "有多少生成点靠近某个真实点",
    ),
    "score_coverage": ("Coverage", "覆盖率"),
    "score_coverage_title": (
        "How many real points have a generated one near them",
        "有多少真实点附近有生成点",
    ),
    "score_copies": ("Copies", "抄袭率"),
    "score_copies_title": (
        "How much of what is generated is nearly one of the few examples",
        "生成的样本中，几乎与那几个真实样本相同的比例",
    ),
    "score_shapes": ("Frames that show a shape", "画出形状的帧"),
    "score_shapes_title": (
        "How many generated frames show one compact shape over black",
        "有多少生成的帧在黑色背景上画出一个紧凑的形状",
    ),
    "score_accuracy": ("The critic is right", "判别器的正确率"),
    "score_accuracy_title": (
        "How often the critic told real from generated in its last step; 50 % is guessing",
        "判别器在最近一步中分对真假的比例；50 % 等于瞎猜",
    ),
    "score_signal": ("Signal to the generator", "给生成器的信号"),
    "score_signal_title": (
        "Size of the gradient that the generator's loss has at what it drew",
        "生成器的损失对它所画内容的梯度大小",
    ),
}
