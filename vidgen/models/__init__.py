"""The families of generators: one file each, one line each in FAMILIES."""

from vidgen.models.mocogan import MoCoGANConfig, MoCoGANGenerator
from vidgen.models.style import StyleConfig, StyleGenerator

FAMILIES = {
    "style": (StyleGenerator, StyleConfig),
    "mocogan": (MoCoGANGenerator, MoCoGANConfig),
}
