"""The intent model on small data whose outcome is known: learning, trust, refusing, keeping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bot.language.detect import detect
from bot.nlu import regression, storage
from bot.nlu.centring import LEAST_EXAMPLES, Centres
from bot.nlu.intents import IntentModel, as_if_unseen, near_duplicate_groups
from bot.nlu.kernel import KernelRegression
from bot.nlu.ngrams import NgramVectoriser, sequences

THINGS = [
    "parcel",
    "order",
    "package",
    "delivery",
    "box",
    "shipment",
    "sofa",
    "kettle",
    "shoes",
    "book",
    "lamp",
    "phone",
]
FORMS = {
    "where": ["where is my {}", "has the {} been sent", "track my {} please", "when does the {} arrive"],
    "return": ["i want to return the {}", "send back my {}", "the {} goes back to you", "how can the {} be returned"],
    "greet": ["hello {}", "good morning {}", "hi there {}", "hey {} people"],
    "pay": [
        "can i pay for the {} by card",
        "do you take cash for a {}",
        "pay the {} in instalments",
        "card or cash for the {}",
    ],
}


def examples() -> tuple[list[str], list[str]]:
    pairs = [(form.format(thing), intent) for intent, forms in FORMS.items() for form in forms for thing in THINGS]
    return [text for text, _ in pairs], [intent for _, intent in pairs]


def read(vectoriser: NgramVectoriser, texts: list[str]) -> tuple[np.ndarray, sparse.csr_matrix, list[str | None]]:
    """Texts as the model takes them: without meaning, their n-grams, their languages."""
    no_meaning = np.zeros((len(texts), 0), dtype=np.float32)
    return no_meaning, vectoriser.transform(texts), [detect(text).language for text in texts]


@pytest.fixture(scope="module")
def trained() -> tuple[NgramVectoriser, IntentModel]:
    texts, labels = examples()
    vectoriser = NgramVectoriser.fit(texts)
    return vectoriser, IntentModel.fit(*read(vectoriser, texts), labels)


def test_what_is_like_the_examples_is_recognised(trained: tuple[NgramVectoriser, IntentModel]) -> None:
    vectoriser, model = trained
    texts = ["where is the kettle", "i want to return my lamp", "hello everybody", "cash or card"]
    predictions = model.predict(*read(vectoriser, texts))
    assert [prediction.intent for prediction in predictions] == ["where", "return", "greet", "pay"]
    assert all(prediction.trusted for prediction in predictions)


def test_what_no_example_is_like_is_not_trusted(trained: tuple[NgramVectoriser, IntentModel]) -> None:
    vectoriser, model = trained
    texts = ["zxcvb qwrtp", "weather tomorrow?", "who won yesterday", "Превед медвед"]
    predictions = model.predict(*read(vectoriser, texts))
    assert sum(prediction.trusted for prediction in predictions) <= 1
    known = model.predict(*read(vectoriser, ["where is my order"]))[0]
    assert max(prediction.confidence for prediction in predictions) < known.confidence


def test_rankings_are_ordered_and_led_by_the_intent(trained: tuple[NgramVectoriser, IntentModel]) -> None:
    vectoriser, model = trained
    (prediction,) = model.predict(*read(vectoriser, ["pay on return"]))
    confidences = [confidence for _, confidence in prediction.ranking]
    assert prediction.ranking[0] == (prediction.intent, prediction.confidence)
    assert confidences == sorted(confidences, reverse=True)
    assert len(prediction.ranking) == len(FORMS)
    assert sum(confidences) <= 1 + 1e-6


def test_what_was_learned_is_kept(trained: tuple[NgramVectoriser, IntentModel], tmp_path: Path) -> None:
    vectoriser, model = trained
    for name, state in (("ngrams", vectoriser.state()), ("model", model.state())):
        (tmp_path / name).mkdir()
        storage.save(tmp_path / name, state)
    again = NgramVectoriser.from_state(storage.load(tmp_path / "ngrams"))
    kept = IntentModel.from_state(storage.load(tmp_path / "model"))
    texts = ["where is the kettle", "something else entirely"]
    before = model.predict(*read(vectoriser, texts))
    after = kept.predict(*read(again, texts))
    assert [p.intent for p in before] == [p.intent for p in after]
    assert np.allclose([p.confidence for p in before], [p.confidence for p in after], atol=1e-3)
    assert not list(tmp_path.rglob("*.pkl"))


def test_one_intent_and_single_examples_are_enough_to_train() -> None:
    vectoriser = NgramVectoriser.fit(["hello"])
    model = IntentModel.fit(*read(vectoriser, ["hello"]), ["greet"])
    assert model.predict(*read(vectoriser, ["hello"]))[0].intent == "greet"
    vectoriser = NgramVectoriser.fit(["hello", "bye"])
    model = IntentModel.fit(*read(vectoriser, ["hello", "bye"]), ["greet", "goodbye"])
    assert model.predict(*read(vectoriser, ["bye"]))[0].intent == "goodbye"


def test_the_regression_agrees_with_scikit_learn() -> None:
    dice = np.random.default_rng(3)
    dense = dice.normal(size=(300, 8)).astype(np.float32)
    rows = sparse.random(300, 20, density=0.2, random_state=4, dtype=np.float32).tocsr()
    classes = (dense[:, 0] > 0).astype(int) + (dense[:, 1] > 0.5)
    ours = regression.fit(dense, rows, classes, 3, np.ones(300), 1.0)
    both = sparse.hstack([sparse.csr_matrix(dense), rows]).tocsr()
    theirs = LogisticRegression(C=1.0, max_iter=500).fit(both, classes)
    assert (ours.scores(dense, rows).argmax(axis=1) == theirs.predict(both)).mean() > 0.98
    assert np.allclose(ours.dense.T, theirs.coef_[:, :8], atol=0.05)


def test_unknown_ngrams_shorten_a_row() -> None:
    vectoriser = NgramVectoriser.fit(["where is my order", "send it back"])
    rows = vectoriser.transform(["where is my order", "where is my qwzx", "qwzx", ""])
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    assert lengths[0] == pytest.approx(np.sqrt(2), abs=1e-4)
    assert lengths[0] > lengths[1] > lengths[2] == lengths[3] == 0


def test_rows_as_if_unseen_are_those_of_a_vectoriser_without_them() -> None:
    texts = ["where is my order", "where is my order now", "return the red shoes"]
    rows = NgramVectoriser.fit(texts).transform(texts)
    seen = as_if_unseen(rows[2:], rows[:2])
    assert seen.nnz < rows[2:].nnz
    assert np.isclose(as_if_unseen(rows[:1], rows[:1]).toarray(), rows[:1].toarray(), atol=1e-4).all()


def test_near_duplicates_share_a_group() -> None:
    vectors = np.array([[1, 0], [0.999, 0.04], [0, 1]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = near_duplicate_groups(vectors, sparse.csr_matrix((3, 1), dtype=np.float32))
    assert groups[0] == groups[1] != groups[2]


def test_the_kernel_separates_what_no_sum_of_directions_can() -> None:
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    dense = np.stack([np.cos(around), np.sin(around)], axis=1).astype(np.float32)
    classes = (dense[:, 0] * dense[:, 1] > 0).astype(int)
    rows = sparse.csr_matrix((40, 1), dtype=np.float32)
    machine = KernelRegression.fit(dense, rows, classes, 2, np.ones(40))
    likeness = machine.likeness(dense, rows)
    assert (likeness.classes.argmax(axis=1) == classes).mean() > 0.9
    assert np.allclose(likeness.meaning, 1, atol=1e-4)


def test_one_message_is_read_as_many_are(trained: tuple[NgramVectoriser, IntentModel]) -> None:
    vectoriser, model = trained
    texts = ["where is the kettle", "send back my red shoes now", "", "qwzx", "pay pay pay by card", "وين طلبي"]
    together = model.predict(*read(vectoriser, texts))
    for text, among in zip(texts, together, strict=True):
        (alone,) = model.predict(*read(vectoriser, [text]))
        assert [name for name, _ in alone.ranking] == [name for name, _ in among.ranking]
        assert np.allclose([sure for _, sure in alone.ranking], [sure for _, sure in among.ranking], atol=1e-5)
        assert alone.trusted == among.trusted


def test_without_doubting_every_answer_is_trusted() -> None:
    texts, labels = examples()
    vectoriser = NgramVectoriser.fit(texts)
    model = IntentModel.fit(*read(vectoriser, texts), labels, doubting=False)
    (prediction,) = model.predict(*read(vectoriser, ["zxcvb qwrtp"]))
    assert prediction.trusted


def test_vectors_are_taken_from_the_centre_of_their_language() -> None:
    dice = np.random.default_rng(1)
    english = dice.normal(size=(LEAST_EXAMPLES, 4)) + 5
    arabic = dice.normal(size=(LEAST_EXAMPLES, 4)) - 5
    languages = ["en"] * LEAST_EXAMPLES + ["ar"] * LEAST_EXAMPLES
    centres = Centres.fit(np.concatenate([english, arabic]), languages)
    aside = np.array([1, 0, 0, 0])
    moved = centres.apply(np.stack([aside + english.mean(axis=0), aside + arabic.mean(axis=0)]), ["en", "ar"])
    assert moved[0] @ moved[1] == pytest.approx(1.0, abs=1e-3)
    assert not centres.apply(np.zeros((1, 4)), ["en"]).any()
    assert Centres({}).apply(np.zeros((2, 0), dtype=np.float32), [None, None]).shape == (2, 0)


def test_dialects_say_a_sequence_with_words_of_their_own() -> None:
    wanted, asked = set(sequences("ابغى ارجع الطلب")), set(sequences("عايز ارجع الاوردر"))
    assert {"%want%return", "%return%order"} <= wanted & asked
    assert not {"%want%return", "%return%order"} & set(sequences("الطلب ارجع ابغى"))  # the order counts
