"""Which product the turn is about; asks when that is not clear."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import help_article, looking, showing
from actions.turn import Turn
from bot.shop import catalogue, reference, sides
from bot.shop.catalogue import ShopProduct
from bot.shop.reference import Meant, Said
from bot.shop.selling_words import ahead_of
from bot.shop.vocabulary import says
from bot.shop.wishes import Wishes

# What asks about products; a button of a "which one?" question says it again with the product.
ASKS_AGAIN = frozenset(
    {
        "product_info",
        "product_compare",
        "customization_options",
        "check_availability",
        "ask_price",
        "warranty_info",
        "delivery_time",
        "place_order",
        "request_quote",
        "ask_discount",
        "ask_financing",
        "installation_help",
        "maintenance_service",
        "troubleshoot_product",
    }
)


def said_about(turn: Turn) -> Said:
    """What the message says about the product it means."""
    return Said(
        named=[
            (str(found["value"]), [str(code) for code in found.get("candidates") or ()])
            for found in turn.entities
            if found["entity"] == "product"
        ],
        ordinals=[value for value in turn.values("ordinal") if isinstance(value, int)],
        comparison=turn.value("comparison"),
        categories=turn.kinds,
        brands=[str(value) for value in turn.values("brand")],
        attributes=turn.attributes,
        words=ahead_of("in_name_of", turn.free_text),
        asks_of_thing=turn.intent in ("ask_price", "check_availability"),
        corrects=turn.corrects,
    )


def meant(turn: Turn, session: Session) -> Meant:
    """The product or products the message may be about."""
    return reference.resolve(session, said_about(turn), turn.slot("shown") or [], turn.slot("product"))


def several_shown(turn: Turn, session: Session) -> list[ShopProduct]:
    """The products shown that the message may be about when it points at none of them; [] when it is about one."""
    shown = [str(code) for code in turn.slot("shown") or ()]
    if len(shown) < 2 or turn.slot("product") or turn.values("product") or turn.values("ordinal"):
        return []
    found = meant(turn, session)
    if found.kind != "ambiguous" or not set(found.codes) <= set(shown):
        return []
    return catalogue.products(session, found.codes)


def several_counted(turn: Turn) -> list[str]:
    """Codes of the products shown that a message counts off together ("the first two", "the first and the third")."""
    shown = [str(code) for code in turn.slot("shown") or ()]
    first = None if turn.button else sides.first_of(turn.text)
    if first is not None:
        return shown[:first] if len(shown) >= first else []
    if not turn.button and len(shown) == 2 and says("both", turn.text):
        return shown
    ordinals = [value for value in turn.values("ordinal") if isinstance(value, int)]
    counted = [shown[n if n < 0 else n - 1] for n in ordinals if n == -1 or 1 <= n <= len(shown)] if shown else []
    return list(dict.fromkeys(counted))


def the_product(turn: Turn, session: Session) -> ShopProduct | None:
    """The product the message is about, now in view; None after having asked which one, or shown a whole kind."""
    found = meant(turn, session)
    alone = found.kind in ("ambiguous", "out_of_range") and len(found.codes) == 1  # nothing to ask about
    product = catalogue.product(session, found.codes[0]) if found.kind == "certain" or alone else None
    if product is not None:
        turn.set("product", product.code)
        turn.outcome("answered", products=[product.code])
        return product
    if found.kind == "certain":  # taken off sale since it was shown
        found = Meant("missing")
    if found.kind in ("ambiguous", "unknown") and _names_a_kind(turn):
        before = Wishes.from_slot(turn.slot("search")) if turn.corrects else Wishes()
        looking.show(turn, session, looking.in_force(turn, session, before, looking.wishes_in(turn, session)))
    else:
        ask_which(turn, session, found)
    return None


def _names_a_kind(turn: Turn) -> bool:
    """Whether the message is about a kind of thing as a whole ("how much are your laptops?")."""
    kind = bool(turn.values("category")) and not turn.values("product")
    return kind and (turn.corrects or not turn.slot("shown"))


def ask_which(turn: Turn, session: Session, found: Meant) -> None:
    """Ask which product is meant, with the likely ones as buttons."""
    intent = turn.intent if turn.intent in ASKS_AGAIN else "product_info"
    products = catalogue.products(session, found.codes)
    turn.outcome("open", products=[product.code for product in products])
    if found.kind == "out_of_range":
        turn.say(
            "utter_which_of_shown",
            buttons=showing.choose(turn, intent, products),
            count=turn.locale.counted("product", len(products)),
        )
    elif found.kind == "ambiguous" and products:
        turn.set("product", None)
        turn.set("shown", [product.code for product in products])
        turn.say("utter_which_product", buttons=showing.choose(turn, intent, products))
    elif found.kind == "unknown" and products:
        turn.set("shown", [product.code for product in products])
        turn.outcome("unknown", products=[product.code for product in products])
        turn.say("utter_product_unknown_nearest", showing.cards(turn, session, products))
    elif found.kind == "unknown":
        turn.outcome("unknown")
        turn.say("utter_product_unknown", buttons=showing.kinds(turn, session))
    elif not help_article.answered_by_articles(turn):
        turn.say("utter_which_product_open", buttons=showing.kinds(turn, session))
