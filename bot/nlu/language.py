"""Pipeline component that says which language a message is in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.detect import detect

LANG = "lang"
WRITING = "writing"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Sets `lang` ("en", "ar" or null) and `writing` (script, Arabizi, mixed, digits, another language)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """Creates the component (see parent class)."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Detect the language of each message."""
        for message in messages:
            found = asdict(detect(message.get(TEXT) or ""))
            message.set(LANG, found.pop("language"), add_to_output=True)
            message.set(WRITING, found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Detect the language of each example: the featurizers learn by language."""
        self.process(training_data.training_examples)
        return training_data
