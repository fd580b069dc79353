"""What Dukan says, as a whole: complete in both languages, varied where it is said often, and all of it used."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest
import yaml

from actions.choices import CHOICES
from actions.concern import NEEDS
from actions.handing_over import SALES, SERVICE
from bot.db.models.orders import ORDER_STATES
from bot.dialogue import payloads
from bot.settings import ROOT
from bot.words.responses import MissingVariable, Responses, UnknownResponse, Variation, load, responses

NAMES = responses().names
LANGUAGES = ("en", "ar")
# Said so often in a conversation that one wording would sound like a machine.
FREQUENT = [
    "utter_affirm",
    "utter_available",
    "utter_bot_challenge",
    "utter_capabilities",
    "utter_deny",
    "utter_fallback",
    "utter_fallback_offer_agent",
    "utter_goodbye",
    "utter_greet",
    "utter_greet_peace",
    "utter_handoff",
    "utter_language_changed",
    "utter_nothing_said",
    "utter_out_of_scope",
    "utter_price",
    "utter_problem",
    "utter_product_about",
    "utter_product_card",
    "utter_property",
    "utter_property_unknown",
    "utter_recommend",
    "utter_search_by_meaning",
    "utter_search_few",
    "utter_search_many",
    "utter_search_next",
    "utter_search_nothing",
    "utter_search_one",
    "utter_search_what",
    "utter_thanks",
    "utter_welcome",
    "utter_which_product",
    "utter_which_product_open",
]
# Names put together in code, by what they are put together from.
FAMILIES = {
    **{f"label_intent_{intent}": "actions/choices.py" for intent in CHOICES},
    **{f"utter_offer_{need}": "actions/concern.py" for need in NEEDS},
    **{f"label_team_{team}": "actions/handing_over.py" for team in (SALES, SERVICE)},
    **{f"utter_order_{state}": "actions/order_status.py" for state in (*ORDER_STATES, "ready_for_pickup_somewhere")},
}


def _of(name: str, language: str | None) -> list[Variation]:
    return [v for v in responses()._variations[name] if v.language == language]


def _variables(variation: Variation) -> set[str]:
    texts = [variation.text, *(title for title, _ in variation.buttons)]
    return {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def _code() -> dict[Path, str]:
    files = [*(ROOT / "actions").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]
    return {path: path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("name", NAMES)
def test_every_response_can_be_said_in_both_languages_and_without_one(name: str) -> None:
    assert _of(name, "en") and _of(name, "ar") and _of(name, None)
    assert all(variation.text for variation in responses()._variations[name])


@pytest.mark.parametrize("name", NAMES)
def test_all_variations_say_the_same_facts(name: str) -> None:
    sets = {frozenset(_variables(variation)) for variation in responses()._variations[name]}
    assert len(sets) == 1


@pytest.mark.parametrize("name", NAMES)
def test_all_languages_offer_the_same_buttons(name: str) -> None:
    offered = {tuple(payload for _, payload in v.buttons) for v in responses()._variations[name]}
    assert len(offered) == 1
    for said in offered.pop():
        payloads.read(said)


@pytest.mark.parametrize("name", FREQUENT)
@pytest.mark.parametrize("language", LANGUAGES)
def test_frequent_responses_have_four_wordings(name: str, language: str) -> None:
    texts = {variation.text for variation in _of(name, language)}
    assert len(texts) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_no_wording_is_there_twice(name: str) -> None:
    for language in LANGUAGES:
        texts = Counter(variation.text for variation in _of(name, language))
        assert texts.most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", NAMES)
def test_arabic_is_arabic(name: str) -> None:
    for variation in _of(name, "ar"):
        bare = re.sub(r"\{[a-z_]+\}", "", variation.text)
        assert not re.search(r"[,;?]", bare), "Arabic punctuation is ، ؛ ؟"
        assert not re.search(r"(?<!\w)(قم|قومي|يرجى|الرجاء)(?!\w)", bare)
        assert re.search(r"[\u0621-\u064a]", bare) or not re.search(r"[A-Za-z]{2}", bare)


def test_every_response_named_in_code_exists() -> None:
    missing = {
        (path.name, name)
        for path, text in _code().items()
        for name in re.findall(r'(?<!f)"((?:utter|label|phrase)_[a-z_]+[a-z])"', text)
        if name not in NAMES and not name.endswith("_message") and name != "utter_action"
    }
    assert not missing


def test_every_response_is_said_somewhere() -> None:
    code = "\n".join(_code().values())
    static = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("channels", "gateway", "desk")
        for path in (ROOT / "bot" / folder).rglob("*")
        if path.suffix in (".html", ".js")
    )
    named = set(re.findall(r"""(?<=["'])[a-z_]+(?=["'])""", code)) | set(FAMILIES)
    unused = [name for name in NAMES if name not in named and name not in static]
    assert not unused


def test_responses_named_by_families_exist() -> None:
    assert not set(FAMILIES) - set(NAMES)


def test_no_response_file_repeats_another() -> None:
    counted = Counter(
        name
        for path in (ROOT / "data" / "responses").glob("*.yml")
        for name in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"]
    )
    assert counted.most_common(1)[0][1] == 1


def test_a_response_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    for file in ("a.yml", "b.yml"):
        (tmp_path / file).write_text("responses:\n  utter_x:\n  - text: x\n")
    with pytest.raises(ValueError, match=r"b\.yml.*utter_x"):
        load(tmp_path)


def _small() -> Responses:
    english = [{"name": "language", "type": "slot", "value": "en"}]
    return Responses(
        {
            "utter_x": [
                {"text": "one {n}", "condition": english},
                {"text": "two {n}", "condition": english, "buttons": [{"title": "B {n}", "payload": "/greet{}"}]},
                {"text": "any {n}"},
            ]
        }
    )


def test_wordings_come_in_turn_and_never_twice_in_a_row() -> None:
    said: list[str] = []
    texts = []
    for _ in range(5):
        rendered = _small().render("utter_x", "en", {"n": 7}, said)
        said.append(rendered.key)
        texts.append(rendered.text)
    assert texts == ["one 7", "two 7", "one 7", "two 7", "one 7"]


def test_a_language_without_a_wording_gets_the_default() -> None:
    assert _small().render("utter_x", "ar", {"n": 1}).text == "any 1"


def test_buttons_are_filled_too() -> None:
    rendered = _small().render("utter_x", "en", {"n": 3}, ["utter_x/0"])
    assert rendered.buttons == [{"title": "B 3", "payload": "/greet{}"}]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingVariable, match="n"):
        _small().render("utter_x", "en", {})
    with pytest.raises(UnknownResponse, match="utter_y"):
        _small().render("utter_y", "en", {})
