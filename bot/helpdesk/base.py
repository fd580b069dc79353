"""What an outside help desk is to the rest of the house.

`bot/helpdesk/liaison.py` takes what is to be sent from the database and hands it to the desk in use, and brings in
what the desk's people answer. Nothing else knows a desk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Part = dict[str, Any]


class Unreachable(ConnectionError):
    """The desk cannot be reached or cannot answer now: it is tried again. The message is safe for logs."""


class Refused(RuntimeError):
    """The desk will never take this. The message is safe for logs."""


class Forged(PermissionError):
    """A call does not come from the desk."""


@dataclass(frozen=True)
class Said:
    """A message of the customer's."""

    message_id: int
    text: str


@dataclass(frozen=True)
class Case:
    """What the desk is given to begin with, in the shop's language."""

    about: str  # what is known, tried and wanted, and where to look it up
    transcript: str
    newest: Said | None  # the last of it that the customer said


@dataclass(frozen=True)
class Ticket:
    """A conversation as the desk has it. `again`: the same may have been sent before, without our hearing of it."""

    id: int
    conversation_id: str
    customer: str = ""  # a name to call the customer by
    subject: str = ""  # one line, the same at every time
    reference: str | None = None
    brought_up_to: int = 0
    is_open: bool = True
    again: bool = False


@dataclass(frozen=True)
class News:
    """What became of a ticket at the desk: an answer, its end, or both."""

    ticket_id: int
    key: str = ""  # the desk's id of the answer: the same one is brought in once
    parts: list[Part] = field(default_factory=list)
    ends: Literal["solved", "returned"] | None = None  # returned: the bot is to go on
    up_to: int | None = None  # what need not be looked at again


class HelpDesk(ABC):
    """One kind of help desk. Every call may come twice for the same thing and does it once."""

    name: ClassVar[str]
    look_every: ClassVar[float]  # seconds after which an open ticket is looked at, though nobody rang
    has_mailbox: ClassVar[bool] = False  # answers arrive in one place, for all tickets at once

    @abstractmethod
    async def open(self, ticket: Ticket, case: Case) -> str:
        """Give the desk a conversation; the desk's name for it.

        Raises:
            Unreachable, Refused: as all calls here.
        """

    @abstractmethod
    async def say(self, ticket: Ticket, said: Said) -> None:
        """Pass on what the customer wrote."""

    @abstractmethod
    async def tell(self, ticket: Ticket, key: str, text: str, *, ends: bool) -> None:
        """Tell the desk's people something that is not the customer's word.

        Args:
            key: names this note among those of the ticket.
            ends: the conversation is no longer theirs.
        """

    @abstractmethod
    def news(self, tickets: Sequence[Ticket]) -> AsyncIterator[News]:
        """What is new about some tickets, oldest first. Whoever asks for the next has dealt with the one before."""

    def rung(self, headers: Mapping[str, str], key: str, body: bytes) -> str | None:
        """Check a call of the desk's own; the reference of the ticket that has news, if it has.

        What such a call says is not believed further than that: the news are asked for.

        Args:
            key: given with the address called.

        Raises:
            Forged: it is not the desk that calls.
        """
        raise Forged

    async def close(self) -> None:  # noqa: B027 (most have nothing to let go of)
        """Let go of connections."""
