"""What holds a customer back from buying, and the facts of catalogue and policy that answer it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import yaml
from sqlalchemy.orm import Session

from bot.db.types import LocalisedText
from bot.language.normalise import fold
from bot.settings import ROOT
from bot.shop import catalogue, profile, search, selling
from bot.shop.catalogue import ShopProduct
from bot.shop.money import instalments
from bot.shop.money.instalments import Schedule
from bot.shop.questions import sentences
from bot.support import policies

WORDS = ROOT / "data" / "words" / "objections.yml"
UNSURE = "unsure"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    loaded = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {
        kind: re.compile(
            r"(?<!\w)[وفب]?(?:" + "|".join(re.escape(fold(str(phrase))) for phrase in phrases) + r")(?!\w)"
        )
        for kind, phrases in loaded.items()
    }


def kind_of(text: str) -> str:
    """What a message holds against buying; `unsure` when it does not say."""
    folded = fold(text)
    return next((kind for kind, pattern in _patterns().items() if pattern.search(folded)), UNSURE)


@dataclass(frozen=True)
class Facts:
    """What the shop can say for itself, None or '' where it says nothing.

    `match` is its promise to match another shop's price, `original` what a policy says on what is genuine.
    """

    warranty_months: int | None = None
    returns: LocalisedText | None = None
    match: LocalisedText | None = None
    original: LocalisedText | None = None
    monthly: Schedule | None = None
    haggles: bool = False


def facts(session: Session, product: ShopProduct | None) -> Facts:
    """The facts about a product, or about buying from the shop at all."""
    rules = selling.rules(session)
    returns = policies.policy(session, "return", "returns", "exchange")
    match = policies.policy(session, "price_match")
    price = product.price_from if product else None
    schedules = instalments.schedules(rules.instalments, price, profile.read(session).currency) if price else []
    return Facts(
        warranty_months=product.warranty_months if product else None,
        returns=returns.body if returns else None,
        match=match.body if match else None,
        original=_on_the_genuine(session),
        monthly=schedules[-1] if schedules else None,
        haggles=any(limit.role == "bot" and limit.max_percent > 0 for limit in rules.haggling.limits),
    )


def _on_the_genuine(session: Session) -> LocalisedText | None:
    """What the shop's policies say about things being original, in their own sentence."""
    for code in ("authenticity", "original", "warranty"):
        rule = policies.policy(session, code)
        if rule is None:
            continue
        said = {
            language: sentence
            for language, body in rule.body.items()
            for sentence in sentences(body)
            if _patterns()["original"].search(fold(sentence))
        }
        if said:
            return LocalisedText(said)
    return None


def alternative(session: Session, product: ShopProduct, offered: Collection[str], *, cheaper: bool) -> str | None:
    """Code of the product of the same kind nearest in price, to be had now, that was not `offered` before."""
    for hit in search.similar(session, product.code, limit=search.MOST_BY_WORDS):
        below = hit.price is not None and product.price_from is not None and hit.price < product.price_from
        if hit.code in offered or not (below or not cheaper):
            continue
        found = catalogue.product(session, hit.code)
        if found is not None and found.available:  # its last piece may be reserved for another customer
            return hit.code
    return None
