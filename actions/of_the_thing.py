"""What is asked of the thing talked about in words that sound like something else: "how long does it take", «بتتغسل ازاي».

Asked for messages that understanding was unsure of, and by the actions that have nothing else to say to a message.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions import details, referring
from actions.turn import UNSURE_TAKERS, Turn
from bot.db.session import reading
from bot.shop import catalogue, questions
from bot.shop.catalogue import ShopProduct
from bot.shop.vocabulary import asks, content_words, points_back

TOPIC = ("product_info", "sales")
LOOKING = frozenset({"product_search", "product_recommendation"})  # whose words may name another thing
# Needs that a question about a thing is mistaken for.
LIKE = LOOKING | frozenset(
    {"product_info", "customization_options", "nlu_fallback", "out_of_scope", "delivery_time"}
    | {"maintenance_service", "installation_help", "troubleshoot_product"}
)
OPEN = ("case", "walks", "configuration", "checkout", "lead", "question")  # slots of what the message may answer
ELSEWHERE = frozenset({"category", "brand", "price", "order_number", "city", "branch", "quantity", "email"})
FEW = 4  # words about the thing; more speak of something else too


def take_known(turn: Turn) -> tuple[str, str] | None:
    """Take a message that understanding was unsure of, if its words ask what the shop says of the thing talked about."""
    if turn.intent not in LIKE or any(turn.slots.get(slot) for slot in OPEN):
        return None
    if turn.intent in LOOKING and not (asks(turn.text) or points_back(turn.text)):
        return None
    return TOPIC if answered(turn) else None


def answered(turn: Turn, doubt: float = questions.NOT_BY_MEANING) -> bool:
    """Answer what a message asks of the thing it names or that is in view, or of each of those shown; whether it did.

    Args:
        doubt: how much nearer in sense an answer must come than where a property was surely asked for.
    """
    if turn.button or ELSEWHERE & {found["entity"] for found in turn.entities}:
        return False
    question = turn.text_beside(details.POINTING)
    if not 0 < len(content_words(question)) <= FEW:
        return False
    with reading() as session:
        product = _the_one(turn, session)
        if product is not None:
            return _told(turn, session, product, question, doubt)
        several = referring.several_shown(turn, session)
        if not any(questions.answer(one, question, turn.language, doubt) for one in several):
            return False
        details.answer_for_each(turn, session, several, question)
    _settle(turn)
    return True


def _told(turn: Turn, session: Session, product: ShopProduct, question: str, doubt: float) -> bool:
    known = questions.answer(product, question, turn.language, doubt)
    if known is None:
        return False
    turn.set("product", product.code)
    turn.outcome("answered", products=[product.code])
    details.tell(turn, session, product, known)
    _settle(turn)
    return True


def _settle(turn: Turn) -> None:
    turn.intent = TOPIC[0]
    turn.set("misses", 0 if turn.slot("misses") else None)


def _the_one(turn: Turn, session: Session) -> ShopProduct | None:
    """The product that the message names, else the one in view, else the only one shown."""
    found = referring.meant(turn, session)
    return catalogue.product(session, found.code) if found.kind == "certain" else None


UNSURE_TAKERS.insert(0, take_known)
