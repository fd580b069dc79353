"""E-mail over the shop's own mail server (`DUKAN_SMTP_…`): codes and receipts to customers, letters to a help desk."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import EmailPolicy

from bot.settings import settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 4.0  # a customer waits for it


# The names of other messages are not broken into encoded words, however long: programs match them letter by letter.
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]
_POLICY = EmailPolicy(header_factory=_HEADERS)


class NotSent(ConnectionError):
    """The mail server did not take the message."""


def is_set_up() -> bool:
    """Whether the shop has named a mail server."""
    return bool(settings().smtp_host)


def send(
    address: str, subject: str, text: str, headers: Mapping[str, str] | None = None, *, html: str | None = None
) -> None:
    """Hand a message to the mail server.

    Args:
        html: the same as `text` for programs that show it; everything in it escaped.
        headers: further ones, of a message that a person wrote; without them it is marked as written by a machine.

    Raises:
        NotSent: the server cannot be reached or refuses it.
    """
    rules = settings()
    message = EmailMessage(policy=_POLICY)
    message["From"] = rules.smtp_from or f"no-reply@{rules.smtp_host}"
    message["To"] = address
    message["Subject"] = subject
    for name, value in (headers or {"Auto-Submitted": "auto-generated"}).items():
        message[name] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    try:
        with smtplib.SMTP(rules.smtp_host, rules.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if rules.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if rules.smtp_user:
                server.login(rules.smtp_user, rules.smtp_password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        logger.warning("the mail server did not take a message: %s", type(error).__name__)
        raise NotSent(type(error).__name__) from error
