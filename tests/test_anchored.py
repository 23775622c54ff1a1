"""Promises of a mapping with anchors: a latent draws the contents that it lies nearest to."""

import torch
from tiny import tiny_generator

from vidgen.models.anchored import AnchoredMapping

SPEC = tiny_generator(actions=("bend", "wave")).spec


def anchored(count: int = 4, sharpness: float = 20.0) -> AnchoredMapping:
    torch.manual_seed(5)
    mapping = AnchoredMapping(SPEC, count, sharpness, width=8).eval().requires_grad_(False)
    mapping.keys.copy_(torch.eye(SPEC.content_dim)[:count])
    return mapping


def test_a_latent_at_an_anchor_draws_that_content_alone_and_between_two_both():
    mapping = anchored()
    one, two = mapping.keys[1], mapping.keys[2]
    shares = mapping.logits(torch.stack([one, 5 * one, one + two]), None).softmax(-1)
    assert (shares[:2, 1] > 0.999).all()  # how long a latent is makes no difference
    torch.testing.assert_close(shares[2, 1], shares[2, 2])
    assert shares[2, 1] > 0.499
    torch.testing.assert_close(shares.sum(-1), torch.ones(3))


def test_an_action_leaves_out_the_contents_that_are_not_drawn_in_it():
    mapping = anchored()
    mapping.shown[0, 1] = 0
    at_one = mapping.keys[1].expand(2, -1) + 0.1 * mapping.keys[3]
    shares = mapping.logits(at_one, torch.eye(2)).softmax(-1)
    assert shares[0, 1] < 1e-6 and shares[0, 3] > 0.8  # the nearest of the others
    assert shares[1, 1] > 0.999


def test_a_content_has_a_tempo_of_its_own():
    mapping = anchored()
    mapping.tempo[2] = 0.5
    content = mapping.keys[[2, 0]][None]  # one clip of two frames
    _, pace = mapping(content, torch.ones(1, 2), None)
    torch.testing.assert_close(pace, torch.tensor([[0.5, 0.0]]).exp(), rtol=0, atol=1e-4)


def test_without_truncation_every_content_is_the_mean_style():
    mapping = anchored()
    mapping.mean.normal_()
    style, _ = mapping(mapping.keys[None], torch.zeros(1, 4), None)
    torch.testing.assert_close(style, mapping.mean.expand(1, 4, -1))
