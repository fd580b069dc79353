"""Photos customers send: read, checked and drawn anew, so that nothing of the file stays. `uploads` keeps them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_FILE = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 50 million; a bomb claims far more
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPicture(ValueError):
    """The file is no JPEG, PNG or WebP picture, or one too large to be opened safely."""


@dataclass(frozen=True)
class Redrawn:
    """A picture as we keep it."""

    jpeg: bytes
    width: int
    height: int


def redraw(data: bytes) -> Redrawn:
    """A picture drawn anew as JPEG: upright, at most LONGEST_SIDE long, without any metadata.

    Raises:
        NotAPicture.
    """
    if len(data) > LARGEST_FILE:
        raise NotAPicture("too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise NotAPicture("too many pixels")
                picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except NotAPicture:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
        MemoryError,
    ) as error:
        raise NotAPicture(type(error).__name__) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=85)
    return Redrawn(out.getvalue(), clean.width, clean.height)
