"""A stranger's file is decoded in a process of its own, and whatever happens there is said."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vidgen.pixels.clip import write_clip
from vidgen.pixels.reading import apart
from vidgen.pixels.reading.apart import BROKEN, mark_apart, pictures_apart
from vidgen.pixels.reading.clip import read_pictures
from vidgen.pixels.reading.sniff import is_clip
from vidgen.pixels.reading.timing import Bounds, Unreadable

BOUNDS = Bounds(20, 1024 * 1024, 20.0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A marked WebM of 6 frames."""
    rng = torch.Generator().manual_seed(0)
    frames = torch.rand(6, 3, 16, 16, generator=rng) * 0.4 - 0.2
    return write_clip(tmp_path_factory.mktemp("a") / "clip.webm", [frames], 25, 128, note="{}")


def test_what_is_read_apart_is_what_is_read_here(clip):
    pictures, timing = pictures_apart(clip, 32, BOUNDS)
    here, its_timing = read_pictures(clip, 32, BOUNDS)
    assert np.array_equal(pictures, np.stack(here)) and timing.notes == its_timing.notes
    assert np.array_equal(timing.starts, its_timing.starts) and timing.fps == its_timing.fps


def test_a_mark_is_found_apart(clip):
    finding, note = mark_apart(clip, BOUNDS)
    assert finding.marked and note == "{}"


def test_no_clip_is_told_apart_with_its_reason(tmp_path):
    (tmp_path / "a").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(range(200)))
    with pytest.raises(Unreadable, match="^not a video that can be decoded$"):
        pictures_apart(tmp_path / "a", 32, BOUNDS)


@pytest.mark.parametrize("broken", ["import os; os.abort()", "pass", "raise ValueError"])
def test_a_decoder_that_breaks_harms_nobody(clip, monkeypatch, broken):
    monkeypatch.setattr(apart, "PROGRAM", broken)
    with pytest.raises(Unreadable, match=BROKEN):
        pictures_apart(clip, 32, BOUNDS)


def test_a_decoder_that_hangs_is_ended(clip, monkeypatch):
    monkeypatch.setattr(apart, "PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(apart, "STARTING", 0.1)
    with pytest.raises(Unreadable, match="longer than 0.1 seconds"):
        pictures_apart(clip, 32, Bounds(20, 1024, 0.1))


def test_what_a_file_is_is_told_by_its_first_bytes():
    wave = b"RIFF\0\0\0\0WAVEfmt "
    for head in (
        b"GIF89a",
        b"\x1a\x45\xdf\xa3",
        b"\xff\xd8\xff\xe0",
        wave,
        b"ID3\3",
        b"OggS\0",
        b"fLaC",
    ):
        assert is_clip(head + bytes(64)), head
    for head in (
        b"MZ",
        b"#!/bin/sh",
        b"%PDF-1.7",
        b"<svg>",
        b"PK\3\4",
        b"RIFF\0\0\0\0\0\0\0\0",
        b"",
    ):
        assert not is_clip(head + bytes(64)), head
