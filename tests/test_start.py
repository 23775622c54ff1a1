"""A run that starts from a trained model: what fits is kept, the rest is learnt anew."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from tests.tiny import ACTIONS, draw, tiny_generator
from train.families.style import start_from
from vidgen import seeded_path


def test_a_model_of_the_same_actions_starts_as_its_teacher_was():
    teacher, generator = tiny_generator(), tiny_generator()
    for parameter in generator.parameters():
        torch.nn.init.normal_(parameter)
    assert start_from(teacher, generator) == []
    path = seeded_path(teacher.spec, 3, 5)
    assert torch.equal(draw(teacher, path), draw(generator, path))


def test_actions_are_known_by_name_and_new_ones_are_learnt_anew():
    teacher, generator = tiny_generator(), tiny_generator(actions=("fall", "bend"))
    before = generator.motion.cycle.detach().clone()
    fresh = start_from(teacher, generator)
    assert "motion.cycle" in fresh and "constant" not in fresh
    bend = ACTIONS.index("bend")
    assert torch.equal(generator.motion.cycle[1], teacher.motion.cycle[bend])
    assert torch.equal(generator.motion.cycle[0], before[0])


@pytest.mark.parametrize("actions", [(), ("fall",)])
def test_what_is_learnt_anew_is_all_that_belongs_to_actions(actions):
    fresh = start_from(tiny_generator(), tiny_generator(actions=actions))
    assert fresh and all(name.startswith("motion.") for name in fresh)


def test_a_critic_with_a_head_start_leaves_the_generator_alone(tmp_path):
    from tests.test_training import TINY, new_run
    from train.data.shapes import load_shapes

    objective = dataclasses.replace(TINY.objective, head_start=8)
    config = dataclasses.replace(TINY, clips=8, objective=objective)
    run = new_run(tmp_path, load_shapes(32, clips=4), config)
    before = [p.detach().clone() for p in run.generator.parameters()]
    critic = [p.detach().clone() for p in run.objective.critic.parameters()]
    run.train()
    assert all(map(torch.equal, before, run.generator.parameters()))
    assert not all(map(torch.equal, critic, run.objective.critic.parameters()))
