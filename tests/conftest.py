"""Fixtures of the whole suite: an empty database on both engines, and the running system."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import text, update

from bot.db import schema
from bot.db.models import Base, CatalogueVersion
from bot.db.session import engine_for, writing
from bot.settings import ROOT, settings
from tests import postgres
from tests.running import System

_versions = itertools.count(1000, 1000)
# A busy machine is slow now and then, which says nothing about the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what talks to the running system or drives a browser: it runs after everything else."""
    for item in items:
        folders = set(Path(item.path).relative_to(ROOT).parts)
        if "journeys" in folders or "running" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.journey)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def _point_at(monkeypatch: pytest.MonkeyPatch, state_dir: Path, url: str) -> None:
    monkeypatch.setenv("DUKAN_STATE_DIR", str(state_dir))
    monkeypatch.setenv("DUKAN_DATABASE_URL", url)
    settings.cache_clear()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    folder = tmp_path_factory.mktemp("sqlite")
    with pytest.MonkeyPatch.context() as patch:
        _point_at(patch, folder, f"sqlite:///{folder / 'template.db'}")
        schema.migrate()
        engine_for(settings().database).dispose()
    settings.cache_clear()
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database on a PostgreSQL server of this worker's own."""
    postgres.required()
    server = postgres.Server()
    url = server.url("postgres")
    with pytest.MonkeyPatch.context() as patch:
        _point_at(patch, Path("/nonexistent"), url)
        schema.migrate()
        engine_for(url).dispose()
    settings.cache_clear()
    yield url
    server.stop()


def _sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "dukan.db")
    return f"sqlite:///{tmp_path / 'dukan.db'}"


def _postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The worker's database, emptied: quicker than a new one for each test."""
    url: str = request.getfixturevalue("postgres_url")
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with engine_for(url).begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty, migrated database that the settings point at; its URL. Every test runs on both engines."""
    url = (_sqlite if request.param == "sqlite" else _postgresql)(request, tmp_path)
    _point_at(monkeypatch, tmp_path, url)
    schema.seed()
    # What is kept of a catalogue is kept by its version: no test shall meet what another left.
    with writing() as session:
        session.execute(update(CatalogueVersion).values(version=next(_versions)))
    yield url
    engine_for(url).dispose()
    settings.cache_clear()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system with the demonstration shop, shared by the journeys of a run."""
    system = System(tmp_path_factory.mktemp("running"))
    system.start()
    yield system
    code = system.stop()
    assert code == 0, "\n".join(system.lines[-40:])
    assert system.leaks() == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            # The sandbox does not work for root, which containers usually run as.
            browser = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
        except PlaywrightError as error:
            if os.environ.get("CI"):
                pytest.fail(f"no browser (Debian's package chromium): {str(error).splitlines()[0]}")
            pytest.skip(f"no browser (Debian's package chromium): {str(error).splitlines()[0]}")
        yield browser
        browser.close()
