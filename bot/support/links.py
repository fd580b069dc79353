"""Signed links to pages of one customer's own: an invoice, a return label, sending a photo, a copy of one's data.

A link is a token that names what it opens and runs out by itself. It is made when something is said to
a customer who proved who they are, and opened by the gateway's pages.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import jwt

from bot.clock import now
from bot.settings import settings

Kind = Literal["invoice", "label", "photos", "photo", "data", "appointment", "stop"]
LIFETIMES: dict[Kind, timedelta] = {
    "invoice": timedelta(days=7),
    "label": timedelta(days=30),
    "photos": timedelta(days=2),
    "photo": timedelta(days=60),
    "data": timedelta(hours=1),
    "appointment": timedelta(days=90),
    "stop": timedelta(days=365),
}
_ALGORITHM = "HS256"


class InvalidLink(PermissionError):
    """The link is forged, meant for another page, or has run out."""


def _audience(kind: Kind) -> str:
    return f"dukan:{kind}"


def address(kind: Kind, subject: str, **claims: Any) -> str:
    """The address of a page that opens for whoever has it.

    Args:
        subject: what it shows; an id.
        claims: what else the page must know; readable by whoever has the link.
    """
    token = jwt.encode(
        {"sub": subject, "aud": _audience(kind), "exp": now() + LIFETIMES[kind], **claims},
        settings().secret("secret_key"),
        algorithm=_ALGORITHM,
    )
    return f"{settings().url}/service/{kind}/{token}"


def read(kind: Kind, token: str) -> dict[str, Any]:
    """What a link of a kind says; `sub` is what it shows.

    Raises:
        InvalidLink: it opens nothing.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings().secret("secret_key"),
            algorithms=[_ALGORITHM],
            audience=_audience(kind),
            options={"require": ["exp", "sub"], "verify_exp": False},
        )
    except (jwt.PyJWTError, UnicodeError) as error:
        raise InvalidLink from error
    if now().timestamp() >= float(claims["exp"]):  # by the clock that tests set
        raise InvalidLink
    return claims
