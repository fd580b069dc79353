"""Suggested answers: passages of the shop's help pages and guides that may answer what a customer wrote last.

The action server holds the index of the pages and the sentence encoder; it is asked over the loopback, so that
the gateway need not hold either. Whatever goes wrong there, the desk works on without suggestions.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import msgspec
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from bot.db.models import Message
from bot.db.session import reading
from bot.settings import settings

logger = logging.getLogger(__name__)

LAST_MESSAGES = 3  # of the customer's, each asked by itself
SHORTEST = 8  # characters of a message worth asking about: "ok thanks" is none
TIMEOUT_SECONDS = 3.0


def asked(conversation_id: str) -> list[str]:
    """What the customer typed last, the newest first; buttons are no questions."""
    query = (
        select(Message.parts)
        .where(Message.conversation_id == conversation_id, Message.author == "customer", Message.payload.is_(None))
        .order_by(Message.id.desc())
        .limit(LAST_MESSAGES)
    )
    with reading() as session:
        texts = [str(part.get("text", "")) for parts in session.scalars(query) for part in parts]
    return [text for text in texts if len(text.strip()) >= SHORTEST]


async def of(conversation_id: str, language: str) -> list[dict[str, Any]]:
    """Passages for a conversation, the likeliest first: title, heading, text, url, confidence."""
    texts = await run_in_threadpool(asked, conversation_id)
    if not texts or not settings().actions_url:
        return []
    body = msgspec.json.encode({"texts": texts, "language": language})
    headers = {"Authorization": f"Bearer {settings().secret('internal_token')}"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as http,
            http.post(f"{settings().actions_url}/passages", data=body) as answer,
        ):
            answer.raise_for_status()
            found: list[dict[str, Any]] = msgspec.json.decode(await answer.read())
    except (aiohttp.ClientError, asyncio.TimeoutError, msgspec.DecodeError) as error:
        logger.warning("no suggestions: %s", type(error).__name__)
        return []
    return [{**passage, "url": _whole(passage["url"])} for passage in found]


def _whole(url: str) -> str:
    """An address a customer can follow: our own pages' begin with a slash."""
    return f"{settings().url}{url}" if url.startswith("/") else url
