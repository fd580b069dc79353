"""How a customer rates the person who answered, by the stars under the last word of it; called by the channels."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from bot.clock import now
from bot.conversation import transcript
from bot.conversation.live import conversation_topic, hub
from bot.conversation.notices import notice
from bot.db.models import Handoff, Interaction, Satisfaction
from bot.db.session import writing

STARS = range(1, 6)
WELL = frozenset({"solved", "sold"})


def give(conversation_id: str, stars: Any) -> bool:
    """Keep the stars of the handoff that was resolved last; each is rated once. False when there is none to rate."""
    if not isinstance(stars, int) or stars not in STARS:
        return False
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        handoff = session.scalars(
            select(Handoff).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id.desc()).limit(1)
        ).first()
        if conversation is None or handoff is None or handoff.state != "resolved" or handoff.satisfaction is not None:
            return False
        handoff.satisfaction = stars
        session.add(
            Satisfaction(
                conversation_id=conversation_id,
                message_id=transcript.newest_customer_message(session, conversation_id),
                topic=handoff.reason,
                solved=handoff.outcome in WELL,
                rating=stars,
                at=now(),
            )
        )
        helped = select(func.max(Interaction.id)).where(
            Interaction.conversation_id == conversation_id, Interaction.handled_by == "both"
        )
        session.execute(
            update(Interaction)
            .where(Interaction.id == helped.scalar_subquery())
            .values(satisfaction=stars)
            .execution_options(synchronize_session=False)
        )
        notice(session, conversation, "utter_agent_rated")
    hub().publish(conversation_topic(conversation_id))
    return True
