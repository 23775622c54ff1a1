"""The flagship's options: a plane that moves, and a palette that keeps colours as they are."""

import dataclasses

import pytest
import torch
from tiny import CONFIGS, draw, tiny_generator

from train.__main__ import main
from vidgen.latents import mix, seeded_path
from vidgen.models.palette import Palette
from vidgen.models.style import FourierInput, StyleConfig, StyleGenerator
from vidgen.store.weights import load_generator, save_generator
from vidgen.types import LatentPath


def styled(channels: int = 3, **options: object) -> StyleGenerator:
    """A tiny generator with options, that draws something."""
    spec = tiny_generator(channels=channels).spec
    torch.manual_seed(3)
    generator = StyleGenerator(spec, StyleConfig(**CONFIGS["style"], **options)).eval()
    for to_image in generator.to_image:
        torch.nn.init.normal_(to_image.weight, std=0.3)
    return generator


def test_a_fourier_input_is_the_same_plane_seen_from_where_the_style_says():
    torch.manual_seed(3)
    plane = FourierInput(channels=12, style_dim=8).requires_grad_(False)
    style = torch.zeros(1, 8)
    still = plane(style)
    plane.place.bias += torch.tensor([0.25, 0.0])  # a quarter of the frame, of four pixels
    moved = plane(style)
    torch.testing.assert_close(moved[..., 1:], still[..., :-1])
    assert (moved[..., 0] - still[..., 0]).abs().mean() > 0.1
    assert still.square().mean() == pytest.approx(1, abs=0.3)


OPTIONS = [
    {"fourier_input": True},
    {"palette": 5},
    {"still_colours": True},
    {"anchors": 3, "sharpness": 9.0, "harmonics": 5},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_generator_with_options_keeps_its_promises_and_its_weights(tmp_path, options, channels):
    generator = styled(channels, **options)
    spec = generator.spec
    save_generator(generator, tmp_path / "model.safetensors")
    loaded = load_generator(tmp_path / "model.safetensors")
    assert dataclasses.asdict(loaded.config).items() >= options.items()
    short, long = (draw(loaded, seeded_path(spec, 3, frames)) for frames in (8, 20))
    torch.testing.assert_close(short, long[:, :8], rtol=0, atol=2e-5)
    assert long.shape == (1, 20, channels, 16, 16) and long.diff(dim=1).abs().mean() > 1e-3


@torch.no_grad()
def pixels(generator: StyleGenerator, path: LatentPath) -> torch.Tensor:
    """All pixels (N, C) of a path, as they are before they are limited to [-1, 1]."""
    return generator(path).movedim(2, -1).flatten(0, -2)


def test_with_two_colours_all_pixels_of_a_clip_lie_between_them():
    generator = styled(palette=2)
    drawn = pixels(generator, seeded_path(generator.spec, 3, 20))
    spread = torch.linalg.svdvals(drawn - drawn.mean(0))
    assert spread[1] < 1e-3 * spread[0], "on a line, whatever moves"


def test_a_motion_moves_a_contents_colours_and_does_not_change_them():
    generator = styled(palette=2)
    one, other = (seeded_path(generator.spec, seed, 20) for seed in (3, 4))
    drawn, swapped = pixels(generator, one), pixels(generator, mix(one, other))
    line = torch.linalg.svd(drawn - drawn.mean(0)).Vh[0]
    off = swapped - drawn.mean(0)
    assert (off - (off @ line)[:, None] * line).abs().max() < 1e-3
    assert (swapped - drawn).abs().mean() > 0.01


def test_a_pixel_of_one_colour_shows_it_and_can_still_learn_another():
    torch.manual_seed(3)
    palette, style = Palette(4, 3, 8), torch.randn(1, 8)
    image = torch.zeros(1, 4, 2, 2)
    image[:, 1] = 1e3  # as certain as can be
    image.requires_grad_()
    colours = palette.PACE * palette.colours(style).detach().reshape(3, 4)
    drawn = palette(image, style)
    torch.testing.assert_close(drawn[0, :, 0, 0], colours[:, 1], rtol=0, atol=0.01)
    drawn.sum().backward()
    assert image.grad.abs().max() > 0


def test_a_palettes_pixels_have_no_more_colour_than_alpha():
    frames = draw(styled(4, palette=6), seeded_path(tiny_generator(channels=4).spec, 3, 8))
    colour, alpha = frames[:, :, :3], frames[:, :, 3:]
    assert alpha.min() > -1 - 1e-6 and alpha.max() < 1 + 1e-6 and alpha.std() > 0.05
    assert colour.abs().max() <= 1


@pytest.mark.parametrize("count", [1, -2, 257])
def test_a_palette_of_too_few_or_many_colours_is_refused(tmp_path, capsys, count):
    given = ["--data", "shapes", "--resolution", "32", "--out", str(tmp_path / "run")]
    assert main([*given, "--palette", str(count)]) == 2
    assert "Colours of a palette must be a whole number from 2 to 256" in capsys.readouterr().err
