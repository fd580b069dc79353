"""Rules for what customers write in a fixed way: numbers, prices, order numbers, contacts, choices.

`find_all` is what the pipeline calls; every rule knows English and Arabic, and no shop.
"""

from bot.nlu.patterns.found import Found
from bot.nlu.patterns.rules import Surroundings, find_all

__all__ = ["Found", "Surroundings", "find_all"]
