"""Clips played and corrupted in known ways: what a judge learns beside its attributes."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from train.judging.judge import LOOKS, PLAYED, SPEEDS
from train.judging.material import Material
from vidgen.pixels.arrays import as_frames

RATES = {"half": 0.5, "native": 1.0, "double": 2.0}
SHIFT = 3  # pixels that a clip is moved by at most: whole ones, as others would blur it
CONTRAST, BRIGHTNESS = 0.3, 0.2  # of filmed clips, every colour by itself, at most
BLUR, NOISE, BLEND = (0.7, 1.8), (0.05, 0.3), (0.35, 0.65)  # from the least to the most


def draw_lesson(
    material: Material, clips: np.ndarray, rng: torch.Generator, corrupted: bool = True
) -> tuple[Tensor, dict[str, Tensor]]:
    """Frames (B, T, C, H, W) in [-1, 1] of clips (B,), and what is true of them by head, (B,).

    A head's answer is -100 if there is none. With `corrupted` false all are clean, forward and
    at their native speed, yet begin anywhere.
    """
    count = len(clips)

    def draw(names: tuple[str, ...], usual: int, share: float) -> np.ndarray:
        """(B,) indices into names: any with a chance of `share`, or else the usual one."""
        chance = torch.rand(2, count, generator=rng).numpy()
        return np.where(
            (chance[0] < share) & corrupted, (chance[1] * len(names)).astype(int), usual
        )

    played, speed, look = draw(PLAYED, 0, 0.35), draw(SPEEDS, 1, 0.35), draw(LOOKS, 0, 0.45)
    if not material.arrow:
        played[played == PLAYED.index("backward")] = 0
    moments = play(material, clips, played, speed, rng)
    pixels = material.read(clips, moments)
    if corrupted:
        pixels = _moved(pixels, material, rng)
    frames = as_frames(pixels)
    if corrupted and material.filmed:
        _recolour(frames, rng)
    _corrupt(frames, look, rng)

    whole = torch.from_numpy(look < LOOKS.index("blended"))  # one clip, and not two
    forward = torch.from_numpy(played == 0)
    truth = {"look": torch.from_numpy(look), "played": torch.from_numpy(played)}
    told = torch.from_numpy(np.isin(played, [PLAYED.index("forward"), PLAYED.index("backward")]))
    truth["speed"] = torch.from_numpy(speed).where(told, -100)
    for name in material.attributes:
        told = whole & forward if name == "action" else whole
        truth[name] = torch.from_numpy(material.labels[name][clips]).where(told, -100)
    return frames, truth


def play(
    material: Material,
    clips: np.ndarray,
    played: np.ndarray,
    speed: np.ndarray,
    rng: torch.Generator,
) -> np.ndarray:
    """Moments (B, T) of clips (B,), played so, at such speeds: indices into PLAYED and SPEEDS."""
    lengths = material.lengths[clips][:, None]
    start, span = np.zeros_like(lengths), lengths
    if material.segments is not None:
        start, span = np.split(material.segments[clips], 2, axis=1)
    rate = np.array([RATES[name] for name in SPEEDS])[speed][:, None]
    moments = (np.arange(material.frames) * rate).astype(int)  # (B, T)
    if not material.scripted:
        room = np.maximum(span - moments[:, -1:], 1)
        first = torch.rand(len(clips), 1, generator=rng, dtype=torch.float64).numpy() * room
        moments = first.astype(int) + moments
    moments = (start + np.minimum(moments, span - 1)) % lengths
    order = torch.rand(moments.shape, generator=rng).numpy().argsort(1)
    shuffled = np.take_along_axis(moments, order, 1)
    # In the order of PLAYED
    ways = [moments, np.repeat(shuffled[:, :1], material.frames, 1), moments[:, ::-1], shuffled]
    return np.stack(ways)[played, np.arange(len(clips))]


def _moved(pixels: np.ndarray, material: Material, rng: torch.Generator) -> np.ndarray:
    """The same clips, uint8 (B, T, H, W, C), a little aside; edges are repeated."""
    drawn = torch.randint(-SHIFT, SHIFT + 1, (2, len(pixels)), generator=rng).tolist()
    mirrored = (torch.rand(len(pixels), generator=rng) < 0.5).tolist()
    side = np.arange(pixels.shape[2])
    moved = np.empty_like(pixels)
    for index, (down, across, mirror) in enumerate(zip(*drawn, mirrored, strict=True)):
        y, x = ((side + shift).clip(0, side[-1]) for shift in (down, across))
        x = x[::-1] if mirror and material.filmed else x
        moved[index] = pixels[index][:, y[:, None], x]
    return moved


def _recolour(frames: Tensor, rng: torch.Generator) -> None:
    """Changes the colours of clips (B, T, C, H, W) in place, clip by clip."""
    drawn = torch.rand(2, len(frames), 1, 3, 1, 1, generator=rng) * 2 - 1
    colour, alpha = frames[:, :, :3], frames[:, :, 3:]
    colour.mul_(torch.exp(drawn[0] * CONTRAST)).add_(drawn[1] * BRIGHTNESS)
    # Premultiplied: no colour is above its alpha, and what can't be seen stays black.
    colour.clamp_(-1, 1)
    if alpha.shape[2]:
        torch.minimum(colour, alpha, out=colour)


def _corrupt(frames: Tensor, look: np.ndarray, rng: torch.Generator) -> None:
    """Corrupts clips (B, T, C, H, W) in place, as indices into LOOKS say."""
    names = [LOOKS[number] for number in look]
    amount = torch.rand(len(frames), generator=rng).tolist()
    # Another clip, as it was: it may be corrupted before it is needed.
    others = {i: frames[i - 1].clone() for i, n in enumerate(names) if n in ("blended", "changed")}

    def between(limits: tuple[float, float], index: int) -> float:
        return limits[0] + (limits[1] - limits[0]) * amount[index]

    for index, (name, clip) in enumerate(zip(names, frames, strict=True)):
        if name == "blurred":
            clip.copy_(blur(clip, between(BLUR, index)))
        elif name == "noisy":
            noise = torch.randn(clip.shape, generator=rng)
            clip.add_(noise, alpha=between(NOISE, index)).clamp_(-1, 1)
        elif name == "blended":
            clip.lerp_(others[index], between(BLEND, index))
        elif name == "changed":
            change = round(len(clip) * between((1 / 3, 2 / 3), index))
            clip[change:] = others[index][change:]


def blur(frames: Tensor, sigma: float) -> Tensor:
    """Frames (T, C, H, W) under a Gaussian of `sigma` pixels; edges are repeated."""
    reach = int(3 * sigma + 0.5)
    line = torch.exp(-torch.arange(-reach, reach + 1).float().square() / (2 * sigma**2))
    line = line / line.sum()
    images = F.pad(frames.flatten(0, 1)[:, None], (reach,) * 4, mode="replicate")
    images = F.conv2d(F.conv2d(images, line[None, None, None]), line[None, None, :, None])
    return images.unflatten(0, frames.shape[:2])[:, :, 0]
