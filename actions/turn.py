"""What every custom action works with: the turn it answers, and the interaction it leaves behind.

An action subclasses `TopicAction`, names itself and its topic, and implements `answer(turn)`. It
reads slots and entities from the turn, calls functions of `bot/`, and says named responses.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.db.session import looked_up
from bot.db.types import LANGUAGES
from bot.insight import interactions
from bot.shop.wishes import AttributeWish, Bound, at_limit
from bot.words.formatting import Locale
from bot.words.responses import responses

logger = logging.getLogger(__name__)

Part = dict[str, Any]
Button = dict[str, str]


@dataclass
class Turn:
    """One customer message being answered. `say`, `set` and `outcome` collect what the answer does."""

    conversation_id: str
    message_id: int
    channel: str
    locale: Locale
    intent: str
    confidence: float
    ranking: list[dict[str, Any]]  # [{"name", "confidence"}], best first
    entities: list[dict[str, Any]]  # what the message names and wants
    slots: dict[str, Any]
    text: str
    dispatcher: CollectingDispatcher
    button: bool = False  # pressed, not typed: `text` is the button's label
    corrects: bool = False  # what it names takes the place of what was said before
    ruled_out: list[dict[str, Any]] = field(default_factory=list)  # what it names and does not want
    followed: bool = False  # the same message asks for a second thing, answered next
    other_language: str | None = None  # ISO code of a language the customer wrote in and Dukan does not speak
    changes: dict[str, Any] = field(default_factory=dict)
    record: interactions.Record | None = None
    also: list[interactions.Record] = field(default_factory=list)  # further topics of the same message
    reopened_form: str | None = None  # asks its questions again, right after this action
    in_form: bool = False  # a form is open: the message may be an answer to it
    afterwards: list[Callable[[Turn], None]] = field(default_factory=list)  # done once the answer was given

    @property
    def language(self) -> str:
        return self.locale.language

    @property
    def free_text(self) -> str:
        """What the customer typed, without the parts that entities cover; '' for a button."""
        return self.text_beside({entity["entity"] for entity in self.entities})

    def text_beside(self, kinds: Collection[str]) -> str:
        """What the customer typed, without the parts that entities of these kinds cover; '' for a button."""
        if self.button:
            return ""
        text = self.text
        covered = [found for found in self.entities if found["entity"] in kinds] + self.ruled_out
        for found in sorted(covered, key=lambda entity: entity.get("start") or 0, reverse=True):
            start, end = found.get("start"), found.get("end")
            if start is not None and end is not None:
                text = f"{text[:start]} {text[end:]}"
        return text

    @property
    def attributes(self) -> tuple[AttributeWish, ...]:
        """The attribute values and choices that the message names."""
        return _attributes(self.entities)

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The limits on what an attribute counts that the message names ("at least 16 GB")."""
        found = [entity for entity in self.entities if entity["entity"] == "attribute" and entity.get("role")]
        return tuple(at_limit(one["value"]["code"], one["number"], 1 if one["role"] == "min" else -1) for one in found)

    @property
    def unwanted_attributes(self) -> tuple[AttributeWish, ...]:
        """Those that the message does not want ("no wires")."""
        return _attributes(self.ruled_out)

    @property
    def kinds(self) -> list[str]:
        """Codes of the categories that the message names; a word for several ("bike") names them all."""
        return [
            str(code)
            for entity in self.entities_of("category")
            for code in entity.get("candidates") or [entity["value"]]
        ]

    def entities_of(self, kind: str) -> list[dict[str, Any]]:
        """All entities of a kind in the message, in the order in which they were written."""
        return [found for found in self.entities if found["entity"] == kind]

    def values(self, entity: str, role: str | None = None) -> list[Any]:
        """Values of all entities of a kind in the message, in the order in which they were written."""
        return [
            found["value"]
            for found in self.entities
            if found["entity"] == entity and (role is None or found.get("role") == role)
        ]

    def value(self, entity: str, role: str | None = None) -> Any:
        """Value of the first entity of a kind in the message, or None."""
        return next(iter(self.values(entity, role)), None)

    def slot(self, name: str) -> Any:
        """Value of a slot, with what this action already changed."""
        return self.changes[name] if name in self.changes else self.slots.get(name)

    def set(self, name: str, value: Any) -> None:
        """Set a slot when the action ends."""
        self.changes[name] = value

    def say(self, response: str, /, *parts: Part, buttons: Sequence[Button] | None = None, **variables: Any) -> None:
        """Say a named response, followed by parts (cards, table, steps, link) and quick replies.

        Args:
            buttons: `{"label", "payload"}`; shown after everything else.
            variables: fill the response; numbers, money and dates already in the customer's locale.
        """
        shown = [*parts, *([{"type": "buttons", "buttons": list(buttons)}] if buttons else [])]
        self.dispatcher.utter_message(
            response=response,
            json_message={"parts": shown} if shown else None,
            variables=variables,
            language=self.language,
        )

    def words(self, response: str, /, **variables: Any) -> str:
        """A named response as a piece of a sentence, a label or a heading, in the customer's language."""
        return responses().render(response, self.language, variables).text

    def joined(self, items: Iterable[str]) -> str:
        """Items one after the other, in the customer's punctuation."""
        return f"{self.words('phrase_separator')} ".join(items)

    def link(self, label: str, intent: str, /, **entities: Any) -> Button:
        """A button whose label is a named response and which says an intent with entities."""
        return {"label": self.words(label), "payload": payload(intent, **entities)}

    def outcome(
        self,
        outcome: str,
        *,
        products: list[str] | None = None,
        order_number: str | None = None,
        value: Decimal | None = None,
        place: str | None = None,
    ) -> None:
        """State how the topic stands after this turn (one of `OUTCOMES` in bot/db/models/interactions.py)."""
        self.record = interactions.Record(outcome, products or [], order_number, value, place)

    def ask(self, kind: str, **details: Any) -> None:
        """Remember the question just asked, so that "yes" and "no" are answers to it (see actions/yes_or_no.py)."""
        self.set("question", {"kind": kind, **details})


def _attributes(entities: Iterable[dict[str, Any]]) -> tuple[AttributeWish, ...]:
    values = [found["value"] for found in entities if found["entity"] == "attribute" and not found.get("role")]
    return tuple(
        AttributeWish(str(value["code"]), str(value["value"]))
        for value in values
        if isinstance(value, dict) and {"code", "value"} <= set(value)
    )


def payload(intent: str, /, **entities: Any) -> str:
    """What a button says, in Rasa's own writing."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False, separators=(',', ':'))}"


def _unpacked(entity: dict[str, Any]) -> list[dict[str, Any]]:
    """A button's price as typed ones are: `{"max": 900}` or `{"min": 500, "max": 900}` become one entity a limit."""
    value = entity.get("value")
    if entity.get("entity") != "price" or not isinstance(value, dict):
        return [entity]
    return [
        {**entity, "value": limit, "role": role} for role, limit in value.items() if role in ("min", "max", "about")
    ]


def turn_of(tracker: Tracker, dispatcher: CollectingDispatcher) -> Turn:
    """The turn that a tracker's latest message opens."""
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    intent = message.get("intent") or {}
    language = tracker.get_slot("language")
    named = [part for entity in message.get("entities") or [] for part in _unpacked(entity)]
    return Turn(
        conversation_id=tracker.sender_id,
        message_id=int(metadata.get("message_id") or 0),
        channel=metadata.get("channel") or "web",
        locale=Locale(language if language in LANGUAGES else "en", metadata.get("digits") or "latn"),
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        ranking=message.get("intent_ranking") or [],
        entities=[entity for entity in named if not entity.get("ruled_out")],
        ruled_out=[entity for entity in named if entity.get("ruled_out")],
        slots=dict(tracker.slots),
        text=message.get("text") or "",
        dispatcher=dispatcher,
        button=bool(metadata.get("button")),
        corrects=bool(message.get("correction")),
        followed=bool(metadata.get("followed")),
        other_language=metadata.get("other_language"),
        in_form=bool((tracker.active_loop or {}).get("name")),
    )


Take = Callable[[Turn], "tuple[str, str] | None"]
# What looks at every message first and may take it, whatever is open (see actions/complaint.py).
WATCHERS: list[Take] = []
# By the slot that keeps something open: what may take a message as its own before the action it was understood for,
# and answers it then with topic and side.
TAKERS: dict[str, Take] = {}
# What may take a typed message that understanding was unsure of.
UNSURE_TAKERS: list[Take] = []
UNSURE = 0.6  # confidence below which they are asked


def _taken(turn: Turn) -> tuple[str, str] | None:
    """Topic and side of what took the message as its own; None when nothing is open, or nothing did."""
    takers = [take for slot, take in TAKERS.items() if turn.slots.get(slot)]
    if not turn.button and turn.confidence < UNSURE:
        takers += UNSURE_TAKERS
    return next((topic for take in takers if (topic := take(turn))), None)


# Called when any message was answered, before its interaction is written down (see actions/cases.py).
AFTERWARDS: list[Callable[[Turn], None]] = []


class TopicAction(Action, ABC):
    """Base of all actions: answers a turn and writes down the topic with its outcome.

    Class attributes:
        action: the name in the domain.
        topic: what the interaction is filed under; '' leaves no interaction (small talk, helpers).
        side: `sales`, `service` or `general`.
        understood: the message was understood, so that earlier misses are forgotten.
    """

    action: str = ""
    topic: str = ""
    side: str = "general"
    understood: bool = True

    def name(self) -> str:
        return self.action

    @abstractmethod
    def answer(self, turn: Turn) -> None:
        """Answer the turn through `turn.say`, `turn.set` and `turn.outcome`. Runs in a worker thread."""

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        """Topic and side the turn is filed under; actions that serve several intents override it."""
        return self.topic, self.side

    def _run(self, turn: Turn) -> None:
        if self.understood:
            self._greet_in_another_language(turn)
        taken = next((found for watch in WATCHERS if (found := watch(turn))), None)
        if taken is None and not turn.in_form:
            taken = _taken(turn)
        if taken is None:
            self.answer(turn)
        for follow in (*turn.afterwards, *([] if turn.in_form else AFTERWARDS)):
            follow(turn)
        if (self.understood or taken) and turn.slots.get("misses"):
            turn.changes.setdefault("misses", 0)
        if turn.slots.get("question"):
            turn.changes.setdefault("question", None)
        topic, side = taken or self.topic_of(turn)
        if topic:
            turn.also.insert(0, (turn.record or interactions.Record("answered")).of(topic, side))
        turn.dispatcher.messages.extend({"interaction": interactions.as_json(record)} for record in turn.also)

    def _greet_in_another_language(self, turn: Turn) -> None:
        """Say once which languages Dukan speaks to someone who writes another one; the answer follows anyway."""
        if turn.other_language and turn.slot("other_language") != turn.other_language:
            turn.say("utter_other_language", named=turn.locale.language_name(turn.other_language))
            turn.set("other_language", turn.other_language)

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Called by the action server."""
        turn = turn_of(tracker, dispatcher)
        try:
            await looked_up(self._run, turn)
        except Exception:
            logger.exception("action %s failed in conversation %s", self.action, turn.conversation_id)
            dispatcher.messages.clear()
            turn.say("utter_problem")
            return []
        events = [SlotSet(name, value) for name, value in turn.changes.items() if turn.slots.get(name) != value]
        return [*events, ActiveLoop(turn.reopened_form)] if turn.reopened_form else events
