"""A real mail server for tests, on a free port: what Dukan sends arrives here."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.postgres import free_port


class MailServer:
    """Keeps every message it is handed; `refuse` makes it say no."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuse = False
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a message."""
        if self.refuse:
            return "550 not today"
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def start(self) -> MailServer:
        """Listen."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def last_text(self) -> str:
        """The newest message's text."""
        return str(self.messages[-1].get_content())  # type: ignore[attr-defined]
