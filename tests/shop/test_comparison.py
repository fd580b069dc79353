"""Only what tells products apart is compared."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.shop import catalogue
from bot.shop.comparison import advantages, differences, telling


def test_what_is_the_same_is_left_out(bedding: Session) -> None:
    rock, budget = catalogue.products(bedding, ["rock-firm", "budget-rest"])
    found = differences([rock, budget])
    assert [row.name["en"] for row in found] == ["Weight"]
    assert [value and value["en"] for value in found[0].values] == ["30 kg", None]


def test_what_all_have_comes_first(bedding: Session) -> None:
    products = catalogue.products(bedding, ["budget-rest", "cloud-plus", "rock-firm"])
    assert [row.name["en"] for row in differences(products)] == ["Firmness", "Material", "Weight"]
    assert len(differences(products, limit=1)) == 1


def test_cards_show_first_what_differs(bedding: Session) -> None:
    rock, budget, cloud = catalogue.products(bedding, ["rock-firm", "budget-rest", "cloud-plus"])
    assert [fact.code for fact in telling([rock, cloud], 2)[0]] == ["firmness", "material"]
    assert [fact.code for fact in telling([rock, budget], 3)[1]] == ["firmness", "material"]
    assert [fact.code for fact in telling([cloud], 1)[0]] == ["firmness"]


def test_what_a_product_has_over_the_others(bedding: Session) -> None:
    rock, latex, cloud = catalogue.products(bedding, ["rock-firm", "latex-air", "cloud-plus"])
    assert [one.kind for one in advantages(rock, [latex, cloud])] == ["price"]
    ahead = advantages(latex, [rock, cloud])
    assert [(one.kind, one.attribute and one.attribute.code) for one in ahead] == [("fact", "weight")]
    assert [one.kind for one in advantages(cloud, [latex])] == ["price", "warranty"]
    assert advantages(cloud, [latex])[0].attribute is None
    assert advantages(rock, []) == []
