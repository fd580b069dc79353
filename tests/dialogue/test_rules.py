"""Rules found by index are the rules that Rasa finds by comparing them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource

from bot.dialogue.rules import IndexedRulePolicy

ACTIONS = ("action_listen", "action_price", "order_form")
INTENTS = ("ask_price", "order_status")
STEPS = st.fixed_dictionaries(
    {},
    optional={
        "prev_action": st.fixed_dictionaries({"action_name": st.sampled_from(ACTIONS)}),
        "user": st.fixed_dictionaries({"intent": st.sampled_from(INTENTS)}),
        "slots": st.fixed_dictionaries({"locked": st.sampled_from([(0.0,), (1.0,)])}),
        "active_loop": st.fixed_dictionaries({"name": st.just("order_form")}),
    },
)
DIALOGUES = st.lists(STEPS, min_size=1, max_size=4)


def _policy(rules: list[list[dict[str, Any]]], folder: Path) -> RulePolicy:
    lookup = {RULES: {json.dumps(states, sort_keys=True): "action_listen" for states in rules}}
    return RulePolicy(
        RulePolicy.get_default_config(),
        LocalModelStorage(folder),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
        lookup=lookup,
    )


@given(rules=st.lists(DIALOGUES, max_size=12), dialogue=DIALOGUES)
def test_the_same_rules_apply(
    rules: list[list[dict[str, Any]]], dialogue: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    trained = _policy(rules, tmp_path_factory.getbasetemp())
    indexed = IndexedRulePolicy.of(trained)
    lookup = trained.lookup[RULES]
    # A dialogue that some rule ends as it does, so that not all comparisons fail at once.
    for states in (dialogue, *(dialogue[:-1] + rule[-1:] for rule in rules)):
        expected = trained._get_possible_keys(lookup, states)
        assert indexed._get_possible_keys(lookup, states) == expected
