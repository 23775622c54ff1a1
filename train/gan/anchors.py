"""Anchors: what the training clips teach directly, beside a critic that judges what is drawn.

If a data set is of loops, and shows the same subjects again, a latent path can be told which clip
it should be: its content belongs to the subject whose anchor it is nearest to, its phase to a
moment of the cycle. So the latents of a step are drawn for the clips of the batch, each from its
subject's part of the latent space, and the generator minimises, beside deceiving the critic, a
distance between what it draws from them and those clips. All in all the latents are distributed as
those of seeds are. As in generative latent optimisation (Bojanowski et al. 2018, equation 2), but
with latents that are fixed beforehand, as in implicit maximum likelihood (Li and Malik 2018).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from train.data.batches import Batch, ClipDataset
from train.gan.microbatch import Microbatch, random_path
from train.runtime.optimizer import Losses
from vidgen.inverse.distance import multi_scale_distance
from vidgen.models.anchored import AnchoredMapping
from vidgen.models.motion import FreeMotion
from vidgen.types import Generator, GeneratorSpec, LatentPath

CANDIDATES = 8  # contents drawn per subject and clip, to find one of its part
SURE = 0.25  # deviations: a content nearer to the border of its part counts less
LEAST = 0.05  # how much it counts at the border


class Anchored(Protocol):
    """What is wanted of a generator: anchors, and cycles of a tempo that can be told it."""

    spec: GeneratorSpec
    mapping: AnchoredMapping
    motion: FreeMotion


@torch.no_grad()
def place_anchors(generator: Anchored, dataset: ClipDataset) -> list[str]:
    """Gives every subject of a data set its anchor, every action its tempo; what was done in words.

    Raises ValueError if the data set is not of loops, or has another number of subjects.
    """
    if not dataset.loops or not dataset.names:
        raise ValueError("--anchors is for loops: this data set does not say that its clips loop.")
    mapping, motion = generator.mapping, generator.motion
    subjects, wanted = dataset.subject_names, len(mapping.keys)
    if len(subjects) != wanted:
        raise ValueError(f"{dataset.name} shows {len(subjects)} subjects: --anchors must say so.")
    if wanted <= mapping.keys.shape[1]:  # as far apart as can be
        mapping.keys.copy_(torch.linalg.qr(mapping.keys.T)[0].T)

    tempo = torch.from_numpy(dataset.fps / dataset.lengths)  # cycles a second of every clip
    labels, whose = torch.from_numpy(dataset.labels), torch.from_numpy(dataset.subject_of)
    per_action = torch.stack([tempo[labels == a].median() for a in range(labels.max() + 1)])
    motion.set_tempo(per_action.tolist())
    motion.rate_spread.zero_()
    # A subject that some action never shows is drawn in it all the same, if others of its kind are.
    mapping.shown.copy_(_shown(labels, whose, wanted))
    faster = (tempo / per_action[labels]).log().float()
    for subject in range(wanted):
        mapping.tempo[subject] = faster[whose == subject].median()
    return [
        f"{wanted} subjects have anchors. Cycles a second: "
        + ", ".join(f"{hz:.2f}" for hz in per_action)
    ]


def _shown(labels: Tensor, whose: Tensor, subjects: int) -> Tensor:
    """(A, K): 1 if a subject is to be drawn in an action.

    If most combinations are there, those that are missing can be learnt from the others; if each
    subject has an action or two of its own, there is nothing to learn the others from.
    """
    shown = torch.zeros(int(labels.max()) + 1, subjects)
    shown[labels, whose] = 1
    return torch.ones_like(shown) if shown.mean() > 0.5 else shown


def anchored_path(
    generator: Anchored, batch: Batch, rng: torch.Generator
) -> tuple[LatentPath, Mapping[str, Tensor]]:
    """Latents of the parts of the clips of a batch, and `sure` (B, 1): how clearly they are theirs.

    Where the cycle starts is where each clip does.
    """
    assert batch.subject is not None and batch.turn is not None, "as place_anchors made sure"
    mapping, spec = generator.mapping, generator.spec
    path = random_path(spec, batch.times, batch.action, rng)
    candidates = CANDIDATES * len(mapping.keys)
    drawn = torch.randn(len(batch.times), candidates, spec.content_dim, generator=rng)
    drawn = drawn.to(batch.times.device)
    scores = mapping.scores(drawn)  # (B, N, K)
    if batch.action is not None:
        scores = scores.masked_fill((batch.action[:, :1] @ mapping.shown) <= 0, -1e9)
    best = scores.topk(min(2, scores.shape[-1]), -1)
    theirs = best.indices[..., 0] == batch.subject[:, None]  # (B, N)
    first = theirs.int().argmax(1)  # of those in its part; if there is none, candidate 0
    row = torch.arange(len(first), device=first.device)
    margin = (best.values[..., 0] - best.values[..., -1])[row, first] * theirs[row, first]
    content = drawn[row, first][:, None].expand_as(path.content)

    # The angle of the first two numbers of a clip's motion is where its cycle starts.
    motion = path.motion.clone()
    radius, angle = motion[:, 0, :2].norm(dim=1), 2 * math.pi * batch.turn[:, 0]
    motion[:, 0, 0], motion[:, 0, 1] = radius * angle.cos(), radius * angle.sin()
    sure = (margin / SURE).clamp(LEAST, 1) * theirs[row, first]
    path = LatentPath(content, motion, path.times, path.action, path.truncation)
    return path, {"sure": sure[:, None]}


class AnchorTerm:
    """The distance between drawn clips and the ones that their latents belong to, times `weight`.

    L1 of pixels and of their differences to the neighbours right and below, at two sizes: edges
    count as much as areas.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, generator: Generator, part: Microbatch, generated: Tensor) -> Losses:
        real, sure = part.real.frames.flatten(0, 1), part.drawn["sure"]
        sure = sure.expand(-1, generated.shape[1]).flatten()  # (B T,)
        distance = multi_scale_distance(generated.flatten(0, 1), real)
        loss = (distance * sure).sum() / sure.sum().clamp(min=1e-6)
        return self.weight * loss, {"anchor": loss.detach()}
