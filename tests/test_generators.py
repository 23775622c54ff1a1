"""What every family promises: promises 1 to 4 and 6 of the design (5 is test_weights.py)."""

import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import ANY_RATE, CONTINUOUS, draw, every_family, tiny_generator

from vidgen.latents import mix, morph, seeded_path
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.types import CHUNK_FRAMES, GeneratorSpec, LatentPath

# Another batch size sums in another order; a colour level of 8 bits is 0.0078.
ROUNDING = 2e-5


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=ROUNDING)


def together(*paths: LatentPath) -> LatentPath:
    """Paths of the same times as one batch."""
    return replace(
        paths[0],
        **{
            name: torch.cat([getattr(path, name) for path in paths])
            for name in ("content", "motion", "action", "truncation")
        },
    )


@every_family
def test_frames_have_the_shape_and_range_that_the_spec_says(family):
    generator = tiny_generator(family)
    frames = draw(generator, seeded_path(generator.spec, 3, 6))
    assert frames.shape == (1, 6, 3, 16, 16) and frames.dtype == torch.float32
    assert frames.abs().max() <= 1 and frames.isfinite().all()
    assert frames.std() > 0.05, "or the tests below would prove nothing"
    assert frames.diff(dim=1).abs().mean() > 1e-3


@every_family
@torch.no_grad()
def test_a_smaller_resolution_and_another_number_format_keep_to_the_contract(family):
    generator = tiny_generator(family)
    path = seeded_path(generator.spec, 3, 6)
    assert generator(path, 8).shape == (1, 6, 3, 8, 8)
    assert torch.equal(generator(path, generator.spec.resolution), generator(path))
    generator.compute_dtype = torch.bfloat16
    frames = generator(path)
    assert frames.dtype == torch.float32 and frames.isfinite().all()


@every_family
def test_without_actions_it_works_alike(family):
    generator = tiny_generator(family, actions=())
    path = seeded_path(generator.spec, 3, 20)
    assert path.action is None and draw(generator, path).shape == (1, 20, 3, 16, 16)


@every_family
def test_the_same_seed_is_the_same_clip_and_another_seed_another(family):
    torch.manual_seed(1)
    spec = tiny_generator(family).spec
    first = draw(tiny_generator(family), seeded_path(spec, 3, 20, action=0))
    torch.manual_seed(2)
    assert torch.equal(first, draw(tiny_generator(family), seeded_path(spec, 3, 20, action=0)))
    other = draw(tiny_generator(family), seeded_path(spec, 4, 20, action=0))
    assert (first - other).abs().mean() > 0.01


@every_family
@pytest.mark.parametrize("loop", [False, True])
def test_a_clip_is_the_same_at_any_batch_size(family, loop):
    generator = tiny_generator(family)
    paths = [seeded_path(generator.spec, seed, 9, loop=loop) for seed in range(5)]
    batch = draw(generator, together(*paths))
    for path, frames in zip(paths, batch, strict=True):
        assert close(draw(generator, path)[0], frames)


@every_family
@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("chunk", [1, 3, 16, 100])
def test_a_clip_is_the_same_in_chunks_of_any_size(family, chunk, loop):
    generator = tiny_generator(family)
    path = seeded_path(generator.spec, 3, 37, loop=loop)
    with torch.inference_mode():
        whole = generator(path).clamp(-1, 1)
    chunks = list(generator.stream(path, chunk))
    assert all(part.shape[1] <= chunk for part in chunks)
    assert close(torch.cat(chunks, 1), whole)


@every_family
def test_a_longer_clip_begins_with_the_shorter(family):
    generator = tiny_generator(family)
    long = draw(generator, seeded_path(generator.spec, 3, 150))
    for frames in (1, 2, 17, 75):
        assert close(draw(generator, seeded_path(generator.spec, 3, frames)), long[:, :frames])


@ANY_RATE
@pytest.mark.parametrize("fps", [8, 25, 29.97, 60])
def test_twice_the_frame_rate_keeps_every_second_frame(family, fps):
    generator = tiny_generator(family)
    slow = draw(generator, seeded_path(generator.spec, 3, 40, fps=fps))
    fast = draw(generator, seeded_path(generator.spec, 3, 79, fps=2 * fps))
    assert close(fast[:, ::2], slow)
    assert not close(fast[:, 1::2], slow[:, 1:])


@every_family
@pytest.mark.parametrize("actions", [(), ("bend", "wave", "walk")], ids=["plain", "labelled"])
@pytest.mark.parametrize("loop", [False, True])
def test_the_ends_of_a_morph_are_its_two_clips_exactly(family, loop, actions):
    generator = tiny_generator(family, actions)
    a, b = (seeded_path(generator.spec, seed, 20, loop=loop) for seed in (3, 4))
    clip_a, clip_b = draw(generator, a), draw(generator, b)
    assert torch.equal(draw(generator, morph(a, b, 0)), clip_a)
    assert torch.equal(draw(generator, morph(a, b, 1.0)), clip_b)
    middle = draw(generator, morph(a, b, 0.5))
    assert not close(middle, clip_a) and not close(middle, clip_b)


@every_family
def test_a_morph_has_no_jump_on_its_way(family):
    generator = tiny_generator(family)
    a, b = (seeded_path(generator.spec, seed, 4) for seed in (3, 4))
    way = [draw(generator, morph(a, b, k / 40)) for k in range(41)]
    steps = torch.stack([(x - y).abs().mean() for x, y in zip(way[1:], way[:-1], strict=True)])
    assert steps.max() < 4 * steps.mean()


@CONTINUOUS
@pytest.mark.parametrize("frames", [24, 64, 150])
@pytest.mark.parametrize("fps", [12, 29.97, 100])
def test_a_loops_first_frame_follows_its_last_as_any_frame_its_predecessor(family, frames, fps):
    generator = tiny_generator(family)
    seams, others = [], []
    for seed in range(4):
        clip = draw(generator, seeded_path(generator.spec, seed, frames, fps, loop=True))[0]
        around = torch.cat([clip, clip[:2]])
        step = around.diff(dim=0).flatten(1).norm(dim=1)  # step[-2] is from the last to the first
        assert step[-2] <= step[:-2].max() * 1.2
        # No jerk either: the change of the change, at the two moments that span the seam. Any two
        # moments may be the fastest of a clip by a little; a break makes several times as much.
        jerk = around.diff(n=2, dim=0).flatten(1).norm(dim=1)
        assert jerk[-2:].max() <= jerk[:-2].max() * 1.2
        seams.append([step[-2], jerk[-2:].max()])
        others.append([step[:-2].max(), jerk[:-2].max()])
    # Of several clips together, no seam is the fastest of all.
    assert (torch.tensor(seams).amax(0) <= torch.tensor(others).amax(0) * 1.05).all()


@CONTINUOUS
def test_a_clip_that_does_not_loop_jumps_there(family):
    generator = tiny_generator(family)
    jumps = 0
    for seed in range(4):
        clip = draw(generator, seeded_path(generator.spec, seed, 150, fps=100))[0]
        step = torch.cat([clip, clip[:1]]).diff(dim=0).flatten(1).norm(dim=1)
        jumps += int(step[-1] > 1.5 * step[:-1].max())
    assert jumps >= 3, "or the test above would prove nothing"


@ANY_RATE
def test_a_loop_played_on_repeats_exactly(family):
    generator = tiny_generator(family)
    path = seeded_path(generator.spec, 3, 40, loop=True)
    later = replace(path, times=path.times + path.period)
    assert close(draw(generator, path), draw(generator, later))


@every_family
def test_a_mix_shows_the_ones_content_in_the_others_motion(family):
    generator = tiny_generator(family)
    for seed in range(3):
        a = seeded_path(generator.spec, seed, 32, action=0)
        b = seeded_path(generator.spec, seed + 10, 32, action=1)
        c = seeded_path(generator.spec, seed + 20, 32, action=2)
        assert torch.equal(draw(generator, mix(a, a)), draw(generator, a))
        mixed = draw(generator, mix(a, b))
        # Nothing of A but its content, nothing of B but its motion, has a say in it.
        assert torch.equal(mixed, draw(generator, mix(mix(a, c), b)))
        assert torch.equal(mixed, draw(generator, mix(a, mix(c, b))))
        assert not close(mixed, draw(generator, mix(c, b)))
        assert not close(mixed, draw(generator, mix(a, c)))


def test_the_flagships_mix_has_the_ones_style_and_the_others_motion():
    generator = tiny_generator("style")
    a, b = (seeded_path(generator.spec, seed, 32) for seed in (3, 4))
    mixed = mix(a, b)
    assert torch.equal(
        generator.mapping(mixed.content, mixed.truncation, mixed.action)[0],
        generator.mapping(a.content, a.truncation, a.action)[0],
    )
    assert torch.equal(generator.motion(mixed), generator.motion(b))


@every_family
def test_truncation_at_nothing_shows_every_seed_the_same_content(family):
    generator = tiny_generator(family)
    motion = seeded_path(generator.spec, 9, 4, truncation=0)
    clips = [
        draw(generator, mix(seeded_path(generator.spec, seed, 4, truncation=0), motion))
        for seed in (3, 4)
    ]
    assert close(*clips)


@every_family
def test_no_more_frames_are_held_than_a_chunk(family):
    generator = tiny_generator(family)
    seen, held = [], []
    generator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].frames))
    for chunk in generator.stream(seeded_path(generator.spec, 3, 1000)):
        assert not any(earlier() is not None for earlier in held), "an earlier chunk is alive"
        held.append(weakref.ref(chunk))
        del chunk
    assert sum(seen) == 1000 and max(seen) <= CHUNK_FRAMES


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="measures as Linux does")
def test_memory_does_not_grow_with_the_number_of_frames():
    spec = GeneratorSpec("style", 64, 3, 25, 8, 4)
    generator = StyleGenerator(spec, StyleConfig((8, 8, 8, 8, 8), 16, 4)).eval()

    def peak(frames: int) -> int:
        """MiB in use at most while that many frames are drawn."""
        used = [0]
        for _ in generator.stream(seeded_path(spec, 3, frames)):
            used.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20)
        return max(used)

    peak(64)  # the libraries' own memory
    short, long = peak(64), peak(2048)  # 3 and 100 MB of frames
    assert long - short < 30, f"{short} MiB for 64 frames, {long} MiB for 2,048"
