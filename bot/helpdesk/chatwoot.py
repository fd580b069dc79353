"""Chatwoot as the outside desk, over an inbox of its kind "API": a customer is a contact, a handoff a conversation.

Resolving a conversation there closes it here; setting it to pending gives it back to the bot. The webhook only says
where to look: answers are fetched with our own token, so that a forged or lost call changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from bot.channels.text import LONGEST, clean
from bot.clock import now
from bot.helpdesk.base import Case, Forged, HelpDesk, News, Part, Refused, Said, Ticket, Unreachable
from bot.settings import Settings
from bot.support.uploads import plain_name

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
NEVER = frozenset({400, 404, 410, 413, 422})  # answers that stay the same however often one asks
FRESH = 300  # seconds that a signed call may be old
PAGE, MOST_PAGES = 20, 25  # messages that Chatwoot gives at once; pages read at once
OUTGOING = (1, "outgoing")  # Chatwoot writes the number, its documentation the word
MARK = "dukan"  # under which our own messages carry what they are
ENDS: dict[str, Any] = {"resolved": "solved", "pending": "returned"}


class _Place(msgspec.Struct):
    id: int | None = None


class _Call(msgspec.Struct):
    """What is read of a webhook's body; `id` is the conversation's in events of conversations."""

    event: str = ""
    id: int | None = None
    conversation: _Place | None = None


class Chatwoot(HelpDesk):
    """One account of a Chatwoot installation.

    Args:
        client: for tests; else one is made at the first call.
    """

    name: ClassVar[str] = "chatwoot"
    look_every: ClassVar[float] = 60.0

    def __init__(self, rules: Settings, client: httpx.AsyncClient | None = None) -> None:
        self._rules = rules
        self._client = client

    async def open(self, ticket: Ticket, case: Case) -> str:
        contact, source = await self._contact(ticket)
        conversation = await self._find(contact, ticket) if ticket.again else None
        if conversation is None:
            made = await self._call(
                "POST",
                "/conversations",
                {
                    "source_id": source,
                    "inbox_id": str(self._rules.helpdesk_inbox),
                    "contact_id": str(contact),
                    "status": "open",
                    "custom_attributes": {MARK: _name_of(ticket)},
                },
            )
            conversation = int(made["id"])
        marks = await self._marks(conversation) if ticket.again else frozenset()
        about = f"{ticket.subject}\n\n{case.about}\n\n{case.transcript}"
        await self._write(conversation, marks, "about", about, private=True)
        if case.newest is not None:
            await self._write(conversation, marks, f"said-{case.newest.message_id}", case.newest.text)
        return str(conversation)

    async def say(self, ticket: Ticket, said: Said) -> None:
        conversation = int(ticket.reference or 0)
        marks = await self._marks(conversation) if ticket.again else frozenset()
        await self._write(conversation, marks, f"said-{said.message_id}", said.text)

    async def tell(self, ticket: Ticket, key: str, text: str, *, ends: bool) -> None:
        conversation = int(ticket.reference or 0)
        marks = await self._marks(conversation) if ticket.again else frozenset()
        await self._write(conversation, marks, key, text, private=True)
        if ends:
            await self._call("POST", f"/conversations/{conversation}/toggle_status", {"status": "resolved"})

    async def news(self, tickets: Sequence[Ticket]) -> AsyncIterator[News]:
        for ticket in tickets:
            try:
                # The state first: what was written before the conversation ended there is then in the list.
                shown = await self._call("GET", f"/conversations/{ticket.reference}") if ticket.is_open else {}
                messages = await self._newer(ticket)
            except (Unreachable, Refused) as error:
                logger.warning("the answers of ticket %s could not be read: %s", ticket.id, error)
                continue
            for message in messages:
                said = message.get("message_type") in OUTGOING and not message.get("private")
                parts = _parts(message) if said and not _mark_of(message) else []
                number = int(message["id"])
                yield News(ticket.id, str(number), parts, up_to=number)
            if ends := ENDS.get(str(shown.get("status"))):
                yield News(ticket.id, ends=ends)

    def rung(self, headers: Mapping[str, str], key: str, body: bytes) -> str | None:
        secret = self._rules.helpdesk_secret.encode()
        signature, stamp = headers.get("x-chatwoot-signature"), headers.get("x-chatwoot-timestamp", "")
        if signature is not None:
            digest = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            is_fresh = stamp.isascii() and stamp.isdecimal() and abs(now().timestamp() - int(stamp[:12])) <= FRESH
            if not is_fresh or not hmac.compare_digest(signature.encode(), f"sha256={digest}".encode()):
                raise Forged
        elif not hmac.compare_digest(key.encode(), secret):  # versions that do not sign
            raise Forged
        try:
            call = msgspec.json.decode(body, type=_Call)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        number = call.conversation.id if call.conversation is not None else call.id
        return str(number) if number and call.event.startswith(("message_", "conversation_")) else None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, query: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask Chatwoot; its answer, with a bare list under `payload` as in its newer versions."""
        rules = self._rules
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)
        address = f"{rules.helpdesk_url.rstrip('/')}/api/v1/accounts/{rules.helpdesk_account}{path}"
        headers = {"api_access_token": rules.helpdesk_token}
        try:
            answer = await self._client.request(method, address, json=body, params=query, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.status_code in NEVER:
            raise Refused(f"HTTP {answer.status_code}")
        if not answer.is_success:
            raise Unreachable(f"HTTP {answer.status_code}")
        try:
            found = msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise Unreachable("not JSON") from error
        return found if isinstance(found, dict) else {"payload": found}

    async def _contact(self, ticket: Ticket) -> tuple[int, str]:
        """The contact that stands for the conversation's customer, and its name in our inbox."""
        identifier = f"{MARK}-{ticket.conversation_id}"
        found = await self._call("GET", "/contacts/search", query={"q": identifier})
        contact = next((each for each in found.get("payload") or () if each.get("identifier") == identifier), None)
        if contact is None:
            body = {"inbox_id": self._rules.helpdesk_inbox, "identifier": identifier, "name": ticket.customer}
            made = (await self._call("POST", "/contacts", body))["payload"]
            contact = {**made["contact"], "contact_inboxes": [made["contact_inbox"]] if "contact_inbox" in made else []}
        inboxes = contact.get("contact_inboxes") or []
        ours = (each for each in inboxes if (each.get("inbox") or {}).get("id") == self._rules.helpdesk_inbox)
        place = next(ours, None)
        if place is None:
            body = {"inbox_id": self._rules.helpdesk_inbox}
            place = await self._call("POST", f"/contacts/{contact['id']}/contact_inboxes", body)
        return int(contact["id"]), str(place["source_id"])

    async def _find(self, contact: int, ticket: Ticket) -> int | None:
        found = await self._call("GET", f"/contacts/{contact}/conversations")
        for conversation in found.get("payload") or ():
            if (conversation.get("custom_attributes") or {}).get(MARK) == _name_of(ticket):
                return int(conversation["id"])
        return None

    async def _page(self, conversation: str | int, before: int | None = None) -> list[dict[str, Any]]:
        query = {"before": before} if before else None
        found = await self._call("GET", f"/conversations/{conversation}/messages", query=query)
        return list(found.get("payload") or ())

    async def _marks(self, conversation: int) -> frozenset[str]:
        """What we are known to have written there lately."""
        return frozenset(filter(None, map(_mark_of, await self._page(conversation))))

    async def _newer(self, ticket: Ticket) -> list[dict[str, Any]]:
        """Messages that were not brought in yet, oldest first. Chatwoot gives the newest, and older ones when asked."""
        assert ticket.reference is not None
        found: dict[int, dict[str, Any]] = {}
        page = await self._page(ticket.reference)
        for _ in range(MOST_PAGES):
            fresh = {int(each["id"]): each for each in page if int(each["id"]) > ticket.brought_up_to}
            more = len(fresh) >= PAGE and min(fresh) < min(found, default=min(fresh) + 1)
            found |= fresh
            if not more:
                break
            page = await self._page(ticket.reference, min(found))
        return [found[number] for number in sorted(found)]

    async def _write(
        self, conversation: int, marks: frozenset[str], mark: str, text: str, *, private: bool = False
    ) -> None:
        if mark in marks:
            return
        body = {
            "content": text,
            "message_type": "outgoing" if private else "incoming",
            "private": private,
            "content_attributes": {MARK: mark},
        }
        await self._call("POST", f"/conversations/{conversation}/messages", body)


def _name_of(ticket: Ticket) -> str:
    return f"{ticket.conversation_id}-{ticket.id}"


def _mark_of(message: Mapping[str, Any]) -> str | None:
    return (message.get("content_attributes") or {}).get(MARK)


def _parts(message: Mapping[str, Any]) -> list[Part]:
    """What an agent wrote there as parts of ours: text is only ever text, a file becomes a link."""
    text = clean(str(message.get("content") or ""))
    parts: list[Part] = [
        {"type": "text", "text": text[start : start + LONGEST]} for start in range(0, len(text), LONGEST)
    ]
    for file in message.get("attachments") or ():
        address = str(file.get("data_url") or "")
        where = urlsplit(address)
        if where.scheme in ("http", "https") and where.hostname and address.isprintable():
            label = plain_name(unquote(where.path.rsplit("/", 1)[-1]))
            parts.append({"type": "link", "label": label, "url": address})
    return parts
