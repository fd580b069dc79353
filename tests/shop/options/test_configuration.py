"""Configurations are never invalid, whatever is chosen in whatever order; prices and days follow the choices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.db.types import LocalisedText
from bot.shop import catalogue
from bot.shop.catalogue import BuyableVariant, Choice, Exclusion, Option, ShopProduct
from bot.shop.options import configuration as making
from bot.shop.options.configuration import Configuration, NotOffered
from bot.shop.options.limits import MeasureLimits, MeasureProblem, TextLimits, TextProblem, When


def _named(text: str) -> LocalisedText:
    return LocalisedText(en=text, ar=f"«{text}»")


@st.composite
def products(draw: st.DrawFn) -> ShopProduct:
    """Products with up to four options, some of which make variants, and rules that exclude pairs."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    options = [
        Option(
            f"o{place}",
            _named(f"Option {place}"),
            tuple(
                Choice(
                    f"o{place}v{value}",
                    _named(f"{place}-{value}"),
                    Decimal(draw(st.integers(0, 300))),
                    draw(st.integers(0, 9)),
                )
                for value in range(size)
            ),
        )
        for place, size in enumerate(sizes)
    ]
    deciding = draw(st.lists(st.sampled_from(options), unique_by=lambda option: option.code, max_size=2))
    combinations: list[dict[str, str]] = [{}]
    for option in deciding:
        combinations = [{**known, option.code: choice.code} for known in combinations for choice in option.choices]
    made = draw(st.lists(st.sampled_from(combinations), min_size=1, unique_by=lambda c: tuple(sorted(c.items()))))
    variants = tuple(
        BuyableVariant(f"S{n}", LocalisedText(), combination, Decimal(draw(st.integers(1, 5000))), None, False, {})
        for n, combination in enumerate(made)
    )
    everything = [(option.code, choice.code) for option in options for choice in option.choices]
    pairs = draw(st.lists(st.tuples(st.sampled_from(everything), st.sampled_from(everything)), max_size=4))
    exclusions = tuple(
        Exclusion(_named("a"), _named("b"), _named("why"), frozenset(pair))
        for pair in pairs
        if pair[0][0] != pair[1][0]
    )
    if draw(st.booleans()):
        code, value = draw(st.sampled_from(everything))
        options.append(Option("words", _named("Words"), (), TextLimits(longest=8, when=When(code, value))))
    options.append(
        Option("size", _named("Size"), (), MeasureLimits(Decimal(50), Decimal(90), "cm", Decimal(5), None, Decimal(2)))
    )
    return ShopProduct(
        id=1,
        code="p",
        title=_named("P"),
        description=LocalisedText(),
        category=None,
        brand=None,
        price_from=None,
        price_to=None,
        url=None,
        image=None,
        lead_time_days=0,
        warranty_months=None,
        options=tuple(options),
        exclusions=exclusions,
        variants=variants,
    )


@given(products(), st.data())
def test_a_configuration_is_never_invalid(product: ShopProduct, data: st.DataObject) -> None:
    made = Configuration()
    assume(making.possible(product, {}))
    for _ in range(data.draw(st.integers(1, 8))):
        option = data.draw(st.sampled_from(product.options))
        try:
            if option.choices:
                choice = data.draw(st.sampled_from(option.choices))
                changed = making.choose(product, made, option.code, choice.code)
                made = changed.configuration
                assert made.choices[option.code] == choice.code, "the newest wish wins"
                assert all(drop.option.code not in made.choices for drop in changed.dropped)
            elif option.code == "words":
                made = making.write(product, made, option.code, data.draw(st.text(max_size=12)))
            else:
                made = making.measure(
                    product, made, option.code, data.draw(st.sampled_from(["55", "90 cm", "4", "52"]))
                )
        except (NotOffered, TextProblem, MeasureProblem):
            pass
        assert making.valid(product, made)
        assert Configuration.from_data(made.to_data()) == made
    whole = making.settled(product, made)
    assert making.valid(product, whole) and made.choices.items() <= whole.choices.items()


@given(products(), st.data())
def test_answering_every_question_with_what_is_offered_ends_in_something_to_buy(
    product: ShopProduct, data: st.DataObject
) -> None:
    made = Configuration()
    assume(making.possible(product, {}))
    for _ in range(20):
        left = making.unanswered(product, made, extras=True)
        if not left:
            made = making.settled(product, made)  # which may ask for words of its own
            left = making.unanswered(product, made, extras=False)
        if not left:
            break
        option = left[0]
        if option.choices:
            choice = data.draw(st.sampled_from(making.offered(product, made, option)))
            changed = making.choose(product, made, option.code, choice.code)
            assert not changed.dropped, "what is offered goes with what was decided"
            made = changed.configuration
        elif isinstance(option.limits, TextLimits):
            made = making.write(product, made, option.code, "Sara")
        else:
            made = making.measure(product, made, option.code, "75 cm")
    made = making.settled(product, made)
    assert making.complete(product, made)
    found = making.price(product, made)
    assert found is not None and found[0] == found[1]
    variant = making.variant_of(product, made)
    assert variant is not None and variant.price is not None
    assert found[0] == variant.price + making.extras_price(product, made)


def _cloud(session: Session) -> ShopProduct:
    product = catalogue.product(session, "cloud-plus")
    assert product is not None
    return product


def test_the_newest_wish_wins_and_says_what_it_cost(bedding: Session) -> None:
    product = _cloud(bedding)
    wool = making.choose(product, Configuration(), "cover", "wool").configuration
    assert making.lead_time_days(product, wool) == 4
    changed = making.choose(product, wool, "size", "90")
    assert changed.configuration.choices == {"size": "90"}
    assert [drop.choice.code for drop in changed.dropped] == ["wool"]
    assert changed.dropped[0].reason["en"] == "the wool cover is not cut that small"
    assert [c.code for c in making.offered(product, changed.configuration, product.options[1])] == ["cotton"]
    assert making.unanswered(product, changed.configuration, extras=True) == []


def test_the_price_runs_along(bedding: Session) -> None:
    product = _cloud(bedding)
    assert making.price(product, Configuration()) == (Decimal(1200), Decimal(1900))
    wool = making.choose(product, Configuration(), "cover", "wool").configuration
    assert making.price(product, wool) == (Decimal(2050), Decimal(2050))
    assert not making.complete(product, Configuration()), "a variant is never chosen for the customer"


LIMITS = TextLimits(longest=10, letters=("latin", "arabic"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  \u200b ", "empty"),
        ("Happy birthday", "long"),
        ("❤️‍🔥 Sara", "letters"),
        ("No 12", "letters"),
        ("Сара", "letters"),
    ],
)
def test_words_that_cannot_be_engraved_are_refused(text: str, reason: str) -> None:
    from bot.shop.options.limits import check_text

    with pytest.raises(TextProblem) as caught:
        check_text(LIMITS, text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(("text", "made"), [(" Sara &  Ali ", "Sara & Ali"), ("سارة", "سارة"), ("Zoé", "Zoé")])
def test_words_are_tidied(text: str, made: str) -> None:
    from bot.shop.options.limits import check_text

    assert check_text(LIMITS, text) == made


@pytest.mark.parametrize(
    ("text", "size"),
    [("150", 150), ("١٥٠ سم", 150), ("1.5 m please", 150), ("make it 145cm", 145), ("متر ونص", None), ("10^9", None)],
)
def test_sizes_are_read_in_both_languages(text: str, size: int | None) -> None:
    from bot.shop.options.limits import read_measure

    limits = MeasureLimits(Decimal(100), Decimal(200), "cm", Decimal(5), Decimal(120), Decimal("2.5"))
    if size is None:
        with pytest.raises(MeasureProblem):
            read_measure(limits, text)
        return
    assert read_measure(limits, text) == size
    assert limits.price_of(Decimal(size)) == (size - 120) * Decimal("2.5")
