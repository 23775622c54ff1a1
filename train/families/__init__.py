"""The families of generators as they are trained: one file each, one line each in FAMILIES."""

from __future__ import annotations

from train.families import autoregressive, conv3d, dcgan, mlp, mocogan, style, vae
from train.objective import Family

DEFAULT = "style"
FAMILIES: dict[str, Family] = {
    "style": style.FAMILY,
    "mlp": mlp.FAMILY,
    "dcgan": dcgan.FAMILY,
    "conv3d": conv3d.FAMILY,
    "mocogan": mocogan.FAMILY,
    "vae": vae.FAMILY,
    "autoregressive": autoregressive.FAMILY,
}
