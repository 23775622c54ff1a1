"""MoCoGAN's critics and objective: one critic judges single frames, one judges clips as a whole.

Tulyakov et al., CVPR 2018, sections 3.1 to 3.3, with the layers of its appendix. Both critics judge
patches; the one of clips also says which action it sees, which ties the action to the motion.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.data.batches import Batch
from train.gan.adversarial import Adversarial, AdversarialConfig
from train.gan.augment import AugmentConfig
from train.gan.microbatch import Share, draw_share
from train.runtime.processes import Processes
from vidgen.models.mocogan import MoCoGANGenerator
from vidgen.types import GeneratorSpec

FRAMES = 16  # T of the paper: consecutive frames that the critic of clips sees
WIDTHS = (64, 128, 256)
ACTION_WEIGHT = 1.0  # lambda of equation 8
NOISE = 0.2  # deviation of what is added before every convolution of a critic


def published_settings() -> AdversarialConfig:
    """The paper's own: non-saturating, no penalties, the same rate for both networks throughout."""
    return AdversarialConfig(
        loss="non-saturating", penalty="none", gamma=0.0, learning_rate=2e-4, learning_rate_decay=0
    )


class MoCoGANCritic(nn.Module):
    """`image`: frames (N, C, H, W) -> logits (N, h, w) of patches; `video`: see VideoCritic."""

    def __init__(self, spec: GeneratorSpec, widths: tuple[int, ...] | None = None) -> None:
        super().__init__()
        widths = widths or WIDTHS
        self.image = _Patches(nn.Conv2d, nn.BatchNorm2d, spec.channels, widths, 1, (2, 1))
        self.video = VideoCritic(spec, widths)
        self.compute_dtype = torch.float32

    def judge_frames(self, frames: Tensor) -> Tensor:
        with _lower(frames, self.compute_dtype):
            return self.image(frames).float()

    def judge_clips(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        with _lower(clips, self.compute_dtype):
            return self.video(clips)


class VideoCritic(nn.Module):
    """Clips (B, FRAMES, C, H, W) -> logits of patches in space and time, and of actions (B, A).

    Those of the actions are the mean of all patches'. Convolutions of 4 frames without padding:
    every patch has seen 13 frames.
    """

    def __init__(self, spec: GeneratorSpec, widths: tuple[int, ...]) -> None:
        super().__init__()
        stride, padding = (1, 2, 2), (0, 1, 1)
        outputs = 1 + len(spec.actions)
        self.patches = _Patches(
            nn.Conv3d, nn.BatchNorm3d, spec.channels, widths, outputs, (stride, padding)
        )

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.patches(clips.transpose(1, 2)).float()  # (B, 1 + A, t, h, w)
        return logits[:, :1], logits[:, 1:].mean((2, 3, 4))


class Noise(nn.Module):
    """Adds Gaussian noise while training, as MoCoGAN's released code does: without it the critics

    tell flat colours and exact black from a generator's at once, and it learns nothing.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x + NOISE * torch.randn_like(x) if self.training else x


class _Patches(nn.Sequential):
    """Convolutions of 4 pixels that halve the size, batch normalisation between them."""

    def __init__(
        self,
        conv: type[nn.Module],
        norm: type[nn.Module],
        channels: int,
        widths: tuple[int, ...],
        outputs: int,
        stride_and_padding: tuple,
    ) -> None:
        layers = [Noise(), conv(channels, widths[0], 4, *stride_and_padding), nn.LeakyReLU(0.2)]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [Noise(), conv(before, after, 4, *stride_and_padding, bias=False)]
            layers += [norm(after), nn.LeakyReLU(0.2)]
        super().__init__(*layers, Noise(), conv(widths[-1], outputs, 4, *stride_and_padding))


class MoCoGANObjective(Adversarial):
    """Equation 8: min over G, max over D_I and D_V of F_I + F_V + lambda L_I.

    With S_1(v) one random frame of a clip v and S_T(v) its T frames, here with the loss of choice
    (published: non-saturating), and Q(a|v) the action that the critic of clips sees:
        critic:     F(D_I(S_1(v)), D_I(S_1(v~))) + F(D_V(S_T(v)), D_V(S_T(v~))) - log Q(a|v)
        generator:  the same F for the generator                                - log Q(z_A|v~)
    Q learns from real clips, whose actions are known; z_A is the action of the real clip beside.
    Wants batches of FRAMES consecutive frames.
    """

    def __init__(
        self,
        generator: MoCoGANGenerator,
        critic: MoCoGANCritic,
        config: AdversarialConfig | None = None,
        augment_config: AugmentConfig | None = None,
        processes: Processes | None = None,
        accumulate: int = 1,
    ) -> None:
        config = config or published_settings()
        if config.penalty != "none":
            raise ValueError(f"MoCoGAN is trained without a penalty, not with {config.penalty}.")
        augment_config = augment_config or AugmentConfig(policy="none")
        super().__init__(generator, critic, config, augment_config, processes, accumulate)
        options = {"lr": config.learning_rate, "betas": (0.5, 0.999)}
        self.generator_optimizer = torch.optim.AdamW(
            generator.parameters(), weight_decay=0.0, **options
        )
        self.critic_optimizer = torch.optim.AdamW(
            critic.parameters(), weight_decay=config.weight_decay, **options
        )

    def _parts(
        self, real: Batch, resolution: int, rng: torch.Generator, only_critic: bool
    ) -> list[tuple]:
        """Shares, and for each of its clips the frames that the critic of frames sees, (B, 2)."""
        batch, seen = real.times.shape
        if seen != FRAMES:
            raise ValueError(f"MoCoGAN's critic sees {FRAMES} frames of a clip, not {seen}.")
        whole = draw_share(real, resolution, self.generator.spec, self.augmentation, rng)
        moments = torch.randint(seen, (batch, 2), generator=rng).to(real.times.device)
        self._seed(rng)
        return [(whole.rows(r), moments[r]) for r in self.processes.rows(batch, self.accumulate)]

    def _steer(self, values: dict[str, float], clips: int) -> dict[str, float]:
        return {}  # no penalty, no gap

    def _critic_loss(
        self, share: Share, moment: Tensor, generated: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        times, rows = share.real.times, torch.arange(len(moment), device=moment.device)
        real, _ = share.changes[0].apply(share.real.frames, times)
        generated, _ = share.changes[1].apply(generated, times)
        # Apart, as published: batch normalisation would show each critic the other kind.
        image = [self.critic.judge_frames(c[rows, moment[:, 0]]) for c in (real, generated)]
        (real_logits, action), (generated_logits, _) = map(
            self.critic.judge_clips, (real, generated)
        )
        values = {
            "image_critic": self.loss.critic(*image).mean(),
            "video_critic": self.loss.critic(real_logits, generated_logits).mean(),
        }
        if share.real.action is not None:
            values["action"] = F.cross_entropy(action, share.real.action.mean(1))
        loss = values["image_critic"] + values["video_critic"]
        loss = loss + ACTION_WEIGHT * values.get("action", 0)
        values["certainty"] = real_logits.sign().mean()
        return loss, values

    def _generator_loss(
        self, share: Share, moment: Tensor, generated: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        times, rows = share.real.times, torch.arange(len(moment), device=moment.device)
        clips = [share.real.frames, generated]
        if self.config.loss != "relativistic":
            clips = clips[1:]  # what the critics make of real clips does not matter then
        changed = [
            change.apply(clip, times)[0]
            for change, clip in zip(share.changes[-len(clips) :], clips, strict=True)
        ]
        image = [self.critic.judge_frames(c[rows, moment[:, 1]]) for c in changed]
        judged = [self.critic.judge_clips(c) for c in changed]
        video = [logits for logits, _ in judged]
        values = {
            "image": self.loss.generator(image[0], image[-1]).mean(),
            "video": self.loss.generator(video[0], video[-1]).mean(),
        }
        if share.real.action is not None:
            shown = judged[-1][1]
            values["shown_action"] = F.cross_entropy(shown, share.real.action.mean(1))
        loss = values["image"] + values["video"] + ACTION_WEIGHT * values.get("shown_action", 0)
        return loss, values

    def state(self) -> dict:
        """Everything beside the generator that the next step depends on."""
        return {
            "critic": self.critic.state_dict(),
            "generator_optimizer": _moments(self.generator_optimizer),
            "critic_optimizer": _moments(self.critic_optimizer),
            "augmentation": self.augmentation.state(),
        }

    def load_state(self, state: dict) -> None:
        self.critic.load_state_dict(state["critic"])
        for name in ("generator_optimizer", "critic_optimizer"):
            optimizer = getattr(self, name)
            for p, kept in zip(optimizer.param_groups[0]["params"], state[name], strict=True):
                optimizer.state[p] = {
                    key: value.clone() if key == "step" else value.to(p.device, copy=True)
                    for key, value in kept.items()
                }
        self.augmentation.load_state(state["augmentation"])


def _moments(optimizer: torch.optim.Optimizer) -> list[dict]:
    return [dict(optimizer.state[p]) for p in optimizer.param_groups[0]["params"]]


def _lower(x: Tensor, dtype: torch.dtype) -> torch.autocast:
    return torch.autocast(x.device.type, dtype, enabled=dtype != torch.float32)
