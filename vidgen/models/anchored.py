"""A mapping network with anchors: places in the content latent space that belong to real contents.

Every person (face, character) of the training clips has an anchor, a direction in the content
latent space, and a learnt style. A content latent draws the mixture of the styles whose anchors it
lies nearest to: softmax attention with the latent as query (Vaswani et al. 2017, equation 1). So
most seeds draw one content, and what lies between two anchors draws something between the two.
Which seeds belong to which content is decided before training, as in generative latent optimisation
(Bojanowski et al. 2018), with fixed latents as in implicit maximum likelihood (Li and Malik 2018).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.models.layers import perceptron
from vidgen.types import GeneratorSpec

MEAN_PACE = 0.005  # of the mean style, per training step
TEMPO_SHARPNESS = 4  # times that of looks


class AnchoredMapping(nn.Module):
    """Content latent -> content style, by way of `count` anchors.

    keys: (K, Zc), unit vectors. shown: (A, K), 1 where the content is
    drawn in that action. tempo: (K,), how much faster than its action's cycle a content moves, as
    a natural logarithm. Keeps the mean style, towards which truncation pulls.
    """

    keys: Tensor
    shown: Tensor
    tempo: Tensor
    mean: Tensor

    def __init__(self, spec: GeneratorSpec, count: int, sharpness: float, width: int) -> None:
        super().__init__()
        self.sharpness = sharpness
        self.keys: Tensor
        self.shown: Tensor
        self.tempo: Tensor
        self.mean: Tensor
        keys = torch.randn(count, spec.content_dim)
        self.register_buffer("keys", F.normalize(keys, dim=1))
        self.register_buffer("shown", torch.ones(max(1, len(spec.actions)), count))
        self.register_buffer("tempo", torch.zeros(count))
        self.register_buffer("mean", torch.zeros(width))
        self.values = nn.Parameter(torch.randn(count, width))
        self.layers = perceptron(width, width)

    def scores(self, content: Tensor) -> Tensor:
        """How near content latents (..., Zc) are to every anchor, (..., K), in deviations."""
        content = content * torch.rsqrt(content.square().mean(-1, keepdim=True) + 1e-8)
        return content @ self.keys.T

    def logits(self, content: Tensor, action: Tensor | None) -> Tensor:
        """What the shares of the contents, (..., K), are the softmax of.

        `action` (..., A) weights leave out the contents that are not drawn in them.
        """
        logits = self.sharpness * self.scores(content)
        if action is not None:
            shown = action @ self.shown
            logits = logits + shown.clamp(min=1e-9).log()
            logits = logits.masked_fill(shown <= 0, -1e9)
        return logits

    def forward(
        self, content: Tensor, truncation: Tensor, action: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """(B, T, Zc), (B, T), (B, T, A) or None -> styles (B, T, S), factors of tempo (B, T)."""
        logits = self.logits(content, action)
        style = self.layers(logits.softmax(-1) @ self.values)
        if self.training:
            self.mean.lerp_(style.detach().mean((0, 1)), MEAN_PACE)
        style = torch.lerp(self.mean.expand_as(style), style, truncation.unsqueeze(-1))
        # A tempo between two would let a cycle slip against what is drawn: nearly the nearest's.
        return style, torch.exp((TEMPO_SHARPNESS * logits).softmax(-1) @ self.tempo)
