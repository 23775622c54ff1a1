"""Plain pictures as data: a folder of them, and CIFAR-10 in the files that people have."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from train.__main__ import main
from train.checks import check_data
from train.data import load_dataset
from train.data.cifar import CLASSES, is_cifar10
from vidgen.store.weights import load_generator

COUNT = 12  # pictures of a batch; CIFAR-10's have 10,000


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def cifar_batch(number: int) -> tuple[list[int], np.ndarray]:
    """Labels, and pixels (N, 3072) as CIFAR-10 has them: all red, then all green, then all blue."""
    rng = np.random.default_rng(number)
    pixels = rng.integers(0, 255, (COUNT, 3, 32, 32), np.uint8)
    pixels[:, 0, 0, :] = 200  # the upper edge is reddish
    pixels[:, 1, 0, :] = 10 * number
    return [(number + k) % 10 for k in range(COUNT)], pixels.reshape(COUNT, 3072)


def python_version(folder: Path, protocol: int = 2) -> Path:
    folder.mkdir()
    for number in range(1, 6):
        labels, data = cifar_batch(number)
        batch = {
            b"batch_label": f"training batch {number} of 5".encode(),
            b"labels": labels,
            b"data": data,
            b"filenames": [b"a.png"] * COUNT,
        }
        (folder / f"data_batch_{number}").write_bytes(pickle.dumps(batch, protocol))
    (folder / "test_batch").write_bytes(b"not looked at")
    (folder / "batches.meta").write_bytes(b"not looked at")
    return folder


def binary_version(folder: Path) -> Path:
    folder.mkdir()
    for number in range(1, 6):
        labels, data = cifar_batch(number)
        rows = np.concatenate([np.array(labels, np.uint8)[:, None], data], 1)
        (folder / f"data_batch_{number}.bin").write_bytes(rows.tobytes())
    (folder / "test_batch.bin").write_bytes(b"not looked at")
    return folder


def archive(folder: Path, name: str) -> Path:
    path = folder.parent / name
    with tarfile.open(path, "w:gz") as file:
        file.add(folder, folder.name)
    return path


def places(tmp_path: Path) -> dict[str, Path]:
    python = python_version(tmp_path / "cifar-10-batches-py")
    binary = binary_version(tmp_path / "cifar-10-batches-bin")
    return {
        "python": python,
        "binary": binary,
        "python archive": archive(python, "cifar-10-python.tar.gz"),
        "binary archive": archive(binary, "cifar-10-binary.tar.gz"),
    }


def test_cifar10_is_the_same_from_each_of_its_files(tmp_path):
    found = {name: load_dataset(path, 32) for name, path in places(tmp_path).items()}
    found["the folder around it"] = load_dataset(tmp_path, 32)
    labels = [label for number in range(1, 6) for label in cifar_batch(number)[0]]
    for name, dataset in found.items():
        assert dataset.name == "cifar10" and dataset.actions == CLASSES, name
        assert len(dataset) == 5 * COUNT and set(dataset.lengths) == {1}
        assert dataset.labels.tolist() == labels
        picture = dataset.clip(2 * COUNT + 3)  # the fourth of the third batch
        assert picture.shape == (1, 32, 32, 3)
        assert np.array_equal(picture[0].transpose(2, 0, 1).ravel(), cifar_batch(3)[1][3])
        assert (picture[0, 0, :, :2] == [200, 30]).all()
        check_data(str(tmp_path), dataset)


def test_cifar10s_pictures_come_in_any_size(tmp_path):
    path = binary_version(tmp_path / "cifar-10-batches-bin")
    assert load_dataset(path, 16).clip(0).shape == (1, 16, 16, 3)
    large = load_dataset(path, 64)
    assert large.clip(0).shape == (1, 64, 64, 3) and large.resolution == 64
    batch = large.batch(5, 1, 2, torch.Generator().manual_seed(0))
    assert batch.frames.shape == (5, 1, 3, 64, 64) and batch.action.shape == (5, 1, 10)


@pytest.mark.parametrize("protocol", range(5))
def test_batches_that_numpy_of_today_has_pickled_are_read_too(tmp_path, protocol):
    path = python_version(tmp_path / "cifar-10-batches-py", protocol)
    assert np.array_equal(load_dataset(path, 32).labels[:COUNT], cifar_batch(1)[0])


def test_the_strings_of_python_2_are_read_as_its_own_pickles_have_them(tmp_path):
    """As the files on the author's page are: text keys that are bytes in Python 3."""
    labels, data = cifar_batch(1)
    python_2 = (
        b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03("
        + b"".join(b"K" + bytes([label]) for label in labels)
        + b"eU\x04dataq\x04cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00"
        + b"\x85q\x07U\x01bq\x08\x87q\x09Rq\x0a(K\x01K\x0cM\x00\x0c\x86cnumpy\ndtype\nq\x0bU\x02u1"
        + b"K\x00K\x01\x87q\x0cRq\x0d(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + data.nbytes.to_bytes(4, "little")
        + data.tobytes()
        + b"tbu."
    )
    (tmp_path / "data_batch_1").write_bytes(python_2)
    dataset = load_dataset(tmp_path, 32)
    assert dataset.labels.tolist() == labels
    assert np.array_equal(dataset.clip(5)[0].transpose(2, 0, 1).ravel(), data[5])


class Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def good(**changed) -> dict:
    labels, data = cifar_batch(1)
    return {"labels": labels, "data": data} | changed


@pytest.mark.parametrize(
    "batch, sentence",
    [
        ([1, 2], "has no labels and data"),
        ({"labels": [0] * COUNT}, "has no labels and data"),
        (good(labels="cats"), "labels are no list of numbers"),
        (good(labels=[True] * COUNT), "labels are no list of numbers"),
        (good(labels=[10] * COUNT), "classes beyond the ten"),
        (good(labels=[-1] * COUNT), "classes beyond the ten"),
        (good(labels=[3]), "1 labels, and pixels of the shape"),
        (good(data=[1, 2, 3]), "data are no array of bytes"),
        (good(data=np.zeros((COUNT, 3072), np.float32)), "not of bytes"),
        (good(data=np.zeros((COUNT, 3072), object)), "not of bytes"),
        (good(data=np.zeros((COUNT, 99), np.uint8)), "pixels of the shape"),
        (good(data=np.asfortranarray(np.zeros((COUNT, 3072), np.uint8))), "row by row"),
    ],
)
def test_a_pickle_that_is_no_batch_is_refused_in_a_sentence(tmp_path, batch, sentence):
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(batch, 2))
    with pytest.raises(ValueError, match=sentence):
        load_dataset(tmp_path, 32)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_foreign_pickle_runs_nothing(tmp_path, protocol):
    folder = tmp_path / "set"
    folder.mkdir()
    attack = pickle.dumps(good(labels=Attack(tmp_path / "ran")), protocol)
    (folder / "data_batch_1").write_bytes(attack)
    with pytest.raises(ValueError, match=r"data_batch_1 is no batch of CIFAR-10: it asks for"):
        load_dataset(folder, 32)
    assert not (tmp_path / "ran").exists()


def test_damaged_files_are_refused(tmp_path):
    python = python_version(tmp_path / "cifar-10-batches-py")
    whole = (python / "data_batch_2").read_bytes()
    (python / "data_batch_2").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="data_batch_2 is no batch"):
        load_dataset(python, 32)
    other = tmp_path / "other"
    other.mkdir()
    (other / "data_batch_1.bin").write_bytes(b"x" * 3000)
    with pytest.raises(ValueError, match="no whole pictures"):
        load_dataset(other, 32)
    cut = tmp_path / "cifar-10-python.tar.gz"
    cut.write_bytes(archive(python, "whole.tar.gz").read_bytes()[:5000])
    with pytest.raises(ValueError, match="can't be read as CIFAR-10"):
        load_dataset(cut, 32)
    empty = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(empty, "w:gz") as file:
        file.addfile(tarfile.TarInfo("readme"), io.BytesIO())
    with pytest.raises(ValueError, match="holds no data_batch_1"):
        load_dataset(empty, 32)


def picture_folder(folder: Path) -> Path:
    """Eight pictures of 20 x 16 pixels, dark cats and bright dogs."""
    for kind, level in (("cat", 40), ("dog", 200)):
        (folder / kind).mkdir(parents=True)
        for number in range(4):
            picture = np.full((16, 20, 3), level + number, np.uint8)
            assert cv2.imwrite(str(folder / kind / f"{number}.png"), picture)
    return folder


def test_each_picture_of_a_folder_is_a_clip_of_one_frame(tmp_path, caplog):
    folder = picture_folder(tmp_path / "pets")
    (folder / "dog" / "broken.png").write_bytes((folder / "dog/0.png").read_bytes()[:60])
    (folder / "cat" / "notes.txt").write_text("no picture, and none is wanted")
    dataset = load_dataset(f"pictures:{folder}", 16)
    assert dataset.actions == ("cat", "dog") and dataset.lengths.tolist() == [1] * 8
    assert [int(dataset.clip(k).mean()) for k in range(8)] == [40, 41, 42, 43, 200, 201, 202, 203]
    assert "broken.png" in caplog.text and "notes.txt" not in caplog.text
    # Without the word before it, the same folder holds two clips of four frames.
    assert load_dataset(folder, 16).lengths.tolist() == [4, 4]
    assert len(load_dataset(f"pictures:{folder}", 16)) == 8, "each is kept by itself"


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(ValueError, match="pictures are wanted"):
        load_dataset(f"pictures:{tmp_path}", 16)
    assert not is_cifar10(tmp_path) and not is_cifar10(tmp_path / "none.tar.gz")


@pytest.mark.parametrize("source", ["cifar", "folder"])
def test_dcgan_learns_from_plain_pictures(tmp_path, source):
    if source == "cifar":
        data = str(archive(python_version(tmp_path / "py"), "cifar-10-python.tar.gz"))
    else:
        data = f"pictures:{picture_folder(tmp_path / 'pets')}"
    run = tmp_path / "run"
    command = ["--data", data, "--family", "dcgan", "--resolution", "32", "--out", str(run)]
    command += ["--batch", "4", "--clips", "16", "--device", "cpu", "--precision", "float32"]
    assert main(command) == 0
    spec = load_generator(run / "model.safetensors").spec
    assert spec.actions == (CLASSES if source == "cifar" else ("cat", "dog"))
    assert main(["--resume", str(run), "--clips", "20"]) == 0
