"""Which help desk is in use, by the settings."""

from __future__ import annotations

from bot.db.session import reading
from bot.helpdesk import case
from bot.helpdesk.base import HelpDesk
from bot.helpdesk.chatwoot import Chatwoot
from bot.helpdesk.email import Email
from bot.settings import settings


def desk_in_use() -> HelpDesk | None:
    """The outside help desk that is set, not connected yet; None where the shop's own desk answers."""
    rules = settings()
    if rules.helpdesk == Chatwoot.name:
        return Chatwoot(rules)
    if rules.helpdesk == Email.name:
        with reading() as session:
            return Email(rules, case.language(session))
    return None
