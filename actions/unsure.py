"""What is made of a message whose need is only weakly believed, from what it names and from what was talked about.

`bot.nlu.evidence` settled messages without any need that could be believed; it knows no conversation. Here one
is known: "only 16 GB" after a list of laptops narrows that list, whatever the words alone seemed to mean.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.ask_price import AskPrice
from actions.cases import TOPICS
from actions.check_availability import CheckAvailability
from actions.choices import CHOICES
from actions.customization_options import CustomizationOptions
from actions.product_compare import ProductCompare
from actions.product_info import ProductInfo
from actions.product_recommendation import ProductRecommendation
from actions.product_search import ProductSearch
from actions.turn import UNSURE_TAKERS, TopicAction, Turn
from bot.db.session import reading
from bot.nlu.named import WISHES
from bot.shop import catalogue, search, without
from bot.shop.catalogue import ShopProduct
from bot.shop.vocabulary import content_words, says
from bot.shop.wishes import Wishes

SURE = 0.6  # confidence below which another reading is looked for
LIKELIEST = 3  # needs that may be meant
# The needs about products, and the actions that answer them.
CATALOGUE: dict[str, type[TopicAction]] = {
    "product_search": ProductSearch,
    "product_recommendation": ProductRecommendation,
    "product_info": ProductInfo,
    "product_compare": ProductCompare,
    "customization_options": CustomizationOptions,
    "check_availability": CheckAvailability,
    "ask_price": AskPrice,
}
LOOKING = frozenset({"product_search", "product_recommendation", "product_info", "product_compare"})
SERVICE_NEEDS = frozenset(TOPICS) | {
    "return_policy",
    "installation_help",
    "maintenance_service",
    "troubleshoot_product",
}
PLAIN_ENOUGH = 0.35  # confidence of a need about products from which its answer shows whether it was meant
NAMING = frozenset({"product", "category", "brand", "attribute"})
OPEN = ("question", "case", "walks", "configuration", "checkout", "lead")  # slots of what a yes may be an answer to
MOST_DESCRIBING = 5  # words that may be all a message says of a thing
MOST_LOOKED_AT = 4  # likeliest needs, of which one must be looking for a product


def answered_by_catalogue(turn: Turn) -> bool:
    """Answer the message as the need about products it stands for, if it stands for one."""
    need = _need(turn)
    if need is None:
        return False
    turn.intent = need
    turn.set("misses", 0 if turn.slot("misses") else None)
    CATALOGUE[need]().answer(turn)
    return True


def described_product(turn: Turn) -> bool:
    """Answer a message that seems to be no matter of the shop, but all of whose words say what a product is."""
    words = content_words(turn.text)
    with reading() as session:
        if turn.button or not words or len(words) > MOST_DESCRIBING or not search.codes_like(session, words):
            return False
    turn.intent = "product_search"
    turn.set("misses", 0 if turn.slot("misses") else None)
    ProductSearch().answer(turn)
    return True


def _need(turn: Turn) -> str | None:
    """The need about products that a message stands for whose words name something of the catalogue.

    A likely need to find something is tried too, for not finding it is an
    answer. Not when the likeliest need is about something already bought.
    """
    near = [entry["name"] for entry in turn.ranking if entry["name"] in CHOICES][:LIKELIEST]
    names = {entity["entity"] for entity in turn.entities}
    if names & NAMING and not content_words(turn.text_beside(NAMING)):
        need = next((need for need in near if need in CATALOGUE), "product_info")
        return need if "product" in names or need not in ("product_info", "product_compare") else "product_search"
    if not near or near[0] in SERVICE_NEEDS:
        return None
    searching = bool(turn.slot("search"))
    if "product" in names or ("ordinal" in names and turn.slot("shown")):
        return next((need for need in near if need in CATALOGUE), None)
    if searching and without.named(turn.text):
        return "product_search"
    if searching and (names & WISHES or says("more", turn.free_text) or says("other_brand", turn.free_text)):
        return near[0] if near[0] in CATALOGUE and near[0] not in LOOKING else "product_search"
    if names & {"category", "brand"}:
        need = next((need for need in near if need in CATALOGUE), None)
        return "product_search" if need in ("product_info", "product_compare") else need
    likeliest = next(entry for entry in turn.ranking if entry["name"] == near[0])
    wants = near[0] in LOOKING and (says("wanting", turn.text) or says("having", turn.text))
    plain = wants or (near[0] in CATALOGUE and likeliest["confidence"] >= PLAIN_ENOUGH)
    return near[0] if plain and content_words(turn.free_text) else None


def products_like(turn: Turn, session: Session) -> list[ShopProduct]:
    """Products that a message may be looking for: they hold its words, or come near them in sense if that is likely."""
    near = [entry["name"] for entry in turn.ranking if entry["name"] in CHOICES]
    words = content_words(turn.free_text)
    if not words or not LOOKING & set(near[:MOST_LOOKED_AT]):
        return []
    found = search.find(session, Wishes(words=" ".join(words), phrase=turn.text))
    if found.by_meaning and not LOOKING & set(near[:1]):
        return []
    return catalogue.products(session, [hit.code for hit in found.hits])


def take_agreed_wish(turn: Turn) -> tuple[str, str] | None:
    """Take what sounds like a yes but says which goods ("firm please") as a wish, where nothing was asked."""
    if turn.intent != "affirm" or any(turn.slots.get(slot) for slot in OPEN):
        return None
    if not NAMING & {found["entity"] for found in turn.entities}:
        return None
    turn.intent = "product_search"
    ProductSearch().answer(turn)
    return "product_search", "sales"


UNSURE_TAKERS.append(take_agreed_wish)
