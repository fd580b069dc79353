"""What was taken up already: who comes back to it is told the ticket there is, instead of having another one opened."""

from __future__ import annotations

from actions.cases import Case
from bot.clock import now
from bot.db.session import reading
from bot.support import tickets


def is_told_here(case: Case, topic: str, order_id: int) -> bool:
    """Whether a ticket about the order was opened in this very conversation, so that all else was said."""
    with reading() as session:
        found = tickets.open_about(session, order_id, topic)
    return found is not None and found.conversation_id == case.turn.conversation_id


def told(case: Case, topic: str, order_id: int) -> bool:
    """Tell the open ticket about the order and offer a person now, which ends the case; False when there is none."""
    turn = case.turn
    with reading() as session:
        found = tickets.open_about(session, order_id, topic)
    if found is None:
        return False
    case.end("ticket")
    turn.ask("handoff", team="service", reason=topic)
    buttons = [turn.link("label_yes_colleague", "talk_to_agent"), turn.link("label_not_now", "deny")]
    number = case.number_of(str(found.number))
    if found.due_at > now():
        turn.say("utter_ticket_open", buttons=buttons, number=number, when=case.moment(found.due_at))
    else:
        turn.say("utter_ticket_overdue", buttons=buttons, number=number)
    return True
