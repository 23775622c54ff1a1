"""Promises of pictures: their colours, their alpha, upright, and a reason if they can't be read."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from footage import CORNERS, corner, cornered, watched
from PIL import Image
from test_clip_animations import chunk

from vidgen.pixels.reading.picture import read_picture
from vidgen.pixels.reading.sniff import PICTURE, kind_of
from vidgen.pixels.reading.timing import Bounds, Unreadable

# Where the corner at (x, y) of the file is seen, for each orientation of EXIF.
TURNS = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (-x, y),
    3: lambda x, y: (-x, -y),
    4: lambda x, y: (x, -y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (-y, x),
    7: lambda x, y: (-y, -x),
    8: lambda x, y: (y, -x),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("mode, suffix", [("RGB", "jpg"), ("RGBA", "png"), ("RGBA", "webp")])
def test_a_picture_is_turned_as_the_camera_was_held(tmp_path, mode, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(cornered()).convert(mode).save(path, exif=exif.tobytes(), quality=95)
    picture = read_picture(path)
    assert picture.shape[:2] == ((48, 32) if orientation > 4 else (32, 48))
    for (x, y), colour in CORNERS.items():
        assert np.abs(corner(picture, *TURNS[orientation](x, y)) - colour).max() < 12


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_tiff_is_turned_once(tmp_path, orientation):
    Image.fromarray(cornered()).save(tmp_path / "a.tif", tiffinfo={0x0112: orientation})
    picture = read_picture(tmp_path / "a.tif")
    for (x, y), colour in CORNERS.items():
        assert np.abs(corner(picture, *TURNS[orientation](x, y)) - colour).max() == 0


def png(bits: int, colour: int, rows: list[bytes], *chunks: bytes) -> bytes:
    """A PNG 8 pixels wide, with a colour type and rows of bytes as the format packs them."""
    import zlib

    header = struct.pack(">IIBBBBB", 8, len(rows), bits, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = chunk(b"IHDR", header), *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    "bits, row, key, grey",
    [
        (1, b"\x0f", 0, 255),
        (2, b"\x55\xaa", 1, 170),
        (4, b"\x33\x33\xcc\xcc", 3, 204),
        (8, bytes([7] * 4 + [200] * 4), 7, 200),
        (16, struct.pack(">8H", *[300] * 4, *[51400] * 4), 300, 200),
    ],
)
def test_the_one_transparent_grey_of_a_png_is_so(tmp_path, bits, row, key, grey):
    data = png(bits, 0, [row] * 4, chunk(b"tRNS", struct.pack(">H", key)))
    (tmp_path / "a.png").write_bytes(data)
    picture = read_picture(tmp_path / "a.png")
    assert picture.shape == (4, 8, 4)
    assert (picture[:, :4, 3] == 0).all() and (picture[:, 4:] == [grey] * 3 + [255]).all()


@pytest.mark.parametrize("bits, form", [(8, ">3B"), (16, ">3H")])
def test_the_one_transparent_colour_of_a_png_is_so(tmp_path, bits, form):
    scale = 257 if bits == 16 else 1
    hidden, shown = ([n * scale for n in colour] for colour in ((9, 90, 20), (200, 30, 60)))
    row = struct.pack(form, *hidden) * 4 + struct.pack(form, *shown) * 4
    data = png(bits, 2, [row] * 4, chunk(b"tRNS", struct.pack(">3H", *hidden)))
    (tmp_path / "a.png").write_bytes(data)
    picture = read_picture(tmp_path / "a.png")
    assert (picture[:, :4, 3] == 0).all() and (picture[:, 4:] == (200, 30, 60, 255)).all()


def test_a_palette_with_alpha_keeps_it(tmp_path):
    image = Image.frombytes("P", (4, 4), bytes([0, 1, 2, 2]) * 4)
    image.putpalette([255, 255, 255, 10, 20, 30, 200, 100, 50])
    image.save(tmp_path / "a.png", transparency=bytes([0, 128, 255]))
    picture = read_picture(tmp_path / "a.png")
    assert picture[0].tolist()[1:] == [[10, 20, 30, 128]] + [[200, 100, 50, 255]] * 2
    assert picture[0, 0, 3] == 0


@pytest.mark.parametrize("kind", [1, 2])
def test_a_tiff_keeps_its_alpha_multiplied_or_not(tmp_path, kind):
    straight = np.full((8, 8, 4), 255, np.uint8)
    straight[:, :4] = (200, 100, 50, 128)
    straight[:2] = 0
    stored = straight.copy()
    if kind == 1:  # colour multiplied by alpha
        stored[..., :3] = (straight[..., :3] * (straight[..., 3:] / 255)).round()
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "TIFF")
    data = bytearray(file.getvalue())
    data[data.index(b"\x52\x01\x03\x00") + 8] = kind  # the tag ExtraSamples
    (tmp_path / "a.tif").write_bytes(data)
    picture = read_picture(tmp_path / "a.tif").astype(int)
    assert np.abs(picture - straight).max() <= 1


def test_grey_deep_and_printed_pictures_have_their_colours(tmp_path):
    ramp = np.arange(0, 256, 4, dtype=np.uint8)[None].repeat(16, 0)
    wanted = ramp[..., None].repeat(3, -1)
    deep = Image.fromarray(ramp.astype(np.uint16) * 257)
    for name in ("deep.png", "deep.tif"):
        deep.save(tmp_path / name)
        assert np.abs(read_picture(tmp_path / name) - wanted.astype(int)).max() <= 1
    Image.fromarray(ramp).convert("LA").save(tmp_path / "la.png")
    assert np.array_equal(read_picture(tmp_path / "la.png")[..., :3], wanted)
    for name in ("a.bmp", "a.tga", "a.ppm", "a.pcx", "a.sgi", "a.jp2", "a.qoi", "a.jfif"):
        Image.fromarray(wanted).save(tmp_path / name, "JPEG" if "jfif" in name else None)
        assert kind_of(tmp_path / name) == PICTURE
        assert np.abs(read_picture(tmp_path / name) - wanted.astype(int)).max() <= 4, name
    Image.fromarray(wanted).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=98)
    assert np.abs(read_picture(tmp_path / "cmyk.jpg") - wanted.astype(int)).max() <= 6


def test_a_jpeg_may_have_fill_bytes_before_its_markers(tmp_path):
    file = io.BytesIO()
    Image.fromarray(cornered()).save(file, "JPEG", quality=95)
    data = file.getvalue()
    at = data.index(b"\xff\xdb")
    (tmp_path / "a.jpg").write_bytes(data[:at] + b"\xff" * 5 + data[at:])
    assert np.abs(corner(read_picture(tmp_path / "a.jpg"), 1, -1) - CORNERS[1, -1]).max() < 12


def test_a_picture_that_can_not_be_read_says_why(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    Image.fromarray(noise).save(tmp_path / "a.png")
    for name in ("a.jpg", "a.png"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    Image.fromarray(np.zeros((8, 8), np.float32)).save(tmp_path / "float.tif")
    brands = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    (tmp_path / "phone.heic").write_bytes(brands + bytes(100))
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "program.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name, reason in {
        "a.jpg": "the picture is truncated",
        "a.png": "the picture is truncated",
        "float.tif": "its pixels are fractions",
        "phone.heic": "a HEIC picture can't be read: save it as JPEG or PNG",
        "empty.png": "the file is empty",
        "text.png": "not a picture that can be decoded",
        "program.eps": "not a picture that can be decoded",
    }.items():
        with pytest.raises(Unreadable, match=reason):
            read_picture(tmp_path / name)


def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_made(tmp_path):
    huge = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = png(8, 2, [bytes(24)])
    (tmp_path / "a.png").write_bytes(data[:8] + chunk(b"IHDR", huge) + data[33:])
    with pytest.raises(Unreadable, match="pixels"):
        read_picture(tmp_path / "a.png")
    Image.new("RGB", (64, 32)).save(tmp_path / "b.png")
    with pytest.raises(Unreadable, match="64 x 32 pixels are more than the 2,000 allowed"):
        watched(tmp_path / "b.png", Bounds(pixels=2000))
    kept, timing = watched(tmp_path / "b.png", Bounds(frames=1))
    assert len(kept) == 1 and timing.notes == ("only its first 1 frames are taken",)
