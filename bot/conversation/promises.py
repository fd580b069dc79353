"""What Sales promised a lead: a call, a visit or a letter at a time, on the desk as a scheduled handoff.

The bot goes on answering. Called by the actions that arrange it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.conversation import handoffs
from bot.conversation.live import QUEUE, hub
from bot.db.models import Handoff
from bot.db.session import writing

REASON = "lead"
Wish = Literal["callback", "email", "message"]


def promise(
    conversation_id: str,
    message_id: int,
    summary: dict[str, Any],
    *,
    wish: Wish,
    at: datetime | None,
    contact: str | None,
    value: Decimal | None = None,
    hot: bool = False,
) -> None:
    """Put a promise on the desk of Sales; one given before in this conversation is replaced.

    Args:
        hot: ahead of others.
    """
    try:
        with writing() as session:
            _withdraw(session, conversation_id)
            team = handoffs.team_for(session, summary.get("topic"), "sales")
            handoffs.add(session, conversation_id, message_id, team, REASON, summary, int(hot), value)
            session.execute(
                update(Handoff)
                .where(Handoff.conversation_id == conversation_id, Handoff.message_id == message_id)
                .values(state="scheduled", wish=wish, callback_at=at, contact=contact)
            )
    except IntegrityError:
        return  # the turn ran before
    hub().publish(QUEUE)


def withdraw(conversation_id: str) -> None:
    """The customer called it off."""
    with writing() as session:
        _withdraw(session, conversation_id)
    hub().publish(QUEUE)


def _withdraw(session: Any, conversation_id: str) -> None:
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.state == "scheduled", Handoff.reason == REASON)
        .values(state="cancelled")
    )
