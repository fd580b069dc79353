"""Rasa's responses, said by `bot.words`: in the customer's language, in words not used before in the conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.words.responses import Responses, responses

VARIATION = "variation"  # key in a bot utterance's metadata: the wording it is in
WORDINGS = "wordings"  # … and all that were used before it, where older utterances were dropped


def wordings_said(events: Iterable[Event]) -> list[str]:
    """The wordings used in a dialogue so far, oldest first."""
    said: list[str] = []
    for event in events:
        if isinstance(event, BotUttered):
            said += event.metadata.get(WORDINGS) or []
            if VARIATION in event.metadata:
                said.append(event.metadata[VARIATION])
    return said


class DukanResponses(NaturalLanguageGenerator):
    """Named in `endpoints.yml`; Rasa makes one and asks it for every response."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        self._responses: Responses = responses()

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        variables: dict[str, Any] | None = None,
        language: str | None = None,
        **_kwargs: Any,
    ) -> dict[str, Any]:
        """`utter_action` in final words, as a bot message."""
        said = self._responses.render(
            utter_action,
            language or tracker.get_slot("language") or "en",
            variables or {},
            wordings_said(tracker.events),
        )
        return {"text": said.text, "buttons": said.buttons, VARIATION: said.key}
