"""The question just answered, put to another version of the product: "and in large?", «والوسط؟»."""

from __future__ import annotations

from actions import details, same_again, version
from actions.ask_price import AskPrice
from actions.check_availability import CheckAvailability
from actions.turn import WATCHERS, TopicAction, Turn
from bot.db.session import reading
from bot.shop import catalogue
from bot.shop.vocabulary import only_links

NEEDS: dict[str, type[TopicAction]] = {kind.topic: kind for kind in (AskPrice, CheckAvailability)}
_OPEN = ("checkout", "configuration", "case", "walks", "lead")


def watch(turn: Turn) -> tuple[str, str] | None:
    """Answer a message that only names a choice of the product in view, as the one before was answered."""
    need = NEEDS.get(str((turn.slot(same_again.ASKED) or {}).get("need")))
    product_code = turn.slot("product")
    if need is None or not product_code or turn.button or any(turn.slot(slot) for slot in _OPEN):
        return None
    if any(turn.values(kind) for kind in ("product", "ordinal", "category", "quantity", "price")):
        return None
    with reading() as session:
        product = catalogue.product(session, str(product_code))
    if product is None or not version.named(turn, product):
        return None
    beside = turn.text_beside(details.POINTING | {"attribute"})
    words = [word for word in beside.split() if len(word.strip("?؟.,،!")) > version.LONGEST_SIZE]
    rest = "".join(words).strip("?؟.,،! ")
    if not (only_links(" ".join(words)) or (not rest and turn.text.strip().endswith(("?", "؟")))):
        return None
    turn.intent = need.topic
    need().answer(turn)
    return need.topic, need.side


WATCHERS.append(watch)
