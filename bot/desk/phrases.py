"""The words of the desk's own pages, in the agent's language; used by the templates and handed to the browser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from bot.db.types import LANGUAGES

FOLDER = Path(__file__).parent / "strings"
DEFAULT = "en"


@lru_cache(maxsize=len(LANGUAGES))
def phrases(language: str) -> dict[str, str]:
    """All phrases in a language, by name."""
    return msgspec.json.decode((FOLDER / f"{language}.json").read_bytes(), type=dict[str, str])


def direction(language: str) -> str:
    """The direction a language is written in, as HTML says it."""
    return "rtl" if language == "ar" else "ltr"


def language_wanted(asked: str | None, accept_language: str) -> str:
    """The language of a page for somebody not signed in: the one asked for, else the browser's first we have."""
    if asked in LANGUAGES:
        return str(asked)
    for entry in accept_language.lower().split(","):
        code = entry.split(";")[0].strip().split("-")[0]
        if code in LANGUAGES:
            return code
    return DEFAULT
