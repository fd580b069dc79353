"""Sends follow-ups that are due: into the conversation, or by e-mail. One of the gateway's chores.

Into a conversation, the message and the mark that it was sent are one transaction. An e-mail is marked before it
is handed over: one whose sender died in between is not sent again, since nobody knows whether it arrived.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from socket import gaierror
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import inbox, transcript
from bot.conversation.notices import locale_of
from bot.db.models import FollowUp
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop import follow_ups, profile
from bot.shop.follow_ups import LOOK_AGAIN, Outlook
from bot.support import links, mail
from bot.words.formatting import Locale
from bot.words.responses import responses

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
LATER = timedelta(hours=1)  # while a person has the conversation
TRY_AGAIN = timedelta(minutes=10)
TRIES = 5
STOP = '/leave_contact{"lead":{"do":"stop"}}'
SAID = {
    "quote": "utter_follow_up_quote",
    "basket": "utter_follow_up_basket",
    "stock": "utter_follow_up_stock",
    "delivered": "utter_follow_up_delivered",
}
# What comes out of it when the mail server surely did not take the message: only then it is tried again.
_NOT_TAKEN = (ConnectionRefusedError, gaierror, smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def send_due() -> int:
    """Send what is due, unless it is night at the shop; how many."""
    with reading() as session:
        if follow_ups.is_quiet(now(), profile.read(session)):
            return 0
    sent = 0
    for _ in range(MOST_AT_ONCE):
        done = _next()
        if done is None:
            break
        sent += done
    return sent


def _next() -> int | None:
    """Deal with the follow-up that is due first; how many were sent, None when nothing is due."""
    with writing() as session:
        row = session.execute(
            select(FollowUp)
            .where(FollowUp.state == "waiting", FollowUp.due_at <= now())
            .order_by(FollowUp.due_at, FollowUp.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar_one_or_none()
        if row is None:
            return None
        found = follow_ups.outlook(session, row)
        if found.do == "drop":
            row.state = "dropped"
            return 0
        if found.do == "wait":
            row.due_at = now() + LOOK_AGAIN[row.kind]
            return 0
        conversation = transcript.lock(session, row.conversation_id)
        if conversation.owner not in ("bot", "closed"):
            row.due_at = now() + LATER
            return 0
        if row.channel == "email" and mail.is_set_up():
            row.state, row.tries = "sending", row.tries + 1
            letter = _letter(session, conversation, row, found)
        else:
            row.state, row.sent_at = "sent", now()
            transcript.append(session, conversation, "system", _parts(session, conversation, row, found))
            letter = None
    if letter is None:
        inbox.tell(row.conversation_id)
        return 1
    return _post(row.id, *letter)


def _post(follow_up_id: int, address: str, subject: str, text: str) -> int:
    """Hand an e-mail over and write down what became of it."""
    taken = again = False
    try:
        mail.send(address, subject, text)
        taken = True
    except mail.NotSent as error:
        again = isinstance(error.__cause__, _NOT_TAKEN)
    with writing() as session:
        row = session.get(FollowUp, follow_up_id)
        if row is None:
            return int(taken)
        if taken:
            row.state, row.sent_at = "sent", now()
        elif again and row.tries < TRIES:
            row.state, row.due_at = "waiting", now() + TRY_AGAIN
        else:
            row.state = "dropped"
            logger.warning("a follow-up of conversation %s was given up", row.conversation_id)
    return int(taken)


def _words(session: Session, locale: Locale, row: FollowUp, found: Outlook) -> str:
    shop = profile.read(session)
    values: dict[str, Any] = {
        "quote": lambda: {
            "number": locale.isolate(locale.digits_of(found.number)),
            "total": locale.money(found.total, found.currency) if found.total is not None else "",
            "day": locale.day(found.ends_at.astimezone(shop.zone).date(), shop.today()) if found.ends_at else "",
        },
        "basket": lambda: {
            "name": locale.isolate(locale.text(found.name)),
            "total": locale.money(found.total, found.currency) if found.total is not None else "",
        },
        "stock": lambda: {"name": locale.isolate(locale.text(found.name))},
        "delivered": lambda: {"number": locale.isolate(locale.digits_of(found.number))},
    }[row.kind]()
    return responses().render(SAID[row.kind], locale.language, values).text


def _label(name: str, language: str) -> str:
    return responses().render(name, language, {}).text


def _parts(session: Session, conversation: Any, row: FollowUp, found: Outlook) -> list[dict[str, Any]]:
    language = conversation.language
    parts: list[dict[str, Any]] = [{"type": "text", "text": _words(session, locale_of(conversation), row, found)}]
    if found.path:
        url = f"{settings().url}{found.path}?lang={language}"
        parts.append({"type": "link", "label": _label("label_open_quote", language), "url": url})
    asks = {
        "quote": ("label_order_now", '/place_order{"selling":{"do":"checkout"}}'),
        "basket": ("label_show_basket", '/place_order{"selling":{"do":"show"}}'),
        "stock": ("label_see_it", f'/product_info{{"product":"{found.product}"}}'),
        "delivered": ("label_all_is_well", "/affirm{}"),
    }
    label, said = asks[row.kind]
    buttons = [{"label": _label(label, language), "payload": said}]
    if row.kind == "delivered":
        buttons.append({"label": _label("label_something_is_wrong", language), "payload": "/damaged_or_wrong_item{}"})
    buttons.append({"label": _label("label_stop_messages", language), "payload": STOP})
    return [*parts, {"type": "buttons", "buttons": buttons}]


def _letter(session: Session, conversation: Any, row: FollowUp, found: Outlook) -> tuple[str, str, str]:
    """Address, subject and text of an e-mail; its last line ends all of them."""
    language = conversation.language
    shop = profile.read(session)
    lines = [_words(session, Locale(language), row, found).replace("\u2068", "").replace("\u2069", "")]
    lines += [f"{settings().url}{found.path}?lang={language}"] if found.path else []
    stop = links.address("stop", row.conversation_id, lang=language)
    lines.append(responses().render("mail_follow_up_stop", language, {"link": stop}).text)
    subject = responses().render("mail_follow_up_subject", language, {"shop": shop.name.get_for(language)}).text
    return str(row.email), subject, "\n\n".join(lines)
