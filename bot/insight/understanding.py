"""Understanding measures: how sure Dukan was, what it did not know, where customers left. docs/measures.md defines each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.sql import Select

from bot.db.models import Conversation, Message, ReviewedMessage
from bot.insight import topics
from bot.insight.figures import Measure, Scope

UNSURE = 0.5  # confidence below which a message counts as hardly understood


def _share_of(condition: Any) -> tuple[Any, Any]:
    return func.sum(case((condition, 1), else_=0)).label("numerator"), func.count().label("denominator")


def _low_confidence_share(scope: Scope) -> Select:
    """Of what customers typed: no other message has an intent."""
    return select(*_share_of(or_(Message.intent == "nlu_fallback", Message.confidence < UNSURE))).where(
        scope.period.holds(Message.created_at), Message.intent.is_not(None), Message.payload.is_(None)
    )


def _corrected_share(scope: Scope) -> Select:
    """Of messages that were looked at and mean something; what was put aside says nothing of the understanding."""
    return (
        select(*_share_of(ReviewedMessage.intent != func.coalesce(Message.intent, "")))
        .select_from(Conversation)
        .join(Message, Message.conversation_id == Conversation.id)
        .join(ReviewedMessage, ReviewedMessage.message_id == Message.id)
        .where(
            Conversation.updated_at >= scope.period.start,
            scope.period.holds(Message.created_at),
            ReviewedMessage.intent.is_not(None),
        )
    )


MEASURES = (
    Measure("low_confidence_share", "understanding", "share", _low_confidence_share),
    Measure("corrected_share", "understanding", "share", _corrected_share),
    Measure("unknown_share", "understanding", "share", topics.raised, ("unknown", "topics")),
    Measure("abandoned_share", "understanding", "share", topics.raised, ("abandoned", "topics")),
)
