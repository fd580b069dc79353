"""Photos customers send of a damaged or wrong piece: read, checked and drawn anew, so that nothing of the file stays."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select

from bot.clock import new_id, now
from bot.db.models import Photo
from bot.db.session import reading, writing

LARGEST_FILE = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 50 million; a bomb claims far more
LONGEST_SIDE = 2000
MOST_PHOTOS = 6  # a conversation
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPicture(ValueError):
    """The file is no JPEG, PNG or WebP picture, or one too large to be opened safely."""


class TooMany(PermissionError):
    """The conversation has sent enough photos."""


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


def keep(conversation_id: str, order_line_id: int | None, data: bytes) -> str:
    """Check a photo and keep it; its id.

    Raises:
        NotAPicture, TooMany.
    """
    picture = redraw(data)
    with writing() as session:
        held = session.execute(
            select(func.count()).select_from(Photo).where(Photo.conversation_id == conversation_id)
        ).scalar()
        if int(held or 0) >= MOST_PHOTOS:
            raise TooMany
        photo = Photo(
            id=new_id(),
            conversation_id=conversation_id,
            order_line_id=order_line_id,
            jpeg=picture.jpeg,
            width=picture.width,
            height=picture.height,
            at=now(),
        )
        session.add(photo)
        return str(photo.id)


def read(photo_id: str) -> bytes | None:
    """A kept photo as JPEG."""
    with reading() as session:
        return session.execute(select(Photo.jpeg).where(Photo.id == photo_id)).scalar()


def of_line(conversation_id: str, order_line_id: int) -> list[str]:
    """Ids of the photos sent for an order line."""
    with reading() as session:
        rows = select(Photo.id).where(Photo.conversation_id == conversation_id, Photo.order_line_id == order_line_id)
        return list(session.execute(rows.order_by(Photo.at)).scalars())
