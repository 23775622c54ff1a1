"""The npm packages' files to small clips: shrunk without halos, timing and alpha as they were.

The packages `@lobehub/fluent-emoji-anim-1` to `-4` hold animated WebP of 256x256, as they come from
`npm pack` (.tgz) or unpacked. Nothing of an archive is unpacked onto the disk.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vidgen.files import whole_file

FILE = re.compile(r"([0-9a-f]{2,6}(?:-[0-9a-f]{2,6})*)\.webp$")
MOST_BYTES = 16 << 20  # of a file in an archive; the largest has a tenth of it
EFFORT = 0  # of 6 in looking for smaller files: 2 takes four times as long and saves 6 %


def find_files(folder: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the wanted files in a folder's .tgz archives and in its own folders.

    Names are code points, without the ending. A name found twice comes once. Raises ValueError for
    a folder that isn't there and an archive that can't be read.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    missing = set(wanted)
    for path in sorted(folder.rglob("*.webp")):
        match = FILE.fullmatch(path.name)
        if match and match[1] in missing:
            missing.discard(match[1])
            yield match[1], path.read_bytes()
    for archive in sorted(folder.rglob("*.tgz")):
        if missing:
            yield from _in_archive(archive, missing)


def _in_archive(archive: Path, missing: set[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                match = FILE.search(member.name)
                if not match or match[1] not in missing or not member.isfile():
                    continue
                if member.size > MOST_BYTES:
                    raise ValueError(f"{archive}: {match[1]} has {member.size:,} bytes.")
                missing.discard(match[1])
                data = tar.extractfile(member)
                assert data is not None, "it is a file"
                yield match[1], data.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{archive} can't be read as an npm package ({error}).") from error


def convert(content: bytes, path: Path, size: int) -> int:
    """Writes an animated WebP at `size` x `size` pixels; returns its frames, 0 if it stands still.

    Lossless: alpha and durations are exact, and so is colour wherever alpha is not 0. Raises
    ValueError, as the end of a sentence, if `content` can't be decoded.
    """
    try:
        read, animation = cv2.imdecodeanimation(np.frombuffer(content, np.uint8))
    except cv2.error:
        read = False
    if not read:
        raise ValueError("not a WebP that can be decoded")
    if len(animation.frames) < 2:
        return 0
    images = [Image.fromarray(shrink(frame, size)) for frame in animation.frames]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        images[0].save(
            part,
            "WEBP",
            save_all=True,
            append_images=images[1:],
            duration=[int(ms) for ms in animation.durations],
            loop=0,
            lossless=True,
            quality=60,
            method=EFFORT,
        )
    return len(images)


def shrink(picture: np.ndarray, size: int) -> np.ndarray:
    """BGR(A), uint8 (H, W, 3 or 4) with straight alpha -> RGBA, uint8 (size, size, 4), straight.

    Averaged over boxes with colour premultiplied, so that what can't be seen lends no colour to an
    edge; then divided by alpha again, as a WebP has it.
    """
    if picture.shape[-1] == 3:
        picture = np.dstack([picture, np.full_like(picture[..., 0], 255)])
    pixels = picture[..., [2, 1, 0, 3]].astype(np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255
    small = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    alpha = small[..., 3:]
    colour = np.divide(
        small[..., :3] * 255, alpha, out=np.zeros_like(small[..., :3]), where=alpha > 0
    )
    return (np.concatenate([colour, alpha], -1) + 0.5).clip(0, 255).astype(np.uint8)
