"""vidgen: a video GAN that people can drive."""

from vidgen.latents import mix, morph, seeded_path
from vidgen.render import Clip, render
from vidgen.types import Generator, GeneratorSpec, LatentPath
from vidgen.weights import load_generator

__all__ = [
    "Clip",
    "Generator",
    "GeneratorSpec",
    "LatentPath",
    "load_generator",
    "mix",
    "morph",
    "render",
    "seeded_path",
]
