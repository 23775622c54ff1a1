"""What the server says of clips that visitors bring, in Chinese; as in sentences.py."""

from __future__ import annotations

OF_CLIPS = {
    "{} That is far off: {} does not know clips like this one.": (
        "{}差得很远：{} 不认识这样的视频。"
    ),
    "{} By features it is {} away, the nearest sample {}.": (
        "{}按特征的距离是 {}，最接近的样本是 {}。"
    ),
    "{}: {} dB; the nearest sample had {} dB.": "{}：{} dB；最接近的样本是 {} dB。",
    "{} is no clip that can be used: {}.": "{} 不能用作视频：{}。",
    "{} has a single frame, and a clip has two or more.": "{} 只有一帧，而视频至少有两帧。",
    "{} lasts {} seconds, and at most {} are taken by this model.": (
        "{} 长 {} 秒，这个模型最多接受 {} 秒。"
    ),
    "{} is no mask that can be used: {}.": "{} 不能用作遮罩：{}。",
    "{} is {} all over: white is the hole, black is kept.": (
        "{} 全是{}：白色是要补的洞，黑色保留不变。"
    ),
    "A clip may have been shrunk 2, 4 or 8 times, not {}.": (
        "视频可以是缩小了 2、4 或 8 倍的，而不是 {}。"
    ),
    "The clip has {} frames: {} can't be taken of it.": "视频有 {} 帧：不能从中取 {} 帧。",
    "Say what to change: a content seed, another clip's motion or an action.": (
        "请说明要改变什么：内容种子、另一段视频的动作或动作名。"
    ),
    "This clip: {}.": "这段视频：{}。",
    "A painted hole must be {} rows of {} digits, 0 or 1.": (
        "涂出的洞必须是 {} 行、每行 {} 个 0 或 1。"
    ),
    "Paint the hole on the picture of your clip first.": "请先在你的视频画面上涂出破洞。",
    "Nothing of the clip is left: leave something of it unpainted.": (
        "视频全被涂掉了：请留下一部分。"
    ),
    "There is no result yet.": "还没有结果。",
    "A request about a clip must be an object.": "关于视频的请求必须是一个对象。",
    "Something broke while searching; the server's log says what.": (
        "寻找时出了错；原因见服务器的日志。"
    ),
    "{} searches are going on, as many as this server allows.": (
        "已有 {} 个寻找正在进行，已达服务器上限。"
    ),
    "This clip is gone: they are kept for an hour at most. Choose it again.": (
        "这段视频已删除：最多保留一小时。请重新选择。"
    ),
    "A clip must come as the body, of the type {}.": "视频必须作为 {} 类型的正文发送。",
    "A clip must come with its length.": "发送视频时必须说明长度。",
    "The clip is empty.": "视频是空的。",
    "A clip may have at most {} MB.": "视频最大 {} MB。",
    "Too many clips are arriving: try again in a moment.": "正在上传的视频太多：请稍后再试。",
    "The clip ended early.": "视频没有传完。",
    "The clip is larger than was said.": "视频比所说的更大。",
    "The clip took too long to arrive.": "视频上传得太慢。",
    "There is no room for the clip at the moment.": "现在没有地方存放这段视频。",
    "This is neither a video nor a picture nor a sound.": "这既不是视频，也不是图像或声音。",
    "{}: made by vidgen. {}. Its metadata say so too.": "{}：由 vidgen 生成。{}。元数据也这样说。",
    "{}: made by vidgen. {}. Its metadata say nothing of that.": (
        "{}：由 vidgen 生成。{}。元数据没有说明。"
    ),
    "{}: made by vidgen, by its metadata. Its pixels carry no mark.": (
        "{}：据元数据，由 vidgen 生成。像素里没有标记。"
    ),
    "{}: nothing says that vidgen made it, neither its pixels nor its metadata.": (
        "{}：像素和元数据都没有说明它由 vidgen 生成。"
    ),
    "{} can't be looked at: {}.": "无法查看{}：{}。",
    # Of sounds.
    "The size of an MP4 must be even, not {}: choose {}.": (
        "MP4 的尺寸必须是偶数，而不是 {}：请选择 {}。"
    ),
    "An MP4 is written with PyAV, which is not installed: pip install av": (
        "写 MP4 需要 PyAV，这里没有安装：pip install av"
    ),
    "Sound is read with PyAV, which is not installed: pip install av": (
        "读取声音需要 PyAV，这里没有安装：pip install av"
    ),
    "{} is no sound that can be used: {}.": "{} 不能用作声音：{}。",
    "This sound lasts {} seconds, and needs {}.": "这段声音长 {} 秒，至少需要 {} 秒。",
    "This sound is silent: there is nothing to move to.": "这段声音是无声的：没有可以跟随的内容。",
    "No steady beat was heard: the motion follows its loudness alone.": (
        "没有听到稳定的节拍：动作只跟随响度。"
    ),
    "{} beats were heard, {} a minute; this model has no cycle, and moves on each of them.": (
        "听到 {} 拍，每分钟 {} 拍；这个模型没有循环，在每一拍上动。"
    ),
    "{} beats were heard, {} a minute; a cycle takes {} of them.": (
        "听到 {} 拍，每分钟 {} 拍；一个循环占 {} 拍。"
    ),
    "No steady beat was heard.": "没有听到稳定的节拍。",
    "{} beats were heard, {} a minute.": "听到 {} 拍，每分钟 {} 拍。",
    "This sound: {}.": "这段声音：{}。",
    # Of sentences.
    "The sentence is empty: say what is to be seen, as in: a woman shrugs.": (
        "句子是空的：请说要看什么，例如：一个女人耸肩。"
    ),
    "A sentence may have {} letters, not {}.": "句子最多 {} 个字符，而不是 {} 个。",
    "Understood: {}.": "听懂了：{}。",
    "{} Not understood, or not known by {}: {}.": "{}没听懂，或 {} 不认识：{}。",
    "Nothing of this is known by {}: {}. It knows {}.": "{} 对此一无所知：{}。它认识：{}。",
    "None of the first {} seeds shows such a person.": "前 {} 个种子里没有这样的人。",
}
