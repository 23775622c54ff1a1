"""MoCoGAN's critics and objective: one critic judges single frames, one judges clips as a whole.

Tulyakov et al., CVPR 2018, sections 3.1 to 3.3, with the layers of its appendix. Both critics judge
patches; the one of clips also says which action it sees, which ties the action to the motion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.gan.adversarial import Adversarial
from train.gan.losses import LOSSES, zero_centred_penalty
from train.gan.microbatch import Microbatch
from train.gan.plain import BETAS, PlainConfig, lower, smoothed
from train.objective import Family
from train.runtime.optimizer import Losses
from train.runtime.processes import Processes
from vidgen.models.mocogan import MoCoGANGenerator, latent_sizes
from vidgen.models.native import WIDTHS
from vidgen.settings import setting
from vidgen.types import GeneratorSpec

CRITIC_FRAMES = 16  # T of the paper: consecutive frames that the critic of clips sees
ACTION_WEIGHT = 1.0  # lambda of equation 8


@dataclass(frozen=True)
class MoCoGANSettings(PlainConfig):
    """The paper's own. `noise` comes before every convolution, `widths` are both critics' channels.

    Noise is the released code's: without it the critics tell flat colours and exact black from a
    generator's at once, and it learns nothing.
    """

    noise: float = 0.2
    widths: tuple[int, ...] = setting(
        (64, 128, 256), "channels of both critics", option="critic_widths", **WIDTHS
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        super().__post_init__()

    @classmethod
    def for_resolution(cls, resolution: int) -> MoCoGANSettings:
        return cls()


class MoCoGANCritic(nn.Module):
    """`image`: frames (N, C, H, W) -> logits (N, h, w) of patches; `video`: see VideoCritic."""

    def __init__(self, spec: GeneratorSpec, settings: MoCoGANSettings) -> None:
        super().__init__()
        self.image = _Patches(nn.Conv2d, nn.BatchNorm2d, spec.channels, 1, (2, 1), settings)
        self.video = VideoCritic(spec, settings)
        self.compute_dtype = torch.float32

    def judge_frames(self, frames: Tensor) -> Tensor:
        with lower(frames, self.compute_dtype):
            return self.image(frames).float()

    def judge_clips(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        with lower(clips, self.compute_dtype):
            return self.video(clips)


class VideoCritic(nn.Module):
    """Clips (B, 16, C, H, W) -> logits of patches in space and time, and of actions (B, A).

    Those of the actions are the mean of all patches'. Convolutions of 4 frames without padding:
    every patch has seen 13 frames.
    """

    def __init__(self, spec: GeneratorSpec, settings: MoCoGANSettings) -> None:
        super().__init__()
        stride, padding = (1, 2, 2), (0, 1, 1)
        outputs = 1 + len(spec.actions)
        self.patches = _Patches(
            nn.Conv3d, nn.BatchNorm3d, spec.channels, outputs, (stride, padding), settings
        )

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.patches(clips.transpose(1, 2)).float()  # (B, 1 + A, t, h, w)
        return logits[:, :1], logits[:, 1:].mean((2, 3, 4))


class Noise(nn.Module):
    """Adds Gaussian noise of a deviation while training."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        return x + self.deviation * torch.randn_like(x) if self.training else x


class _Patches(nn.Sequential):
    """Convolutions of 4 pixels that halve the size, batch normalisation between them."""

    def __init__(
        self,
        conv: type[nn.Module],
        norm: type[nn.Module],
        channels: int,
        outputs: int,
        stride_and_padding: tuple,
        settings: MoCoGANSettings,
    ) -> None:
        widths, noise = settings.widths, Noise(settings.noise)
        layers = [noise, conv(channels, widths[0], 4, *stride_and_padding), nn.LeakyReLU(0.2)]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [noise, conv(before, after, 4, *stride_and_padding, bias=False)]
            layers += [norm(after), nn.LeakyReLU(0.2)]
        last = nn.Sequential(nn.Dropout(settings.dropout), noise)
        super().__init__(*layers, last, conv(widths[-1], outputs, 4, *stride_and_padding))


class MoCoGANGame:
    """Equation 8: min over G, max over D_I and D_V of F_I + F_V + lambda L_I.

    With S_1(v) one random frame of a clip v and S_T(v) its T frames, here with the loss of choice
    (published: non-saturating), and Q(a|v) the action that the critic of clips sees:
        critic:     F(D_I(S_1(v)), D_I(S_1(v~))) + F(D_V(S_T(v)), D_V(S_T(v~))) - log Q(a|v)
        generator:  the same F for the generator                                - log Q(z_A|v~)
    Q learns from real clips, whose actions are known; z_A is the action of the real clip beside.
    """

    frames_per_clip = CRITIC_FRAMES

    def __init__(self, critic: MoCoGANCritic, config: MoCoGANSettings) -> None:
        self.critic, self.config, self.loss = critic, config, LOSSES[config.loss]
        self.noisy = config.noise > 0 or config.dropout > 0
        self.relative = config.loss == "relativistic"

    def draw(self, clips: int, rng: torch.Generator) -> dict[str, Tensor]:
        """The frames that the critic of frames sees, in the critic's and the generator's update."""
        return {"moments": torch.randint(CRITIC_FRAMES, (clips, 2), generator=rng)}

    def critic_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        times, batch = part.real.times, part.real
        rows = torch.arange(len(times), device=times.device)
        moment = part.drawn["moments"][:, 0]
        real, _ = part.transforms[0].apply(batch.frames, times)
        real = real.detach().requires_grad_(self.config.r1 > 0)
        generated, _ = part.transforms[1].apply(generated, times)
        # Apart, as published: batch normalisation would show each critic the other kind.
        image = [self.critic.judge_frames(clips[rows, moment]) for clips in (real, generated)]
        real_logits, action = self.critic.judge_clips(real)
        generated_logits, _ = self.critic.judge_clips(generated)
        of = partial(smoothed, self.loss, self.config.smoothing)
        values = {
            "image_critic": of(image[0], image[1]).mean(),
            "video_critic": of(real_logits, generated_logits).mean(),
        }
        loss = values["image_critic"] + values["video_critic"]
        if batch.action is not None:
            values["action"] = F.cross_entropy(action, batch.action.mean(1))
            loss = loss + ACTION_WEIGHT * values["action"]
        values["overfitting"] = real_logits.sign().mean()
        if self.config.r1:
            means = [logits.flatten(1).mean(1, keepdim=True) for logits in (image[0], real_logits)]
            penalties = [zero_centred_penalty(mean, real).mean() for mean in means]
            values["penalty"] = torch.stack(penalties).sum()
            loss = loss + self.config.r1 / 2 * values["penalty"]
        return loss, values

    def generator_loss(self, part: Microbatch, generated: Tensor) -> Losses:
        times, batch = part.real.times, part.real
        rows = torch.arange(len(times), device=times.device)
        moment = part.drawn["moments"][:, 1]
        clips = [part.transforms[3].apply(generated, times)[0]]
        if self.relative:  # what the critics make of real clips does not matter otherwise
            clips.insert(0, part.transforms[2].apply(batch.frames, times)[0])
        image = [self.critic.judge_frames(c[rows, moment]) for c in clips]
        video, actions = zip(*map(self.critic.judge_clips, clips), strict=True)
        values = {
            "image": self.loss.generator(image[0], image[-1]).mean(),
            "video": self.loss.generator(video[0], video[-1]).mean(),
        }
        loss = values["image"] + values["video"]
        if batch.action is not None:
            values["shown_action"] = F.cross_entropy(actions[-1], batch.action.mean(1))
            loss = loss + ACTION_WEIGHT * values["shown_action"]
        return loss, values

    def adjust(self, values: dict[str, float], clips: int) -> dict[str, float]:
        return {}

    def state(self) -> dict:
        return {}

    def load_state(self, state: dict) -> None:
        """It keeps nothing from step to step."""


def mocogan_objective(
    generator: MoCoGANGenerator, settings: MoCoGANSettings, processes: Processes, accumulate: int
) -> Adversarial:
    """The generator against both critics on its device and in its number format."""
    device = next(generator.parameters()).device
    critic = MoCoGANCritic(generator.spec, settings).to(device)
    critic.compute_dtype = generator.compute_dtype
    game = MoCoGANGame(critic, settings)
    return Adversarial(generator, game, settings, BETAS, processes, accumulate)


def default_settings(resolution: int) -> dict[str, Any]:
    return {"grow": ((resolution, 0),), "span": CRITIC_FRAMES, "learning_rate_decay": 0}


FAMILY = Family(
    settings=MoCoGANSettings,
    objective=mocogan_objective,
    defaults=default_settings,
    latents=latent_sizes,
)
