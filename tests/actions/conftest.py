"""A shop to talk about, on both database engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.shop import text_index
from tests.shop.samples import bedding_shop


@pytest.fixture
def shop(database: str) -> Iterator[None]:
    """The bedding shop."""
    text_index.forget()
    bedding_shop()
    yield
    text_index.forget()
