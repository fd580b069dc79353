"""The desk's live stream: server-sent events with the agent's lists and the messages of own conversations.

Events: `lists` (all conversations the agent sees, at every connection), `changed` (what came, changed
or went since) and `message` (a message of an own or of the watched conversation; its `id:` is the
message's). A client that keeps, for each conversation, the highest message id it has shown, drops
anything not above it and fetches `messages?after=` at every `lists`, misses and doubles nothing.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Set
from time import monotonic
from typing import Any

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.clock import now
from bot.conversation import transcript
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.desk import conversations, sessions
from bot.desk.conversations import Entry
from bot.desk.sessions import Caller
from bot.desk.web import session_cookie

LOOK_AGAIN_AFTER = 10.0  # seconds without news after which lists, messages and the session are looked at anyway
LISTS_AT_MOST_EVERY = 0.7  # seconds; messages do not wait for it

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

    def topics(self) -> frozenset[str]:
        """The topics whose changes concern this connection."""
        return frozenset({QUEUE, *(conversation_topic(conversation_id) for conversation_id in self._cursors)})

    def lists(self) -> list[ServerSentEvent]:
        """The lists in full the first time, later what changed in them."""
        entries = conversations.list_for(self.caller, "all")
        self._follow(entries)
        told = {entry.conversation_id: _json.encode(entry) for entry in entries}
        before, self._told = self._told, told
        if before is None:
            return [_event("lists", {"now": now(), "conversations": entries})]
        removed = [conversation_id for conversation_id in before if conversation_id not in told]
        changed = [entry for entry in entries if before.get(entry.conversation_id) != told[entry.conversation_id]]
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
        self._last_event_id = None  # conversations accepted from now on start at their newest message

    def messages(self, topics: Set[str]) -> list[ServerSentEvent]:
        """Messages that were not told yet, of the followed conversations among `topics`."""
        followed = [key for key in self._cursors if conversation_topic(key) in topics]
        news = []
        for conversation_id in conversations.visible_among(self.caller, followed):
            for message in transcript.read(conversation_id, after=self._cursors[conversation_id]):
                self._cursors[conversation_id] = message["id"]
                told = {"conversation_id": conversation_id, "message": message}
                news.append(_event("message", told, message["id"]))
        return news


async def _events(feed: Feed, cookie: str | None) -> AsyncIterator[ServerSentEvent]:
    next_lists, next_check = monotonic(), monotonic() + LOOK_AGAIN_AFTER
    while True:
        topics = feed.topics()
        async with hub().subscribe(*topics) as changes:
            changed: Set[str] = topics  # what happened before this subscription began is looked up once
            while True:
                for event in await run_in_threadpool(feed.messages, changed or topics):
                    yield event
                pause = next_lists - monotonic()
                if pause <= 0:
                    for event in await run_in_threadpool(feed.lists):
                        yield event
                    if feed.topics() != topics:
                        break
                    next_lists, pause = monotonic() + LISTS_AT_MOST_EVERY, LOOK_AGAIN_AFTER
                changed = await changes.wait(pause)
                if monotonic() >= next_check:
                    caller = await run_in_threadpool(sessions.find, cookie)
                    if caller is None:
                        return
                    feed.caller, next_check = caller, monotonic() + LOOK_AGAIN_AFTER


async def stream(request: Request, caller: Caller) -> Response:
    """GET stream: the live stream of the agent; `watch` names one more conversation to follow."""
    raw = request.headers.get("last-event-id", "")
    last_event_id = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
    feed = Feed(caller, request.query_params.get("watch"), last_event_id)
    return EventSourceResponse(_events(feed, session_cookie(request)), ping=15, send_timeout=30)
