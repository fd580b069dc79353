"""`python -m bot chat`: a conversation in the terminal, over the same API as every customer's."""

from __future__ import annotations

from typing import Any

import httpx
from rich.console import Console

from bot.channels.plain import plain_text
from bot.clock import new_id


class _Conversation:
    def __init__(self, client: httpx.Client, locale: str | None) -> None:
        self._client = client
        opened = client.post("/api/v1/conversations", json={"locale": locale}).raise_for_status().json()
        self._root = f"/api/v1/conversations/{opened['conversation_id']}/messages"
        self._headers = {"Authorization": f"Bearer {opened['token']}"}
        self._seen = 0

    def say(self, text: str, payload: str | None) -> list[dict[str, Any]]:
        body = {"client_message_id": new_id(), **({"payload": payload} if payload else {}), "text": text}
        self._client.post(self._root, json=body, headers=self._headers).raise_for_status()
        answer = self._client.get(
            self._root, params={"after": self._seen, "wait": 30}, headers=self._headers, timeout=40
        ).raise_for_status()
        messages: list[dict[str, Any]] = answer.json()["messages"]
        self._seen = max([self._seen, *(message["id"] for message in messages)])
        return [message for message in messages if message["author"] != "customer"]


def talk(url: str, locale: str | None, out: Console, err: Console) -> int:
    """Talk until the input ends; the exit code. A number presses the button of that number."""
    buttons: list[dict[str, str]] = []
    with httpx.Client(base_url=url) as client:
        try:
            conversation = _Conversation(client, locale)
            while True:
                text = out.input("> ").strip()
                if not text:
                    continue
                pressed = buttons[int(text) - 1] if text.isdecimal() and 0 < int(text) <= len(buttons) else None
                messages = conversation.say(*((pressed["label"], pressed["payload"]) if pressed else (text, None)))
                buttons = [b for m in messages for part in m["parts"] for b in part.get("buttons") or []]
                _show(out, messages, buttons)
        except EOFError:
            return 0
        except KeyboardInterrupt:
            return 130
        except httpx.HTTPStatusError as error:
            err.print(f"{url} answered {error.response.status_code}.", style="red")
        except httpx.HTTPError:
            err.print(f"Nothing answers at {url}. Start it with: make run", style="red")
    return 1


def _show(out: Console, messages: list[dict[str, Any]], buttons: list[dict[str, str]]) -> None:
    for message in messages:
        for part in message["parts"]:
            text = plain_text(part)
            if text:
                out.print(text, markup=False)
    if buttons:
        out.print(
            "  ".join(f"[{number}] {b['label']}" for number, b in enumerate(buttons, 1)), markup=False, style="cyan"
        )
