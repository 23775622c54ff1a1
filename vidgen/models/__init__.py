"""The families of generators: one file each, one line each in FAMILIES."""

from vidgen.models.autoregressive import AutoregressiveConfig, AutoregressiveGenerator
from vidgen.models.conv3d import Conv3dConfig, Conv3dGenerator
from vidgen.models.dcgan import DCGANConfig, DCGANGenerator
from vidgen.models.mlp import MLPConfig, MLPGenerator
from vidgen.models.mocogan import MoCoGANConfig, MoCoGANGenerator
from vidgen.models.style import StyleConfig, StyleGenerator
from vidgen.models.vae import VAEConfig, VAEGenerator

FAMILIES = {
    "style": (StyleGenerator, StyleConfig),
    "mlp": (MLPGenerator, MLPConfig),
    "dcgan": (DCGANGenerator, DCGANConfig),
    "conv3d": (Conv3dGenerator, Conv3dConfig),
    "mocogan": (MoCoGANGenerator, MoCoGANConfig),
    "vae": (VAEGenerator, VAEConfig),
    "autoregressive": (AutoregressiveGenerator, AutoregressiveConfig),
}
