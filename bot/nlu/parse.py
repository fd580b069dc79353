"""Understanding without dialogue: loads the NLU half of a trained model and reads messages with it.

`python -m bot parse`, the evaluation and the benchmarks use it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.graph import ExecutionContext
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.language import LANG

BATCH = 64


class Interpreter:
    """The understanding of one trained model.

    Args:
        model_path: the archive that training wrote.
    """

    def __init__(self, model_path: Path | str) -> None:
        with tempfile.TemporaryDirectory(prefix="dukan-nlu-") as folder:
            storage, metadata = LocalModelStorage.from_model_archive(Path(folder), Path(model_path))
            if metadata.nlu_target is None:
                raise ValueError(f"{model_path} holds no understanding")
            # Rasa's last step turns "/intent{…}" into an intent; here every text is taken as it is.
            nodes = metadata.predict_schema.nodes
            self._target = nodes[metadata.nlu_target].needs["messages"]
            schema = metadata.predict_schema.minimal_graph_schema([self._target])
            context = ExecutionContext(graph_schema=schema, model_id=metadata.model_id)
            self._runner = DaskGraphRunner.create(schema, storage, context)  # components read what they need here

    def parse(self, text: str) -> dict[str, Any]:
        """What is understood of one message.

        Returns:
            `text`, `intent` (its name), `confidence` (0 to 1), `ranking` (names with confidences, best first),
            `entities` and `lang` ("en", "ar" or None).
        """
        return self.parse_many([text])[0]

    def parse_many(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """What is understood of each of `texts`, in order."""
        waiting = list(texts)
        found: list[dict[str, Any]] = []
        for first in range(0, len(waiting), BATCH):
            batch = [UserMessage(text) for text in waiting[first : first + BATCH]]
            messages = self._runner.run({PLACEHOLDER_MESSAGE: batch}, targets=[self._target])[self._target]
            found += [_as_result(text, message) for text, message in zip(waiting[first:], messages)]
        return found


def _as_result(text: str, message: Message) -> dict[str, Any]:
    intent = message.get(INTENT) or {}
    return {
        "text": text,
        "intent": intent.get("name"),
        "confidence": intent.get("confidence", 0.0),
        "ranking": message.get(INTENT_RANKING_KEY) or [],
        "entities": message.get(ENTITIES) or [],
        "lang": message.get(LANG),
    }


def load_interpreter(model_path: Path | str) -> Interpreter:
    """The understanding of the model at `model_path`, loaded and ready."""
    return Interpreter(model_path)
