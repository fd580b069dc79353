"""Photos: only pictures are taken, drawn anew without what the camera wrote beside them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from bot.support import photos

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    """A picture as bytes."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def _bomb() -> bytes:
    """A PNG of a few hundred bytes that claims 40,000 × 40,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"\0" * 2_000_000)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_drawn_anew_as_jpeg(kind: str) -> None:
    drawn = photos.redraw(picture(kind))
    with Image.open(io.BytesIO(drawn.jpeg)) as again:
        assert (again.format, again.size) == ("JPEG", (60, 40))


def test_what_the_camera_wrote_beside_it_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret Phone"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (24.0, 42.0, 0.0)
    drawn = photos.redraw(picture(exif=exif, comment=b"my house"))
    assert (drawn.width, drawn.height) == (40, 60)
    with Image.open(io.BytesIO(drawn.jpeg)) as again:
        assert not again.getexif()
    assert b"Secret" not in drawn.jpeg and b"my house" not in drawn.jpeg


def test_a_script_hidden_behind_a_picture_is_gone() -> None:
    drawn = photos.redraw(picture() + b"<script>alert(1)</script>")
    assert b"<script>" not in drawn.jpeg


def test_large_pictures_are_made_smaller() -> None:
    drawn = photos.redraw(picture(size=(5000, 2500)))
    assert (drawn.width, drawn.height) == (2000, 1000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        SVG,
        _zip(),
        _bomb(),
        picture()[:200],
        picture("GIF"),
        b"%PDF-1.7 x",
        b"\xff\xd8\xff" + b"A" * 500,
        b"\0" * (photos.LARGEST_FILE + 1),
    ],
    ids=["nothing", "text", "svg", "zip", "bomb", "half", "gif", "pdf", "fake jpeg", "too large"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(photos.NotAPicture):
        photos.redraw(data)
