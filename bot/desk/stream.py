"""The desk's live stream: server-sent events with the agent's lists and the messages of own conversations.

Events: `lists` (all conversations the agent sees, at every connection), `changed` (what came, changed
or went since), and of own conversations and the watched one `message` (its `id:` is the message's),
`note` (a private note) and `marks` (what the customer has got and read, and whether somebody types). A client that keeps, for each conversation, the highest message id it has shown, drops
anything not above it and fetches `messages?after=` at every `lists`, misses and doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Set
from functools import partial
from time import monotonic
from typing import Any

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.clock import now
from bot.conversation import marks
from bot.conversation.live import QUEUE, conversation_topic, hub, spread
from bot.conversation.marks import Marks
from bot.db.session import has_other_writers
from bot.desk import conversations, notes, presence
from bot.desk.conversations import Entry
from bot.desk.sessions import Caller
from bot.desk.web import find_caller

CHECK_EVERY = 10.0  # seconds, that the session still stands; it also renews the presence
LOOK_AGAIN_AFTER = 10.0  # seconds without news after which lists and messages are looked at anyway
LOOK_AGAIN_ALONE = 30.0  # the same where no other gateway can have changed anything
LISTS_AT_MOST_EVERY = 0.7  # seconds; messages do not wait for it
TRY_LISTS_AGAIN_AFTER = 0.1  # seconds, while the lists of another connection are being read

# One change of the queue makes the lists of every agent news. They are read one after the other, so that a hundred
# agents' lists never stand between a customer's message and the agent who waits for it.
_reading_lists = asyncio.Semaphore(1)

# This library logs every event in full when debugging, customers' words included.
logging.getLogger("sse_starlette").setLevel(logging.INFO)

_json = msgspec.json.Encoder()


def _event(name: str, value: Any, message_id: int | None = None) -> ServerSentEvent:
    identifier = None if message_id is None else str(message_id)
    return ServerSentEvent(_json.encode(value).decode(), event=name, id=identifier)


class Feed:
    """What one connection has been told, and so what is news to it. Its methods read the database."""

    def __init__(self, caller: Caller, watched: str | None, last_event_id: int | None) -> None:
        self.caller = caller
        self._watched = watched
        self._last_event_id = last_event_id
        self._told: dict[str, bytes] | None = None
        self._cursors: dict[str, int] = {}
        self._notes: dict[str, int] = {}
        self._marks: dict[str, Marks] = {}

    def topics(self) -> frozenset[str]:
        """The topics whose changes concern this connection."""
        return frozenset({QUEUE, *(conversation_topic(conversation_id) for conversation_id in self._cursors)})

    def lists(self, topics: Set[str]) -> list[ServerSentEvent]:
        """The lists in full the first time, later what changed in them: of the conversations among `topics`,
        or, where the queue is among them, of all."""
        before = self._told
        if before is None or QUEUE in topics:
            entries = conversations.list_for(self.caller, "all")
            self._follow(entries)
            looked_at: Set[str] = before.keys() if before else frozenset()
        else:
            looked_at = {key for key in self._cursors if conversation_topic(key) in topics}
            entries = conversations.lines_among(self.caller, list(looked_at))
        found = {entry.conversation_id: _json.encode(entry) for entry in entries}
        if before is None:
            self._told = found
            return [_event("lists", {"now": now(), "conversations": entries})]
        removed = [key for key in before if key in looked_at and key not in found]
        changed = [entry for entry in entries if before.get(entry.conversation_id) != found[entry.conversation_id]]
        self._told = {key: told for key, told in before.items() if key not in looked_at} | found
        return [_event("changed", {"now": now(), "changed": changed, "removed": removed})] if changed or removed else []

    def _follow(self, entries: list[Entry]) -> None:
        """Follow the messages of own conversations, and of the watched one while it may be seen."""
        followed = {entry.conversation_id: entry.last_message_id for entry in entries if entry.place == "mine"}
        if self._watched is not None and self._watched not in followed:
            entry = conversations.find(self.caller, self._watched)
            if entry is not None:
                followed[self._watched] = entry.last_message_id
        for conversation_id, newest in followed.items():
            since = newest if self._last_event_id is None else min(newest, self._last_event_id)
            self._cursors.setdefault(conversation_id, since)
        self._cursors = {key: cursor for key, cursor in self._cursors.items() if key in followed}
        unknown = [key for key in followed if key not in self._notes]
        self._notes |= dict.fromkeys(unknown, 0) | notes.newest_among(unknown)
        self._marks = {key: mark for key, mark in self._marks.items() if key in followed}
        self._last_event_id = None  # conversations accepted from now on start at their newest message

    def messages(self, topics: Set[str]) -> list[ServerSentEvent]:
        """Messages, notes and marks that were not told yet, of the followed conversations among `topics`."""
        followed = [key for key in self._cursors if conversation_topic(key) in topics]
        visible = conversations.visible_among(self.caller, followed)
        newest_notes, seen = notes.newest_among(list(visible)), marks.among(list(visible))
        news: list[ServerSentEvent] = []
        for conversation_id, newest in visible.items():
            if newest > self._cursors[conversation_id]:
                news.extend(self._new_messages(conversation_id))
            if newest_notes.get(conversation_id, 0) > self._notes.get(conversation_id, 0):
                news.extend(self._new_notes(conversation_id))
            if (mark := seen.get(conversation_id, Marks())) != self._marks.get(conversation_id, Marks()):
                self._marks[conversation_id] = mark
                news.append(_event("marks", {"conversation_id": conversation_id, "marks": mark}))
        return news

    def _new_messages(self, conversation_id: str) -> Iterator[ServerSentEvent]:
        for message in conversations.messages(self.caller, conversation_id, self._cursors[conversation_id]):
            self._cursors[conversation_id] = message["id"]
            yield _event("message", {"conversation_id": conversation_id, "message": message}, message["id"])

    def _new_notes(self, conversation_id: str) -> Iterator[ServerSentEvent]:
        for note in notes.read(self.caller, conversation_id, self._notes.get(conversation_id, 0)):
            self._notes[conversation_id] = note["id"]
            yield _event("note", {"conversation_id": conversation_id, "note": note})


async def _events(feed: Feed, who: Callable[[], Caller | None]) -> AsyncIterator[ServerSentEvent]:
    next_lists, next_look, next_check = monotonic(), 0.0, monotonic() + CHECK_EVERY
    rest = LOOK_AGAIN_AFTER if has_other_writers() else LOOK_AGAIN_ALONE
    await run_in_threadpool(presence.renew, feed.caller.agent_id)
    while True:
        topics = feed.topics()
        async with hub().subscribe(*topics) as changes:
            changed: Set[str] = topics  # what happened before this subscription began is looked up once
            stale: Set[str] = frozenset()  # what changed since the lists were told
            while True:
                if monotonic() >= next_look:
                    changed, next_look = topics, monotonic() + spread(rest)
                if changed:
                    stale |= changed
                    for event in await run_in_threadpool(feed.messages, changed):
                        yield event
                if stale and monotonic() >= next_lists and not _reading_lists.locked():
                    async with _reading_lists:
                        news = await run_in_threadpool(feed.lists, stale)
                    for event in news:
                        yield event
                    stale, next_lists = frozenset(), monotonic() + LISTS_AT_MOST_EVERY
                    if feed.topics() != topics:
                        break
                pause = min(next_lists if stale else next_look, next_check) - monotonic()
                changed = await changes.wait(max(pause, TRY_LISTS_AGAIN_AFTER))
                if monotonic() >= next_check:
                    caller = await run_in_threadpool(who)
                    if caller is None:
                        return
                    feed.caller, next_check = caller, monotonic() + spread(CHECK_EVERY)
                    await run_in_threadpool(presence.renew, caller.agent_id)


async def stream(request: Request, caller: Caller) -> Response:
    """GET stream: the live stream of the agent; `watch` names one more conversation to follow."""
    raw = request.headers.get("last-event-id", "")
    last_event_id = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
    feed = Feed(caller, request.query_params.get("watch"), last_event_id)
    return EventSourceResponse(_events(feed, partial(find_caller, request)), ping=15, send_timeout=30)
