"""The mailbox that answers come back to, read over IMAP: what is unseen, one message at a time."""

from __future__ import annotations

import imaplib
import re
import ssl
from types import TracebackType

from bot.helpdesk.base import Unreachable
from bot.settings import Settings

TIMEOUT = 15.0
LARGEST = 5 * 1024 * 1024  # bytes; nobody writes that much, and files are not passed on
MOST_AT_ONCE = 50
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Mailbox:
    """A connection to the mailbox, closed at the end of a `with`.

    Raises:
        Unreachable: at any call, when the server cannot be reached or refuses.
    """

    def __init__(self, rules: Settings) -> None:
        self._rules = rules

    def __enter__(self) -> Mailbox:
        rules = self._rules
        try:
            if rules.imap_security == "tls":
                self._server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    rules.imap_host, rules.imap_port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
                )
            else:
                self._server = imaplib.IMAP4(rules.imap_host, rules.imap_port, timeout=TIMEOUT)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(type(error).__name__) from error
        try:
            if rules.imap_security == "starttls":
                self._server.starttls(ssl.create_default_context())
            self._server.login(rules.imap_user, rules.imap_password)
            answer, _ = self._server.select(f'"{rules.imap_folder}"')
            if answer != "OK":
                raise imaplib.IMAP4.error("no such folder")
        except (OSError, imaplib.IMAP4.error) as error:
            self.__exit__(None, None, None)
            raise Unreachable(type(error).__name__) from error
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self._server.logout()
        except (OSError, imaplib.IMAP4.error):
            self._server.shutdown()

    def unseen(self) -> list[str]:
        """Names of the messages nobody has seen, oldest first."""
        found = self._ask("SEARCH", "UNSEEN")
        return [name.decode() for name in (found[0] or b"").split()][:MOST_AT_ONCE]

    def fetch(self, name: str) -> bytes | None:
        """A message as it came, still unseen; None when it is too large to be an answer, or gone."""
        size = _SIZE.search(_bytes_of(self._ask("FETCH", name, "(RFC822.SIZE)")))
        if size is None or int(size[1]) > LARGEST:
            return None
        return next((part[1] for part in self._ask("FETCH", name, "(BODY.PEEK[])") if isinstance(part, tuple)), None)

    def done(self, name: str, *, keep: bool) -> None:
        """Mark a message as seen; `keep` marks it for somebody to look at too."""
        self._ask("STORE", name, "+FLAGS.SILENT", r"(\Seen \Flagged)" if keep else r"(\Seen)")

    def _ask(self, command: str, *arguments: str) -> list:
        try:
            answer, found = self._server.uid(command, *arguments)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(type(error).__name__) from error
        if answer != "OK":
            raise Unreachable(f"{command} {answer}")
        return found


def _bytes_of(found: list) -> bytes:
    return b" ".join(part[0] if isinstance(part, tuple) else part or b"" for part in found)
