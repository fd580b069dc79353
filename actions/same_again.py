"""The question just answered, put to another product: "and the second?", «طب والتانية؟»."""

from __future__ import annotations

from actions import details
from actions import turn as turns
from actions.ask_financing import AskFinancing
from actions.ask_price import AskPrice
from actions.check_availability import CheckAvailability
from actions.customization_options import CustomizationOptions
from actions.product_info import ProductInfo
from actions.turn import TopicAction, Turn
from bot.shop.vocabulary import only_links

ASKED = "asked"
NEEDS: dict[str, type[TopicAction]] = {
    kind.topic: kind for kind in (ProductInfo, AskPrice, AskFinancing, CheckAvailability, CustomizationOptions)
}
POINTERS = frozenset({"product", "brand", "ordinal"})


def take(turn: Turn) -> tuple[str, str] | None:
    """Answer a message that names another product and asks nothing of its own."""
    asked = turn.slots.get(ASKED) or {}
    need = NEEDS.get(str(asked.get("need")))
    points = any(turn.values(kind) for kind in POINTERS)
    if need is None or turn.button or not points or not only_links(turn.text_beside(details.POINTING)):
        return None
    turn.intent = need.topic
    turn.text = f"{turn.text} {asked['words']}"  # behind, so that the places of what was named stay
    turn.set(ASKED, asked)
    need().answer(turn)
    return need.topic, need.side


def remember(turn: Turn) -> None:
    """Keep what was asked about a product, until something else is said."""
    if ASKED in turn.changes:
        return
    about_one = turn.intent in NEEDS and turn.record is not None and bool(turn.record.products)
    words = turn.text_beside(details.POINTING).strip()
    turn.set(ASKED, {"need": turn.intent, "words": words} if about_one and not turn.button else None)


turns.TAKERS[ASKED] = take
turns.AFTERWARDS.append(remember)
