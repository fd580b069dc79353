"""Rasa's message processor as Dukan runs it: a turn is whole or leaves no trace.

Rasa's own goes on when an action breaks and loses that action's events; here a turn whose action
server cannot be reached is given up unsaved, to be run again.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.core.actions.action import (
    Action,
    ActionExecutionRejection,
    RemoteAction,
    action_for_name_or_text,
)
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS, ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import payloads
from bot.dialogue.action_calls import ActionCall, ActionServer

logger = logging.getLogger(__name__)

NOT_UNDERSTOOD = {"name": "nlu_fallback", "confidence": 0.0}


class TurnProcessor(MessageProcessor):
    """Runs turns on trackers that the caller opens and saves."""

    action_endpoint: ActionServer

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The graph's last step turns a text "/intent{…}" into that intent; a customer's text stops before it.
        target = self.model_metadata.nlu_target
        self._understanding = self.model_metadata.predict_schema.nodes[target].needs["messages"]

    async def run_turn(
        self,
        tracker: DialogueStateTracker,
        message: UserMessage,
        parse_data: dict[str, Any] | None,
        slots: dict[str, Any],
    ) -> None:
        """Run one turn: understand the message, then act until it is the customer's turn again.

        Args:
            parse_data: what the message means, when a button said it.
            slots: set before anything else.

        Raises:
            ActionServerUnavailable, ActionFailed: the turn broke; the tracker is to be thrown away.
        """
        if not tracker.events:
            await self._update_tracker_session(tracker, message.output_channel)
        for name, value in slots.items():
            if tracker.get_slot(name) != value:
                tracker.update(SlotSet(name, value), self.domain)
        understood = parse_data or self.understand(message)
        tracker.update(
            UserUttered(
                understood["text"],
                understood["intent"],
                understood["entities"],
                understood,
                input_channel=message.input_channel,
                message_id=message.message_id,
                metadata=message.metadata,
            ),
            self.domain,
        )
        await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)

    def understand(self, message: UserMessage) -> dict[str, Any]:
        """What a customer's text means: `text`, `intent`, `intent_ranking`, `entities` and more."""
        if payloads.is_written_like_one(message.text or ""):
            return {"text": message.text, "intent": NOT_UNDERSTOOD, "intent_ranking": [], "entities": []}
        results = self.graph_runner.run(inputs={PLACEHOLDER_MESSAGE: [message]}, targets=[self._understanding])
        found = results[self._understanding][0].as_dict(only_output_properties=True)
        return {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": [], **found}

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill slots from the latest message as the domain maps them."""
        action = action_for_name_or_text(ACTION_EXTRACT_SLOTS, self.domain, self.action_endpoint)
        tracker.update_with_events(await action.run(output_channel, self.nlg, tracker, self.domain), self.domain)
        return tracker

    def _get_action(self, action_name: str) -> Action:
        action = action_for_name_or_text(action_name, self.domain, self.action_endpoint)
        return ActionCall(action_name, self.action_endpoint) if isinstance(action, RemoteAction) else action

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """The next action, and the prediction it comes from."""
        _standard, prediction = super().predict_next_with_tracker_if_should(tracker)
        return self._get_action(_standard.name()), prediction

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        if action.name() == ACTION_LISTEN_NAME:
            events = []
        else:
            try:
                # A rejected action must leave no policy events behind; without any, there is nothing to undo.
                attempt = tracker
                if prediction.events:
                    attempt = tracker.copy()
                    attempt.update_with_events(prediction.events, self.domain)
                events = await action.run(output_channel, nlg, attempt, self.domain)
            except ActionExecutionRejection:
                tracker.update(
                    ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
                )
                return True
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(
                ActionExecuted(action.name(), prediction.policy_name, prediction.max_confidence)
                if isinstance(action, ActionCall)
                else action.event_for_successful_execution(prediction)
            )
        tracker.update_with_events(events, self.domain)
        return self.should_predict_another_action(action.name())
