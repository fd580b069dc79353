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

from bot.clock import now
from bot.conversation import follow_up_words, inbox, transcript
from bot.db.models import FollowUp
from bot.db.session import reading, writing
from bot.shop import follow_ups, profile
from bot.shop.follow_ups import LOOK_AGAIN
from bot.support import mail

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
AT_ONCE = timedelta(minutes=5)
LATER = timedelta(hours=1)  # while a person has the conversation
TRY_AGAIN = timedelta(minutes=10)
TRIES = 5
# What comes out of it when the mail server surely did not take the message: only then it is tried again.
_NOT_TAKEN = (ConnectionRefusedError, gaierror, smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def send_due() -> int:
    """Send what is due; how many. At night only what somebody who is there waits for."""
    with reading() as session:
        if session.execute(_due()).first() is None:
            return 0
    sent = 0
    for _ in range(MOST_AT_ONCE):
        done = _next()
        if done is None:
            break
        sent += done
    return sent


def _due() -> Any:
    waiting = select(FollowUp).where(FollowUp.state == "waiting", FollowUp.due_at <= now())
    return waiting.order_by(FollowUp.due_at, FollowUp.id).limit(1)


def _next() -> int | None:
    """Deal with the follow-up that is due first; how many were sent, None when nothing is due."""
    with writing() as session:
        row = session.execute(_due().with_for_update(skip_locked=True)).scalar_one_or_none()
        if row is None:
            return None
        shop = profile.read(session)
        awaited = row.kind == "taken" and now() - row.created_at < AT_ONCE
        if follow_ups.is_quiet(now(), shop) and not awaited:
            row.due_at = follow_ups.awake(now(), shop)
            return 0
        found = follow_ups.outlook(session, row)
        conversation = transcript.lock(session, row.conversation_id)
        said = follow_up_words.said(session, conversation, row, found) if found.do == "send" else None
        if found.do == "wait":
            row.due_at = now() + LOOK_AGAIN[row.kind]
            return 0
        if said is None:
            row.state = "dropped"
            return 0
        with_a_person = conversation.owner not in ("bot", "closed")
        if with_a_person and row.kind != "taken":
            row.due_at = now() + LATER
            return 0
        letter = None
        if row.channel == "email" and mail.is_set_up():
            row.state, row.tries = "sending", row.tries + 1
            letter = follow_up_words.letter(session, conversation, row, found)
        else:
            row.state, row.sent_at = "sent", now()
            parts = [part for part in said if part["type"] != "buttons" or not with_a_person]
            transcript.append(session, conversation, "system", parts)
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
