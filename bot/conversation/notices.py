"""The few sentences of the system itself: place in the queue, an agent joined or left."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.conversation import transcript
from bot.words.formatting import Locale
from bot.words.responses import responses


def locale_of(conversation: Any) -> Locale:
    """How the customer of a conversation writes."""
    return Locale(conversation.language, conversation.digits)


def notice(
    session: Session, conversation: Any, response: str, *, buttons: list[dict[str, str]] | None = None, **variables: Any
) -> int:
    """Add a named response to a locked conversation as a system message; its id."""
    rendered = responses().render(response, conversation.language, variables)
    shown = buttons or [{"label": button["title"], "payload": button["payload"]} for button in rendered.buttons]
    parts: list[dict[str, Any]] = [{"type": "text", "text": rendered.text}]
    if shown:
        parts.append({"type": "buttons", "buttons": shown})
    return transcript.append(session, conversation, "system", parts)
