"""Pipeline component that says what a customer wants, and admits it when that is not clear."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from bot.nlu import storage
from bot.nlu.intents import IntentModel, Prediction
from bot.nlu.language import LANG, WRITING

logger = logging.getLogger(__name__)

# What is left of a confidence when the message is in a language that was never trained.
OTHER_LANGUAGE_SHARE = 0.3
BORROWED_WORDS = 2


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedClassifier(IntentClassifier, GraphComponent):
    """Gives every message an intent, or `nlu_fallback` when its best guess cannot be trusted.

    `intent_ranking` always holds the real candidates, best first, so that a reply can ask which is meant;
    the confidence of the first is the probability that it is right.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Creates an untrained classifier."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model: IntentModel | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's default config."""
        return {"ranking_length": 10}

    @classmethod
    def required_components(cls) -> list[type]:
        """Components that should be included in the pipeline before this component."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Any extra python dependencies required for this component to run."""
        return ["scipy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NeedClassifier:
        """Creates an untrained component (see parent class)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have an intent."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        if not examples:
            logger.warning("no example has an intent, every message will be %s", DEFAULT_NLU_FALLBACK_INTENT_NAME)
            return self._resource
        self._model = IntentModel.fit(*self._features(examples), [example.get(INTENT) for example in examples])
        with self._model_storage.write_to(self._resource) as folder:
            storage.save(folder, self._model.state())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NeedClassifier:
        """Loads the trained component (see parent class)."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                component._model = IntentModel.from_state(storage.load(folder))
        except ValueError:
            logger.warning("the model holds no intents")
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of each message."""
        told = [message for message in messages if (message.get(TEXT) or "").strip()]
        predictions: dict[int, Prediction] = {}
        if self._model is not None and told:
            predictions = dict(zip(map(id, told), self._model.predict(*self._features(told)), strict=True))
        for message in messages:
            self._set(message, predictions.get(id(message)))
        return messages

    def _set(self, message: Message, prediction: Prediction | None) -> None:
        if prediction is None:
            message.set(INTENT, _named(DEFAULT_NLU_FALLBACK_INTENT_NAME, 0.0), add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        other = bool((message.get(WRITING) or {}).get("other"))
        # "merci" and "hola" are said in Arabic and English too.
        foreign = other and not (prediction.trusted and len(message.get(TEXT).split()) <= BORROWED_WORDS)
        share = OTHER_LANGUAGE_SHARE if foreign else 1.0
        ranking = [_named(name, share * sure) for name, sure in prediction.ranking[: self._config["ranking_length"]]]
        best = dict(ranking[0])
        if foreign or not prediction.trusted:
            best = _named(DEFAULT_NLU_FALLBACK_INTENT_NAME, best[PREDICTED_CONFIDENCE_KEY])
        message.set(INTENT, best, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)

    @staticmethod
    def _features(messages: list[Message]) -> tuple[np.ndarray, sparse.csr_matrix, list[str | None]]:
        dense, rows = zip(*map(_sentence_features, messages), strict=True)
        languages = [message.get(LANG) for message in messages]
        if len(messages) == 1:
            return dense[0], rows[0], languages
        return np.concatenate(dense), sparse.vstack(rows, format="csr"), languages


def _sentence_features(message: Message) -> tuple[np.ndarray, sparse.csr_matrix]:
    """The vector of a message and its n-grams; read where they lie, for Rasa's own way copies them at every message."""
    dense, rows = np.zeros((1, 0), dtype=np.float32), sparse.csr_matrix((1, 0), dtype=np.float32)
    for found in message.features:
        if found.attribute == TEXT and found.type == FEATURE_TYPE_SENTENCE:
            if found.is_dense():
                dense = found.features
            else:
                rows = found.features
    return dense, rows


def _named(name: str, confidence: float) -> dict[str, Any]:
    return {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}
