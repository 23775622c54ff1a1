"""vidgen: a video GAN that people can drive."""

from vidgen.latents import mix, morph, seeded_path
from vidgen.types import Generator, GeneratorSpec, LatentPath

__all__ = ["Generator", "GeneratorSpec", "LatentPath", "mix", "morph", "seeded_path"]
