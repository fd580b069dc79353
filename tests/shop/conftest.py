"""A shop to search in, on both database engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from bot.db.session import reading
from bot.shop import text_index
from tests.shop.samples import bedding_shop


@pytest.fixture
def bedding(database: str) -> Iterator[Session]:
    """A session on the bedding shop."""
    text_index.forget()
    bedding_shop()
    with reading() as session:
        yield session
    text_index.forget()
