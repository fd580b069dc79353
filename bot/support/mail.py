"""E-mail to customers over the shop's own mail server (`DUKAN_SMTP_…`): one-time codes and receipts."""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage

from bot.settings import settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 4.0  # a customer waits for it


class NotSent(ConnectionError):
    """The mail server did not take the message."""


def is_set_up() -> bool:
    """Whether the shop has named a mail server."""
    return bool(settings().smtp_host)


def send(address: str, subject: str, text: str) -> None:
    """Hand a plain message to the mail server.

    Raises:
        NotSent: the server cannot be reached or refuses it.
    """
    rules = settings()
    message = EmailMessage()
    message["From"] = rules.smtp_from or f"no-reply@{rules.smtp_host}"
    message["To"] = address
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
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
