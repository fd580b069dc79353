"""Pipeline components that find what a message names: things of the catalogue, and what is written in fixed ways.

Neither is trained. The catalogue is read from the database and read again when it changes.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.exc import SQLAlchemyError

from bot.nlu.patterns import Found, Surroundings, find_all
from bot.shop import gazetteer
from bot.shop.gazetteer import Gazetteer, Span

logger = logging.getLogger(__name__)

RULES = "rules"
# Kinds that no name of the catalogue may cut into.
_FIRM = frozenset(("email", "phone", "order_number", "date"))
COUNTABLE = frozenset(("category", "product", "brand"))


class _Catalogue:
    """The gazetteer, and whether its absence has been told: once, not at every message."""

    def __init__(self) -> None:
        self._absent = False

    def current(self, message: Message) -> Gazetteer | None:
        """The gazetteer, or None while the database cannot be read: rules and intents work without it.

        A customer's message brings the version of the catalogue that it was stored at.
        """
        try:
            known = gazetteer.current((message.get(METADATA) or {}).get("catalogue_version"))
        except SQLAlchemyError as error:
            if not self._absent:
                logger.warning(
                    "no names of the catalogue are known, the database cannot be read: %s", type(error).__name__
                )
            self._absent = True
            return None
        self._absent = False
        return known


_catalogue = _Catalogue()


class _Untrained(EntityExtractorMixin, GraphComponent):
    """What both components share: they are made without training and add to a message's entities."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _Untrained:
        """Creates the component (see parent class)."""
        return cls()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CatalogueEntities(_Untrained):
    """Products, categories, brands, attribute and option values, branches and cities, from the database."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the names found in each message."""
        for message in messages:
            known = _catalogue.current(message)
            found = [_named(span) for span in known.find(message.get(TEXT) or "")] if known else []
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *found], add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternEntities(_Untrained):
    """Order numbers, dates, prices, measures, quantities, ordinals, comparisons, contacts and languages, by rules."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what the rules find in each message; of overlapping entities the longer one stays."""
        known = _catalogue.current(messages[0]) if messages else None
        for message in messages:
            names = message.get(ENTITIES) or []
            found = find_all(message.get(TEXT) or "", _surroundings(known, names))
            message.set(ENTITIES, _settled(names, [_by_rule(item) for item in found]), add_to_output=True)
        return messages


def _named(span: Span) -> dict[str, Any]:
    entity = {
        "entity": span.kind,
        "value": span.value,
        "start": span.start,
        "end": span.end,
        "extractor": span.extractor,
    }
    return {**entity, "candidates": list(span.candidates)} if span.candidates else entity


def _by_rule(found: Found) -> dict[str, Any]:
    entity = {"entity": found.entity, "value": found.value, "start": found.start, "end": found.end, "extractor": RULES}
    return {**entity, **found.extra}


def _surroundings(known: Gazetteer | None, names: list[dict[str, Any]]) -> Surroundings:
    if known is None:
        return Surroundings()
    return Surroundings(
        country=known.names.country,
        currency=known.names.currency,
        order_prefixes=known.names.order_prefixes,
        order_digits=known.names.order_digits,
        order_exists=gazetteer.order_exists,
        order_shapes=known.names.order_shapes,
        quantity=known.quantity,
        measured=known.measured,
        names=frozenset(name["start"] for name in names if name["entity"] in COUNTABLE),
        today=known.names.today,
    )


def _settled(names: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names and findings without overlaps: firm kinds first, then the longer, then a price, then the name.

    A date inside the name of a product ("weekend bag") is none.
    """
    products = [(name["start"], name["end"]) for name in names if name["entity"] == "product"]

    def rank(entity: dict[str, Any]) -> tuple[bool, int, int]:
        length = entity["end"] - entity["start"]
        named = entity["entity"] == "date" and any(
            start <= entity["start"] and entity["end"] <= end and length < end - start for start, end in products
        )
        last = 0 if entity["entity"] == "price" else 2 if entity["extractor"] == RULES else 1
        return (named or entity["entity"] not in _FIRM, -length, last)

    kept: list[dict[str, Any]] = []
    for entity in sorted([*names, *found], key=rank):
        if not any(entity["start"] < other["end"] and other["start"] < entity["end"] for other in kept):
            kept.append(entity)
    return sorted(kept, key=lambda entity: entity["start"])
