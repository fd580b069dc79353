"""Rasa's message processor as Dukan runs it: a turn is whole or leaves no trace.

Rasa's own goes on when an action breaks and loses that action's events; here a turn whose action
server cannot be reached is given up unsaved, to be run again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rasa.core.actions.action import (
    Action,
    ActionExecutionRejection,
    RemoteAction,
    action_for_name_or_text,
)
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.ensemble import PolicyPredictionEnsemble
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.graph import GraphNode
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS, ACTION_LISTEN_NAME, SlotMappingType
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import hearing, payloads
from bot.dialogue.action_calls import ActionCall, ActionServer
from bot.dialogue.nlg import VARIATION
from bot.dialogue.rules import IndexedRulePolicy

logger = logging.getLogger(__name__)

# What the pipeline says of a message and the event of the message holds already, or nobody reads.
NOT_KEPT = frozenset({"text_tokens", "message_id", "metadata"})
NOT_UNDERSTOOD = {"name": "nlu_fallback", "confidence": 0.0}


def _steps(nodes: dict[str, GraphNode], last: str) -> list[Callable[[Any], Any]]:
    """What a message passes through up to the node `last`; Rasa's graph runner would plan it anew for every message."""
    steps: list[Callable[[Any], Any]] = []
    while last in nodes:
        node = nodes[last]
        steps.append(partial(node._fn, node._component))
        last = node._inputs.get("messages", "")
    return steps[::-1]


class TurnProcessor(MessageProcessor):
    """Runs turns on trackers that the caller opens and saves."""

    action_endpoint: ActionServer

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The graph's last step turns a text "/intent{…}" into that intent; a customer's text stops before it.
        target = self.model_metadata.nlu_target
        understanding = self.model_metadata.predict_schema.nodes[target].needs["messages"]
        nodes = self.graph_runner._instantiated_nodes
        self._understand = _steps(nodes, understanding)
        deciding = nodes[self.model_metadata.core_target]
        self._ensemble: PolicyPredictionEnsemble = deciding._component
        policies = [nodes[name] for key, name in sorted(deciding._inputs.items()) if key.startswith("policy")]
        self._policies: list[Policy] = [
            IndexedRulePolicy.of(node._component) if isinstance(node._component, RulePolicy) else node._component
            for node in policies
        ]
        # Rasa looks at every mapping of every slot at every message; slots that only actions set need none of it.
        mapped = (mapping["type"] for slot in self.domain.slots for mapping in slot.mappings)
        self._fills_slots = any(kind != SlotMappingType.CUSTOM.value for kind in mapped)
        self._rule_only_data = nodes[policies[0]._inputs["rule_only_data"]]._component.provide()

    async def run_turn(
        self,
        tracker: DialogueStateTracker,
        message: UserMessage,
        parse_data: dict[str, Any] | None,
        slots: dict[str, Any],
    ) -> None:
        """Run one turn: understand the message, then act until it is the customer's turn again.

        A message with two needs is served as two messages would be. When the first ends with a question, the
        second is offered as a button, so that one question is asked at a time.

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
        again = partial(self._read, metadata=message.metadata)
        wanted = [parse_data] if parse_data else hearing.hear(self.understand(message), tracker, again)
        for place, understood in enumerate(wanted):
            if place and hearing.waits(tracker):
                await self._offer(understood, message, tracker)
                break
            metadata = message.metadata if place or len(wanted) == 1 else {**(message.metadata or {}), "followed": True}
            await self._serve(understood, message, metadata, tracker)

    async def _serve(
        self,
        understood: dict[str, Any],
        message: UserMessage,
        metadata: dict[str, Any] | None,
        tracker: DialogueStateTracker,
    ) -> None:
        tracker.update(
            UserUttered(
                understood["text"],
                understood["intent"],
                understood["entities"],
                understood,
                input_channel=message.input_channel,
                message_id=message.message_id,
                metadata=metadata,
            ),
            self.domain,
        )
        await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)

    async def _offer(self, later: dict[str, Any], message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Say that the second need was heard too, with a button for it."""
        need = later["intent"]["name"]
        label = await self.nlg.generate(f"label_intent_{need}", tracker, str(message.input_channel))
        said = await self.nlg.generate("utter_second_need", tracker, str(message.input_channel))
        button = {"title": label["text"], "payload": payloads.written(need, hearing.carried(later))}
        tracker.update(BotUttered(said["text"], {"buttons": [button]}, {VARIATION: said[VARIATION]}), self.domain)

    def understand(self, message: UserMessage) -> dict[str, Any]:
        """What a customer's text means: `text`, `intent`, `intent_ranking`, `entities` and more."""
        if payloads.is_written_like_one(message.text or ""):
            return {"text": message.text, "intent": NOT_UNDERSTOOD, "intent_ranking": [], "entities": []}
        return self._read([message.text or ""], message.metadata)[0]

    def _read(self, texts: Sequence[str], metadata: dict[str, Any] | None) -> list[dict[str, Any]]:
        messages: list[Any] = [UserMessage(text, metadata=metadata) for text in texts]
        for step in self._understand:
            messages = step(messages)
        nothing = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}
        found = [message.as_dict(only_output_properties=True) for message in messages]
        return [nothing | {key: value for key, value in one.items() if key not in NOT_KEPT} for one in found]

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill slots from the latest message as the domain maps them."""
        if not self._fills_slots:
            return tracker
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

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        if tracker.followup_action:
            return super()._predict_next_with_tracker(tracker)
        predictions = []
        for policy in self._policies:
            predictions.append(policy.predict_action_probabilities(tracker, self.domain, self._rule_only_data))
            if isinstance(policy, RulePolicy) and predictions[-1].max_confidence == 1.0:
                break  # nothing outranks a rule that applies
        return self._ensemble.combine_predictions(predictions, tracker, self.domain)

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
                # Policy events of a rejected action must not stay behind; only a form rejects itself.
                attempt = tracker
                if prediction.events and not isinstance(action, ActionCall):
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
