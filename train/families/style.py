"""The flagship as it is trained: its critic, its default settings, and its objective."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.data.batches import ClipDataset
from train.data.tempo import measure_tempo
from train.gan.adversarial import Adversarial
from train.gan.anchors import Anchored, AnchorTerm, anchored_path, place_anchors
from train.gan.blocks import Conv, Down, Head, Stem, normalise_spectrally
from train.gan.penalised import PenalisedConfig, PenalisedGame
from train.objective import Family
from train.runtime.processes import Processes
from vidgen.models.motion import FreeMotion
from vidgen.models.script import ScriptWeights
from vidgen.models.style import StyleGenerator
from vidgen.settings import check_settings, setting
from vidgen.types import GeneratorSpec

MERGE_RESOLUTION = 16  # where the frames of a clip are put side by side
MOMENT_WIDTH = 24  # of what the clip head learns about a native frame of a script


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic. `widths` are the channels at 32 and 16 pixels: from the top down.

    `dropout` is the share of its heads' features that a step leaves out (Srivastava et al. 2014),
    `spectral_norm` holds every layer's largest singular value at 1 (Miyato et al. 2018).
    """

    stem_width: int = 48
    widths: tuple[int, ...] = (64, 128)
    frame_width: int = 128
    clip_width: int = 160
    frames_per_clip: int = setting(4, limit=(2, 64), once="seen_frames")
    dropout: float = setting(
        0.0, "in the critic's heads; without a critic, around the recurrence", limit=(0, 0.9)
    )
    spectral_norm: bool = setting(False, "the critic's layers keep a largest singular value of 1")

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        check_settings(self)

    @classmethod
    def for_resolution(cls, resolution: int) -> CriticConfig:
        """The default sizes for 32, 64, 128, ... pixels."""
        widths = list(cls.widths)
        while MERGE_RESOLUTION << len(widths) < resolution:
            widths.insert(0, max(32, widths[0] // 2))
        if MERGE_RESOLUTION << len(widths) > resolution:
            widths = widths[-1:]
        return cls(widths=tuple(widths))


@dataclass(frozen=True)
class StyleSettings(PenalisedConfig):
    """Settings of the flagship's objective."""

    critic: CriticConfig = field(default_factory=CriticConfig)
    anchor_weight: float = setting(
        10.0,
        "of the distance to the clips that latents belong to, if there are --anchors",
        limit=(0, 1e4),
        may_change=True,
    )
    momentum: float = setting(
        0.0,
        "of the generator's steps (AdamW's beta1); with --anchors 0.9 is better",
        limit=(0, 0.999),
    )
    anchors_alone: int = setting(
        0,
        "clips during which the anchors alone teach, which is quicker; then the critic joins in",
        limit=(0, 10**10),
        may_change=True,
    )

    @classmethod
    def for_resolution(cls, resolution: int) -> StyleSettings:
        return cls(critic=CriticConfig.for_resolution(resolution))


class Critic(nn.Module):
    """One 2-D trunk over every frame, then a head that sees a frame and one that sees the clip.

    Frames (B, T, C, H, W) at the spec's resolution or a half, a quarter, ... of it; times (B, T) in
    seconds; action (B, T, A) weights or None. If motion follows a script, every frame is judged
    as the native frame that it should be, and the frames of a clip may be of several actions.
    Returns logits (B, 1 + T): the clip's, then each frame's.
    """

    def __init__(self, spec: GeneratorSpec, config: CriticConfig | None = None) -> None:
        super().__init__()
        config = config or CriticConfig()
        resolution, channels, frames = spec.resolution, spec.channels, config.frames_per_clip
        if resolution != MERGE_RESOLUTION << len(config.widths):
            raise ValueError(f"{len(config.widths)} widths do not fit {resolution} pixels.")
        self.config, self.resolution = config, resolution
        self.compute_dtype = torch.float32
        widths = config.widths
        self.stem = Stem(channels, config.stem_width, widths[0])
        self.from_image = nn.ModuleList(Conv(channels, c, 1) for c in widths)
        self.trunk = nn.ModuleList(
            Down(wide, narrow) for wide, narrow in zip(widths[:-1], widths[1:], strict=True)
        )
        self.frame = nn.Sequential(
            Down(widths[-1], config.frame_width), Down(config.frame_width, config.frame_width)
        )
        self.moment = (ScriptMoments if spec.timing else FreeMoments)(spec, frames)
        self.frame_head = Head(config.frame_width, self.moment.labels, config.dropout)

        per_frame = config.clip_width // frames
        self.reduce = Conv(widths[-1], per_frame, 1)
        self.when = nn.Sequential(
            nn.Linear(self.moment.size, 128), nn.LeakyReLU(0.2), nn.Linear(128, per_frame * frames)
        )
        self.clip = nn.Sequential(
            Down(per_frame * frames, config.clip_width), Down(config.clip_width, config.clip_width)
        )
        # Frames of one scripted clip may be of several actions: it has no label as a whole.
        whole = 0 if spec.timing else len(spec.actions)
        self.clip_head = Head(config.clip_width, whole, config.dropout)
        if config.spectral_norm:
            normalise_spectrally(self)

    def forward(self, frames: Tensor, times: Tensor, action: Tensor | None) -> Tensor:
        seen = frames.shape[1]
        image = frames.flatten(0, 1).to(self.compute_dtype, memory_format=torch.channels_last)
        stem = None
        if image.shape[-1] == self.resolution:
            stem, image = self.stem(image), F.avg_pool2d(image, 2)
        start = int(math.log2(self.resolution // 2 // image.shape[-1]))
        # Every size also reads the image itself, so that a size on top can be added late.
        x = self.from_image[start](image)
        if stem is not None:
            x = x.add_(stem)
        for block, from_image in zip(self.trunk[start:], self.from_image[start + 1 :], strict=True):
            image = F.avg_pool2d(image, 2)
            x = block(x).add_(from_image(image))
        label, about = self.moment(times, action)
        per_frame = None if label is None else label.flatten(0, 1)
        frame_logits = self.frame_head(self.frame(x), per_frame).view(-1, seen)

        together = self.reduce(x).unflatten(0, (-1, seen)).flatten(1, 2)  # (B, T c, 16, 16)
        together = together.contiguous(memory_format=torch.channels_last)
        scale = 1 + self.when(about)
        together = together * scale[:, :, None, None].to(together.dtype)
        whole = None if action is None else action.mean(1)
        return torch.cat([self.clip_head(self.clip(together), whole), frame_logits], 1)


class FreeMoments(nn.Module):
    """What a critic is told about moments of free motion: how far apart they are.

    Times (B, T) and action (B, T, A) or None -> labels of the frames, which is the action, and what
    is known of the clip, (B, size).
    """

    def __init__(self, spec: GeneratorSpec, frames: int) -> None:
        super().__init__()
        self.labels, self.size = len(spec.actions), 6 * (frames - 1)

    def forward(self, times: Tensor, action: Tensor | None) -> tuple[Tensor | None, Tensor]:
        gaps = times[:, 1:] - times[:, :1]  # (B, T - 1): periods of 4, 1, 1/4 s tell them apart
        angles = gaps[..., None] * (2 * math.pi * torch.tensor([0.25, 1, 4], device=gaps.device))
        return action, torch.cat([angles.sin(), angles.cos()], -1).flatten(1)


class ScriptMoments(nn.Module):
    """The same if motion follows a script: which native frames (B, T, K) it should see."""

    def __init__(self, spec: GeneratorSpec, frames: int) -> None:
        super().__init__()
        self.script = ScriptWeights(spec)
        self.labels, self.size = self.script.count, MOMENT_WIDTH * frames
        self.weight = nn.Parameter(torch.empty(MOMENT_WIDTH, self.labels))
        nn.init.uniform_(self.weight, -(self.labels**-0.5), self.labels**-0.5)

    def forward(self, times: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        label = self.script(times, action)
        return label, F.linear(label, self.weight).flatten(1)


def style_objective(
    generator: StyleGenerator, settings: StyleSettings, processes: Processes, accumulate: int
) -> Adversarial:
    """The generator against a critic on its device and in its number format."""
    device = next(generator.parameters()).device
    critic = Critic(generator.spec, settings.critic).to(device)
    critic.compute_dtype = generator.compute_dtype
    game = PenalisedGame(
        critic, settings, settings.critic.frames_per_clip, noisy=settings.critic.dropout > 0
    )
    anchored: dict[str, Any] = {}
    if generator.config.anchors:
        anchored = {
            "terms": (AnchorTerm(settings.anchor_weight),),
            "draw_path": anchored_path,
            "alone": settings.anchors_alone,
        }
    # beta1 = 0 makes the first moment the gradient itself: nothing to keep of it.
    betas = (0.0, settings.beta2)
    return Adversarial(
        generator, game, settings, betas, processes, accumulate, settings.momentum, **anchored
    )


def default_settings(resolution: int) -> dict[str, Any]:
    grow = ((resolution, 0),) if resolution == 32 else ((32, 0), (resolution, 40_000))
    return {"grow": grow, "span": 32, "learning_rate_decay": 10_000}


def latent_sizes(fps: float) -> dict[str, Any]:
    return {"content_dim": 64, "motion_dim": 16, "knot_seconds": 0.5}


def begin_at_the_datas_tempo(generator: StyleGenerator, dataset: ClipDataset) -> list[str]:
    """Lets free motion learn from the tempo that is measured in the clips of every action."""
    if generator.config.anchors:
        return place_anchors(cast(Anchored, generator), dataset)
    if dataset.timing:
        return []
    tempo = measure_tempo(dataset)
    assert isinstance(generator.motion, FreeMotion), "only it learns without a script"
    generator.motion.set_tempo(tempo.tolist())
    return [f"Cycles a second, measured: {', '.join(f'{hz:.2f}' for hz in tempo)}"]


@torch.no_grad()
def start_from(teacher: StyleGenerator, generator: StyleGenerator) -> list[str]:
    """Copies what fits of a trained generator; returns the names of the parameters that don't.

    What belongs to an action is copied where both have an action of that name.
    """
    known, own, fresh = teacher.state_dict(), generator.state_dict(), []
    shared = [
        (own_index, teacher.spec.actions.index(name))
        for own_index, name in enumerate(generator.spec.actions)
        if name in teacher.spec.actions
    ]
    per_action = {f"motion.{name}" for name in ("rate", "rate_spread", "cycle", "drift", "offset")}
    for name, value in own.items():
        if name in per_action and generator.spec.actions:
            for own_index, known_index in shared:
                value[own_index] = known[name][known_index]
            if len(shared) < len(generator.spec.actions):
                fresh.append(name)
        elif name in known and known[name].shape == value.shape:
            value.copy_(known[name])
        else:
            fresh.append(name)
    return fresh


FAMILY = Family(
    settings=StyleSettings,
    objective=style_objective,
    defaults=default_settings,
    latents=latent_sizes,
    prepare=begin_at_the_datas_tempo,
    start=start_from,
    started=(("head_start", 1_000),),
)
