"""Promises of anchors: latents are drawn for the clips of a batch, and are still those of seeds."""

import numpy as np
import pytest
import torch

from train.data.batches import ClipDataset
from train.gan.anchors import AnchorTerm, anchored_path, multi_scale_distance, place_anchors
from train.gan.microbatch import Microbatch
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.types import GeneratorSpec

SUBJECTS = ("ann", "bob", "cid")
CONFIG = StyleConfig(widths=(8, 8, 8, 8), style_dim=16, pose_channels=4, anchors=3)


def loops(lengths: tuple[int, ...] = (12, 8, 24, 24), loops: bool = True) -> ClipDataset:
    """Four clips of three subjects in two actions; a frame's grey says which frame it is."""
    frames = [np.full((n, 32, 32, 3), 0, np.uint8) for n in lengths]
    for clip in frames:
        clip += (np.arange(len(clip)) * 10).astype(np.uint8)[:, None, None, None]
    return ClipDataset(
        name="greys",
        pixels=np.concatenate(frames),
        starts=np.cumsum(lengths) - np.array(lengths),
        lengths=np.array(lengths),
        labels=np.array([0, 0, 1, 1]),
        actions=("nod", "wave"),
        fps=12.0,
        names=("nod/ann.webp", "nod/bob.webp", "wave/ann.webp", "wave/cid.webp"),
        loops=loops,
    )


def anchored_generator(dataset: ClipDataset) -> StyleGenerator:
    torch.manual_seed(0)
    spec = GeneratorSpec("style", 32, 3, dataset.fps, 16, 4, actions=dataset.actions)
    generator = StyleGenerator(spec, CONFIG)
    place_anchors(generator, dataset)
    return generator


def test_latents_are_drawn_for_the_clips_of_a_batch_at_their_moment_of_the_cycle():
    dataset = loops()
    generator = anchored_generator(dataset)
    batch = dataset.batch(64, 3, 12, torch.Generator().manual_seed(1))
    rng = torch.Generator().manual_seed(2)
    path, drawn = anchored_path(generator, batch, rng)
    shares = generator.mapping.logits(path.content, batch.action).softmax(-1)
    sure = drawn["sure"][:, 0] == 1
    assert sure.float().mean() > 0.5
    assert torch.equal(shares[:, 0].argmax(-1), batch.subject)
    assert (shares[sure, 0].amax(-1) > 0.9).all()
    # Clips move at their own tempo: after t seconds the phase is where the clip is.
    _, pace = generator.mapping(path.content, path.truncation, batch.action)
    phase = generator.motion.phase(path.motion[:, 0], batch.times.double(), None, pace)
    label = batch.action[:, 0].argmax(-1)
    cosine = phase[torch.arange(64), :, label, 0]  # (B, T), of the first harmonic
    torch.testing.assert_close(
        cosine[sure], torch.cos(2 * torch.pi * batch.turn)[sure], rtol=0, atol=0.02
    )


def test_over_many_steps_contents_are_distributed_as_seeds_are():
    dataset = loops((12, 12, 12, 12))
    generator = anchored_generator(dataset)
    rng = torch.Generator().manual_seed(2)
    batch = dataset.batch(4_000, 2, 12, rng)
    path, _ = anchored_path(generator, batch, rng)
    content = path.content[:, 0]
    assert content.mean().abs() < 0.02 and content.std() == pytest.approx(1, abs=0.02)


def test_a_combination_held_out_can_be_drawn_but_a_subject_of_one_action_stays_in_it():
    combined = anchored_generator(loops())  # 4 of 6 combinations are there
    assert combined.mapping.shown.min() == 1
    names = ("nod/ann.webp", "nod/bob.webp", "wave/cid.webp", "wave/dan.webp")
    apart = loops()
    apart = ClipDataset(**{**vars_of(apart), "names": names, "loops": True})
    torch.manual_seed(0)
    spec = GeneratorSpec("style", 32, 3, 12.0, 16, 4, actions=apart.actions)
    sizes = {"widths": (8, 8, 8, 8), "style_dim": 16, "pose_channels": 4}
    generator = StyleGenerator(spec, StyleConfig(**sizes, anchors=4))
    place_anchors(generator, apart)
    expected = [[1, 1, 0, 0], [0, 0, 1, 1]]
    assert generator.mapping.shown.tolist() == expected


def vars_of(dataset: ClipDataset) -> dict:
    fields = ClipDataset.__dataclass_fields__
    return {name: getattr(dataset, name) for name in fields}


def test_clips_that_are_no_loops_and_a_wrong_number_of_subjects_are_refused_in_words():
    generator = anchored_generator(loops())
    with pytest.raises(ValueError, match="loop"):
        place_anchors(generator, loops(loops=False))
    names = ("nod/ann.webp", "nod/bob.webp", "wave/eve.webp", "wave/cid.webp")
    other = ClipDataset(**{**vars_of(loops()), "names": names})
    with pytest.raises(ValueError, match="4 subjects"):
        place_anchors(generator, other)


def test_the_term_is_the_distance_to_the_clip_and_counts_little_what_lies_between_two():
    dataset = loops()
    generator = anchored_generator(dataset)
    rng = torch.Generator().manual_seed(1)
    batch = dataset.batch(2, 2, 12, rng)
    path, _ = anchored_path(generator, batch, rng)
    drawn = batch.frames + torch.tensor([0.5, 0.1])[:, None, None, None, None]
    part = Microbatch(batch, path, (), {"sure": torch.tensor([[1.0], [0.0]])})
    loss, values = AnchorTerm(10.0)(generator, part, drawn)
    # A constant difference has no gradient: 0.5 at full size and 0.5 at half of it.
    torch.testing.assert_close(values["anchor"], torch.tensor(1.0))
    torch.testing.assert_close(loss, torch.tensor(10.0))


def test_the_distance_of_images_counts_edges_beside_areas():
    image = torch.zeros(1, 1, 8, 8)
    shifted, brighter = image.clone(), image + 0.125
    shifted[..., 4] = 1.0  # as much in all as the other, but with edges
    assert multi_scale_distance(image, image) == 0
    assert multi_scale_distance(image, shifted) > 2 * multi_scale_distance(image, brighter)
