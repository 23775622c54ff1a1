"""From what is drawn to colours: any, or mixtures of a few that the content chooses."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from vidgen.models.layers import linear, premultiply


class AnyColour(nn.Module):
    """No palette: colours as they were drawn, and premultiplied if there is alpha."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = channels == 4

    def forward(self, image: Tensor, style: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W); the style has no say."""
        return premultiply(image) if self.alpha else image


class Palette(nn.Module):
    """Colours of a style, and pixels that are mixtures of them.

    What moves decides where a colour goes and never what it looks like, so that a character has
    colours of its own without a critic that has to notice. A pose may still take another of them.
    """

    # Log-ratio of the shares of a pixel that is all of one colour. It is bounded because a share of
    # nothing has no gradient, and what is all background never becomes anything else.
    CONTRAST = 8.0
    # Of learning: before anything is drawn, the quickest way to please a critic is that all colours
    # become the background's, and then it makes no difference any more what is drawn.
    PACE = 0.1

    def __init__(self, count: int, channels: int, style_dim: int) -> None:
        super().__init__()
        self.channels = channels
        self.contrast = self.CONTRAST * (count - 1) ** 0.5 / count
        self.colours = linear(style_dim, count * channels, gain=0.5 / self.PACE)
        nn.init.uniform_(self.colours.bias, -1 / self.PACE, 1 / self.PACE)

    def forward(self, image: Tensor, style: Tensor) -> Tensor:
        """Log-shares of the colours (N, K, H, W) -> (N, C, H, W), RGBA premultiplied."""
        colours = self.PACE * self.colours(style).unflatten(1, (self.channels, -1))  # (N, C, K)
        if self.channels == 4:
            colours = premultiply(colours)
        # Channels last, as the convolutions leave them: the sums run over what lies side by side.
        image = image.permute(0, 2, 3, 1)
        bounded = F.layer_norm(image, image.shape[-1:], eps=1.0)
        shares = (self.contrast * bounded).softmax(-1)  # (N, H, W, K)
        return (shares @ colours.mT[:, None]).permute(0, 3, 1, 2)
