"""vidgen: a video GAN that people can drive."""

from vidgen.latents import mix, morph, native_path, seeded_path
from vidgen.palette import CleanUp
from vidgen.render import Clip, render
from vidgen.sheet import Sheet, sprite_sheet
from vidgen.types import ActionTiming, Generator, GeneratorSpec, LatentPath
from vidgen.weights import load_generator

__all__ = [
    "ActionTiming",
    "CleanUp",
    "Clip",
    "Generator",
    "GeneratorSpec",
    "LatentPath",
    "Sheet",
    "load_generator",
    "mix",
    "morph",
    "native_path",
    "render",
    "seeded_path",
    "sprite_sheet",
]
