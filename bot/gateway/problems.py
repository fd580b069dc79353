"""Errors as the API tells them: RFC 9457 problem details, without internals."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response


class Problem(Exception):
    """Raised by an endpoint to answer with a problem."""

    def __init__(self, status: int, title: str | None = None, detail: str | None = None, **extra: Any) -> None:
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.headers: dict[str, str] = extra.pop("headers", {})
        self.extra = extra
        super().__init__(self.title)

    def response(self) -> Response:
        return problem(self.status, self.title, self.detail, headers=self.headers, **self.extra)


def problem(
    status: int,
    title: str | None = None,
    detail: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **extra: Any,
) -> Response:
    """A problem details answer (RFC 9457): `type`, `title`, `status`, `detail` and further members."""
    body = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, **extra}
    if detail:
        body["detail"] = detail
    return Response(
        msgspec.json.encode(body), status_code=status, headers=headers, media_type="application/problem+json"
    )


async def answer_problem(_request: Request, error: Exception) -> Response:
    """Starlette's exception handler for `Problem`."""
    assert isinstance(error, Problem)
    return error.response()
