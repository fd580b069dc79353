"""Imports run downward only: who may know whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.settings import ROOT

# Each room may import from the rooms of the levels below it, and from its own level where named.
LEVELS = [
    {"settings", "clock", "tracing"},
    {"language"},
    {"db"},
    {"words"},
    {"shop", "support", "insight"},
    {"conversation"},
    {"dialogue", "nlu", "actions"},
    {"gateway", "channels", "desk", "helpdesk"},
    {
        "supervisor",
        "processes",
        "logs",
        "privacy",
        "start",
        "chat",
        "parse",
        "evaluation",
        "review",
        "report",
        "__main__",
    },
]
LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
NO_RASA_NO_HTTP = {"db", "language", "words", "shop", "support", "insight"}
FORBIDDEN = {"rasa", "rasa_sdk", "starlette", "uvicorn", "httpx", "aiohttp", "sse_starlette"}

SOURCES = sorted(
    path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
)


def _room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "actions" if parts[0] == "actions" else parts[1]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        return
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "actions" or (parts[0] == "bot" and len(parts) > 1):
            other = "actions" if parts[0] == "actions" else parts[1]
            assert LEVEL_OF[other] <= LEVEL_OF[room], f"{room} must not know {other} ({name})"
        if room in NO_RASA_NO_HTTP:
            assert parts[0] not in FORBIDDEN, f"{room} must not know {parts[0]}"
