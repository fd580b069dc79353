"""Files customers send: known by what they hold, kept once, as many as a matter needs."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.clock import new_id
from bot.db.models import Upload
from bot.db.session import reading
from bot.support import uploads
from bot.support.photos import LARGEST_FILE
from tests.support.samples import conversation
from tests.support.test_photos import SVG, picture

TALK = "c" * 32
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(autouse=True)
def talk(database: str) -> None:
    """A conversation."""
    conversation(TALK)


def test_a_photo_is_drawn_anew_and_a_pdf_kept_as_it_came() -> None:
    photo = uploads.keep(new_id(), TALK, None, "me-at-home.png", picture("PNG"))
    assert (photo.kind, photo.name, photo.content[:3]) == ("photo", "photo.jpg", b"\xff\xd8\xff")
    invoice = uploads.keep(new_id(), TALK, None, "invoice.PDF", PDF)
    assert (invoice.kind, invoice.name, invoice.content) == ("document", "invoice.pdf", PDF)
    assert uploads.read(invoice.id, TALK) == invoice
    assert uploads.read(invoice.id, "d" * 32) is None and uploads.read("x") is None


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("../../etc/passwd", "etc passwd.pdf"),
        ("invoice\u202efdp.exe", "invoice fdp.exe.pdf"),
        ("", "file.pdf"),
        ("فاتورة.pdf", "فاتورة.pdf"),
    ],
)
def test_a_name_is_only_a_name(called: str, kept: str) -> None:
    assert uploads.keep(new_id(), TALK, None, called, PDF).name == kept


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SVG,
        b"<html><script>1</script>%PDF-1.4 startxref %%EOF",
        PDF[:40],
        b"%PDF-1.4" + b"\0" * LARGEST_FILE,
    ],
    ids=["nothing", "svg", "html that names a PDF", "half a PDF", "endless"],
)
def test_whatever_it_is_called_other_files_are_not_taken(data: bytes) -> None:
    with pytest.raises(uploads.NotTaken):
        uploads.keep(new_id(), TALK, None, "a.pdf", data)


def test_the_same_file_again_is_kept_once_and_not_without_end() -> None:
    ids = [new_id() for _ in range(uploads.MOST_FILES)]
    for upload_id in ids + ids:
        uploads.keep(upload_id, TALK, None, "a.pdf", PDF)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == uploads.MOST_FILES
    with pytest.raises(uploads.TooMany):
        uploads.keep(new_id(), TALK, None, "a.pdf", PDF)
