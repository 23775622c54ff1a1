"""What the families take for granted about time and what they are bad at, in both languages."""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, str]] = {
    "family_mlp": ("Fully connected GAN", "全连接 GAN"),
    "family_mlp_time": (
        "A clip has 16 frames, and which of them is to be drawn is one more number among the "
        "inputs. That neighbouring frames are alike is nowhere said.",
        "一段视频有 16 帧，要画第几帧只是输入中的又一个数字。"
        "相邻的帧彼此相似这件事，哪里都没有写明。",
    ),
    "family_mlp_bad": (
        "outlines, because it does not know that pixels have neighbours either. Longer clips jump "
        "after every 16 frames.",
        "轮廓：它同样不知道像素有邻居。更长的视频每 16 帧跳一次。",
    ),
    "family_dcgan": ("DCGAN, frame by frame", "DCGAN，逐帧生成"),
    "family_dcgan_time": (
        "None. Each frame is a picture of its own that shares most of its noise with the others.",
        "没有假设。每一帧都是单独的图片，只是与其他帧共用大部分噪声。",
    ),
    "family_dcgan_bad": (
        "motion: each frame may be right, and still the clip trembles, in no direction at all. "
        "This is why video needs more than pictures.",
        "运动：每一帧可能都对，整段视频却在抖动，没有任何方向。这就是视频不能只靠图片的原因。",
    ),
    "family_conv3d": ("VGAN, convolutions in space and time", "VGAN，时空卷积"),
    "family_conv3d_time": (
        "Time is a third direction in space. The whole clip is drawn at once: what moves, over a "
        "background that stands still.",
        "时间是空间的第三个方向。整段视频一次画出：运动的部分叠在静止的背景上。",
    ),
    "family_conv3d_bad": (
        "other lengths: it draws one length only. A longer clip is several of them, and jumps "
        "where one ends.",
        "别的长度：它只会画一种长度。更长的视频由几段拼成，接头处会跳。",
    ),
    "family_mocogan": ("MoCoGAN, recurrent motion", "MoCoGAN，循环运动"),
    "family_mocogan_time": (
        "A recurrent network walks through a space of motions; each state follows from the one "
        "before and from chance. Content never changes.",
        "循环网络在运动空间里行走：每个状态由前一个状态和随机数决定。内容始终不变。",
    ),
    "family_mocogan_bad": (
        "keeping content and motion apart: two critics have to teach that, and colours drift.",
        "把内容与运动分开：这要靠两个判别器教会，颜色会漂移。",
    ),
    "family_vae": ("VAE, encoder and decoder", "VAE，编码器与解码器"),
    "family_vae_time": (
        "A network states how likely each motion is after those before it. Content never changes.",
        "一个网络给出在之前的运动之后，每种运动有多大可能。内容始终不变。",
    ),
    "family_vae_bad": (
        "sharp pictures: it draws the mean of all that is likely. Clips of a seed are blurred more "
        "than clips that it draws again.",
        "清晰的画面：它画的是各种可能的平均。由种子生成的视频比它重画的视频更模糊。",
    ),
    "family_lstm": ("Autoregressive, LSTM", "自回归，LSTM"),
    "family_lstm_time": (
        "Each frame follows from all before it, as far as a state of fixed size remembers them.",
        "每一帧由之前所有的帧决定，只要固定大小的状态还记得它们。",
    ),
    "family_lstm_bad": (
        "long clips: each frame builds on frames that it drew itself, so errors grow.",
        "长视频：每一帧都建立在自己画出的帧之上，误差不断累积。",
    ),
    "family_transformer": ("Autoregressive, Transformer", "自回归，Transformer"),
    "family_transformer_time": (
        "Each frame follows from the 15 before it, all of which it can look at.",
        "每一帧由之前的 15 帧决定，它可以直接查看其中每一帧。",
    ),
    "family_transformer_bad": (
        "what was longer ago than it can look back; and, as with the LSTM, errors grow.",
        "比它能回看的更久远的事；而且和 LSTM 一样，误差不断累积。",
    ),
    "family_style": ("Style-based GAN, the flagship", "基于风格的 GAN（主力）"),
    "family_style_time": (
        "Motion is a smooth curve, and any moment of it can be drawn alone, at any frame rate.",
        "运动是一条光滑的曲线，其中任何时刻都能单独画出，帧率任意。",
    ),
    "family_style_bad": (
        "sudden things: a curve has no jumps. It is the largest and the slowest of them, too.",
        "突然的变化：曲线没有跳跃。它也是其中最大、最慢的。",
    ),
}
