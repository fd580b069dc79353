"""How a customer's file comes in, from the chat as from the page behind a link: read, kept, and said in the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from bot.clock import new_id
from bot.conversation import conversations, inbox
from bot.conversation.errors import NotFound
from bot.conversation.inbox import Received
from bot.db.session import written
from bot.gateway.problems import Problem
from bot.support import uploads
from bot.support.photos import LARGEST_FILE
from bot.support.uploads import File
from bot.words.responses import responses

UPLOADED = '/answer{"pick":"uploaded"}'  # what a file says to the bot (actions/cases.py)
SAID = {"photo": "phrase_photo_sent", "document": "phrase_file_sent"}


@dataclass(frozen=True)
class Where:
    """The place of a file: its conversation, the order line it shows, the language it is said in, its id if it has one."""

    conversation_id: str
    language: str
    order_line_id: int | None = None
    upload_id: str | None = None


async def take(request: Request, where: Where, headers: Mapping[str, str] = MappingProxyType({})) -> Received:
    """Keep the file that is the body of a call, and say it in the conversation.

    Args:
        headers: of the answer, when it is refused.

    Raises:
        Problem: 404, no such conversation; 409, 413 or 415, the file is one too many, too large, or of another kind.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FILE:
            raise Problem(413, "Too large", f"At most {LARGEST_FILE // 1024 // 1024} MB.", headers=dict(headers))
    name = request.query_params.get("name", "")[:300]
    try:
        file = await run_in_threadpool(_keep, where, name, bytes(body))
        text = responses().render(SAID[file.kind], where.language, {"name": file.name}).text
        received = await written(inbox.receive, where.conversation_id, f"{uploads.MESSAGE}{file.id}", text, UPLOADED)
    except uploads.NotTaken:
        raise Problem(415, "Not a photo or PDF", "JPEG, PNG, WebP or PDF, please.", headers=dict(headers)) from None
    except uploads.TooMany:
        raise Problem(409, "Enough files", code="enough", headers=dict(headers)) from None
    except NotFound:
        raise Problem(404, "No such conversation", headers=dict(headers)) from None
    inbox.tell(where.conversation_id)
    return received


def _keep(where: Where, name: str, data: bytes) -> File:
    conversations.state(where.conversation_id)  # there is such a conversation
    upload_id = where.upload_id or new_id()
    return uploads.keep(upload_id, where.conversation_id, where.order_line_id, name, data)
