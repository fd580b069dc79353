"""An e-mail that came in, checked and read: is it an answer to one of ours, by somebody who may answer, and what says it.

What is believed is the signature in the address or in the names of the messages answered, which only who got our
letter knows. The sender's address is checked too, but anybody can write it on an envelope.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parseaddr
from typing import Literal

from bot.channels.text import clean
from bot.helpdesk.replies import written
from bot.settings import Settings
from bot.shop.importing.markup import read_body

ARRIVED_AT = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})
MOST_PARTS = 60
LONGEST_BODY = 200_000  # characters read of one
# Lines that stand alone and say what becomes of the conversation.
COMMANDS: dict[str, Literal["solved", "returned"]] = {
    "#done": "solved",
    "#تم": "solved",
    "#bot": "returned",
    "#المساعد": "returned",
}
_NAMED = re.compile(r"<dukan\.(\d{1,18})\.([a-z2-7]{24})\.[^<>@\s]{1,40}@")
_TAGGED = re.compile(r"(\d{1,18})\.([a-z2-7]{24})")
_GENUINE = re.compile(r"\bdmarc\s*=\s*pass\b[^;]*\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.I)


class NotAnAnswer(ValueError):
    """The message is none that is passed on; the reason is safe for logs."""


@dataclass(frozen=True)
class Letter:
    """An answer."""

    ticket_id: int
    key: str  # the same message has the same
    text: str
    ends: Literal["solved", "returned"] | None


def signature(rules: Settings, ticket_id: int) -> str:
    """24 letters and digits that only we can put beside a ticket's number."""
    key = rules.secret("secret_key").encode()
    digest = hmac.new(key, f"dukan:helpdesk-mail:{ticket_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:15]).decode().lower()


def reply_address(rules: Settings, ticket_id: int) -> str:
    """The address under which answers about a ticket reach our mailbox."""
    local, _, domain = rules.helpdesk_reply_to.rpartition("@")
    return f"{local}+{ticket_id}.{signature(rules, ticket_id)}@{domain}"


def name_of(rules: Settings, ticket_id: int, kind: str) -> str:
    """The Message-ID of a letter of ours; sent again, it bears the same."""
    domain = rules.helpdesk_reply_to.rpartition("@")[2]
    return f"<dukan.{ticket_id}.{signature(rules, ticket_id)}.{kind}@{domain}>"


def read(raw: bytes, rules: Settings, marks: Iterable[str]) -> Letter:
    """The answer in a message.

    Args:
        marks: lines of our letters, see `replies.written`.

    Raises:
        NotAnAnswer: it answers no letter of ours, comes from somebody else or a machine, or says nothing.
    """
    message = message_from_bytes(raw)
    ticket_id = _ticket(message, rules)
    if ticket_id is None:
        raise NotAnAnswer("answers none of our letters")
    _check_sender(message, rules)
    _check_person(message)
    sure = {f"+{ticket_id}.{signature(rules, ticket_id)}", *(mark.casefold() for mark in marks)}
    addresses = {each.casefold() for each in (rules.helpdesk_reply_to, parseaddr(rules.smtp_from)[1]) if each}
    lines = clean(written(_body(message), sure, addresses)).split("\n")
    ends = next((COMMANDS[word] for line in lines if (word := line.strip().casefold()) in COMMANDS), None)
    text = "\n".join(line for line in lines if line.strip().casefold() not in COMMANDS).strip()
    if not text and ends is None:
        raise NotAnAnswer("says nothing")
    name = str(message.get("message-id") or "").strip().encode(errors="replace")
    return Letter(ticket_id, hashlib.sha256(name or raw).hexdigest()[:40], text, ends)


def _ticket(message: Message, rules: Settings) -> int | None:
    values = [str(value) for header in ARRIVED_AT for value in message.get_all(header, [])]
    locals_ = [address.rpartition("@")[0].casefold() for _, address in getaddresses(values)]
    tagged = [found for local in locals_ if (found := _TAGGED.fullmatch(local.rpartition("+")[2]))]
    answered = " ".join(str(message.get(header) or "") for header in ("in-reply-to", "references"))
    for found in (*tagged, *_NAMED.finditer(answered.casefold())):
        if hmac.compare_digest(found[2], signature(rules, int(found[1]))):
            return int(found[1])
    return None


def _check_sender(message: Message, rules: Settings) -> None:
    senders = message.get_all("from", [])
    address = parseaddr(str(senders[0]))[1].casefold() if len(senders) == 1 else ""
    allowed = {each.strip().casefold() for each in (rules.helpdesk_senders or rules.helpdesk_email).split(",")}
    if not address or not {address, address.rpartition("@")[2]} & allowed:
        raise NotAnAnswer("from somebody who may not answer")
    if rules.helpdesk_authserv:
        # The mail server that took the message in writes on top of what came with it.
        verdicts = (str(value).split(";", 1) for value in message.get_all("authentication-results", []))
        mine = next((rest for server, *rest in verdicts if server.split()[:1] == [rules.helpdesk_authserv]), [])
        proven = _GENUINE.search("".join(mine))
        if proven is None or proven[1].casefold() != address.rpartition("@")[2]:
            raise NotAnAnswer("sender not proven genuine")


def _check_person(message: Message) -> None:
    says_so = str(message.get("auto-submitted") or "no").split(";")[0].strip().casefold() != "no"
    precedence = str(message.get("precedence") or "").strip().casefold()
    bounced = message.get_content_type() == "multipart/report" or str(message.get("return-path") or "").strip() == "<>"
    if says_so or precedence in AUTOMATIC or bounced or message.get("x-autoreply") or message.get("x-autorespond"):
        raise NotAnAnswer("written by a machine")


def _body(message: Message) -> str:
    """The plain text of a message, else its HTML as text."""
    parts = [part for _, part in zip(range(MOST_PARTS), message.walk()) if not part.is_multipart()]
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        text = next((_decoded(part) for part in shown if part.get_content_type() == kind), "")
        if text.strip():
            return read_body(text[:LONGEST_BODY]).text if kind == "text/html" else text[:LONGEST_BODY]
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:  # an encoding nobody knows
        return raw.decode(errors="replace")


def one_line(text: str, most: int = 120) -> str:
    """A text as it may stand in a header: on one line, without what cannot be seen."""
    return " ".join(clean(text).split())[:most]
