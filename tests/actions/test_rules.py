"""The dialogue's data as a whole: every need is answered, every action exists, and Rasa finds no fault with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.validator import Validator
from rasa_sdk.executor import ActionExecutor

from bot.settings import ROOT

DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
FORMS = set(DOMAIN.get("forms") or {})
# Rasa's own, which need no class of ours.
BUILT_IN = {"action_deactivate_loop", "action_listen"}


def _read(folder: str, key: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for path in sorted((ROOT / "data" / folder).glob("*.yml")):
        entries += yaml.safe_load(path.read_text(encoding="utf-8")).get(key) or []
    return entries


def _names(items: list[Any]) -> list[str]:
    return [item if isinstance(item, str) else next(iter(item)) for item in items]


RULES = _read("rules", "rules")
STORIES = _read("stories", "stories")


def _registered() -> set[str]:
    executor = ActionExecutor()
    executor.register_package("actions")
    return set(executor.actions)


@pytest.mark.parametrize("intent", _names(DOMAIN["intents"]))
def test_every_need_has_a_rule(intent: str) -> None:
    assert any(step.get("intent") == intent for rule in RULES for step in rule["steps"])


def test_every_action_of_rules_and_stories_exists() -> None:
    used = {step["action"] for entry in (*RULES, *STORIES) for step in entry["steps"] if "action" in step}
    assert not used - _registered() - FORMS - BUILT_IN


def test_the_domain_names_the_actions_that_exist() -> None:
    assert set(DOMAIN["actions"]) == _registered()


def test_no_slot_is_filled_behind_an_actions_back() -> None:
    needed_by_forms = {slot for form in (DOMAIN.get("forms") or {}).values() for slot in form["required_slots"]}
    for name, slot in DOMAIN["slots"].items():
        filled_by = {mapping["type"] for mapping in slot["mappings"]}
        assert filled_by == {"custom"} or name in needed_by_forms


def test_at_most_one_action_answers_a_message() -> None:
    """Every action is a call and more events to replay; a form and what it fills in for is the one exception."""
    for rule in RULES:
        if rule.get("condition"):
            continue
        acted = [step["action"] for step in rule["steps"] if "action" in step]
        assert len(acted) == 1


@pytest.fixture(scope="module")
def importer(tmp_path_factory: pytest.TempPathFactory) -> TrainingDataImporter:
    """The project's data, with one example an intent in place of what understanding learns from."""
    folder: Path = tmp_path_factory.mktemp("nlu")
    examples = {
        "version": "3.1",
        "nlu": [{"intent": intent, "examples": f"- {intent}\n"} for intent in _names(DOMAIN["intents"])],
    }
    (folder / "nlu.yml").write_text(yaml.safe_dump(examples), encoding="utf-8")
    return TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"),
        str(ROOT / "domain.yml"),
        [str(ROOT / "data" / "rules"), str(ROOT / "data" / "stories"), str(folder)],
    )


@pytest.fixture(scope="module")
def validator(importer: TrainingDataImporter) -> Validator:
    return Validator.from_importer(importer)


def test_rasa_finds_the_domain_sound(validator: Validator) -> None:
    assert validator.verify_domain_validity()
    assert validator.verify_intents(ignore_warnings=False)
    assert validator.verify_intents_in_stories(ignore_warnings=False)
    assert validator.verify_actions_in_stories_rules()
    assert validator.verify_forms_in_stories_rules()
    assert validator.verify_form_slots()
    assert validator.verify_slot_mappings()


def test_rasa_finds_no_conflict_between_stories(validator: Validator) -> None:
    assert validator.verify_story_structure(ignore_warnings=False)


def test_rules_and_stories_do_not_contradict_each_other(importer: TrainingDataImporter, tmp_path: Path) -> None:
    domain = importer.get_domain()
    trackers = TrainingDataGenerator(importer.get_stories(), domain).generate()
    policy = RulePolicy(
        RulePolicy.get_default_config(),
        LocalModelStorage.create(tmp_path),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    )
    policy.train(trackers, domain)  # refuses contradictions by raising
    assert len(policy.lookup["rules"]) >= len(DOMAIN["intents"])
