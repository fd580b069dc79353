"""Brings the database to the schema of this version, and says when it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, select

from bot.db import finding
from bot.db.models import CatalogueVersion, Team
from bot.db.session import engine, writing
from bot.db.types import LocalisedText

MIGRATIONS = Path(__file__).parent / "migrations"
TEAMS = (
    ("sales", LocalisedText(en="Sales", ar="المبيعات")),
    ("service", LocalisedText(en="Service", ar="خدمة العملاء")),
)


class SchemaError(RuntimeError):
    """The database is not at the schema of this version."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def alone(work: str) -> Iterator[None]:
    """Let one copy after the other do some work on a PostgreSQL database they share; a SQLite file has one copy."""
    if engine().dialect.name == "sqlite":
        yield
        return
    key = func.hashtext(f"dukan {work}")
    with engine().connect() as connection:
        connection.execute(select(func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(key)))


def migrate() -> None:
    """Bring the database to the newest schema, with the rows every copy has."""
    with alone("migrates"):
        _migrate()


def _migrate() -> None:
    database = engine().url.database
    if engine().dialect.name == "sqlite" and database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    config = _config()
    with engine().connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        finding.make_indexes(connection)
        connection.commit()
    seed()


def seed() -> None:
    """The rows every copy has: the two teams, and the catalogue's version."""
    with writing() as session:
        present = set(session.execute(select(Team.code)).scalars())
        for code, name in TEAMS:
            if code not in present:
                session.execute(insert(Team).values(code=code, name=name))
        if session.execute(select(CatalogueVersion.id)).first() is None:
            session.execute(insert(CatalogueVersion).values(id=1, version=0))


def check() -> None:
    """Pass only when the database has the newest schema.

    Raises:
        SchemaError: it has not.
    """
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with engine().connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        raise SchemaError(f"The database is at schema {found or 'none'}, this version needs {newest}.")
