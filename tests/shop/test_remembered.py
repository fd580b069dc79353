"""What imports write is kept in memory until the next import."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.db.models import CatalogueVersion
from bot.db.session import reading, writing
from bot.shop.remembered import catalogue_version, remembered


def test_it_is_read_once_for_every_version(database: str) -> None:
    reads: list[int] = []

    def read(session: Session) -> int:
        reads.append(catalogue_version(session))
        return len(reads)

    def look() -> int:
        with reading() as session:
            return remembered(session, "a thing", read)

    assert (look(), look()) == (1, 1)
    with writing() as session:
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
    assert (look(), look()) == (2, 2)
    assert reads[1] == reads[0] + 1


def test_names_are_kept_apart(database: str) -> None:
    with reading() as session:
        assert remembered(session, "one", lambda _: "1") == "1"
        assert remembered(session, "two", lambda _: "2") == "2"
