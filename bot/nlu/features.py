"""Pipeline components that turn a message into numbers: a vector of its meaning, and its n-grams."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.arabizi import read
from bot.language.encoder import get_encoder
from bot.nlu import storage
from bot.nlu.centring import Centres
from bot.nlu.language import LANG
from bot.nlu.ngrams import NgramVectoriser

logger = logging.getLogger(__name__)


def _with_text(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.get(TEXT)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Vectors of meaning from the sentence encoder, each taken from the centre of its language."""

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        """Creates the featurizer; it knows no centres yet."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = get_encoder()
        self._centres = Centres({})

    @classmethod
    def required_components(cls) -> list[type]:
        """Components that should be included in the pipeline before this component."""
        return [Tokenizer]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be configured wrongly."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Creates an untrained component (see parent class)."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the centre of each language."""
        examples = _with_text(training_data.intent_examples)
        if examples and self._encoder.dimension:
            vectors = self._encoder.encode([read(example.get(TEXT)) for example in examples])
            self._centres = Centres.fit(vectors, [example.get(LANG) for example in examples])
        with self._model_storage.write_to(self._resource) as folder:
            storage.save(folder, {"encoder": self._encoder.name, **self._centres.means})
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceFeaturizer:
        """Loads the trained component (see parent class)."""
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            state = storage.load(folder)
        trained_with = state.pop("encoder")
        component._centres = Centres(state)
        if trained_with != component._encoder.name:
            logger.warning(
                "the model was trained with the encoder %s, here is %s: train it again",
                trained_with,
                component._encoder.name,
            )
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vector of each message."""
        messages = _with_text(messages) if len(messages) > 1 else messages
        width = self._centres.dimension
        if not messages or not width:
            return messages
        if self._encoder.dimension == width:
            vectors = self._encoder.encode([read(message.get(TEXT) or "") for message in messages])
        else:
            vectors = np.zeros((len(messages), width), dtype=np.float32)
        centred = self._centres.apply(vectors, [message.get(LANG) for message in messages])
        for message, vector in zip(messages, centred):
            self.add_features_to_message(None, vector[None, :], TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vector of each example, in batches."""
        self.process(training_data.training_examples)
        return training_data


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Character and word n-grams of the folded text, weighed by how telling they are."""

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        """Creates the featurizer without a vocabulary."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._vectoriser: NgramVectoriser | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's default config: in how many examples an n-gram must be, in small and in large data."""
        return {**SparseFeaturizer.get_default_config(), "least": 1, "least_in_large": 2, "large": 1500}

    @classmethod
    def required_components(cls) -> list[type]:
        """Components that should be included in the pipeline before this component."""
        return [Tokenizer]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be configured wrongly."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        """Creates an untrained component (see parent class)."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabulary."""
        texts = [example.get(TEXT) for example in _with_text(training_data.intent_examples)]
        large = len(texts) >= self._config["large"]
        self._vectoriser = NgramVectoriser.fit(texts, self._config["least_in_large" if large else "least"])
        with self._model_storage.write_to(self._resource) as folder:
            storage.save(folder, self._vectoriser.state())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        """Loads the trained component (see parent class)."""
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._vectoriser = NgramVectoriser.from_state(storage.load(folder))
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the row of each message."""
        messages = _with_text(messages) if len(messages) > 1 else messages
        if self._vectoriser is None or not messages:
            return messages
        rows = self._vectoriser.transform([message.get(TEXT) or "" for message in messages])
        for number, message in enumerate(messages):
            row = rows if len(messages) == 1 else rows[number]
            self.add_features_to_message(None, row, TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the row of each example."""
        self.process(training_data.training_examples)
        return training_data
