"""A model's small moving picture on the page: `python -m train.pictures.thumbnail NAME ...`.

NAME is a bundled model or a .safetensors file; `thumbnail.webp` is written beside its weights. It
shows a loop of one seed, and holds its place, as every rendered file does.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from PIL import Image, ImageSequence

from train.runtime.checkpoint import write_whole
from vidgen.pixels.provenance import read_note, signed
from vidgen.requests import ClipRequest
from vidgen.store.library import name_of
from vidgen.store.thumbnail import MOST, PICTURE
from vidgen.studio import Studio

SIDE = 64  # pixels
FRAMES = 12
RATE = 8.0  # frames a second
SEED = 7  # which the page opens with
QUALITIES = (75, 60, 45, 30)  # the first that is small enough


def write_thumbnail(source: str, seed: int = SEED, action: str | None = None) -> Path:
    """Writes `thumbnail.webp` beside a model's weights. Raises ValueError."""
    file = source.endswith(".safetensors")
    studio = Studio(*[source] if file else [])
    try:
        model = name_of(source) if file else source
        request = ClipRequest(model, seed, FRAMES, RATE, action, loop=True)
        target = studio.file(model).with_name(PICTURE)
        write_whole(target, _smaller(studio.render(request, SIDE, "webp")))
    finally:
        studio.close()
    return target


def _smaller(rendered: Path) -> bytes:
    """A rendered WebP, of which some are lossless, in at most MOST bytes. Raises ValueError."""
    with Image.open(rendered) as picture:
        frames = [frame.copy() for frame in ImageSequence.Iterator(picture)]
        times = [int(frame.info["duration"]) for frame in ImageSequence.Iterator(picture)]
    for quality in QUALITIES:
        data = io.BytesIO()
        frames[0].save(
            data, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0,
            quality=quality, method=6,
        )  # fmt: skip
        whole = signed(data.getvalue(), read_note(rendered) or "")
        if len(whole) <= MOST:
            return whole
    raise ValueError(f"The thumbnail takes more than {MOST:,} bytes: choose another seed.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.pictures.thumbnail", description=__doc__)
    parser.add_argument("models", nargs="+", metavar="NAME", help="bundled, or a .safetensors file")
    parser.add_argument("--seed", type=int, default=SEED, help=f"({SEED})")
    parser.add_argument("--action", help="what the model does (the seed decides)")
    options = parser.parse_args(arguments)
    try:
        for model in options.models:
            print(write_thumbnail(model, options.seed, options.action))
    except (ValueError, OSError) as error:
        print(f"train.pictures.thumbnail: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
