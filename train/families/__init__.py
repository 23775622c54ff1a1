"""The families of generators as they are trained: one file each, one line each in FAMILIES."""

from __future__ import annotations

from train.families import mocogan, style
from train.objective import Family

DEFAULT = "style"
FAMILIES: dict[str, Family] = {
    "style": style.FAMILY,
    "mocogan": mocogan.FAMILY,
}
