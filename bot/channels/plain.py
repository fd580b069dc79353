"""A message's parts as plain text: for clients and channels that show nothing else."""

from __future__ import annotations

from typing import Any


def _card(card: dict[str, Any]) -> str:
    head = " – ".join(text for text in (card.get("title"), card.get("price"), card.get("subtitle")) if text)
    return "\n".join([f"• {head}", *(f"  {fact}" for fact in card.get("facts") or [])])


def plain_text(part: dict[str, Any]) -> str:
    """One part in plain text; '' for what has none."""
    kind = part["type"]
    if kind == "text":
        return str(part["text"])
    if kind == "cards":
        return "\n".join(_card(card) for card in part["cards"])
    if kind == "table":
        return "\n".join(" | ".join(row) for row in [part["columns"], *part["rows"]])
    if kind == "steps":
        steps = [f"{number}. {step['text']}" for number, step in enumerate(part["steps"], part.get("start", 1))]
        return "\n".join([part["title"], *steps] if part.get("title") else steps)
    if kind == "link":
        return f"{part['label']}: {part['url']}"
    return ""
