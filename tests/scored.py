"""Small clips to score: shapes that move one way only, and what can be broken about them."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from train.data import ClipDataset
from train.data.shapes import ACTIONS, FPS, DrawnPixels, random_scene
from train.scores.clips import ClipSet, Sampler, real_halves
from train.scores.copies import TrainingClips
from train.scores.encoder import FixedRandomEncoder
from train.scores.sample import Counts, Sample, Seen
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.types import GeneratorSpec

SIDE, FRAMES, CLIPS = 32, 16, 128
COUNTS = Counts(seeds=1, clips=CLIPS)


def one_way_shapes(clips: int = 260, seed: int = 0, frames: int = FRAMES) -> ClipDataset:
    """Like `shapes`, but rightwards or downwards only: a pendulum looks the same backwards."""
    scene = random_scene(clips, seed)
    rng = np.random.default_rng(seed)
    # From one turning point towards the other, which is not reached by the end.
    scene = dataclasses.replace(scene, phase=-0.25 + 0.05 * rng.random(clips))
    pixels = DrawnPixels(scene, frames, SIDE)
    index = np.arange(clips)
    labels = scene.vertical.astype(np.int64)
    return ClipDataset(
        "shapes", pixels, index * frames, np.full(clips, frames), labels, ACTIONS, FPS
    )


class AxisJudge(FixedRandomEncoder):
    """Tells the axis along which a shape moves from where its brightness is: no training."""

    attributes = {"action": ACTIONS}

    def __init__(self, name: str, certainty: float = 10.0) -> None:
        super().__init__(channels=3, frames=FRAMES)
        self.name, self.certainty = name, certainty

    def logits(self, frames: torch.Tensor) -> dict[str, torch.Tensor]:
        light = (frames + 1).sum(2)
        place = torch.linspace(-1, 1, light.shape[-1])
        total = light.sum((2, 3)).clamp(min=1e-6)
        x, y = ((light.sum(d) * place).sum(-1) / total for d in (2, 3))
        return {"action": self.certainty * torch.stack([x.std(1), y.std(1)], 1)}


def small_generator() -> StyleGenerator:
    """A random generator of the same resolution and actions as `one_way_shapes`."""
    spec = GeneratorSpec("style", SIDE, 3, FPS, content_dim=8, motion_dim=4, actions=ACTIONS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        config = StyleConfig(widths=(16, 8, 8, 8), style_dim=16, pose_channels=4)
        generator = StyleGenerator(spec, config).eval()
        for parameter in generator.parameters():
            if not parameter.detach().any():
                torch.nn.init.normal_(parameter, std=0.3)
    return generator


def sample_of(dataset: ClipDataset, generated: ClipSet, training: TrainingClips) -> Sample:
    """A sample in which those clips stand for generated ones."""
    real, other = real_halves(dataset, CLIPS, FRAMES, np.random.default_rng(0))
    judges = [AxisJudge("conv3d"), AxisJudge("recurrent", 20)]
    sampler = Sampler(small_generator(), dataset)
    return Sample(0, COUNTS, sampler, generated, real, other, judges[0], judges, training)


def exchanged(sample: Sample, generated: ClipSet) -> Sample:
    """The same sample with other generated clips; what is seen in the real ones is seen once."""
    changed = dataclasses.replace(sample, generated=generated)
    changed.__dict__["verdicts"] = {
        judge.name: (Seen(judge, generated), *sample.verdicts[judge.name][1:])
        for judge in sample.judges
    }
    changed.__dict__["encoded"] = changed.verdicts[sample.encoder.name]
    return changed


def all_of(dataset: ClipDataset, count: int = CLIPS) -> ClipSet:
    """The first clips of a data set, whole."""
    pixels = np.stack([dataset.clip(i) for i in range(count)])
    return ClipSet(pixels, dataset.labels[:count], np.arange(count))


def with_pixels(clips: ClipSet, pixels: np.ndarray) -> ClipSet:
    return dataclasses.replace(clips, pixels=pixels.clip(0, 255).astype(np.uint8))


def frozen(clips: ClipSet) -> ClipSet:
    return with_pixels(clips, np.repeat(clips.pixels[:, 8:9], FRAMES, 1))


def shuffled(clips: ClipSet) -> ClipSet:
    rng = np.random.default_rng(1)
    return with_pixels(clips, np.stack([clip[rng.permutation(FRAMES)] for clip in clips.pixels]))


def backward(clips: ClipSet) -> ClipSet:
    return with_pixels(clips, clips.pixels[:, ::-1])


def one_class(clips: ClipSet) -> ClipSet:
    """Clips of the first class only, whatever class they should have."""
    index = np.resize(np.flatnonzero(clips.labels == 0), len(clips))
    return with_pixels(clips, clips.pixels[index])


def one_identity(clips: ClipSet) -> ClipSet:
    """One clip of each class, again and again, a little different every time."""
    rng = np.random.default_rng(1)
    same = clips.pixels[[int(np.argmax(clips.labels == label)) for label in clips.labels]]
    return with_pixels(clips, same + rng.integers(0, 3, same.shape))


def noisy(clips: ClipSet) -> ClipSet:
    noise = np.random.default_rng(1).normal(0, 20, clips.pixels.shape)
    return with_pixels(clips, clips.pixels + noise)


def blurred(clips: ClipSet) -> ClipSet:
    x = clips.pixels.astype(np.float64)
    for _ in range(2):
        for axis in (2, 3):
            x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return with_pixels(clips, x)


def discoloured(clips: ClipSet) -> ClipSet:
    """The colour fades over time."""
    fade = np.linspace(1, 0.7, FRAMES)[None, :, None, None, None]
    return with_pixels(clips, clips.pixels * fade)


BROKEN = {
    f.__name__: f
    for f in (
        frozen, shuffled, backward, one_class, one_identity, noisy, blurred, discoloured,
    )
}  # fmt: skip
