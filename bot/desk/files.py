"""Files agents send: kept in the state folder under a random name, handed out as downloads that run nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.clock import new_token
from bot.db.models import Attachment
from bot.db.session import reading, writing
from bot.gateway.problems import Problem, problem
from bot.settings import settings
from bot.support.uploads import plain_name

LARGEST = 10 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
# Whatever a file is, the browser only saves it.
_HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def _folder() -> Path:
    return settings().state_dir / "files"


async def keep(request: Request, conversation_id: str, agent_id: int, name: str) -> dict[str, Any]:
    """Keep the body of a request as a file; the part of a message that leads to it.

    Raises:
        Problem: 413, it is too large; 422, it is empty.
    """
    identifier = new_token()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, size = folder / identifier, 0
    try:
        with path.open("xb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST:
                    raise Problem(413, "File too large", f"At most {LARGEST // 1024 // 1024} MB.")
                await run_in_threadpool(file.write, chunk)
        if not size:
            raise Problem(422, "Empty file")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    shown = plain_name(name)

    def note() -> None:
        with writing() as session:
            session.add(
                Attachment(id=identifier, conversation_id=conversation_id, agent_id=agent_id, name=shown, size=size)
            )

    await run_in_threadpool(note)
    return {"type": "link", "label": shown, "url": f"{settings().url}/files/{identifier}/{quote(shown)}"}


async def hand_out(request: Request) -> Response:
    """GET /files/{id}/{name}: the file, to be saved."""
    identifier = request.path_params["file_id"]

    def find() -> Attachment | None:
        with reading() as session:
            return session.get(Attachment, identifier) if _ID.fullmatch(identifier) else None

    found = await run_in_threadpool(find)
    path = _folder() / identifier
    if found is None or not path.is_file():
        return problem(404, "No such file")
    return FileResponse(
        path, media_type="application/octet-stream", filename=found.name, headers=_HEADERS, stat_result=path.stat()
    )
