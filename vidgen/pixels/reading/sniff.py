"""What a file is, by its first bytes rather than by its name."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import BinaryIO, Literal

Order = Literal["little", "big"]  # of the bytes of a number

VIDEO, ANIMATION, PICTURE = "video", "animation", "picture"

# What is tried if the first bytes say nothing, so that a damaged file is named with a reason.
VIDEO_NAMES = re.compile(
    r"\.(mp4|m4v|mov|qt|avi|divx|mkv|mk3d|webm|mpe?g|mpe|m1v|m2v|mpv|m2p|vob|mod|tod|wmv|asf|flv|f4v"
    r"|og[vm]|m?ts|m2ts?|trp|3gp?p?|3g2|mxf|dv|dif|y4m|ivf|nut|rm|rmvb|h26[45]|[ah]vc|hevc|obu"
    r"|wtv|gxf)$",
    re.I,
)
PICTURE_NAMES = re.compile(
    r"\.(a?png|jpe?g|jfif|jpe|webp|gif|avifs?|hei[cf]s?|bmp|dib|tiff?|p[gpbna]m|jp2|j2k|jpf|jpx|tga"
    r"|icb|vda|vst|sgi|rgb|pcx|qoi)$",
    re.I,
)
# Music beside frames: its containers may hold video, and here do not.
SOUND_NAMES = re.compile(
    r"\.(mp3|m4[abr]|aac|wav|flac|oga|opus|spx|wma|aiff?|midi?|ac3|dts|mka|amr)$", re.I
)

HEAD = 4096  # bytes: enough to see the rhythm of a transport stream
STARTS = {
    VIDEO: (
        b"\x1a\x45\xdf\xa3",  # Matroska, WebM
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
        b"FLV\x01",
        b"\x00\x00\x01\xba",  # MPEG program stream: MPG, VOB
        b"\x00\x00\x01\xb3",  # MPEG video without a container
        b"\x06\x0e\x2b\x34\x02\x05\x01\x01",  # MXF
        b"YUV4MPEG2 ",
        b"DKIF",  # IVF
        b"nut/multimedia container",
        b".RMF",
        b"\x1f\x07\x00",  # DV
        b"\xb7\xd8\x00\x20\x37\x49\xda\x11",  # WTV
    ),
    PICTURE: (
        b"\xff\xd8\xff",  # JPEG
        b"II*\x00",  # TIFF
        b"MM\x00*",
        b"II+\x00",
        b"MM\x00+",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n",  # JPEG 2000
        b"\xff\x4f\xff\x51",
        b"qoif",
    ),
    ANIMATION: (b"GIF87a", b"GIF89a"),
}
OGG_VIDEO = (b"\x80theora", b"BBCD\x00", b"OVP80", b"\x01video")
# The first box of a QuickTime file; later ones begin with `ftyp`.
QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp")
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
PACKETS = (188, 192, 204)  # bytes of a packet of a transport stream, each beginning with "G"


def kind_of(path: Path) -> str | None:
    """VIDEO, ANIMATION, PICTURE, or None if neither the first bytes nor the name say so."""
    if SOUND_NAMES.search(path.name):
        return None
    try:
        with open(path, "rb") as file:
            found = _kind(file)
    except OSError:
        found = None
    if found is None and VIDEO_NAMES.search(path.name):
        return VIDEO
    if found is None and PICTURE_NAMES.search(path.name):
        return PICTURE
    return found


def is_heic(head: bytes) -> bool:
    """Whether a file begins like a HEIC picture, whose codec needs a licence."""
    return head[4:8] == b"ftyp" and bool(_brands(head) & HEIC) and not _brands(head) & AVIF


AVIF = {b"avif", b"avis"}
SOUNDS = (b"ID3", b"OggS", b"fLaC", b"FORM", b".snd", b"caff", b"#!AMR")


def is_clip(head: bytes) -> bool:
    """Whether a file that begins so is a video, an animation, a picture or a sound."""
    wave = head.startswith((b"RIFF", b"RF64")) and head[8:12] == b"WAVE"
    # MPEG sound without a container: eleven bits, then a layer and a rate that there are.
    mpeg = head[:1] == b"\xff" and len(head) > 2 and head[1] & 0xE0 == 0xE0 and head[2] < 0xF0
    return wave or mpeg or head.startswith(SOUNDS) or _kind(io.BytesIO(head)) is not None


def _kind(file: BinaryIO) -> str | None:
    head = file.read(HEAD)
    if head.startswith(b"OggS"):
        return VIDEO if any(codec in head for codec in OGG_VIDEO) else None
    if head[:4] in (b"II*\x00", b"MM\x00*") and _is_stack(file, head):
        return ANIMATION
    for kind, starts in STARTS.items():
        if head.startswith(starts):
            return kind
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ANIMATION if _is_apng(file) else PICTURE
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ANIMATION if head[12:16] == b"VP8X" and head[20:21] and head[20] & 2 else PICTURE
    if head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"AVIX"):
        return VIDEO
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return PICTURE
    if head[4:8] == b"ftyp":
        brands = _brands(head)
        if head[8:12] in AVIF | HEIC:
            return ANIMATION if b"avis" in brands else PICTURE
        return VIDEO
    if head[4:8] in QUICKTIME or _is_transport_stream(head):
        return VIDEO
    return None


def _brands(head: bytes) -> set[bytes]:
    """The names by which an ISO file says what may read it."""
    end = min(len(head), max(16, int.from_bytes(head[:4], "big")))
    return {head[8:12]} | {head[at : at + 4] for at in range(16, end, 4)}


def _is_apng(file: BinaryIO) -> bool:
    """Whether a chunk acTL stands before the pixels, behind however many other chunks."""
    file.seek(8)
    while len(header := file.read(8)) == 8:
        size, name = int.from_bytes(header[:4], "big"), header[4:]
        if name in (b"acTL", b"IDAT", b"IEND"):
            return name == b"acTL"
        file.seek(size + 4, 1)
    return False


def _is_stack(file: BinaryIO, head: bytes) -> bool:
    """Whether a TIFF has a second page that is as large as the first and no copy of it."""
    order: Order = "little" if head.startswith(b"II") else "big"
    first, second = _tiff_page(file, int.from_bytes(head[4:8], order), order)
    if not second:
        return False
    page, _ = _tiff_page(file, second, order)
    size = [first.get(tag) == page.get(tag) for tag in (256, 257)]
    return all(size) and not page.get(254, 0) & 0b101  # neither smaller nor a mask


def _tiff_page(file: BinaryIO, at: int, order: Order) -> tuple[dict[int, int], int]:
    """The tags of a page that are numbers, and where the next page stands, 0 after the last."""
    file.seek(at)
    count = int.from_bytes(file.read(2), order)
    data = file.read(12 * count + 4)
    tags = {}
    for entry in (data[12 * number : 12 * number + 12] for number in range(count)):
        tag, kind = (int.from_bytes(entry[at : at + 2], order) for at in (0, 2))
        tags[tag] = int.from_bytes(entry[8 : 10 if kind == 3 else 12], order)
    return tags, int.from_bytes(data[12 * count : 12 * count + 4], order)


def _is_transport_stream(head: bytes) -> bool:
    """Whether packets of one size follow each other, the first perhaps cut."""
    for size in PACKETS:
        for first in range(min(size, len(head))):
            marks = head[first::size]
            if len(marks) >= 8 and not marks.strip(b"G"):
                return True
    return False
