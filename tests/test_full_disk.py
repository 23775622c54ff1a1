"""Promises of a disk that is full: what is written is complete, or an error that says no space."""

from __future__ import annotations

import errno
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from vidgen import __main__ as command_line
from vidgen.files import whole_file
from vidgen.pixels.clip import Clip
from vidgen.pixels.formats import WRITERS
from vidgen.pixels.sheet import Row, Sheet
from vidgen.ui import api

resource = pytest.importorskip("resource")  # Windows sets no limits


@pytest.fixture
def limited():
    """Calls a function while no file may grow beyond some bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def call(size: int, function, *arguments):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            return function(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return call


def noise(frames: int = 24, channels: int = 3) -> Clip:
    shape = (frames, 48, 48, channels)
    return Clip(np.random.default_rng(0).integers(0, 256, shape, np.uint8), 25)


# Nothing fits; the header; some frames; all but the last bytes.
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.999])
@pytest.mark.parametrize("format", WRITERS)
def test_a_clip_is_whole_or_an_error_that_names_it(tmp_path, limited, format, share):
    whole = noise().save(tmp_path / f"whole.{format}")
    path = tmp_path / f"clip.{format}"
    path.write_bytes(b"what was there before")
    with pytest.raises(OSError) as failed:
        limited(int(share * whole.stat().st_size), noise().save, path)
    assert failed.value.errno == errno.EFBIG and failed.value.filename == str(path)
    assert path.read_bytes() == b"what was there before"
    assert {p.name for p in tmp_path.iterdir()} == {whole.name, path.name}


@pytest.mark.parametrize("format", WRITERS)
def test_a_clip_that_just_fits_is_written(tmp_path, limited, format):
    whole = noise().save(tmp_path / f"whole.{format}")
    # A WebM's writer goes back into what it wrote, and needs no more than that.
    again = limited(whole.stat().st_size, noise().save, tmp_path / f"clip.{format}")
    assert len(again.read_bytes()) == len(whole.read_bytes())


@pytest.mark.parametrize("room", [0, 1_000])
def test_of_a_sheet_the_picture_and_its_list_come_together_or_not_at_all(tmp_path, limited, room):
    rows = tuple(Row(f"action {number}", 8, 0, True) for number in range(6))
    sheet = Sheet(np.zeros((6 * 16, 8 * 16, 4), np.uint8), rows, 16, 10.0)
    with pytest.raises(OSError) as failed:
        limited(room, sheet.save, tmp_path / "sheet.png")  # the list is the longer of the two
    assert failed.value.filename == str(tmp_path / ("sheet.json" if room else "sheet.png"))
    assert not list(tmp_path.iterdir())


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as failed, whole_file(tmp_path / "a.txt"):
        (tmp_path / "b.txt").read_text()
    assert failed.value.filename == str(tmp_path / "b.txt")
    with pytest.raises(OSError) as failed, whole_file(tmp_path / "none" / "a.txt"):
        pass
    assert failed.value.filename == str(tmp_path / "none" / "a.txt")


def test_the_command_line_names_the_file_that_was_asked_for(monkeypatch):
    monkeypatch.setattr(command_line.tempfile, "gettempdir", lambda: "/ramdisk")
    full = OSError(errno.ENOSPC, "No space left on device", "/ramdisk/vidgen-1/x/bend-7.webm")
    assert command_line.failure(full, "out.webm") == (
        "out.webm failed: No space left on device (in /ramdisk, where it is made; TMPDIR names "
        "another)."
    )
    full = OSError(errno.ENOSPC, "No space left on device", "out.webm")
    assert command_line.failure(full, "out.webm") == "out.webm failed: No space left on device."
    full.filename, out = "/ramdisk/mine/.out.webm.part", "/ramdisk/mine/out.webm"
    assert command_line.failure(full, out) == f"{out} failed: No space left on device."
    absent = FileNotFoundError(errno.ENOENT, "No such file", str(Path("a.safetensors")))
    assert command_line.failure(absent, "out.webm") == "a.safetensors failed: No such file."


def test_the_page_and_the_api_say_it_in_a_sentence_without_this_machines_paths():
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/vidgen-1/secret/bend-7.webm")

    with pytest.raises(gr.Error) as failed:
        api._files(full)
    assert failed.value.message == "bend-7.webm could not be written: No space left on device."
