"""The desk: the pages and the API with which the shop's people answer customers."""
