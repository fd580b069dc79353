"""Pipeline component that lets what a message names decide where its wording alone left the need open.

"blue ones", "D-10021 huda@example.com" or an unseen product's bare name say little as sentences; what
they name says much. Works after the classifier and the entities, and only where the classifier was unsure.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.named import ABOUT_ORDERS, ABOUT_PLACES, ABOUT_PRODUCTS, AFTER_BUYING, KNOWN, PLACES, THINGS, WISHES

UNSURE = frozenset({"nlu_fallback", "out_of_scope"})
SURE_OUTSIDE = 0.6  # confidence from which "outside a shop's matters" stands, whatever the message names
LEAST = 0.04  # confidence at which a need that fits what is named is believed
MEANT = 0.5  # confidence of a need that only what is named speaks for


def decide(intent: str, confidence: float, ranking: list[dict[str, Any]], kinds: set[str]) -> str | None:
    """The need that what is named speaks for, or None to leave the classifier's word.

    Args:
        intent, confidence, ranking: the classifier's findings.
        kinds: the kinds of entities in the message.
    """
    if "order_number" in kinds and intent not in ABOUT_ORDERS:
        return _likeliest(ranking, ABOUT_ORDERS) or "order_status"
    if intent not in UNSURE or (intent == "out_of_scope" and confidence >= SURE_OUTSIDE):
        return None
    if kinds & (WISHES | THINGS):
        if ranking and ranking[0]["name"] in AFTER_BUYING:
            return None  # "the lamp i got": naming what was bought asks nothing about products
        return _likeliest(ranking, ABOUT_PRODUCTS) or ("product_search" if kinds & WISHES else "product_info")
    if kinds & PLACES:
        return _likeliest(ranking, ABOUT_PLACES) or "store_info"
    return None


def _likeliest(ranking: list[dict[str, Any]], among: frozenset[str]) -> str | None:
    return next((entry["name"] for entry in ranking if entry["name"] in among and entry["confidence"] >= LEAST), None)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class EntityEvidence(GraphComponent):
    """Settles open needs by entities; stands last in the pipeline."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityEvidence:
        """Creates the component (see parent class)."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Change the intent of messages whose entities say what their words leave open."""
        for message in messages:
            if message.get(TEXT):
                self._settle(message)
        return messages

    @staticmethod
    def _settle(message: Message) -> None:
        found = message.get(INTENT) or {}
        ranking = message.get(INTENT_RANKING_KEY) or []
        if not KNOWN & {entry["name"] for entry in ranking}:
            return  # a model of other intents than a shop's
        kinds = {entity["entity"] for entity in message.get(ENTITIES) or []}
        intent = decide(found.get(INTENT_NAME_KEY) or "", found.get("confidence") or 0.0, ranking, kinds)
        if intent is None or intent == found.get(INTENT_NAME_KEY):
            return
        believed = next((entry["confidence"] for entry in ranking if entry["name"] == intent), 0.0)
        best = {INTENT_NAME_KEY: intent, "confidence": max(believed, MEANT)}
        message.set(INTENT, best, add_to_output=True)
        others = [entry for entry in ranking if entry["name"] != intent]
        message.set(INTENT_RANKING_KEY, [best, *others][: max(len(ranking), 1)], add_to_output=True)
