"""Files customers send, of a damaged piece or to a colleague: photos (see `photos`) and PDFs, told apart by what they hold.

Taken in by `bot/channels/files.py`, shown to agents by the desk, and to colleagues elsewhere behind signed links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from sqlalchemy import func, select

from bot.clock import now
from bot.db.models import Upload
from bot.db.session import reading, writing
from bot.support.photos import LARGEST_FILE, NotAPicture, redraw

MOST_FILES = 10  # a conversation
LONGEST_NAME = 120
MESSAGE = "upload-"  # and the file's id: the channel_message_id of the message that came with it
MEDIA_TYPES = {"photo": "image/jpeg", "document": "application/pdf"}

_PDF = re.compile(rb"%PDF-[12]\.\d")
_END_OF_PDF = (b"startxref", b"%%EOF")  # ISO 32000-1, 7.5.5: the last lines of the file
_ODD = re.compile(r'[\x00-\x1f\x7f/\\<>:"|?*\u202a-\u202e\u2066-\u2069]+')


class NotTaken(ValueError):
    """The file is neither a picture we can open nor a PDF, or it is too large."""


class TooMany(PermissionError):
    """The conversation has sent enough files."""


@dataclass(frozen=True)
class File:
    """A file as we keep it."""

    id: str
    kind: Literal["photo", "document"]
    name: str
    content: bytes


def plain_name(name: str) -> str:
    """A file name that is safe on every system: no path, no control or direction characters."""
    stem, dot, ending = _ODD.sub(" ", name).strip(" .").rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    kept = " ".join(stem.split())[: LONGEST_NAME - 12] or "file"
    return f"{kept}.{ending[:10]}" if ending else kept


def disposition(file: File, *, inline: bool = False) -> str:
    """The Content-Disposition of a kept file: saved, or for a photo shown in place."""
    kind = "inline" if inline and file.kind == "photo" else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(file.name)}"


def is_pdf(data: bytes) -> bool:
    """Whether a file begins and ends as a PDF does."""
    return _PDF.match(data) is not None and all(mark in data[-2048:] for mark in _END_OF_PDF)


def _read(upload_id: str, conversation_id: str, order_line_id: int | None, name: str, data: bytes) -> Upload:
    about = {"id": upload_id, "conversation_id": conversation_id, "order_line_id": order_line_id, "at": now()}
    if len(data) <= LARGEST_FILE and is_pdf(data):
        stem = plain_name(name)
        stem = stem[:-4] if stem.lower().endswith(".pdf") else stem
        return Upload(**about, kind="document", name=f"{stem}.pdf", content=data)
    try:
        picture = redraw(data)
    except NotAPicture as error:
        raise NotTaken(str(error)) from error
    size = {"width": picture.width, "height": picture.height}
    return Upload(**about, kind="photo", name="photo.jpg", content=picture.jpeg, **size)


def keep(upload_id: str, conversation_id: str, order_line_id: int | None, name: str, data: bytes) -> File:
    """Check a file and keep it; the same id again keeps nothing new.

    Args:
        upload_id: 32 characters that name it.
        name: what the customer calls it; only a PDF keeps it.

    Raises:
        NotTaken, TooMany.
    """
    found = read(upload_id)
    if found is not None:
        return found
    upload = _read(upload_id, conversation_id, order_line_id, name, data)
    with writing() as session:
        held = select(func.count()).select_from(Upload).where(Upload.conversation_id == conversation_id)
        if session.execute(held).scalar_one() >= MOST_FILES:
            raise TooMany
        session.add(upload)
        return File(upload_id, upload.kind, upload.name, upload.content)


def read(upload_id: str, conversation_id: str | None = None) -> File | None:
    """A kept file; with a conversation, only when it was sent in that."""
    with reading() as session:
        row = session.get(Upload, upload_id)
        if row is None or conversation_id not in (None, row.conversation_id):
            return None
        return File(row.id, row.kind, row.name, row.content)


def of_line(conversation_id: str, order_line_id: int) -> list[str]:
    """Ids of the files sent for an order line."""
    with reading() as session:
        rows = select(Upload.id).where(Upload.conversation_id == conversation_id, Upload.order_line_id == order_line_id)
        return list(session.execute(rows.order_by(Upload.at)).scalars())
