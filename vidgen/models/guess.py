"""What a clip shows, at one look: the small encoder beside a generator, trained on its own clips.

It is no part of any family: it only says where a search through the latent space may begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.types import GeneratorSpec

SIDE, LOOKS = 32, 4  # pixels of a frame, and frames of a clip that are looked at
SEEN = 4  # channels: RGB over a background, and where anything was seen
WIDTHS, FRAME_WIDTH, WIDTH = (32, 64, 96, 128), 128, 320


@dataclass(frozen=True)
class Guess:
    """action: logits (B, A), (B, 1) without actions; content: directions (B, Zc), of length 1;
    phase: (B, A, 2), where in each action's cycle the first look is, as a cosine and a sine."""

    action: Tensor
    content: Tensor
    phase: Tensor


class ClipEncoder(nn.Module):
    """Looks at a clip -> a guess at its action, content and phase."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.actions, self.content_dim = max(1, len(spec.actions)), spec.content_dim
        sizes = (SEEN, *WIDTHS)
        self.frames = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(a, b, 3, stride=2, padding=1), nn.LeakyReLU(0.2))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)
            )
        )
        self.frame = nn.Linear(WIDTHS[-1] * (SIDE >> len(WIDTHS)) ** 2, FRAME_WIDTH)
        self.clip = nn.Linear(LOOKS * (FRAME_WIDTH + 1), WIDTH)
        self.join = nn.Linear(WIDTH, WIDTH)
        self.heads = nn.Linear(WIDTH, 3 * self.actions + self.content_dim)

    def features(self, looks: Tensor) -> Tensor:
        """(N, SEEN, SIDE, SIDE) -> (N, FRAME_WIDTH): what a single frame shows."""
        return self.frame(self.frames(looks).flatten(1))

    def forward(self, looks: Tensor, times: Tensor) -> Guess:
        """Looks (B, LOOKS, SEEN, SIDE, SIDE) in [-1, 1], times (B, LOOKS) in seconds."""
        each = self.features(looks.flatten(0, 1)).unflatten(0, looks.shape[:2])
        each = torch.cat([F.leaky_relu(each, 0.2), times[..., None].to(each)], -1)  # (B, LOOKS, .)
        x = F.leaky_relu(self.clip(each.flatten(1)), 0.2)
        x = F.leaky_relu(x + self.join(x), 0.2)
        parts = (self.actions, self.content_dim, 2 * self.actions)
        action, content, phase = self.heads(x).split(parts, -1)
        return Guess(action, F.normalize(content, dim=-1), phase.unflatten(-1, (-1, 2)))
