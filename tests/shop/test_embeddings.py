"""Vectors of products and categories, and their way into the index."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Category, Product
from bot.db.session import reading, writing
from bot.language import encoder
from bot.shop import embeddings, text_index


def test_each_row_gets_its_vector_once(bedding: Session) -> None:
    written = []
    for _ in range(6):
        with writing() as session:
            written.append(embeddings.refresh(session, limit=6))
    assert written == [6, 6, 2, 0, 0, 0]
    with reading() as session:
        vectors = session.execute(select(Product.embedding).where(Product.published.is_(True))).scalars().all()
        kinds = session.execute(select(Category.embedding)).scalars().all()
    lengths = {len(vector) for vector in (*vectors, *kinds)}
    assert lengths == {4 * encoder.get_encoder().dimension}
    assert np.linalg.norm(np.frombuffer(vectors[0], dtype=np.float32)) == pytest.approx(1.0, abs=1e-3)


def test_the_index_takes_up_vectors_written_after_it_was_made(
    bedding: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index, "VECTORS_EVERY_SECONDS", 0.0)
    assert text_index.current(bedding).near("a pillow") == {}
    with writing() as session:
        embeddings.refresh(session)
    with reading() as session:
        near = text_index.current(session).near("a pillow for the neck")
        best = session.execute(select(Product.code).where(Product.id == max(near, key=lambda key: near[key]))).scalar()
    assert best in ("side-pillow", "feather-pillow")


def test_without_an_encoder_nothing_is_written(bedding: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "get_encoder", encoder.NullEncoder)
    with writing() as session:
        assert embeddings.refresh(session) == 0
