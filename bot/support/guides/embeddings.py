"""Sentence vectors of passages, written after an import and at start."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.db.models import Guide, Passage
from bot.language.encoder import get_encoder


def text_of(title: str, heading: str, text: str) -> str:
    """What the vector of a passage is made of."""
    return ". ".join(piece for piece in (title, heading, text) if piece)


def refresh(session: Session, limit: int = 200) -> int:
    """Write the vectors of up to `limit` passages that have none; how many were written.

    Call until it answers 0. The caller commits.
    """
    encoder = get_encoder()
    if not encoder.dimension:
        return 0
    rows = session.execute(
        select(Passage.id, Passage.heading, Passage.text, Guide.title)
        .join(Guide, Guide.id == Passage.guide_id)
        .where(Passage.embedding.is_(None))
        .order_by(Passage.id)
        .limit(limit)
    ).all()
    vectors = encoder.encode([text_of(row.title, row.heading, row.text) for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        session.execute(update(Passage).where(Passage.id == row.id).values(embedding=vector.tobytes()))
    return len(rows)
