"""A search as a turn has it: wishes out of the message, the answer in the customer's words, the next steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from actions import help_article, showing, version
from actions.turn import Button, Part, Turn
from bot.shop import availability, catalogue, comparison, objections, reasons, search, wanted, without
from bot.shop.catalogue import ShopProduct
from bot.shop.comparison import Advantage
from bot.shop.reasons import Reason
from bot.shop.search import Found, Relaxation
from bot.shop.vocabulary import content_words, properties_named, says
from bot.shop.wishes import Wishes, about, with_prices

KINDS_AT_ONCE = (2, 3)  # named in one message, shown side by side


def wishes_in(turn: Turn, session: Session) -> Wishes:
    """What the message itself asks for."""
    limits = [(found.get("role"), found["value"]) for found in turn.entities if found["entity"] == "price"]
    said = Wishes(
        categories=_kinds_meant(turn, session),
        not_categories=tuple(str(found["value"]) for found in turn.ruled_out if found["entity"] == "category"),
        brands=tuple(str(value) for value in turn.values("brand")),
        attributes=turn.attributes,
        not_attributes=turn.unwanted_attributes,
        bounds=turn.bounds,
        without=_unwanted(turn),
        words=" ".join(content_words(turn.free_text)),
        phrase="" if turn.button else turn.text,
    )
    if said.without:
        named = content_words(said.without)
        said = replace(said, words=" ".join(word for word in said.words.split() if word not in named))
    said = with_prices(said, limits)
    compared = turn.value("comparison")
    unwanted = tuple(str(found["value"]) for found in turn.ruled_out if found["entity"] == "brand")
    said = replace(said, not_brands=unwanted)
    if not said.brands and says("other_brand", turn.free_text):
        brands = [product.brand.code for product in talked_about(turn, session) if product.brand]
        said = replace(said, not_brands=tuple(dict.fromkeys(brands)), words="")
    if not compared:
        return said if turn.button else wanted.put_in_order(session, said, turn.text)
    shown = [] if said.categories else talked_about(turn, session)
    return wanted.compared(said, compared, shown) if shown else wanted.ordered(session, said, str(compared))


def _unwanted(turn: Turn) -> str:
    """What the thing must not have, in words, unless the shop has a name for it that was ruled out already."""
    return "" if turn.button or turn.ruled_out else without.named(turn.text)


def _nouns(turn: Turn) -> list[dict[str, Any]]:
    """The kinds named as such: none inside what the thing should be without, and no "light" right before "laptop"."""
    found = turn.entities_of("category")
    if turn.button:
        return found
    unwanted = without.span(turn.text) or (0, 0)
    kept = [one for one in found if not unwanted[0] <= (one.get("start") or 0) < unwanted[1]]
    starts = {one.get("start") for one in kept}
    return [
        one
        for one in kept
        if (one.get("end") or 0) + 1 not in starts or not properties_named(turn.text[one["start"] : one["end"]])
    ]


def _kinds_meant(turn: Turn, session: Session) -> tuple[str, ...]:
    """The kinds a message names; "light" about what is looked for already is how it should be, and no lamp.

    Of "women's perfumes" the kind inside the other is meant, where a shop has its perfumes by whom they are for.
    """
    entities = _nouns(turn)
    named = [turn.text[found.get("start") or 0 : found.get("end") or 0] for found in entities]
    searching = (turn.slot("search") or {}).get("categories") and not turn.button
    if searching and wanted.describes(turn.text) and named and all(properties_named(text) for text in named):
        return ()
    if len(entities) == 2 and not any(found.get("candidates") for found in entities):
        outer, inner = (str(found["value"]) for found in entities)
        for code, around in ((inner, outer), (outer, inner)):
            if code != around and search.is_within(session, (code,), (around,)):
                return (code,)
    return tuple(str(code) for found in entities for code in found.get("candidates") or [found["value"]])


def talked_about(turn: Turn, session: Session) -> list[ShopProduct]:
    """The products last shown, else the one in view."""
    in_view = [turn.slot("product")] if turn.slot("product") else []
    return catalogue.products(session, turn.slot("shown") or in_view)


def in_force(turn: Turn, session: Session, before: Wishes, said: Wishes) -> Wishes:
    """The wishes after the message: what was put right, what was added, or a search anew."""
    if turn.corrects and not before.empty:
        return wanted.corrected(session, before, said)
    wishes = wanted.in_force(session, before, said, talked_about(turn, session))
    return _of_any_kind(turn, session, said, wishes) or wishes


def _of_any_kind(turn: Turn, session: Session, said: Wishes, wishes: Wishes) -> Wishes | None:
    """What "anything under 100" is content with when none of the kind looked at is; None when the kind stays."""
    priced = bool(turn.values("price")) and not (said.categories or said.words or said.brands)
    if turn.button or not priced or not wishes.categories or not says("anything", turn.text):
        return None
    if search.find(session, wishes, 1).total or not search.find(session, said, 1).total:
        return None
    kinds = _dropped(turn, session, wishes, "category")
    turn.say("utter_search_other_kinds", kinds=wanted.as_common_noun(kinds) if turn.language == "en" else kinds)
    return said


def show_compared(turn: Turn, session: Session, product: ShopProduct) -> None:
    """Show what compares with a product as the message wishes ("anything cheaper?"), of its kind."""
    kind = Wishes(categories=(product.category.code,) if product.category else ())
    show(turn, session, in_force(turn, session, kind, wishes_in(turn, session)))


def show(turn: Turn, session: Session, wishes: Wishes) -> None:
    """Look for `wishes` and show what fits, or say what to give up when nothing does."""
    if _one_of_each(turn, session, wishes):
        return
    found = search.find(session, wishes)
    if not found.hits:
        nothing(turn, session, wishes, found)
        return
    turn.set("search", wishes.to_slot())
    products = catalogue.products(session, [hit.code for hit in found.hits])
    products.sort(key=lambda product: not product.available)  # the last piece may be reserved for another customer
    codes = [product.code for product in products]
    turn.set("shown", codes)
    turn.set("product", codes[0] if found.total == 1 else None)
    turn.outcome("answered", products=codes)
    wished = availability.wished(products[0], wishes.attributes)
    first = availability.of(products[0], catalogue.places(session), wished)
    if found.total == 1:
        version.wished(turn, products[0])
    turn.say(
        _response(wishes, found, len(products)),
        fitting(turn, session, products, wishes),
        buttons=_next_steps(turn, wishes, found, len(products)),
        things=_things(turn, session, wishes, found.total),
        wishes=describe(turn, session, wishes),
        where=showing.where(turn, first),
    )


def _one_of_each(turn: Turn, session: Session, wishes: Wishes) -> bool:
    """Show the best of each kind that a message names ("a chair and a monitor"); whether it names several, all to be had."""
    nouns = _nouns(turn)
    several = len(wishes.categories) in KINDS_AT_ONCE and len(nouns) == len(wishes.categories)
    if turn.button or wishes.offset or not several or any(found.get("candidates") for found in nouns):
        return False
    best = [search.find(session, replace(wishes, categories=(code,)), 1).hits for code in wishes.categories]
    kinds = [kind for code in wishes.categories if (kind := catalogue.category(session, code)) is not None]
    if not all(best) or len(kinds) < len(best):
        return False
    products = catalogue.products(session, [hits[0].code for hits in best])
    turn.set("search", wishes.to_slot())
    turn.set("shown", [product.code for product in products])
    turn.set("product", None)
    turn.outcome("answered", products=[product.code for product in products])
    buttons = showing.kind_buttons(turn, kinds)
    cards = fitting(turn, session, products, wishes)
    turn.say("utter_search_one_of_each", cards, buttons=buttons, wishes=describe(turn, session, wishes))
    return True


def fitting(turn: Turn, session: Session, products: list[ShopProduct], wishes: Wishes) -> Part:
    """Products as cards, each with the reason why it is shown."""
    whys = [why(turn, session, reasons.of(product, wishes, turn.language)) for product in products]
    return showing.cards(turn, session, products, wishes.attributes, whys)


def why(turn: Turn, session: Session, found: Sequence[Reason]) -> str:
    """Reasons in the customer's words, as the end of a sentence; '' without any."""
    return turn.joined(_reason(turn, session, reason) for reason in found)


def _reason(turn: Turn, session: Session, reason: Reason) -> str:
    if reason.amount is not None:
        amount = showing.money(turn, session, reason.amount)
        if reason.kind == "saved":
            return turn.words("phrase_reason_saved", amount=amount)
        return turn.words("phrase_reason_left" if reason.kind == "left" else "phrase_reason_within", amount=amount)
    if reason.kind == "value" and reason.value is not None:
        value = turn.locale.isolate(turn.locale.digits_of(turn.locale.text(reason.value)))
        return turn.words("phrase_reason_value", value=value)
    if reason.attribute is not None:
        return showing.fact(turn, reason.attribute)
    return turn.words("phrase_reason_passage", passage=turn.locale.isolate(reason.passage))


def advantage(turn: Turn, session: Session, product: ShopProduct, ahead: Advantage) -> str:
    """What a product has over the others, as a piece of a sentence."""
    if ahead.kind == comparison.PRICE:
        return turn.words("phrase_ahead_price", price=showing.price_of(turn, session, product))
    if ahead.attribute is not None:
        return turn.words("phrase_ahead_fact", fact=showing.fact(turn, ahead.attribute))
    return turn.words("phrase_ahead_warranty", period=showing.period(turn, product.warranty_months or 0))


def _response(wishes: Wishes, found: Found, shown: int) -> str:
    if found.by_meaning:
        return "utter_search_by_meaning"
    if wishes.offset:
        return "utter_search_next"
    if found.words_ignored and wishes.words and found.total > 1:
        return "utter_search_nearest"
    if found.total == 1:
        return "utter_search_one"
    return "utter_search_few" if found.total <= shown else "utter_search_many"


def _next_steps(turn: Turn, wishes: Wishes, found: Found, shown: int) -> list[Button]:
    steps = []
    if wishes.offset + shown < found.total:
        steps.append(turn.link("label_show_more", "product_search", page="next"))
    if shown > 1:
        steps.append(turn.link("label_compare", "product_compare"))
        if wishes.sort != "price":
            steps.append(turn.link("label_cheaper", "product_search", comparison="cheaper"))
    return steps


def _things(turn: Turn, session: Session, wishes: Wishes, total: int) -> str:
    """How many of what: "Three laptops", "27 products"."""
    kind = catalogue.category(session, wishes.categories[0]) if len(wishes.categories) == 1 else None
    if kind is None:
        text = turn.locale.counted("product", total)
        count = turn.locale.number(total)
        text = text.replace(count, turn.locale.in_words(total), 1)
    else:
        name = showing.named(turn, kind)
        if turn.language == "en" and wanted.is_plain_plural(name) and total > 1:
            text = turn.words("phrase_things", count=turn.locale.in_words(total), kind=wanted.as_common_noun(name))
        else:
            text = turn.words("phrase_things_in", count=turn.locale.counted("choice", total), kind=name)
    return text[:1].upper() + text[1:]


def describe(turn: Turn, session: Session, wishes: Wishes) -> str:
    """The constraints in words, to follow what is counted: " from HP (Black) under SAR 3,000"."""
    pieces = []
    brands = catalogue.brands(session, wishes.brands)
    if brands:
        names = turn.locale.list_of([showing.named(turn, brand) for brand in brands], "or")
        pieces.append(turn.words("phrase_from_brands", brands=names))
    values = wanted.value_names(session, wishes.attributes)
    if values:
        listed = turn.joined(turn.locale.isolate(turn.locale.digits_of(turn.locale.text(value))) for value in values)
        pieces.append(turn.words("phrase_with_values", values=listed))
    if wishes.without:
        pieces.append(turn.words("phrase_without", words=turn.locale.isolate(wishes.without)))
    low = max((limit for limit in (wishes.price_min, wishes.price_above) if limit is not None), default=None)
    high = min((limit for limit in (wishes.price_max, wishes.price_below) if limit is not None), default=None)
    pieces.append(limits(turn, session, low, high))
    return "".join(f" {piece}" for piece in pieces if piece)


def limits(turn: Turn, session: Session, low: Decimal | None, high: Decimal | None) -> str:
    """A range of prices in words: "under SAR 3,000"; an end may be open."""
    if (centre := about(low, high)) is not None:
        return turn.words("phrase_price_about", price=showing.money(turn, session, centre))
    if low is not None and high is not None:
        bounds = {"low": showing.money(turn, session, low), "high": showing.money(turn, session, high)}
        return turn.words("phrase_price_between", **bounds)
    if high is not None:
        return turn.words("phrase_price_under", price=showing.money(turn, session, high))
    if low is not None:
        return turn.words("phrase_price_over", price=showing.money(turn, session, low))
    return ""


def nothing(turn: Turn, session: Session, wishes: Wishes, found: Found) -> None:
    """Nothing fits, or nothing more: say so, and what one wish less would open."""
    if found.total:
        turn.outcome("answered")
        turn.say("utter_search_no_more", buttons=[turn.link("label_cheaper", "product_search", comparison="cheaper")])
        return
    turn.outcome("unknown")
    opened = search.relaxations(session, wishes)
    if not opened:
        turn.set("search", None)
        if help_article.answered_by_articles(turn, help_article.SURER):  # of what a page tells that it is not sold
            return
        turn.say("utter_search_nothing", buttons=showing.kinds(turn, session))
        return
    best = opened[0]
    nearest = catalogue.products(session, [best.nearest.code])
    words: dict[str, Any] = {
        "name": showing.name_of(turn, nearest[0]),
        "price": showing.price_of(turn, session, nearest[0]),
    }
    if best.wish == "price" and wishes.price_below is not None:
        _already_cheapest(turn, session, wishes, nearest[0], opened[1:])
        return
    if _already_extreme(turn, session, wishes):
        return
    turn.set("search", wishes.to_slot())
    turn.set("shown", [product.code for product in nearest])
    turn.set("product", best.nearest.code)
    turn.ask("relax", wish=best.wish)
    words["count"] = turn.locale.counted("choice", best.total)
    buttons = [turn.link("label_show_those", "product_search", relax=best.wish)] if best.total > 1 else []
    shown = showing.cards(turn, session, nearest)
    if best.wish == "price":
        words["wishes"] = describe(turn, session, wishes)
    else:
        words["dropped"] = _dropped(turn, session, wishes, best.wish)
    response = "utter_search_relax_price" if best.wish == "price" else "utter_search_relax"
    turn.say(response, shown, buttons=buttons, **words)


def _already_cheapest(
    turn: Turn, session: Session, wishes: Wishes, cheapest: ShopProduct, others: Sequence[Relaxation]
) -> None:
    """Nothing of the kind costs less: say which wish to give up for something that does, else what makes it cheaper."""
    turn.outcome("answered", products=[cheapest.code])
    words = {"name": showing.name_of(turn, cheapest), "price": showing.price_of(turn, session, cheapest)}
    turn.set("product", cheapest.code)
    other = next((one for one in others if one.wish != "category"), None)
    if other is None:
        facts = objections.facts(session, cheapest)
        haggle = [turn.link("label_better_price", "ask_discount", product=cheapest.code)] if facts.haggles else []
        if facts.monthly is not None:
            words["monthly"] = showing.money(turn, session, facts.monthly.monthly)
            words["months"] = turn.locale.counted("month", facts.monthly.plan.months)
            turn.say("utter_search_cheapest_monthly", showing.cards(turn, session, [cheapest]), buttons=haggle, **words)
        else:
            turn.say("utter_search_already_cheapest", showing.cards(turn, session, [cheapest]), buttons=haggle, **words)
        return
    turn.set("search", wishes.to_slot())
    turn.ask("relax", wish=other.wish)
    opened = catalogue.products(session, [other.nearest.code])
    turn.set("shown", [product.code for product in opened])
    turn.say(
        "utter_search_cheaper_without",
        showing.cards(turn, session, opened),
        buttons=[turn.link("label_show_those", "product_search", relax=other.wish)] if other.total > 1 else [],
        dropped=_dropped(turn, session, wishes, other.wish),
        other=showing.name_of(turn, opened[0]),
        other_price=showing.price_of(turn, session, opened[0]),
        **words,
    )


def _already_extreme(turn: Turn, session: Session, wishes: Wishes) -> bool:
    """Nothing goes beyond a product shown ("lighter"): say that it is the one already; whether that was so."""
    for bound in wishes.bounds:
        for product in talked_about(turn, session):
            attribute = product.attribute(bound.code)
            if attribute is None or attribute.number != bound.limit:
                continue
            turn.set("search", replace(wishes, bounds=(), sort="").to_slot())
            turn.set("product", product.code)
            turn.outcome("answered", products=[product.code])
            name = showing.name_of(turn, product)
            fact = showing.fact(turn, attribute)
            turn.say(
                "utter_search_already_most", showing.cards(turn, session, [product]), buttons=[], name=name, fact=fact
            )
            return True
    return False


def _dropped(turn: Turn, session: Session, wishes: Wishes, wish: str) -> str:
    """The wish to give up, by the name a customer would call it."""
    if wish == "words":
        return turn.words("phrase_words", words=turn.locale.isolate(wishes.words))
    if wish == "category":
        kinds = [catalogue.category(session, code) for code in wishes.categories]
        return turn.joined(showing.named(turn, kind) for kind in kinds if kind)
    if wish == "brand":
        brands = catalogue.brands(session, [*wishes.brands, *wishes.not_brands])
        return turn.joined(showing.named(turn, brand) for brand in brands)
    if wish == "without":
        return turn.words("phrase_words", words=turn.words("wish_without", words=turn.locale.isolate(wishes.without)))
    code = wish.partition(":")[2]
    values = wanted.value_names(session, [a for a in wishes.attributes if a.code == code])
    if values:
        return turn.joined(turn.locale.isolate(turn.locale.text(value)) for value in values)
    name = wanted.attribute_name(session, code)
    return turn.locale.isolate(turn.locale.text(name) if name else code)
