"""Where a file is from, inside the file: a short text in each format's own metadata.

GIF: a comment. PNG, APNG: a tEXt chunk called Comment. WebP: XMP. WebM: a tag called COMMENT.
MP4: a comment among its metadata, which film.py writes. Zip: the comment at its end.
"""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

MAX_BYTES = 16_000  # of the text
MAX_PARTS = 200_000  # of a file, that are looked at to find it
PNG = b"\x89PNG\r\n\x1a\n"
KEY = b"Comment\0"
XMP_FLAG, ALPHA_FLAG = 0x04, 0x10  # of a WebP's VP8X
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)
# Matroska's numbers for what is read and written here (RFC 9559).
EBML, SEGMENT, TAGS, TAG = (
    b"\x1a\x45\xdf\xa3",
    b"\x18\x53\x80\x67",
    b"\x12\x54\xc3\x67",
    b"\x73\x73",
)
TARGETS, SIMPLE, NAME, STRING = b"\x63\xc0", b"\x67\xc8", b"\x45\xa3", b"\x44\x87"

ZIP_END = b"PK\5\6"  # its last record, of which the comment is the last part; alone an empty zip
MP4_NOTE = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")


def signed(data: bytes, text: str) -> bytes:
    """A picture's or an animation's bytes, with a text in them; ValueError for other formats."""
    note = text.encode()
    if len(note) > MAX_BYTES:
        raise ValueError(f"What a file says of itself may have {MAX_BYTES:,} bytes.")
    if data.startswith(PNG):
        head = len(PNG) + 25  # the header is the first chunk, and 25 bytes long
        return data[:head] + _png_chunk(b"tEXt", KEY + note) + data[head:]
    if data.startswith(b"GIF8"):
        head = _gif_head(data[:13])
        return data[:head] + b"\x21\xfe" + _gif_blocks(note) + data[head:]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _signed_webp(data, XMP.format(html.escape(text, quote=False)).encode())
    raise ValueError("There is no place for a text in this kind of file.")


def sign_webm(path: Path, text: str) -> None:
    """Adds a tag to the end of a WebM whose segment has a length of eight bytes."""
    tag = _element(NAME, b"COMMENT") + _element(STRING, text.encode())
    tags = _element(TAGS, _element(TAG, _element(TARGETS, b"") + _element(SIMPLE, tag)))
    with path.open("r+b") as file:
        head = file.read(256)
        at = head.find(SEGMENT) + len(SEGMENT)
        if at < len(SEGMENT) or head[at] != 1:
            raise ValueError("There is no place for a text in this WebM.")
        length = int.from_bytes(head[at + 1 : at + 8], "big") + len(tags)
        file.seek(0, 2)
        file.write(tags)
        file.seek(at + 1)
        file.write(length.to_bytes(7, "big"))


def sign_zip(path: Path, text: str) -> None:
    """Gives a zip archive a comment."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = text.encode()


def read_note(path: str | Path) -> str | None:
    """The text that a file holds where `signed` and `sign_webm` put theirs; None if there is none.

    Reads little of it, however large it is. Raises OSError.
    """
    with Path(path).open("rb") as file:
        return note_in(file)


def note_in(file: BinaryIO) -> str | None:
    """The same of an open file."""
    kind = kind_of(file.read(200))
    file.seek(0)
    try:
        if kind in ("png", "apng"):
            note = _first(_png_notes(file))
        elif kind == "gif":
            note = _gif_note(file)
        elif kind == "webp":
            note = _first(_webp_notes(file))
        elif kind == "webm":
            note = _webm_note(file)
        elif kind == "mp4":
            note = _mp4_note(file)
        elif kind == "zip":
            note = _zip_note(file)
        else:
            note = None
    except (struct.error, IndexError):  # it ends early
        note = None
    return None if note is None else note.decode("utf-8", "replace")


def kind_of(start: bytes) -> str | None:
    """The format of a file that begins with these bytes, if it is one of those with a note."""
    if start.startswith(PNG):
        return "apng" if b"acTL" in start else "png"
    if start[4:8] == b"ftyp":
        return "mp4"
    kinds = {b"GIF8": "gif", b"RIFF": "webp", EBML: "webm", b"PK\3\4": "zip", ZIP_END: "zip"}
    return kinds.get(start[:4])


def place_in(path: Path, most: int = MAX_BYTES) -> str:
    """What a .json holds, or another file in its metadata; ValueError if nothing, OSError.

    A .json may have `most` bytes.
    """
    if path.suffix.lower() != ".json":
        note = read_note(path)
        if note is None:
            raise ValueError(f"{path} does not say what it shows: vidgen did not make it.")
        return note
    if path.stat().st_size > most:
        raise ValueError(f"{path} is too large: {most:,} bytes are enough.")
    return path.read_text(encoding="utf-8", errors="replace")


def _first(notes: Iterator[bytes]) -> bytes | None:
    return next(notes, None)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_notes(file: BinaryIO) -> Iterator[bytes]:
    file.seek(len(PNG))
    for _ in range(MAX_PARTS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"tEXt" and length <= len(KEY) + MAX_BYTES:
            data = file.read(length)
            if data.startswith(KEY):
                yield data[len(KEY) :]
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)


def _gif_head(head: bytes) -> int:
    """Where a GIF's blocks begin: after its screen and its palette."""
    return 13 + (3 << (head[10] & 7) + 1 if head[10] & 0x80 else 0)


def _gif_blocks(data: bytes) -> bytes:
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def _gif_note(file: BinaryIO) -> bytes | None:
    file.seek(_gif_head(file.read(13)))
    for _ in range(MAX_PARTS):
        kind = file.read(2)
        if kind[:1] != b"\x21":  # the first picture: comments of ours come before it
            return None
        note = b""
        while size := file.read(1)[0]:
            part = file.read(size)
            note = note + part if len(note) < MAX_BYTES else note
        if kind == b"\x21\xfe":
            return note
    return None


def _signed_webp(data: bytes, xmp: bytes) -> bytes:
    chunks = data[12:]
    if chunks[:4] != b"VP8X":  # a single picture without metadata
        with Image.open(io.BytesIO(data)) as picture:
            width, height, alpha = *picture.size, "A" in picture.mode
        sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        flags = struct.pack("<I", ALPHA_FLAG if alpha else 0)
        chunks = b"VP8X" + struct.pack("<I", 10) + flags + sizes + chunks
    chunks = chunks[:8] + bytes([chunks[8] | XMP_FLAG]) + chunks[9:]
    chunks += b"XMP " + struct.pack("<I", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _webp_notes(file: BinaryIO) -> Iterator[bytes]:
    file.seek(12)
    for _ in range(MAX_PARTS):
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind == b"XMP " and length <= MAX_BYTES + len(XMP):
            found = re.search(rb"<rdf:li[^>]*>(.*?)</rdf:li>", file.read(length), re.DOTALL)
            if found:
                yield html.unescape(found[1].decode("utf-8", "replace")).encode()
        else:
            file.seek(length + length % 2, 1)


def _element(number: bytes, data: bytes) -> bytes:
    return number + (len(data) | 1 << 56).to_bytes(8, "big") + data


def _webm_note(file: BinaryIO) -> bytes | None:
    """The last COMMENT among the tags of the segment."""
    found = None
    for number, length in _elements(file):
        if number in (EBML, SEGMENT):
            file.seek(0 if number == SEGMENT else length, 1)
        elif number == TAGS and length <= 4 * MAX_BYTES:
            tags = file.read(length)
            if (at := tags.rfind(b"COMMENT" + STRING)) >= 0:
                inside = io.BytesIO(tags[at + len(b"COMMENT") :])
                _, size = next(_elements(inside))
                found = inside.read(size)
        else:
            file.seek(length, 1)
    return found


def _mp4_note(file: BinaryIO) -> bytes | None:
    """What stands in moov, udta, meta, ilst, \xa9cmt, data: boxes in boxes (ISO 14496-12)."""
    end = file.seek(0, 2)
    file.seek(0)
    wanted = list(MP4_NOTE)
    for _ in range(MAX_PARTS):
        start, head = file.tell(), file.read(8)
        if start >= end or len(head) < 8:
            return None
        size, kind = struct.unpack(">I4s", head)
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        if kind != wanted[0]:
            file.seek(start + max(8, size) if size else end)
            continue
        end = min(end, start + size) if size else end
        wanted.pop(0)
        if not wanted:  # eight bytes say of what kind and language the text is
            file.seek(8, 1)
            return file.read(min(MAX_BYTES, max(0, end - file.tell())))
        if kind == b"meta":
            file.seek(4, 1)  # its version
    return None


def _zip_note(file: BinaryIO) -> bytes | None:
    """The comment in an archive's last record; nothing else of it is read."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 22 - MAX_BYTES))
    tail = file.read()
    at = tail.rfind(ZIP_END)
    note = tail[at + 22 :]
    whole = at >= 0 and len(note) == struct.unpack_from("<H", tail, at + 20)[0]
    return note if whole and note else None


def _elements(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The elements that follow one another: number and length; whoever asks goes past its data."""
    for _ in range(MAX_PARTS):
        parts = []
        for keep_marker in (True, False):
            first = file.read(1)
            if not first or not first[0]:
                return
            more = 8 - first[0].bit_length()
            parts.append(first + file.read(more))
            if len(parts[-1]) <= more:  # it ends early
                return
            if not keep_marker:
                length = int.from_bytes(parts[1], "big") - (1 << 7 * (more + 1))
                yield parts[0], min(length, 1 << 61)  # beyond the end of any file
