"""vidgen: a video GAN that people can drive."""

from vidgen.latents import mix, morph, native_path, seeded_path
from vidgen.pixels.cleanup import CleanUp
from vidgen.pixels.clip import Clip, render
from vidgen.pixels.sheet import Sheet, sprite_sheet
from vidgen.store.weights import load_generator
from vidgen.types import ActionTiming, Generator, GeneratorSpec, LatentPath

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
