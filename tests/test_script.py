"""Scripted motion: native frames at native moments, whole loops, nothing that jumps."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save

from tests.tiny import ACTIONS, SPEC, TIMING, draw, tiny_generator
from train.families.style import Critic, CriticConfig
from vidgen import load_generator, seeded_path
from vidgen.models.script import ScriptWeights
from vidgen.store.weights import WeightsError, save_generator
from vidgen.types import GeneratorSpec

LABELLED = GeneratorSpec("style", **SPEC, actions=ACTIONS, timing=TIMING)


def weights_at(frames: list[float], action: int, period: float | None = None) -> torch.Tensor:
    """Weights (T, 13) of moments given in native frames."""
    times = torch.tensor(frames, dtype=torch.float64)[None] / LABELLED.fps
    chosen = F.one_hot(torch.tensor(action), 3).float().expand(1, len(frames), -1)
    return ScriptWeights(LABELLED)(times, chosen, period)[0]


@pytest.mark.parametrize(("action", "first"), [(0, 0), (1, 5), (2, 9)])
def test_every_native_frame_is_itself_in_every_cycle(action, first):
    count = TIMING[action].frames
    for cycle in (0, 1, 1000):
        frames = [cycle * count + n for n in range(count)]
        torch.testing.assert_close(
            weights_at(frames, action), torch.eye(13)[first : first + count], atol=1e-4, rtol=0
        )


def test_the_lead_stands_before_the_cycle_and_before_that_as_well():
    standing = torch.eye(13)[8]
    for frame in (-1, -2, -50):
        torch.testing.assert_close(weights_at([frame], 2)[0], standing, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        weights_at([-0.25], 2)[0], 0.25 * standing + 0.75 * torch.eye(13)[9], atol=1e-4, rtol=0
    )


def test_a_looping_action_goes_on_to_its_first_frame_and_another_holds_its_last():
    walking, bending = weights_at([3.5], 2)[0], weights_at([4.5], 0)[0]
    torch.testing.assert_close(walking[[12, 9]], torch.tensor([0.5, 0.5]), atol=1e-4, rtol=0)
    torch.testing.assert_close(bending, torch.eye(13)[4], atol=1e-4, rtol=0)


def test_a_period_takes_whole_cycles():
    period = 9 / LABELLED.fps  # 2.25 cycles of a walk: two are drawn
    weights = weights_at([0, 4.5, 9], 2, period)
    torch.testing.assert_close(weights, torch.eye(13)[[9, 9, 9]], atol=1e-4, rtol=0)


def test_a_blend_of_actions_shares_the_weight():
    times, action = torch.zeros(1, 1), torch.tensor([[[0.25, 0, 0.75]]])
    weights = ScriptWeights(LABELLED)(times, action)[0, 0]
    torch.testing.assert_close(weights[[0, 9]], torch.tensor([0.25, 0.75]), atol=1e-4, rtol=0)


def test_scripted_motion_is_the_same_for_every_seed_of_the_motion():
    generator = tiny_generator(timing=TIMING)
    path = seeded_path(generator.spec, 1, 6, action="walk")
    other = seeded_path(generator.spec, 2, 6, action="walk")
    assert torch.equal(
        draw(generator, path),
        draw(generator, dataclasses.replace(path, motion=other.motion)),
    )
    assert not torch.equal(draw(generator, path), draw(generator, other))


def test_transparent_pixels_are_black_and_colour_never_exceeds_alpha_by_much():
    generator = tiny_generator(timing=TIMING, channels=4)
    frames = draw(generator, seeded_path(generator.spec, 1, 6))
    alpha = (frames[:, :, 3:] + 1) / 2
    assert alpha.min() >= 0 and alpha.max() <= 1 and alpha.std() > 0.01
    faint = (alpha < 0.01).expand(-1, -1, 3, -1, -1)
    assert ((frames[:, :, :3][faint] + 1) / 2 < 0.05).all()


def test_the_script_travels_with_the_weights(tmp_path):
    generator = tiny_generator(timing=TIMING, channels=4)
    save_generator(generator, tmp_path / "a.safetensors")
    assert load_generator(tmp_path / "a.safetensors").spec == generator.spec


@pytest.mark.parametrize(
    "timing",
    [
        [{"frames": 0}] * 3,
        [{"frames": 10_000}] * 3,
        [{"frames": 3, "lead": -1}] * 3,
        [{"frames": 3, "loops": 1}] * 3,
        [{"frames": 3, "speed": 1}] * 3,
        [{}] * 3,
        ["walk"] * 3,
        [{"frames": 3}] * 2,
        {"frames": 3},
    ],
)
def test_a_file_with_an_impossible_script_is_refused(tmp_path, timing):
    path = tmp_path / "a.safetensors"
    save_generator(tiny_generator(timing=TIMING), path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    metadata["spec"] = json.dumps(json.loads(metadata["spec"]) | {"timing": timing})
    path.write_bytes(save(tensors, metadata))
    with pytest.raises(WeightsError, match="timing"):
        load_generator(path)


def test_the_critic_knows_the_frame_that_it_should_see():
    torch.manual_seed(0)
    spec = dataclasses.replace(LABELLED, resolution=32)
    critic = Critic(spec, CriticConfig(stem_width=8, widths=(8,), frame_width=8, clip_width=8))
    torch.nn.init.normal_(critic.frame_head.per_label)
    frames = torch.randn(2, 4, 3, 32, 32)
    action = F.one_hot(torch.tensor([[0, 0, 0, 2], [0, 0, 0, 1]]), 3).float()
    times = torch.tensor([[0, 1, 3, 2], [0, 1, 3, 2]]) / spec.fps
    logits = critic(frames[:1].repeat(2, 1, 1, 1, 1), times, action)
    torch.testing.assert_close(logits[0, 1:4], logits[1, 1:4])
    assert (logits[0, 4] - logits[1, 4]).abs() > 1e-3  # the frame that should be another
    assert logits[0, 0] != logits[1, 0]  # and the clip that it is part of
