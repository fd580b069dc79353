"""Runs custom actions as the action server does, on a tracker written by hand, and says what a customer would see."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.executor import ActionExecutor
from sqlalchemy import select

from bot.clock import new_id
from bot.db.models import Conversation, Customer
from bot.db.session import writing
from bot.insight import interactions
from bot.words.responses import responses


@dataclass(frozen=True)
class Reply:
    """One bot message: the response it came from, its final words, and what it shows."""

    response: str
    text: str
    parts: list[dict[str, Any]]
    buttons: list[dict[str, str]]

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [card for part in self.parts if part["type"] == "cards" for card in part["cards"]]

    @property
    def rows(self) -> list[list[str]]:
        return [row for part in self.parts if part["type"] == "table" for row in part["rows"]]

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for button in self.buttons]


@dataclass
class Talk:
    """A conversation with the actions alone: the test says what was understood, slots carry over."""

    language: str = "en"
    digits: str = "latn"
    slots: dict[str, Any] = field(default_factory=dict)
    message_id: int = 0
    followup: str | None = None
    said: list[str] = field(default_factory=list)
    customer: str | None = None  # code of the customer whose identity the shop signed

    def __post_init__(self) -> None:
        self.id = new_id()
        self.slots["language"] = self.language
        with writing() as session:
            customer_id = session.execute(select(Customer.id).where(Customer.code == self.customer)).scalar()
            session.add(Conversation(id=self.id, channel="web", channel_user=self.id, customer_id=customer_id))
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    def __call__(self, action: str, intent: str, text: str = "", *entities: dict[str, Any], **metadata: Any) -> Reply:
        """Run an action on a message; the last bot message."""
        return self.turn(action, intent, text, *entities, **metadata)[-1]

    def turn(self, action: str, intent: str, text: str = "", *entities: dict[str, Any], **metadata: Any) -> list[Reply]:
        """Run an action on a message.

        Args:
            entities: with `entity`, `value` and what else understanding gives; a `text` in the message
                stands for `start` and `end`.
            metadata: `button`, `other_language`; also `ranking` and `confidence` of the intent.
        """
        self.message_id += 1
        confidence = metadata.pop("confidence", 0.9)
        ranking = metadata.pop("ranking", [{"name": intent, "confidence": confidence}])
        answer = asyncio.run(
            self._executor.run(
                {
                    "next_action": action,
                    "sender_id": self.id,
                    "version": "3.6.2",
                    "domain": {},
                    "tracker": {
                        "sender_id": self.id,
                        "slots": dict(self.slots),
                        "latest_message": {
                            "text": text,
                            "intent": {"name": intent, "confidence": confidence},
                            "intent_ranking": ranking,
                            "entities": [_placed(entity, text) for entity in entities],
                            "metadata": {"message_id": self.message_id, "digits": self.digits, **metadata},
                        },
                        "latest_event_time": None,
                        "events": [],
                        "followup_action": None,
                        "paused": False,
                        "latest_input_channel": None,
                        "active_loop": {},
                        "latest_action": {},
                    },
                }
            )
        )
        filed = [message["interaction"] for message in answer["responses"] if "interaction" in message]
        replies = [self._reply(message) for message in answer["responses"] if "interaction" not in message]
        with writing() as session:  # as the turn does that the action is part of
            for data in filed:
                interactions.write(
                    session,
                    interactions.from_json(data),
                    conversation_id=self.id,
                    message_id=self.message_id,
                    channel="web",
                    language=self.slots["language"],
                )
        for event in answer["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            else:
                self.followup = event["name"]
        return replies

    def _reply(self, message: dict[str, Any]) -> Reply:
        language = message.get("language") or self.slots["language"]
        rendered = responses().render(message["response"], language, message.get("variables") or {}, self.said)
        self.said.append(rendered.key)
        parts = (message["custom"] or {}).get("parts", [])
        buttons = [{"label": button["title"], "payload": button["payload"]} for button in rendered.buttons]
        buttons += [button for part in parts if part["type"] == "buttons" for button in part["buttons"]]
        return Reply(message["response"], rendered.text, parts, buttons)


def _placed(given: dict[str, Any], text: str) -> dict[str, Any]:
    entity = dict(given)
    written = entity.pop("text", None)
    if written is None:
        return {"start": 0, "end": 0, **entity}
    start = text.index(written)
    return {"start": start, "end": start + len(written), **entity}


def entity(kind: str, value: Any, text: str | None = None, **more: Any) -> dict[str, Any]:
    """An entity as understanding gives it; `text` is where it stands in the message."""
    return {"entity": kind, "value": value, "text": text, **more}
