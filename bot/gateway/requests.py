"""Reading requests and writing answers, the same way for every call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from bot.gateway.problems import Problem
from bot.settings import settings

LARGEST_BODY = 512 * 1024  # bytes; a message of 4,000 characters fits however it is escaped
_LARGEST_NUMBER = 2**53

# Half of a character that JSON writes as two, which a browser sends when a text was cut in its middle.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(_HIGH + rb"(?!" + _LOW + rb")|(?<!" + _HIGH + rb")" + _LOW)

T = TypeVar("T")


async def body_of(request: Request, kind: type[T], default: T | None = None) -> T:
    """The JSON body of a call.

    Raises:
        Problem: 400 when it is no JSON, 413 when it is too large, 422 when its fields are wrong.
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise Problem(413, "Body too large", f"A body has at most {LARGEST_BODY // 1024} kB.")
    if not data and default is not None:
        return default
    try:
        return msgspec.json.decode(_LONE_SURROGATE.sub(rb"\\ufffd", bytes(data)), type=kind)
    except msgspec.ValidationError as error:
        raise Problem(422, "Wrong fields", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "Not JSON", "The body is not JSON in UTF-8.") from None


def whole_number(request: Request, name: str, default: int) -> int:
    """A query parameter that is a whole number from 0 up.

    Raises:
        Problem: 422, it is not.
    """
    raw = request.query_params.get(name)
    if raw is None or raw == "":
        return default
    if not (raw.isascii() and raw.isdecimal()) or int(raw[:18]) > _LARGEST_NUMBER:
        raise Problem(422, "Wrong parameter", f"{name} is a whole number from 0 up.")
    return int(raw[:18])


def client_address(request: Request) -> str:
    """Address of the caller, past the reverse proxies that are believed (`DUKAN_TRUSTED_PROXIES`)."""
    believed = settings().trusted_proxies
    # A proxy may add a line of its own below the one that the caller sent: the last entry of all is the nearest.
    lines = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in lines.split(",") if hop.strip()]
    if believed and len(hops) >= believed:
        return hops[-believed]
    return request.client.host if request.client else "unknown"


def caller_of(request: Request) -> str:
    """Whose calls are counted together: an address, or the /64 network that one customer of IPv6 has to choose from."""
    address = client_address(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed.packed[:8] + bytes(8), 64)))


def methods_of(scope: Scope, routes: Sequence[BaseRoute]) -> list[str]:
    """The methods, other than the one used, with which the address asked for does exist."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.PARTIAL:
            found |= route.methods or set()
    return sorted(found)


def json_answer(value: Any, status: int = 200) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        msgspec.json.encode(value),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
