"""Only the line that is about nothing is kept from people; all others reach them, in order."""

from __future__ import annotations

import os
import sys

import pytest
import torch

from vidgen.pixels.clip import render
from vidgen.pixels.quiet import without_lines


def test_all_lines_but_one_reach_the_stream(capfd):
    print("before", file=sys.stderr)
    with without_lines(b"tag"):
        os.write(2, b"a line\nthe tag is odd\nanother")
    print(" and after", file=sys.stderr)
    assert capfd.readouterr().err == "before\na line\nanother and after\n"


def test_the_stream_is_back_after_an_error(capfd):
    with pytest.raises(ValueError), without_lines(b"tag"):
        os.write(2, b"said\n")
        raise ValueError
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "said\nlater\n"


def test_a_webm_is_written_without_a_word(tmp_path, capfd):
    render(torch.zeros(3, 3, 16, 16), 25).save(tmp_path / "clip.webm")
    assert capfd.readouterr() == ("", "")
