"""Promises of the emoji's clips: what becomes of the packages' files, and what training learns."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.data import load_dataset
from train.data.emoji.__main__ import main
from train.data.emoji.convert import find_files, shrink
from train.data.emoji.groups import GROUPS, HELDOUT, SKINS, clips_of

TIP, BOW = "1f481-1f3fd", "1f647-1f3ff-200d-2642-fe0f"  # held out: tip/person_medium


def animation(count: int = 6, side: int = 32, duration: int = 42) -> bytes:
    """A soft-edged disc that grows, red over what can't be seen and is green."""
    far = np.hypot(*(np.mgrid[:side, :side] - side / 2 + 0.5))
    frames = []
    for step in range(count):
        alpha = ((side / 4 + step - far) / 4 + 0.5).clip(0, 1)
        frame = np.zeros((side, side, 4), np.uint8)
        frame[..., 1], frame[..., 2] = np.where(alpha > 0, 0, 255), np.where(alpha > 0, 200, 0)
        frame[..., 3] = (alpha * 255).round()
        frames.append(frame)
    moving = cv2.Animation()
    moving.frames, moving.durations = frames, [duration] * count
    read, content = cv2.imencodeanimation(".webp", moving, [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert read
    return content.tobytes()


def pack(folder: Path, number: int, files: dict[str, bytes]) -> None:
    """A package as `npm pack` names and fills it."""
    folder.mkdir(exist_ok=True)
    name = f"lobehub-fluent-emoji-anim-{number}-1.0.0.tgz"
    with tarfile.open(folder / name, "w:gz") as tar:
        for file, content in files.items():
            member = tarfile.TarInfo(f"package/assets/{file}.webp")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.fixture
def packages(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "packages"
    pack(folder, 1, {TIP: animation(), "1f600": animation(5), "1f30d": animation()})
    pack(folder, 2, {BOW: animation(8), "1f601": animation(1)})  # this one stands still
    return folder


def test_packages_become_a_folder_of_clips_for_each_group(packages, tmp_path, capsys):
    assert main([str(packages), "--out", str(tmp_path / "clips"), "--size", "16"]) == 0
    made = sorted(p.relative_to(tmp_path / "clips").as_posix() for p in tmp_path.rglob("*.webp"))
    assert made == [
        "faces/smiling/1f600.webp",
        "gestures/bow/man_dark.webp",
        "gestures/tip/person_medium.webp",
    ]
    said = capsys.readouterr().out
    assert "gestures: 2 clips of 16x16" in said and "faces: 1 clips" in said
    assert "299 were not in" in said and "1 stand still" in said


def test_training_knows_that_they_are_loops_and_which_are_held_out(packages, tmp_path):
    main([str(packages), "--out", str(tmp_path / "clips"), "--size", "16"])
    dataset = load_dataset(str(tmp_path / "clips" / "gestures"), 16)
    assert dataset.loops and dataset.fps == pytest.approx(1000 / 42) and dataset.channels == 4
    assert dataset.names == ("bow/man_dark.webp", "tip/person_medium.webp")
    assert dataset.heldout == (1,) and dataset.lengths.tolist() == [8, 6]
    assert dataset.subjects == ("man_dark", "person_medium")


def test_timing_and_alpha_are_exact_and_edges_have_no_halo(packages, tmp_path):
    main([str(packages), "--out", str(tmp_path / "clips"), "--size", "16"])
    path = tmp_path / "clips" / "gestures" / "bow" / "man_dark.webp"
    _, before = cv2.imdecodeanimation(np.frombuffer(animation(8), np.uint8))
    _, after = cv2.imdecodeanimation(np.fromfile(path, np.uint8))
    assert list(after.durations) == [42] * 8 and after.loop_count == 0
    for old, new in zip(before.frames, after.frames, strict=True):
        boxes = old[..., 3].reshape(16, 2, 16, 2).astype(float).mean((1, 3))
        assert np.abs(new[..., 3] - boxes).max() <= 0.5
        seen = new[..., 3] > 0
        assert (new[seen][:, :3] == (0, 0, 200)).all()  # nothing of the green behind


def test_shrinking_is_a_box_filter_of_premultiplied_colour():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (24, 24, 4), np.uint8)
    weights = picture[..., 3:].astype(float)
    boxes = [x.reshape(8, 3, 8, 3, -1).mean((1, 3)) for x in (picture[..., :3] * weights, weights)]
    expected = np.concatenate([(boxes[0] / boxes[1])[..., ::-1], boxes[1]], -1)
    assert np.abs(shrink(picture, 8) - expected).max() <= 0.51
    opaque = shrink(picture[..., :3], 24)
    assert (opaque[..., 3] == 255).all() and (opaque[..., :3] == picture[..., 2::-1]).all()


def test_packages_may_be_unpacked_already(packages, tmp_path):
    loose = tmp_path / "loose" / "package" / "assets"
    loose.mkdir(parents=True)
    (loose / f"{TIP}.webp").write_bytes(b"one")
    pack(tmp_path / "loose", 1, {TIP: b"two", BOW: b"three"})
    assert dict(find_files(tmp_path / "loose", {TIP, BOW, "1f600"})) == {TIP: b"one", BOW: b"three"}


def test_a_clip_lies_in_one_place_and_people_are_called_the_same_in_every_class():
    for group in GROUPS:
        places = list(clips_of(group).values())
        assert len(set(places)) == len(places) > 90
    people = {place.split("/")[1] for place in clips_of("gestures").values()}
    assert len(people) == 3 * len(SKINS) and len(clips_of("gestures")) == 11 * len(people)
    assert {name.removeprefix("gestures/") for name in HELDOUT} < set(clips_of("gestures").values())
    assert len({name.split("/")[1] for name in HELDOUT}) == 11  # one a gesture
    assert clips_of("gestures")["1f487-1f3fc-200d-2640-fe0f"] == "haircut/woman_medium_light"
    assert clips_of("jobs")["1f468-1f3fb-200d-1f373"] == "cook/man_light"


def test_a_file_that_cannot_be_decoded_is_named_and_skipped(packages, tmp_path, capfd):
    pack(packages, 0, {"1f481": b"no picture"})
    assert main([str(packages), "--out", str(tmp_path / "clips"), "--size", "16"]) == 0
    said = capfd.readouterr()
    assert "skipped 1f481: not a WebP that can be decoded" in said.err
    assert "gestures: 2 clips" in said.out


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: [p.unlink() for p in folder.iterdir()], "holds none of the clips"),
        (lambda folder: (folder / "a.tgz").write_bytes(b"x" * 99), "can't be read as an npm"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(packages, tmp_path, capsys, spoil, says):
    spoil(packages)
    assert main([str(packages), "--out", str(tmp_path / "clips"), "--size", "16"]) == 2
    told = capsys.readouterr().err
    assert says in told and "Traceback" not in told
