"""Rasa's rules as trained, found by index: the stock policy compares every rule with the dialogue at every step."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT, TEXT

Trait = str | None


def _trait(state: State, part: str, name: str) -> Trait:
    found = state.get(part, {}).get(name)
    return None if found is None else str(found)


def _ending(states: list[State]) -> tuple[Trait, Trait]:
    """The last action, and the intent; at a conversation's start Rasa looks at no more than that it is the start."""
    action = _trait(states[-1], PREVIOUS_ACTION, ACTION_NAME)
    return action, None if action is None else _trait(states[-1], USER, INTENT)


class IndexedRulePolicy(RulePolicy):
    """Predicts what `RulePolicy` predicts.

    A rule can only apply when its last step has the dialogue's last action and, if it names one, its intent:
    those rules are looked up, and only they are compared.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._index: dict[int, dict[tuple[Trait, Trait], list[str]]] = {}
        self._reads_text = any(
            TEXT in state.get(USER, {}) for key in self.lookup.get(RULES, {}) for state in self._rule_key_to_state(key)
        )

    @classmethod
    def of(cls, trained: RulePolicy) -> IndexedRulePolicy:
        """The rules of a policy that Rasa loaded."""
        return cls(
            trained.config,
            trained._model_storage,
            trained._resource,
            ExecutionContext(GraphSchema({})),
            featurizer=trained.featurizer,
            lookup=trained.lookup,
        )

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """The dialogue as rules see it. Where no slot is part of that, it is gone through without slots."""
        if not any(slot.has_features() for slot in domain.slots):
            seen = DialogueStateTracker(tracker.sender_id, [])
            seen.events = deque(event for event in tracker.events if not isinstance(event, SlotSet))
            tracker = seen
        return super()._prediction_states(tracker, domain, use_text_for_last_user_input, rule_only_data)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Any, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not self._reads_text:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        if not states:
            return super()._get_possible_keys(lookup, states)
        index = self._index.get(id(lookup))
        if index is None:
            index = self._index[id(lookup)] = self._indexed(lookup)
        action, intent = _ending(states)
        candidates = {*index[action, intent], *index[action, None]}
        return super()._get_possible_keys(dict.fromkeys(candidates, ""), states)

    def _indexed(self, lookup: dict[str, str]) -> dict[tuple[Trait, Trait], list[str]]:
        index: dict[tuple[Trait, Trait], list[str]] = defaultdict(list)
        for key in lookup:
            index[_ending(self._rule_key_to_state(key))].append(key)
        return index
