"""Finds in a customer's text the names that the database knows: products, categories, brands, values, branches, cities.

`current()` is the gazetteer of the catalogue as it is now; it is made anew when the catalogue's version
changes, so an imported catalogue is understood at the next message. `find` gives spans with codes.
"""

from bot.shop.gazetteer.find import Gazetteer, Span, current, order_exists

__all__ = ["Gazetteer", "Span", "current", "order_exists"]
