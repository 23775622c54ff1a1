"""One file to the pictures of a clip, whatever kind it is, independent of any data set.

`keep` gets each picture, uint8 (H, W, 3 or 4), RGB or RGBA with straight alpha, upright and with
square pixels; what comes back says when each was shown, and in words what was left out or guessed.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from vidgen.pixels.reading.animation import decode_animation
from vidgen.pixels.reading.picture import decode_strip
from vidgen.pixels.reading.sniff import ANIMATION, PICTURE, VIDEO, kind_of
from vidgen.pixels.reading.timing import Bounds, Keep, Timing, Unreadable, open_regular
from vidgen.pixels.reading.video import decode_video

DECODERS = {VIDEO: decode_video, ANIMATION: decode_animation, PICTURE: decode_strip}


def decode(path: Path, keep: Keep, bounds: Bounds | None = None) -> Timing:
    """The clip of a video file, an animation or a strip, told by its content.

    Reads that one file of this machine and nothing else, within bounds if there are any. Raises
    Unreadable with the reason if it is no clip, and ValueError if it is a video and PyAV is
    missing. What `keep` raises passes through.
    """
    open_regular(path).close()
    kind = kind_of(path)
    if kind is None:
        raise Unreadable("neither a video nor a picture, by what is in it and by its name")
    return DECODERS[kind](path, keep, bounds)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Sends what decoders write to the error output of the process, not to Python's, nowhere.

    libtiff and codecs complain about broken files there; Pillow warns about some.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
