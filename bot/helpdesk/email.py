"""A team's e-mail as the outside desk: a handed-over conversation is a letter, what the customer adds answers it.

People answer the letter; their words come back to our mailbox and go to the customer. A line of its own, `#done` or
`#bot`, ends the conversation or gives it back to the bot.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import ClassVar

from anyio import to_thread

from bot.channels.text import LONGEST
from bot.desk.phrases import FOLDER, phrases
from bot.helpdesk import letters
from bot.helpdesk.base import Case, HelpDesk, News, Said, Ticket, Unreachable
from bot.helpdesk.letters import NotAnAnswer
from bot.helpdesk.mailbox import Mailbox
from bot.settings import Settings
from bot.support import mail

logger = logging.getLogger(__name__)


class Email(HelpDesk):
    """Letters out by the shop's mail server, answers in by a mailbox."""

    name: ClassVar[str] = "email"
    look_every: ClassVar[float] = 15.0
    has_mailbox: ClassVar[bool] = True

    def __init__(self, rules: Settings, language: str = "en") -> None:
        self._rules = rules
        self._words = phrases(language)
        # The line to write above, as it may stand in the quote: letters sent before the shop changed its language too.
        self._marks = {phrases(path.stem)["helpdesk.write_above"] for path in FOLDER.glob("*.json")}

    async def open(self, ticket: Ticket, case: Case) -> str:
        name = letters.name_of(self._rules, ticket.id, "open")
        how = self._words["helpdesk.how"]
        body = f"{self._words['helpdesk.write_above']}\n{how}\n\n{case.about}\n\n{case.transcript}"
        await self._send(ticket, "open", body)
        return name

    async def say(self, ticket: Ticket, said: Said) -> None:
        text = f"{ticket.customer}: {said.text}"
        await self._send(ticket, str(said.message_id), f"{self._words['helpdesk.write_above']}\n\n{text}")

    async def tell(self, ticket: Ticket, key: str, text: str, *, ends: bool) -> None:
        await self._send(ticket, key, text)

    async def _send(self, ticket: Ticket, kind: str, text: str) -> None:
        rules = self._rules
        shown = f"{letters.one_line(ticket.subject)} [{ticket.id}]"
        headers = {
            "Message-ID": letters.name_of(rules, ticket.id, kind),
            "Reply-To": letters.reply_address(rules, ticket.id),
        }
        if kind != "open":
            first = letters.name_of(rules, ticket.id, "open")
            headers |= {"In-Reply-To": first, "References": first}
            shown = f"Re: {shown}"
        try:
            await to_thread.run_sync(mail.send, rules.helpdesk_email, shown, text, headers)
        except mail.NotSent as error:
            raise Unreachable(str(error)) from error

    async def news(self, tickets: Sequence[Ticket]) -> AsyncIterator[News]:
        box = await to_thread.run_sync(Mailbox(self._rules).__enter__)
        try:
            for name in await to_thread.run_sync(box.unseen):
                raw = await to_thread.run_sync(box.fetch, name)
                try:
                    if raw is None:
                        raise NotAnAnswer("too large, or gone")
                    letter = letters.read(raw, self._rules, self._marks)
                except NotAnAnswer as reason:
                    logger.info("a message in the help desk's mailbox was not passed on: %s", reason)
                    await to_thread.run_sync(partial(box.done, name, keep=True))
                    continue
                texts = [letter.text[start : start + LONGEST] for start in range(0, len(letter.text), LONGEST)]
                parts = [{"type": "text", "text": text} for text in texts]
                yield News(letter.ticket_id, letter.key, parts, letter.ends)
                await to_thread.run_sync(partial(box.done, name, keep=False))
        finally:
            await to_thread.run_sync(box.__exit__, None, None, None)
